import { type PointerEvent, useRef } from 'react';
import { snapped, stepFor, valueAfterKey, valueAt, yOf } from './dragging.ts';
import css from './limit-handles.module.css';
import type { PlotArea } from './plot-area.ts';

/** A limit line that can be moved. */
export interface LimitHandle {
  /** Stays the same while the limit moves. */
  readonly id: string;
  /** In the unit of the chart. */
  readonly value: number;
  readonly label: string;
  readonly text: string;
  /** From the unit of the chart to the one in which the limit is written and rounded. */
  readonly written: (value: number) => number;
}

interface Props {
  readonly area: PlotArea;
  readonly handles: readonly LimitHandle[];
  /** The limit's new value, in the unit in which it is written. */
  readonly onMove: (id: string, value: number) => void;
  /** While a line is in somebody's hand the scale must not run away under it. */
  readonly onHold: (range: readonly [number, number] | undefined) => void;
}

/** Lines to take hold of over the limits of a chart: by mouse, finger, or arrow keys. */
export function LimitHandles({ area, handles, onMove, onHold }: Props) {
  const held = useRef<{ readonly area: PlotArea; readonly offsetPx: number } | null>(null);
  return handles.map((handle) => {
    const y = yOf(handle.value, area);
    if (!(y >= area.top - 1 && y <= area.top + area.height + 1)) return null;
    const step = stepFor(handle.written(area.high) - handle.written(area.low));

    const yWithin = (event: PointerEvent<HTMLElement>) => {
      const box = event.currentTarget.parentElement?.getBoundingClientRect();
      return event.clientY - (box?.top ?? 0);
    };
    function take(event: PointerEvent<HTMLElement>) {
      if (event.button !== 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      held.current = { area, offsetPx: y - yWithin(event) };
      onHold([area.low, area.high]);
    }
    function move(event: PointerEvent<HTMLElement>) {
      if (held.current === null) return;
      const { area: from, offsetPx } = held.current;
      const px = Math.min(from.top + from.height, Math.max(from.top, yWithin(event) + offsetPx));
      const value = snapped(handle.written(valueAt(px, from)), step);
      if (value !== snapped(handle.written(handle.value), step)) onMove(handle.id, value);
    }
    function release() {
      if (held.current === null) return;
      held.current = null;
      onHold(undefined);
    }
    return (
      <div
        key={handle.id}
        className={css.limitHandle}
        role="slider"
        tabIndex={0}
        aria-orientation="vertical"
        aria-label={handle.label}
        aria-valuemin={handle.written(area.low)}
        aria-valuemax={handle.written(area.high)}
        aria-valuenow={handle.written(handle.value)}
        aria-valuetext={handle.text}
        style={{ top: y, left: area.left, width: area.width }}
        onPointerDown={take}
        onPointerMove={move}
        onPointerUp={release}
        onPointerCancel={release}
        onKeyDown={(event) => {
          const value = valueAfterKey(handle.written(handle.value), step, event);
          if (value === undefined) return;
          event.preventDefault();
          onMove(handle.id, value);
        }}
      >
        <span className={css.limitGrip} aria-hidden="true" />
      </div>
    );
  });
}
