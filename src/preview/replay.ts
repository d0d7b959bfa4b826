import { type Columns, MARKS_SHIFT, marksAt, NUMBER, TYPE_MASK, valueAt } from '../model/columns.ts';
import type { PointDefinition } from '../model/definition.ts';
import { msOf } from '../model/instant.ts';
import { LATE, type Reading } from '../model/reading.ts';
import type { Transition } from '../model/transition.ts';
import type { PreviewEvaluator, QuietBand, QuietBands } from './evaluation.ts';
import { definitionFor, type Stretch } from './interval.ts';

/** The readings of one series, in time order. */
export interface SeriesColumns {
  readonly series: number;
  readonly columns: Columns;
}

export interface Replay {
  readonly definition: PointDefinition;
  readonly readings: readonly SeriesColumns[];
  /** When evaluation begins. */
  readonly startMs: number;
  /** Deadlines before this time take effect; readings from it on are not looked at. */
  readonly endMs: number;
  /** At which intervals the readings come; left out: as the profile says. */
  readonly stretches?: readonly Stretch[];
  readonly onTransition: (transition: Transition) => void;
}

/** Work between two `yield`s; some milliseconds. */
const INSTANTS_PER_STEP = 8_192;

/**
 * Feeds history to the evaluator as it came live: all readings of an instant as one message, deadlines in between. History
 * keeps event times, so a reading counts as having arrived at its own time; of two things due at the same instant the
 * reading comes first. Late readings are left out, because they changed nothing live. A latched alert is reset the
 * moment it could be, so that the next breach is an alert of its own. Where the interval of the readings changes, that is
 * an edit of the point. Gives the share of the period done at each yield.
 */
export function* replay(evaluation: PreviewEvaluator, options: Replay): Generator<number, void, void> {
  const { definition, startMs, endMs } = options;
  const feed = createFeed(options.readings, startMs, endMs);
  let position = 0;
  const take = (transitions: readonly Transition[]): void => {
    for (const transition of transitions) {
      options.onTransition(transition);
      if (transition.type !== 'recovered') continue;
      evaluation.reset(transition.point, transition.rule, transition.receivedAtMs, ++position);
    }
  };
  const passUntil = (tsMs: number): void => {
    for (let due = evaluation.nextDeadlineMs(); due !== undefined && due < tsMs; due = evaluation.nextDeadlineMs()) {
      take(evaluation.tick(due, ++position));
    }
  };

  const changes = [...(options.stretches ?? [])];
  let begun = definition;
  for (let next = changes[0]; next !== undefined && next.fromMs <= startMs; next = changes[0]) {
    begun = definitionFor(definition, next);
    changes.shift();
  }
  take(evaluation.define(begun, ++position, startMs));
  for (let instants = 1; ; instants++) {
    const changeMs = changes[0]?.fromMs ?? Number.POSITIVE_INFINITY;
    const bands = evaluation.quiet(definition.point);
    // Nothing falls due within what is passed over, because its readings follow one another without a gap.
    if (bands !== undefined) {
      for (const reading of feed.skim(bands, changeMs)) evaluation.pass(reading, msOf(reading.tsMs), ++position);
    }
    const message = feed.next();
    const [first] = message;
    if (first === undefined) break;
    const arrivalMs = msOf(first.tsMs);
    for (let next = changes[0]; next !== undefined && next.fromMs < arrivalMs; next = changes[0]) {
      passUntil(next.fromMs);
      take(evaluation.define(definitionFor(definition, next), ++position, next.fromMs));
      changes.shift();
    }
    passUntil(arrivalMs);
    take(evaluation.message(message, arrivalMs, ++position));
    if (instants % INSTANTS_PER_STEP === 0) yield (arrivalMs - startMs) / (endMs - startMs);
  }
  passUntil(endMs);
}

