import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useTheme } from '../theme/theme.tsx';
import type { Palette } from '../theme/tokens.ts';
import { axisNumbers, clockTime, dayText, formatNumber } from '../ui/format.ts';
import css from './chart.module.css';
import { labelPlaces } from './label-places.ts';
import type { AlertSpan, LimitLine } from './lines.ts';
import { type PlotArea, samePlotArea } from './plot-area.ts';
import type { Columns } from './series.ts';

interface Props {
  readonly columns: Columns;
  readonly fromMs: number;
  readonly toMs: number;
  readonly unit: string;
  readonly label: string;
  readonly limits: readonly LimitLine[];
  readonly spans: readonly AlertSpan[];
  /** A moment to mark with a line, such as when the alert was raised. */
  readonly markMs?: number | undefined;
  /** Steps for what is on or off, lines for what flows. */
  readonly stepped: boolean;
  readonly height: number;
  readonly onZoom?: ((fromMs: number, toMs: number) => void) | undefined;
  /** A moment was pressed, not dragged over. */
  readonly onPick?: ((ms: number) => void) | undefined;
  /** A limit is brought into view when it is not further above the readings than so many times their own height. */
  readonly limitReach?: number;
  /** The lowest and highest value shown, while a limit is being moved; otherwise it follows from what is drawn. */
  readonly frozen?: readonly [number, number] | undefined;
  /** What lies over the plotting area, such as handles on the limits. */
  readonly overlay?: ((area: PlotArea) => ReactNode) | undefined;
}

type Drawn = Pick<Props, 'fromMs' | 'toMs' | 'limits' | 'spans' | 'markMs' | 'limitReach' | 'frozen'>;

/** Readings over time: the mean with its min/max band, limits, alert periods. Gaps are gaps. */
export function Chart(props: Props) {
  const { columns, unit, label, stepped, height } = props;
  const { t } = useTranslation();
  const { palette } = useTheme();
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const readout = useRef<HTMLOutputElement>(null);
  const drawn = useRef<Drawn>(props);
  drawn.current = props;
  const zoom = useRef(props.onZoom);
  zoom.current = props.onZoom;
  const pick = useRef(props.onPick);
  pick.current = props.onPick;
  const [area, setArea] = useState<PlotArea | null>(null);
  const hasOverlay = props.overlay !== undefined;
  const data = useMemo<uPlot.AlignedData>(() => [columns.times, columns.high, columns.low, columns.middle], [columns]);
  const latestData = useRef(data);
  latestData.current = data;

  useEffect(() => {
    if (box.current === null) return;
    const element = box.current;
    const show = (text: string) => {
      if (readout.current !== null) readout.current.textContent = text;
    };
    const created = new uPlot(
      chartOptions({
        palette,
        stepped,
        height,
        width: element.clientWidth,
        drawn: () => drawn.current,
        onSelect: (fromMs, toMs) => zoom.current?.(fromMs, toMs),
        onPick: (ms) => pick.current?.(ms),
        onDrawn: (chart) => {
          if (hasOverlay) setArea((before) => samePlotArea(before, areaOf(chart)));
        },
        onCursor: (index, chart) => {
          const seconds = index === null || index === undefined ? undefined : chart.data[0][index];
          if (seconds === undefined || index === null || index === undefined) return show('');
          const [, high, low, middle] = chart.data.map((column) => column[index]);
          if (typeof middle !== 'number') return show('');
          const band =
            typeof low === 'number' && typeof high === 'number' && high > low
              ? `  (${formatNumber(low)} – ${formatNumber(high)})`
              : '';
          show(`${dayText(seconds * 1_000)} ${clockTime(seconds * 1_000)}   ${formatNumber(middle)} ${unit}${band}`);
        },
      }),
      latestData.current,
      element,
    );
    plot.current = created;
    const observer = new ResizeObserver(() => created.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      created.destroy();
      plot.current = null;
    };
  }, [palette, stepped, height, unit, hasOverlay]);

  useEffect(() => {
    plot.current?.setData(data, false);
  }, [data]);

  // The window moves with time and the limits change with the thresholds, while the readings may stay the same.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the values are read from `drawn` while drawing.
  useEffect(() => {
    plot.current?.setScale('x', { min: props.fromMs / 1_000, max: props.toMs / 1_000 });
  }, [props.fromMs, props.toMs, props.limits, props.spans, props.markMs, props.limitReach, props.frozen, data]);

  const empty = columns.middle.every((value) => value === null);
  return (
    <div className={css.chart} data-part="chart">
      <output className={css.chartReadout} ref={readout} aria-live="off" />
      <div ref={box} role="img" aria-label={label} style={{ height }} />
      {area !== null && props.overlay?.(area)}
      {empty && <p className={css.chartEmpty}>{t('chart.empty')}</p>}
    </div>
  );
}

