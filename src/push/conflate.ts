import type { LiveReading } from '../wire/live.ts';
import { frameOf } from './frame.ts';

/**
 * The newest reading of each series since the last frame, by point and then metric, and how many older ones it stands
 * in for. It holds at most one reading for each series, whatever the rate and however slow the client.
 */
export type Conflated = Map<string, Series>;
type Series = Map<string, { reading: LiveReading; merged: number }>;

/** Adds a reading; of two of one series the one with the later event time stays, the other is only counted. */
export function fold(into: Conflated, reading: LiveReading, merged = 0): void {
  let metrics = into.get(reading.point);
  if (metrics === undefined) {
    metrics = new Map();
    into.set(reading.point, metrics);
  }
  const held = metrics.get(reading.metric);
  if (held === undefined) {
    metrics.set(reading.metric, { reading, merged });
    return;
  }
  if (reading.ts >= held.reading.ts) held.reading = reading;
  held.merged += merged + 1;
}

/** Folds the points of `from` that `wanted` names (all of them for `*`) into `into`. */
export function foldAll(into: Conflated, from: Conflated, wanted: ReadonlySet<string> | '*'): void {
  for (const metrics of selected(from, wanted)) {
    for (const { reading, merged } of metrics.values()) fold(into, reading, merged);
  }
}

function* selected(from: Conflated, wanted: ReadonlySet<string> | '*'): Iterable<Series> {
  if (wanted === '*') {
    yield* from.values();
    return;
  }
  for (const point of wanted) {
    const metrics = from.get(point);
    if (metrics !== undefined) yield metrics;
  }
}

/** The readings of the wanted points as one frame; undefined when there is none. */
export function readingsFrame(from: Conflated, wanted: ReadonlySet<string> | '*'): Buffer | undefined {
  const readings: LiveReading[] = [];
  let mergedTotal = 0;
  for (const metrics of selected(from, wanted)) {
    for (const { reading, merged } of metrics.values()) {
      readings.push(reading);
      mergedTotal += merged;
    }
  }
  if (readings.length === 0) return undefined;
  return frameOf({ type: 'readings', readings, merged: mergedTotal });
}
