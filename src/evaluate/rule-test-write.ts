import { formatDuration } from '../model/duration.ts';
import type { Value } from '../model/reading.ts';

/** A sample and its place in a series of a rule test. */
export interface Place {
  /** Rises from sample to sample. */
  readonly place: number;
  readonly value: Value | 'bad';
  /** How much later than its place it is, ms; it arrives at its own time. Below 0 it is earlier, and arrives at its place. */
  readonly shiftMs: number;
}

/** Runs shorter than this are quicker to read value by value. */
const STEPS_LEAST = 4;
const REPEATS_LEAST = 2;
/** What sensors measure has fewer digits; more of them are the noise of numbers in base two. */
const DIGITS = 9;

/** The compact notation that `parseSeries` reads: repeats, steps, gaps. */
export function writeSeries(places: readonly Place[]): string {
  const tokens: string[] = [];
  let next = 0;
  for (let i = 0; i < places.length; ) {
    const first = places[i] as Place;
    const gap = first.place - next;
    if (gap > 0) tokens.push(gap === 1 ? '_' : `_x${gap}`);
    const run = runFrom(places, i);
    tokens.push(run.token + shiftText(first.shiftMs));
    next = first.place + run.length;
    i += run.length;
  }
  return tokens.join(' ');
}

function shiftText(shiftMs: number): string {
  if (shiftMs < 0) return `@-${formatDuration(-shiftMs)}`;
  const text = formatDuration(shiftMs);
  return shiftMs === 0 ? '' : `@+${text}>${text}`;
}

function runFrom(places: readonly Place[], start: number): { readonly token: string; readonly length: number } {
  const first = places[start] as Place;
  const follows = (offset: number): Place | undefined => {
    const other = places[start + offset];
    return other !== undefined && other.place === first.place + offset && other.shiftMs === first.shiftMs
      ? other
      : undefined;
  };
  let repeats = 1;
  while (follows(repeats) !== undefined && valueText(follows(repeats)?.value ?? null) === valueText(first.value))
    repeats++;
  if (repeats >= REPEATS_LEAST) return { token: `${valueText(first.value)}x${repeats}`, length: repeats };
  const second = follows(1);
  if (typeof first.value === 'number' && typeof second?.value === 'number') {
    const from = rounded(first.value);
    const step = rounded(rounded(second.value) - from);
    const at = (n: number) => Number((from + n * step).toPrecision(12));
    let steps = 1;
    for (let other: Place | undefined = second; typeof other?.value === 'number'; other = follows(++steps)) {
      if (at(steps) !== rounded(other.value)) break;
    }
    const stepText = plain(Math.abs(step));
    if (steps >= STEPS_LEAST && /^\d+(\.\d+)?$/.test(stepText)) {
      return { token: `${plain(from)}${step < 0 ? '-' : '+'}${stepText}x${steps}`, length: steps };
    }
  }
  return { token: valueText(first.value), length: 1 };
}

function valueText(value: Value | 'bad'): string {
  if (typeof value === 'number') return plain(rounded(value));
  if (value === 'bad') return 'bad';
  // The notation has no way to write a quotation mark, and no sensor was seen to send one.
  return typeof value === 'string' ? `'${value.replaceAll("'", '’')}'` : String(value);
}

function rounded(value: number): number {
  return Number(value.toPrecision(DIGITS));
}

function plain(value: number): string {
  return String(value).replace('e+', 'e');
}