interface OptionInput {
  readonly palette: Palette;
  readonly stepped: boolean;
  readonly width: number;
  readonly height: number;
  readonly drawn: () => Drawn;
  readonly onSelect: (fromMs: number, toMs: number) => void;
  readonly onPick: (ms: number) => void;
  readonly onDrawn: (chart: uPlot) => void;
  readonly onCursor: (index: number | null | undefined, chart: uPlot) => void;
}

const LIMIT_REACH = 1.5;

function areaOf(chart: uPlot): PlotArea {
  const px = devicePixelRatio;
  const { left, top, width, height } = chart.bbox;
  const { min, max } = chart.scales.y ?? {};
  return { left: left / px, top: top / px, width: width / px, height: height / px, low: min ?? 0, high: max ?? 1 };
}

function yRange(dataMin: number | null, dataMax: number | null, drawn: Drawn): [number, number] {
  const { limits, limitReach = LIMIT_REACH, frozen } = drawn;
  if (frozen !== undefined) return [frozen[0], frozen[1]];
  const values = limits.map(({ value }) => value).sort((a, b) => a - b);
  let low = dataMin ?? values[0] ?? 0;
  let high = dataMax ?? values.at(-1) ?? 1;
  const span = Math.max(high - low, Math.abs(high) * 0.1, 1e-9);
  for (const value of values) {
    // The nearest limit is always shown, for a value without its limit says little.
    const nearest =
      value === values.find((other) => other >= high) || value === values.findLast((other) => other <= low);
    if (value > high && (nearest || value - high < span * limitReach)) high = value;
    if (value < low && (nearest || low - value < span * limitReach)) low = value;
  }
  const margin = Math.max((high - low) * 0.08, Math.abs(high) * 0.01, 1e-9);
  return [low >= 0 && low - margin < 0 ? 0 : low - margin, high + margin];
}

function chartOptions(input: OptionInput): uPlot.Options {
  const { palette } = input;
  const axis: uPlot.Axis = {
    stroke: palette.textFaint,
    font: '12px system-ui, sans-serif',
    grid: { stroke: palette.line, width: 1 },
    ticks: { stroke: palette.line, width: 1, size: 4 },
  };
  const paths = input.stepped ? uPlot.paths.stepped?.({ align: 1 }) : uPlot.paths.linear?.();
  const line = (stroke: string, width: number): uPlot.Series => ({
    stroke,
    width,
    spanGaps: false,
    points: { show: false },
    ...(paths === undefined ? {} : { paths }),
  });
  return {
    width: input.width,
    height: input.height,
    // Room for half a label of time at the right.
    padding: [8, 28, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: true, y: false, setScale: false }, points: { size: 7 } },
    scales: {
      x: { time: true },
      y: { range: (_chart, min, max) => yRange(min, max, input.drawn()) },
    },
    axes: [
      { ...axis, values: timeLabels, space: 90 },
      { ...axis, size: 56, values: (_chart, splits) => axisNumbers(splits) },
    ],
    series: [
      {},
      line('transparent', 0),
      line('transparent', 0),
      {
        ...line(palette.trace, 1.5),
        points: { show: true, size: 5, width: 0, fill: palette.trace, filter: isolated },
      },
    ],
    bands: [{ series: [1, 2], fill: palette.traceBand }],
    hooks: {
      init: [
        (chart) => {
          // uPlot keeps the click back after a drag, so this one is meant for the moment itself.
          chart.over.addEventListener('click', ({ offsetX }) => input.onPick(chart.posToVal(offsetX, 'x') * 1_000));
        },
      ],
      drawClear: [(chart) => drawSpans(chart, input.drawn(), palette)],
      draw: [(chart) => drawLimits(chart, input.drawn(), palette), input.onDrawn],
      setCursor: [(chart) => input.onCursor(chart.cursor.idx, chart)],
      setSelect: [
        (chart) => {
          const { left, width } = chart.select;
          if (width < 8) return;
          input.onSelect(chart.posToVal(left, 'x') * 1_000, chart.posToVal(left + width, 'x') * 1_000);
          chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
    },
  };
}

/** Readings with a gap on both sides, which no line would show. */
function isolated(chart: uPlot, seriesIndex: number): number[] | null {
  const values = chart.data[seriesIndex] ?? [];
  const alone: number[] = [];
  for (let i = 0; i < values.length; i++) {
    if (values[i] != null && values[i - 1] == null && values[i + 1] == null) alone.push(i);
  }
  return alone;
}

/** The clock, and the day where it is a new one. */
function timeLabels(_chart: uPlot, splits: number[]): string[] {
  let lastDay = '';
  const spanS = (splits.at(-1) ?? 0) - (splits[0] ?? 0);
  return splits.map((seconds) => {
    const day = dayText(seconds * 1_000).slice(5);
    const time = clockTime(seconds * 1_000);
    const clock = spanS < 600 ? time : time.slice(0, 5);
    const label = day === lastDay || time !== '00:00:00' ? (lastDay === '' ? `${clock}\n${day}` : clock) : day;
    lastDay = day;
    return label;
  });
}

/** Alert periods: a tint over the whole height and a bar in the level's colour on top. */
function drawSpans(chart: uPlot, { spans, toMs }: Drawn, palette: Palette): void {
  const { ctx, bbox } = chart;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const { level, fromMs, toMs: endMs } of spans) {
    const left = chart.valToPos(fromMs / 1_000, 'x', true);
    const right = chart.valToPos((endMs ?? toMs) / 1_000, 'x', true);
    const width = Math.max(2 * devicePixelRatio, right - left);
    ctx.globalAlpha = 0.55;
    ctx.fillStyle = palette.level[level].tint;
    ctx.fillRect(left, bbox.top, width, bbox.height);
    ctx.globalAlpha = 1;
    ctx.fillStyle = palette.level[level].fill;
    ctx.fillRect(left, bbox.top, width, 5 * devicePixelRatio);
  }
  ctx.restore();
}

