import { stepped } from './instant.ts';
import { BAD, type Reading, type Value } from './reading.ts';
import { type Rows, rowAt, withRow } from './rows.ts';

/** What is known of the newest millisecond of a series. */
export interface NewestInstant {
  /** The time of its last reading, with its fraction. */
  readonly tsMs: number;
  /** The values that it has had, the newest last; at most `INSTANT_VALUES_MAX` of them. */
  readonly values: readonly Value[];
}

/** As many values of one millisecond are remembered; a device that repeats one time for ever needs no more memory. */
export const INSTANT_VALUES_MAX = 64;

/** How a message came. */
export interface Delivery {
  /**
   * Whether it may be one that came before: a connection was lost since, or it says so itself (DUP). What comes over
   * one connection without DUP is sent once.
   */
  readonly mayBeRepeated: boolean;
  /** A number that is another one for each stretch of messages that may be repeated. */
  readonly run: number;
}

export interface Sequencer {
  /**
   * Gives the readings of one message, sorted by time, times of their own: a reading that is a repetition bears the time
   * of the one it repeats, another value of a known millisecond the next time in that. They are sorted by time again.
   * `isUntimed` tells which of them bear no time but their arrival: these are never repetitions.
   */
  place(readings: Reading[], isUntimed: (index: number) => boolean, delivery: Delivery): void;
}

export const ONCE: Delivery = { mayBeRepeated: false, run: 0 };

/** The row of a series: the newest millisecond as the device wrote it; ... */
const MS = 0;
/** ... the time that its last reading was given; ... */
const TS_MS = 1;
/** ... its value, where that is no text; ... */
const VALUE = 2;
/** ... of what kind that is, and what else is to be looked at; ... */
const STATE = 3;
/** ... the run that was seen last; ... */
const RUN = 4;
/** ... the message that was looked at as a whole last; ... */
const MESSAGE = 5;
/** ... and the values from this one on that are looked for among those that may be repeated, if `EXPECTS`. */
const NEXT = 6;

const KIND = 3;
const NUMBER = 0;
const BOOLEAN = 1;
const NOTHING = 2;
const TEXT = 3;
/** The millisecond had more than one value. */
const SEVERAL = 4;
/** Values that are known may come again. */
const EXPECTS = 8;

/**
 * Tells readings of one series and one millisecond apart, before they are written down. It only gives names: a reading is
 * dropped nowhere for its sake, so one whose first copy was never stored is taken when its second comes.
 *
 * - The value that the series had last, again: the same reading.
 * - In messages that may be repeated, the values in the order in which they came first: the same readings. Such a stretch
 *   may begin with any of them, and ends with the first value that does not follow.
 * - A message whose first values of the millisecond are the last ones that are known of it: the same readings, and then
 *   new ones (a batch that is sent again, or one that overlaps the one before).
 * - Anything else: a reading of its own.
 *
 * Of a time that is older than the newest of its series only the last one is remembered. Its values are numbered within
 * their message, and on from message to message when they come one by one and are not repeated; the store, which knows what
 * it has of that time, tells which of them are new.
 */