interface Head {
  readonly series: number;
  readonly columns: Columns;
  /** The index to be given out next, of a reading that is not late. */
  at: number;
  /** Its time; Infinity at the end. */
  tsMs: number;
}

/** Series side by side, given out instant by instant. */
function createFeed(readings: readonly SeriesColumns[], startMs: number, endMs: number) {
  const heads = readings.map(({ series, columns }): Head => ({ series, columns, at: -1, tsMs: 0 }));
  /** The instant before the next one; at first the start, from which silence counts. */
  let beforeMs = startMs;

  function advance(head: Head): void {
    const { tsMs, flags } = head.columns;
    do head.at++;
    while (((flags[head.at] ?? 0) >> MARKS_SHIFT) & LATE);
    const next = tsMs[head.at] ?? Number.POSITIVE_INFINITY;
    head.tsMs = next < endMs ? next : Number.POSITIVE_INFINITY;
  }
  for (const head of heads) advance(head);

  function nextMs(): number {
    let tsMs = Number.POSITIVE_INFINITY;
    for (const head of heads) if (head.tsMs < tsMs) tsMs = head.tsMs;
    return tsMs;
  }

  function readingOf({ series, columns }: Head, at: number): Reading {
    return { series, tsMs: columns.tsMs[at] ?? 0, value: valueAt(columns, at), marks: marksAt(columns, at) };
  }

  return {
    /** All readings of the next instant; empty at the end. */
    next(): Reading[] {
      const tsMs = nextMs();
      const message: Reading[] = [];
      if (tsMs === Number.POSITIVE_INFINITY) return message;
      for (const head of heads) {
        if (head.tsMs !== tsMs) continue;
        message.push(readingOf(head, head.at));
        advance(head);
      }
      beforeMs = tsMs;
      return message;
    },

    /**
     * Passes over instants up to a time that are quiet and follow one another; gives the last reading of each series, by
     * time.
     */
    skim({ bands, gapMs, begin, came }: QuietBands, untilMs: number): Reading[] {
      const bandOf = heads.map((head) => bands.get(head.series));
      const last = heads.map(() => -1);
      const [only] = heads;
      if (only !== undefined && heads.length === 1) {
        // A point with one metric, the most frequent kind, without looking for what is next among several.
        const [band] = bandOf;
        for (let tsMs = only.tsMs; tsMs - beforeMs < gapMs && tsMs <= untilMs; tsMs = only.tsMs) {
          if (!isQuiet(only, band) || begin?.(msOf(tsMs)) === false) break;
          last[0] = only.at;
          came?.(only.series);
          advance(only);
          beforeMs = tsMs;
        }
      } else {
        for (let tsMs = nextMs(); tsMs - beforeMs < gapMs && tsMs <= untilMs; tsMs = nextMs()) {
          const isPassed = heads.every((head, index) => head.tsMs !== tsMs || isQuiet(head, bandOf[index]));
          if (!isPassed || begin?.(msOf(tsMs)) === false) break;
          for (let index = 0; index < heads.length; index++) {
            const head = heads[index] as Head;
            if (head.tsMs !== tsMs) continue;
            last[index] = head.at;
            came?.(head.series);
            advance(head);
          }
          beforeMs = tsMs;
        }
      }
      return heads
        .flatMap((head, index) => ((last[index] ?? -1) < 0 ? [] : [readingOf(head, last[index] ?? 0)]))
        .sort((a, b) => a.tsMs - b.tsMs);
    },
  };
}

function isQuiet({ columns, at }: Head, band: QuietBand | undefined): boolean {
  if (band === undefined) return false;
  const flag = columns.flags[at] ?? 0;
  if (flag === NUMBER) {
    const value = columns.values[at] ?? 0;
    const isInside = value > band.above && value < band.below;
    return isInside && (band.alarming.length === 0 || !band.alarming.includes(value));
  }
  const isMarked = flag !== (flag & TYPE_MASK);
  return !isMarked && !band.alarming.includes(valueAt(columns, at));
}
