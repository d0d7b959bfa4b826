import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useTheme } from '../../theme/theme.tsx';
import type { Palette } from '../../theme/tokens.ts';
import { axisNumbers } from '../../ui/format.ts';

export interface TradePoint {
  /** What is paid: a width or a time. */
  readonly at: number;
  /** What is left: alerts of the period. */
  readonly alerts: number;
}

interface Props {
  readonly points: readonly TradePoint[];
  /** Null where the curve stands on something else than what is in force. */
  readonly present: TradePoint | null;
  readonly suggested: number | null;
  readonly label: string;
  readonly height: number;
  readonly onPick: (index: number) => void;
}

/** Alerts that are left against what is paid for it. The ring is what is in force, the disc what is suggested. */
export function TradeChart({ points, present, suggested, label, height, onPick }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const { palette } = useTheme();
  const pick = useRef(onPick);
  pick.current = onPick;

  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const marks = { present, suggested: points.find(({ at }) => at === suggested) };
    const chart = new uPlot(
      options({ palette, height, width: element.clientWidth, marks, onPick: (index) => pick.current(index) }),
      [points.map(({ at }) => at), points.map(({ alerts }) => alerts)],
      element,
    );
    const observer = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      chart.destroy();
    };
  }, [palette, height, points, present, suggested]);

  return <div ref={box} role="img" aria-label={label} style={{ height }} />;
}

interface OptionInput {
  readonly palette: Palette;
  readonly width: number;
  readonly height: number;
  readonly marks: { readonly present: TradePoint | null; readonly suggested: TradePoint | undefined };
  readonly onPick: (index: number) => void;
}

function options({ palette, width, height, marks, onPick }: OptionInput): uPlot.Options {
  const axis: uPlot.Axis = {
    stroke: palette.textFaint,
    font: '12px system-ui, sans-serif',
    grid: { stroke: palette.line, width: 1 },
    ticks: { stroke: palette.line, width: 1, size: 4 },
  };
  return {
    width,
    height,
    padding: [8, 16, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 9 } },
    scales: {
      x: { time: false, range: (_chart, _min, max) => [0, (max ?? 1) * 1.02] },
      y: { range: (_chart, _min, max) => [0, Math.max(1, Math.max(max ?? 0, marks.present?.alerts ?? 0) * 1.08)] },
    },
    axes: [
      { ...axis, space: 44, values: (_chart, splits) => axisNumbers(splits) },
      { ...axis, size: 48, space: 24, values: (_chart, splits) => axisNumbers(splits) },
    ],
    series: [
      {},
      {
        stroke: palette.trace,
        width: 1.5,
        points: { show: true, size: 5, fill: palette.panel, stroke: palette.trace, width: 1.5 },
      },
    ],
    hooks: {
      init: [
        (chart) => {
          chart.over.addEventListener('click', () => {
            if (typeof chart.cursor.idx === 'number') onPick(chart.cursor.idx);
          });
        },
      ],
      draw: [
        (chart) => {
          if (marks.present !== null) mark(chart, marks.present, palette, false);
          if (marks.suggested !== undefined) mark(chart, marks.suggested, palette, true);
        },
      ],
    },
  };
}

function mark(chart: uPlot, { at, alerts }: TradePoint, palette: Palette, isFilled: boolean): void {
  const { ctx } = chart;
  ctx.save();
  ctx.beginPath();
  ctx.arc(chart.valToPos(at, 'x', true), chart.valToPos(alerts, 'y', true), 6 * devicePixelRatio, 0, 2 * Math.PI);
  ctx.lineWidth = 2 * devicePixelRatio;
  ctx.strokeStyle = palette.text;
  ctx.fillStyle = isFilled ? palette.text : palette.panel;
  ctx.fill();
  ctx.stroke();
  ctx.restore();
}