/** A line of words beside a limit. */
const LABEL_PX = 17;

/** Limits as dashed lines with their words at the right, so that the colour is never alone. */
function drawLimits(chart: uPlot, { limits, markMs }: Drawn, palette: Palette): void {
  const { ctx, bbox } = chart;
  const px = devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.font = `${12 * px}px system-ui, sans-serif`;
  ctx.textAlign = 'right';
  ctx.textBaseline = 'bottom';
  // Words of limits that lie close together stand above one another, not on one another.
  const isInSight = (value: number) => {
    const y = chart.valToPos(value, 'y', true);
    return y >= bbox.top && y <= bbox.top + bbox.height;
  };
  const named = limits.filter(({ isFormer, value }) => isFormer !== true && isInSight(value));
  const places = labelPlaces(
    named.map(({ value }) => chart.valToPos(value, 'y', true)),
    { gapPx: LABEL_PX * px, topPx: bbox.top + LABEL_PX * px, bottomPx: bbox.top + bbox.height },
  );
  for (const { level, value, isFormer = false, releaseAt } of limits) {
    const y = chart.valToPos(value, 'y', true);
    if (releaseAt !== undefined) {
      ctx.fillStyle = palette.level[level].fill;
      ctx.globalAlpha = 0.08;
      ctx.fillRect(bbox.left, y, bbox.width, chart.valToPos(releaseAt, 'y', true) - y);
      ctx.globalAlpha = 1;
    }
    ctx.setLineDash(isFormer ? [2 * px, 4 * px] : [7 * px, 4 * px]);
    ctx.lineWidth = (isFormer ? 1 : 1.5) * px;
    ctx.strokeStyle = isFormer ? palette.textFaint : palette.level[level].fill;
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.setLineDash([]);
  }
  for (const [index, { value, text }] of named.entries()) {
    const y = chart.valToPos(value, 'y', true);
    const place = places[index] ?? y;
    const width = ctx.measureText(text).width;
    ctx.fillStyle = palette.panel;
    ctx.globalAlpha = 0.85;
    ctx.fillRect(bbox.left + bbox.width - width - 10 * px, place - LABEL_PX * px, width + 8 * px, 16 * px);
    ctx.globalAlpha = 1;
    ctx.fillStyle = palette.text;
    ctx.fillText(text, bbox.left + bbox.width - 6 * px, place - 2 * px);
  }
  if (markMs !== undefined) {
    const x = chart.valToPos(markMs / 1_000, 'x', true);
    ctx.setLineDash([]);
    ctx.strokeStyle = palette.text;
    ctx.lineWidth = 1.5 * px;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}