export function createSequencer(newest: (series: number) => NewestInstant | undefined): Sequencer {
  /** What is known of the newest millisecond of each series, by its number. */
  let rows: Rows = new Float64Array(0);
  /** All values of that millisecond, oldest first, of series that had more than one. */
  const several = new Map<number, Value[]>();
  /** The last values that are texts. */
  const texts = new Map<number, string>();
  /** The last late reading of each series that had one. */
  const late = new Map<number, { ms: number; tsMs: number; value: Value; message: number; run: number }>();
  let message = 0;

  /** Where the row of a series begins. */
  function rowOf(series: number): number {
    const at = rowAt(series);
    if (at >= rows.length) rows = withRow(rows, series);
    if (Number.isNaN(rows[at + MS])) ask(series, at);
    return at;
  }

  function ask(series: number, at: number): void {
    const known = newest(series);
    rows[at + MS] = known === undefined ? Number.NEGATIVE_INFINITY : Math.floor(known.tsMs);
    rows[at + TS_MS] = known?.tsMs ?? Number.NEGATIVE_INFINITY;
    rows[at + RUN] = 0;
    rows[at + MESSAGE] = 0;
    const values = known?.values ?? [];
    const kind = keep(series, at, values.at(-1) ?? null);
    rows[at + STATE] = values.length > 1 ? kind | SEVERAL : kind;
    if (values.length > 1) several.set(series, [...values]);
  }

  /** Keeps the last value, and gives what kind it is of. */
  function keep(series: number, at: number, value: Value): number {
    const kind = kindOf(value);
    if (kind === TEXT) texts.set(series, value as string);
    else rows[at + VALUE] = Number(value);
    return kind;
  }

  function last(series: number, at: number): Value {
    switch (stateOf(at) & KIND) {
      case NUMBER:
        return rows[at + VALUE] ?? null;
      case BOOLEAN:
        return rows[at + VALUE] === 1;
      case TEXT:
        return texts.get(series) ?? null;
      default:
        return null;
    }
  }

  const stateOf = (at: number): number => rows[at + STATE] ?? 0;
  const tsOf = (at: number): number => rows[at + TS_MS] ?? 0;

  /** The first reading of a later millisecond. */
  function begin(series: number, at: number, ms: number, value: Value, run: number): number {
    const lastMs = tsOf(at);
    // So many readings of one time came before that they reach into the present one.
    const tsMs = ms > lastMs ? ms : stepped(lastMs, 1);
    if ((stateOf(at) & SEVERAL) !== 0) several.delete(series);
    rows[at + MS] = ms;
    rows[at + TS_MS] = tsMs;
    rows[at + RUN] = run;
    rows[at + MESSAGE] = message;
    rows[at + STATE] = keep(series, at, value);
    return tsMs;
  }

  /** One more reading of the newest millisecond. */
  function append(series: number, at: number, value: Value): number {
    let values = several.get(series);
    if (values === undefined) {
      values = [last(series, at)];
      several.set(series, values);
    }
    values.push(value);
    if (values.length > INSTANT_VALUES_MAX) values.shift();
    // What is new comes after all that is sent again.
    rows[at + STATE] = keep(series, at, value) | SEVERAL;
    const tsMs = stepped(tsOf(at), 1);
    rows[at + TS_MS] = tsMs;
    return tsMs;
  }

  /** The known values from this one on may come again. */
  function expect(at: number, next: number): void {
    rows[at + NEXT] = next;
    rows[at + STATE] = stateOf(at) | EXPECTS;
  }

  /** The time of the reading that this value repeats, if it may be one. */
  function repetitionOf(series: number, at: number, value: Value): number | undefined {
    if ((stateOf(at) & EXPECTS) === 0) return undefined;
    const values = several.get(series);
    const count = values?.length ?? 1;
    for (let i = rows[at + NEXT] ?? count; i < count; i++) {
      if (values === undefined ? last(series, at) !== value : values[i] !== value) continue;
      rows[at + NEXT] = i + 1;
      return stepped(tsOf(at), i + 1 - count);
    }
    return undefined;
  }

  /** A reading of the newest millisecond, or of one that is known to be not newer. */
  function again(readings: readonly Reading[], index: number, at: number, delivery: Delivery): number {
    const { series, value } = readings[index] as Reading;
    const isNewRun = delivery.mayBeRepeated && rows[at + RUN] !== delivery.run;
    if ((stateOf(at) & SEVERAL) === 0 && !isNewRun && last(series, at) === value) return tsOf(at);
    if (isNewRun) {
      rows[at + RUN] = delivery.run;
      expect(at, 0);
    } else if (rows[at + MESSAGE] !== message) {
      const values = several.get(series);
      const overlap = overlapOf(values, readings, index);
      if (values !== undefined && overlap > 1) expect(at, values.length - overlap);
    }
    rows[at + MESSAGE] = message;
    const repeated = repetitionOf(series, at, value);
    if (repeated !== undefined) return repeated;
    return last(series, at) === value ? tsOf(at) : append(series, at, value);
  }

  function lateTime(readings: readonly Reading[], index: number, { mayBeRepeated, run }: Delivery): number {
    const { series, tsMs, value } = readings[index] as Reading;
    const last = late.get(series);
    const goesOn =
      last?.ms === tsMs &&
      (last.message === message || ((!mayBeRepeated || last.run === run) && isAlone(readings, index)));
    if (!goesOn) {
      late.set(series, { ms: tsMs, tsMs, value, message, run });
      return tsMs;
    }
    if (last.value !== value) last.tsMs = stepped(last.tsMs, 1);
    last.value = value;
    last.message = message;
    return last.tsMs;
  }

  return {
    place(readings, isUntimed, delivery) {
      message++;
      let isChanged = false;
      for (let i = 0; i < readings.length; i++) {
        const reading = readings[i] as Reading;
        const { series, value } = reading;
        // A sensor without a value says nothing that could be repeated.
        if (value === null && (reading.marks & BAD) === 0) continue;
        const at = rowOf(series);
        const newestMs = rows[at + MS] ?? Number.NEGATIVE_INFINITY;
        let { tsMs } = reading;
        if (tsMs > newestMs) tsMs = begin(series, at, tsMs, value, delivery.run);
        else if (tsMs < newestMs) tsMs = lateTime(readings, i, delivery);
        else tsMs = isUntimed(i) ? append(series, at, value) : again(readings, i, at, delivery);
        if (tsMs === reading.tsMs) continue;
        readings[i] = { ...reading, tsMs };
        isChanged = true;
      }
      // Sorting is stable, so what is of one time stays in the order in which the device wrote it.
      if (isChanged) readings.sort((a, b) => a.tsMs - b.tsMs);
    },
  };
}

/** Whether no later reading of the message is of the same series and time: a batch may be one that came before. */
function isAlone(readings: readonly Reading[], at: number): boolean {
  const { series, tsMs } = readings[at] as Reading;
  for (let i = at + 1; readings[i]?.tsMs === tsMs; i++) if (readings[i]?.series === series) return false;
  return true;
}

function kindOf(value: Value): number {
  if (typeof value === 'number') return NUMBER;
  if (typeof value === 'boolean') return BOOLEAN;
  return value === null ? NOTHING : TEXT;
}

/** How many of the last known values a message brings again with its first ones of the same series and time. */
function overlapOf(known: readonly Value[] | undefined, readings: readonly Reading[], at: number): number {
  const { series, tsMs } = readings[at] as Reading;
  const values: Value[] = [];
  for (let i = at; readings[i]?.tsMs === tsMs && values.length < INSTANT_VALUES_MAX; i++) {
    const reading = readings[i];
    // The last value again is the same reading, in a message as elsewhere.
    if (reading?.series === series && reading.value !== values.at(-1)) values.push(reading.value);
  }
  if (known === undefined || values.length < 2) return 0;
  for (let length = Math.min(known.length, values.length); length > 1; length--) {
    const start = known.length - length;
    if (values.slice(0, length).every((value, i) => known[start + i] === value)) return length;
  }
  return 0;
}
