import { stepped } from './instant.ts';
import { BAD, type Reading, type Value } from './reading.ts';

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
 * Of a time that is older than the newest of its series nothing is remembered. The values are numbered within their
 * message, and the store, which knows what it has of that time, tells which of them are new.
 */
export function createSequencer(newest: (series: number) => NewestInstant | undefined): Sequencer {
  const heads: (Head | undefined)[] = [];
  /** Of series that have late readings in the present message: the last of them. */
  const late = new Map<number, { ms: number; tsMs: number; value: Value }>();
  let message = 0;

  function headOf(series: number): Head {
    const known = heads[series];
    if (known !== undefined) return known;
    // Filled up without holes, for an array with holes is a hash table.
    for (let next = heads.length; next <= series; next++) heads.push(undefined);
    const head = new Head(newest(series));
    heads[series] = head;
    return head;
  }

  /** A reading of the newest millisecond, or of one that is known to be not newer. */
  function again(head: Head, readings: readonly Reading[], at: number, delivery: Delivery): number {
    const { value } = readings[at] as Reading;
    const isNewRun = delivery.mayBeRepeated && head.run !== delivery.run;
    if (head.values === null && !isNewRun && head.isLast(value)) return head.tsMs;
    if (isNewRun) {
      head.run = delivery.run;
      head.expect(0);
    } else if (head.message !== message) {
      const overlap = overlapOf(head.values, readings, at);
      if (overlap > 1) head.expect(head.count() - overlap);
    }
    head.message = message;
    const repeated = head.repetitionOf(value);
    if (repeated !== undefined) return repeated;
    return head.isLast(value) ? head.tsMs : head.append(value);
  }

  function lateTime({ series, tsMs, value }: Reading): number {
    const last = late.get(series);
    if (last?.ms !== tsMs) {
      late.set(series, { ms: tsMs, tsMs, value });
      return tsMs;
    }
    if (last.value !== value) last.tsMs = stepped(last.tsMs, 1);
    last.value = value;
    return last.tsMs;
  }

  return {
    place(readings, isUntimed, delivery) {
      message++;
      if (late.size > 0) late.clear();
      let isChanged = false;
      for (let i = 0; i < readings.length; i++) {
        const reading = readings[i] as Reading;
        // A sensor without a value says nothing that could be repeated.
        if (reading.value === null && (reading.marks & BAD) === 0) continue;
        const head = headOf(reading.series);
        let { tsMs } = reading;
        if (tsMs > head.ms) tsMs = head.begin(tsMs, reading.value, delivery.run, message);
        else if (tsMs < head.ms) tsMs = lateTime(reading);
        else tsMs = isUntimed(i) ? head.append(reading.value) : again(head, readings, i, delivery);
        if (tsMs === reading.tsMs) continue;
        readings[i] = { ...reading, tsMs };
        isChanged = true;
      }
      // Sorting is stable, so what is of one time stays in the order in which the device wrote it.
      if (isChanged) readings.sort((a, b) => a.tsMs - b.tsMs);
    },
  };
}

/**
 * The newest millisecond of a series, changed in place: one object for each series. Numbers have a field that never holds
 * anything else, because only then does a new one take the place of the old without garbage.
 */
class Head {
  /** The time as the device wrote it. */
  ms: number;
  /** The time that its last reading was given. */
  tsMs: number;
  #number = Number.NaN;
  #other: Exclude<Value, number> | undefined;
  /** All its values, oldest first, once there is more than one. */
  values: Value[] | null = null;
  run = 0;
  /** The message that was looked at as a whole last. */
  message = 0;
  /** Values from here to `#upTo` are looked for among those that may be repeated. */
  #next = 0;
  #upTo = 0;

  constructor(known: NewestInstant | undefined) {
    this.ms = known === undefined ? Number.NEGATIVE_INFINITY : Math.floor(known.tsMs);
    this.tsMs = known?.tsMs ?? Number.NEGATIVE_INFINITY;
    if (known === undefined) return;
    this.#setLast(known.values.at(-1) ?? null);
    if (known.values.length > 1) this.values = [...known.values];
  }

  #setLast(value: Value): void {
    if (typeof value === 'number') this.#number = value;
    this.#other = typeof value === 'number' ? undefined : value;
  }

  isLast(value: Value): boolean {
    return this.#other === undefined ? this.#number === value : this.#other === value;
  }

  count(): number {
    return this.values?.length ?? 1;
  }

  begin(ms: number, value: Value, run: number, message: number): number {
    this.ms = ms;
    // So many readings of one time came before that they reach into the present one.
    this.tsMs = ms > this.tsMs ? ms : stepped(this.tsMs, 1);
    if (this.values !== null) this.values = null;
    this.run = run;
    this.message = message;
    this.#next = 0;
    this.#upTo = 0;
    this.#setLast(value);
    return this.tsMs;
  }

  append(value: Value): number {
    this.values ??= [this.#other === undefined ? this.#number : this.#other];
    this.values.push(value);
    if (this.values.length > INSTANT_VALUES_MAX) this.values.shift();
    // What is new comes after all that is sent again.
    this.#upTo = 0;
    this.#setLast(value);
    this.tsMs = stepped(this.tsMs, 1);
    return this.tsMs;
  }

  /** The known values from this one on may come again. */
  expect(next: number): void {
    this.#next = next;
    this.#upTo = this.count();
  }

  /** The time of the reading that this value repeats, if it may be one. */
  repetitionOf(value: Value): number | undefined {
    for (let i = this.#next; i < this.#upTo; i++) {
      if (this.values === null ? !this.isLast(value) : this.values[i] !== value) continue;
      this.#next = i + 1;
      return stepped(this.tsMs, i + 1 - this.count());
    }
    return undefined;
  }
}

/** How many of the last known values a message brings again with its first ones of the same series and time. */
function overlapOf(known: readonly Value[] | null, readings: readonly Reading[], at: number): number {
  const { series, tsMs } = readings[at] as Reading;
  const values: Value[] = [];
  for (let i = at; readings[i]?.tsMs === tsMs && values.length < INSTANT_VALUES_MAX; i++) {
    const reading = readings[i];
    // The last value again is the same reading, in a message as elsewhere.
    if (reading?.series === series && reading.value !== values.at(-1)) values.push(reading.value);
  }
  if (known === null || values.length < 2) return 0;
  for (let length = Math.min(known.length, values.length); length > 1; length--) {
    const start = known.length - length;
    if (values.slice(0, length).every((value, i) => known[start + i] === value)) return length;
  }
  return 0;
}
