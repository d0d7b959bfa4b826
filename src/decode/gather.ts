import type { Decoded, DecodePlan, FieldPlan } from '../model/format.ts';
import { BAD, CLOCK_SKEW, type Marks, type Value } from '../model/reading.ts';
import { type ExpectedValue, type Found, type Rejection, rejectionOf } from '../model/rejection.ts';
import { type Metric, TEXT_VALUE_LENGTH_MAX } from '../model/site.ts';
import { DAY_MS, EARLIEST_PLAUSIBLE_MS, otherTimeUnit, parseIsoTime } from '../model/time.ts';
import { hasMoreDifferentKeys, repairJson, Several } from './json.ts';

/** What formats share: from what a payload says to readings in the metrics' types, at times that can be, and why not. */

/** The most readings of one payload: items of a batch, and items with a time of their own in lists within it. */
export const BATCH_ITEMS_MAX = 10_000;
/** Different ones in a payload: of a gateway, say, with some thousands of sensors by name. */
const KEYS_MAX = 5_000;
/** Nested payloads deeper than this are not read further. */
const DEPTH_MAX = 8;
/** A clock that was never set goes on as it did: by so much may it differ from what it is expected to say, ms. */
const SAME_CLOCK_MS = 60_000;
/** Among times that are all wrong, only so much tells one wrong clock from another. */
const WRONG_HOLE_MAX_MS = DAY_MS;
/** Times below this are seconds, not milliseconds, where a payload's own dialect leaves that open. */
const SECONDS_BELOW = 100_000_000_000;

/** Times of a payload in any unit lie between these: seconds in 2001, and ns in 2262, when they overflow. */
const SMALLEST_TIME = EARLIEST_PLAUSIBLE_MS / 1_000;
const LARGEST_TIME = 2 ** 63;

/** Nothing could be read. */
export function rejected(rejection: Rejection): Decoded {
  return { readings: [], rejection, clockAheadMs: 0, isRepaired: false };
}

export type JsonObject = Record<string, unknown>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A payload as JSON, and its text; of text that is almost JSON what was meant. */
export type ReadJson =
  | { readonly json: unknown; readonly text: string; readonly isRepaired: boolean; readonly rejection?: undefined }
  | { readonly rejection: Rejection };

/** Reads a payload as JSON. Never throws. */
export function readJson(payload: Uint8Array): ReadJson {
  const text = textOf(payload);
  if (hasMoreDifferentKeys(text, KEYS_MAX)) return { rejection: rejectionOf('too-many-keys', { most: KEYS_MAX }) };
  try {
    return { json: JSON.parse(text), text, isRepaired: false };
  } catch (error) {
    const repaired = repairJson(text);
    const json = repaired === undefined ? undefined : parsed(repaired);
    if (repaired === undefined || json === undefined) return { rejection: noJson(text, String(error)) };
    return { json, text: repaired, isRepaired: true };
  }
}

/** Where a text ceases to be JSON, as far as the runtime says so: nearly always, in words that are its own. */
function noJson(text: string, said: string): Rejection {
  const position = Number(/position (\d+)/.exec(said)?.[1] ?? Number.NaN);
  if (position < text.length) return rejectionOf('json-broken', { position });
  if (position >= text.length || said.includes('end of JSON')) return rejectionOf('json-unfinished', {});
  return rejectionOf('no-json', { found: { kind: 'beginning', text: shortened(text) } });
}

/** What a text says as JSON; undefined when it is none. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A payload as text, without a byte order mark. */
export function textOf(payload: Uint8Array): string {
  const buffer = Buffer.isBuffer(payload) ? payload : Buffer.from(payload.buffer, payload.byteOffset, payload.length);
  // A byte order mark is legal UTF-8 and some firmware sends it, but JSON.parse refuses it.
  return buffer[0] === 0xef && buffer[1] === 0xbb && buffer[2] === 0xbf
    ? buffer.toString('utf8', 3)
    : buffer.toString();
}

/** Gathers the readings of one payload. */
export class Collector {
  readonly #plan: DecodePlan;
  readonly #receivedAtMs: number;
  readonly #latestMs: number;
  readonly #lastAheadMs: number;
  #readings: { series: number; tsMs: number; value: Value; marks: Marks }[] = [];
  /** What could not be read first, and how much could not in all. */
  #rejection: Rejection | null = null;
  #refused = 0;
  /** The item of a batch that is being read; -1 when the payload is no batch. */
  #item = -1;
  /** Nothing of the payload may be kept. */
  #broken = false;
  get isBroken(): boolean {
    return this.#broken;
  }
  #seesFields = false;
  /** A field of the profile was there, which no point of the device wants: it is read, and goes nowhere. */
  #seesUnwanted = false;
  /** Items with times of their own in lists within reading objects, in all. */
  #historyItems = 0;
  #isDoubtful = false;
  /** Within a list whose items have times of their own. */
  #isInHistory = false;
  /** The newest device time that is too new, and the newest that is too old. */
  #newestAheadMs = Number.NEGATIVE_INFINITY;
  #newestUnsetMs = Number.NEGATIVE_INFINITY;
  /** The times of the payload that are numbers, whose unit only all of them together tell. */
  #lowestTime = Number.POSITIVE_INFINITY;
  #highestTime = Number.NEGATIVE_INFINITY;
  #hasIsoTime = false;
  /** How many keys of objects were come upon, each once. */
  keys = 0;

  constructor(plan: DecodePlan, receivedAtMs: number, futureMaxMs: number, lastAheadMs: number) {
    this.#plan = plan;
    this.#receivedAtMs = receivedAtMs;
    this.#latestMs = receivedAtMs + futureMaxMs;
    this.#lastAheadMs = lastAheadMs;
  }

  /** The payload: a reading object, or a batch of them. What of a batch can't be read leaves the rest as it is. */
  take(json: unknown): void {
    if (!Array.isArray(json)) return this.#reading(json);
    for (this.#item = 0; this.#item < json.length; this.#item++) this.#reading(json[this.#item]);
  }

  /** An object whose time is known from elsewhere: all fields of it that belong to the profile. */
  takeAt(item: unknown, tsMs: number): void {
    if (isObject(item)) this.fields(item, '', tsMs, 0);
    else this.refuse(() => rejectionOf('not-an-object', { found: foundOf(item) }));
  }

  #reading(item: unknown): void {
    if (this.#broken) return;
    if (!isObject(item)) return this.refuse(() => rejectionOf('not-an-object', { found: foundOf(item) }));
    const { values } = item;
    const tsMs = this.#timeOfItem(item);
    if (tsMs === undefined) return;
    if (!isObject(values) || this.#plan.fields.has('values')) return this.fields(item, '', tsMs, 0);
    for (const _ in item) this.keys++;
    if (!(values instanceof Several)) return this.fields(values, '', tsMs, 0);
    if (this.#areTooMany('values', values)) return;
    this.refuse(() => rejectionOf('values-repeated', {}));
    for (const part of values.values) if (isObject(part)) this.fields(part, '', tsMs, 0);
  }

  /** The time of a reading object, or the arrival when it has none; undefined when it can't be read. */
  #timeOfItem(item: JsonObject): number | undefined {
    let { ts } = item;
    if (ts === undefined || ts === null || this.#plan.fields.has('ts')) return this.#receivedAtMs;
    if (ts instanceof Several) {
      this.refuse(() => rejectionOf('time-repeated', {}));
      ts = ts.values.at(-1);
    }
    return this.timeOf(ts);
  }

  /** A time in ms since 1970 or ISO 8601, or in the unit that all such numbers of the payload make sense in. */
  timeOf(ts: unknown): number | undefined {
    let tsMs = numberOf(ts);
    if (tsMs === undefined) {
      tsMs = isoTimeOf(ts);
      this.#hasIsoTime = true;
    } else {
      // A number that is no time in any unit says nothing of that of the others.
      if (tsMs < this.#lowestTime && tsMs >= SMALLEST_TIME) this.#lowestTime = tsMs;
      if (tsMs > this.#highestTime && tsMs <= LARGEST_TIME) this.#highestTime = tsMs;
      // A fraction is noise of ms, and most of what seconds have to say.
      if (tsMs >= SECONDS_BELOW) tsMs = Math.round(tsMs);
    }
    if (tsMs === undefined) {
      this.refuse(() => rejectionOf('bad-time', { name: 'ts', expected: 'ms-or-iso', found: foundOf(ts) }));
    } else this.noteTime(tsMs);
    return tsMs;
  }

  /** A time whose unit is known. */
  timeIs(tsMs: number): number {
    this.#hasIsoTime = true;
    this.noteTime(tsMs);
    return tsMs;
  }

  /** A value that says that there is none: the sensor's own word for it, or one that means nothing. */
  bad(field: FieldPlan, tsMs: number): void {
    this.#put(field, tsMs, null, BAD);
  }

  /** Values that the device itself says not to rely on: kept as they are, where they can be one, and bad. */
  doubtful(fill: () => void): void {
    this.#isDoubtful = true;
    fill();
    this.#isDoubtful = false;
  }

  finish(isRepaired: boolean): Decoded {
    const more = this.#refused - 1;
    const first = this.#rejection;
    const rejection = first === null || more < 1 ? first : { ...first, values: { ...first.values, more } };
    if (this.#broken) return { readings: [], rejection, clockAheadMs: 0, isRepaired };
    if (rejection === null && this.#readings.length === 0 && !this.#seesUnwanted) {
      return rejected(rejectionOf(this.#seesFields ? 'no-known-field' : 'empty', {}));
    }
    const clockAheadMs = this.#correctTimes();
    // Sorting is stable, so values of the same time stay in the order the device wrote them.
    if (this.#readings.length > 1) this.#readings.sort((a, b) => a.tsMs - b.tsMs);
    return { readings: this.#readings, rejection, clockAheadMs, isRepaired };
  }

  fields(object: JsonObject, prefix: string, tsMs: number, depth: number): void {
    for (const key in object) {
      if (this.#broken) return;
      this.keys++;
      const value = object[key];
      const name = prefix === '' ? key : prefix + key;
      const field = this.#plan.fields.get(name);
      if (value instanceof Several) this.#several(name, field, value, tsMs, depth);
      else if (field !== undefined) this.value(name, field, value, tsMs);
      else if (typeof value === 'object' && value !== null) this.#nested(name, value, tsMs, depth);
      else if (key !== 'ts') this.#seesFields = true;
    }
  }

  /** Nothing says which of the values is meant, so all are readings of that time, and somebody can look at them. */
  #several(name: string, field: FieldPlan | undefined, several: Several, tsMs: number, depth: number): void {
    const { values } = several;
    if (field !== undefined) {
      if (this.#areTooMany(name, several)) return;
      this.refuse(() => rejectionOf('key-repeated', { name: nameOf(name) }));
      for (const value of values) this.value(name, field, value, tsMs);
      return;
    }
    this.#seesFields = true;
    for (const value of values) {
      if (typeof value === 'object' && value !== null) this.#nested(name, value, tsMs, depth);
    }
  }

  #areTooMany(name: string, { values }: Several): boolean {
    if (values.length <= BATCH_ITEMS_MAX) return false;
    this.#broken = true;
    const count = values.length;
    this.refuse(() => rejectionOf('key-too-often', { name: nameOf(name), count, most: BATCH_ITEMS_MAX }));
    return true;
  }

  #nested(name: string, value: object, tsMs: number, depth: number): void {
    this.#seesFields = true;
    if (depth >= DEPTH_MAX) return;
    if (!Array.isArray(value)) return this.fields(value as JsonObject, `${name}.`, tsMs, depth + 1);
    if (value.length > BATCH_ITEMS_MAX) {
      this.#broken = true;
      const count = value.length;
      return this.refuse(() => rejectionOf('list-too-long', { name: nameOf(name), count, most: BATCH_ITEMS_MAX }));
    }
    for (const [index, item] of value.entries()) {
      if (this.#broken) return;
      if (!isObject(item)) continue;
      // Devices back-fill as `history: [{…, timestamp}]`: such values belong to that time and to the plain metric.
      const itemMs = this.#timeWithin(item);
      if (itemMs !== undefined && !this.#isInHistory) {
        if (++this.#historyItems > BATCH_ITEMS_MAX) return this.#breakOff(name);
        this.noteTime(itemMs);
        const { keys } = this;
        // Lists within the list have no other time, and looking at each level twice would double with every level.
        this.#isInHistory = true;
        this.fields(item, '', itemMs, depth + 1);
        this.#isInHistory = false;
        this.keys = keys;
      }
      this.fields(item, `${name}[${index}].`, itemMs ?? tsMs, depth + 1);
    }
  }

  /** The lists within the items of a payload hold more than a batch may: nothing of it is kept, like of such a batch. */
  #breakOff(name: string): void {
    this.#broken = true;
    this.refuse(() => rejectionOf('lists-too-long', { name: nameOf(name), most: BATCH_ITEMS_MAX }));
  }

  /** The time of an item of a list within a reading object, in a dialect of its own: seconds or ms. */
  #timeWithin({ ts, timestamp }: JsonObject): number | undefined {
    const time = ts ?? timestamp;
    const number = numberOf(time);
    if (number === undefined) return isoTimeOf(time);
    if (Math.abs(number) < SECONDS_BELOW) return Math.round(number * 1_000);
    return Math.round(number * (otherTimeUnit(number, number, this.#receivedAtMs)?.ms ?? 1));
  }

  value(name: string, field: FieldPlan, raw: unknown, tsMs: number): void {
    let unwrapped = raw;
    if (isObject(raw)) {
      for (const _ in raw) this.keys++;
      if ('value' in raw) unwrapped = raw.value;
      if (unwrapped instanceof Several) {
        this.#several(name, field, unwrapped, tsMs, 0);
        return;
      }
    }
    const value = unwrapped === null ? null : coerce(unwrapped, field.metric);
    let marks = 0;
    if (value === undefined) marks = BAD;
    else if (typeof value === 'number') {
      if (value < field.low || value > field.high || field.sentinels?.includes(value)) marks = BAD;
    } else if (typeof value === 'string' && field.metric.values?.includes(value) === false) marks = BAD;
    // A number that is out of range has been read, and says what it says; the others have not been understood.
    if (marks === BAD && typeof value !== 'number') {
      const { metric } = field;
      this.refuse(() =>
        rejectionOf('bad-value', { name: nameOf(name), expected: expectedOf(metric), found: foundOf(unwrapped) }),
      );
    }
    this.#put(field, tsMs, value ?? null, marks);
  }

  #put(field: FieldPlan, tsMs: number, value: Value, of: Marks): void {
    const marks = this.#isDoubtful ? of | BAD : of;
    const series = this.#plan.series[field.index] ?? [];
    if (typeof series === 'number') this.#readings.push({ series, tsMs, value, marks });
    else if (series.length === 0) this.#seesUnwanted = true;
    else for (const each of series) this.#readings.push({ series: each, tsMs, value, marks });
  }

  /** Something could not be read. `why` is asked for of the first alone. */
  refuse(why: () => Rejection): void {
    this.#refused++;
    if (this.#rejection !== null) return;
    const first = why();
    this.#rejection = this.#item < 0 ? first : { ...first, values: { ...first.values, item: this.#item } };
  }

  noteTime(tsMs: number): void {
    if (tsMs > this.#latestMs) this.#newestAheadMs = Math.max(this.#newestAheadMs, tsMs);
    else if (tsMs < EARLIEST_PLAUSIBLE_MS) this.#newestUnsetMs = Math.max(this.#newestUnsetMs, tsMs);
  }

  #hasWrongTimes(): boolean {
    return this.#newestAheadMs !== Number.NEGATIVE_INFINITY || this.#newestUnsetMs !== Number.NEGATIVE_INFINITY;
  }

  /**
   * Shifts wrong times so that the newest of a clock falls on the arrival and their distances stay what they were. What
   * goes on below times of the future without a hole is of their clock and goes with them. A right time beyond a hole is
   * right: one wrong time of a batch does not put the others where nobody looks. Gives how far off the clock was.
   */
  #correctTimes(): number {
    if (!this.#hasWrongTimes()) return 0;
    this.#readUnit();
    if (!this.#hasWrongTimes()) return 0;
    let isMoved = false;
    let newestMs = Number.POSITIVE_INFINITY;
    let laterMs = Number.POSITIVE_INFINITY;
    for (const reading of this.#readings.toSorted((a, b) => b.tsMs - a.tsMs)) {
      const { tsMs } = reading;
      // It bears no time of its own.
      if (tsMs === this.#receivedAtMs) continue;
      const isUnset = tsMs < EARLIEST_PLAUSIBLE_MS;
      const isWrong = isUnset || tsMs > this.#latestMs;
      const holeMaxMs = isWrong ? WRONG_HOLE_MAX_MS : this.#plan.holeMaxMs;
      if (laterMs - tsMs > holeMaxMs || (isUnset && laterMs >= EARLIEST_PLAUSIBLE_MS)) {
        isMoved = isWrong;
        newestMs = tsMs;
      }
      laterMs = tsMs;
      if (!isMoved) continue;
      reading.tsMs = this.#receivedAtMs + Math.round(tsMs - newestMs);
      reading.marks |= CLOCK_SKEW;
    }
    const isAhead = this.#newestAheadMs !== Number.NEGATIVE_INFINITY;
    return (isAhead ? this.#newestAheadMs : this.#newestUnsetMs) - this.#receivedAtMs;
  }

  /** Times that make no sense as ms, and all of them do as seconds, µs or ns, are those. */
  #readUnit(): void {
    const [lowest, highest] = [this.#lowestTime, this.#highestTime];
    const unit = this.#hasIsoTime ? undefined : otherTimeUnit(lowest, highest, this.#receivedAtMs);
    // The uptime in ms of a clock that was never set comes through the times that are seconds.
    const expected = this.#receivedAtMs + this.#lastAheadMs;
    if (unit === undefined || Math.abs(highest - expected) <= SAME_CLOCK_MS) return;
    this.#newestAheadMs = this.#newestUnsetMs = Number.NEGATIVE_INFINITY;
    for (const reading of this.#readings) {
      if (reading.tsMs >= lowest && reading.tsMs <= highest) reading.tsMs = Math.round(reading.tsMs * unit.ms);
      this.noteTime(reading.tsMs);
    }
  }
}

/** A number, or a text of digits, as devices write values and times. */
export function numberOf(raw: unknown): number | undefined {
  if (typeof raw === 'number') return finite(raw);
  if (typeof raw !== 'string' || raw.length > NUMBER_TEXT_LENGTH_MAX || !NUMBER_TEXT.test(raw)) return undefined;
  return finite(Number(raw));
}

/** Ms since 1970 of a time in ISO 8601; one without a zone is the server's. */
export function isoTimeOf(time: unknown): number | undefined {
  const found = typeof time === 'string' ? parseIsoTime(time.trim()) : undefined;
  if (found?.zone !== 'none') return found?.ms;
  const utc = new Date(found.ms);
  const local = new Date(utc.getUTCFullYear(), utc.getUTCMonth(), utc.getUTCDate());
  return local.setHours(utc.getUTCHours(), utc.getUTCMinutes(), utc.getUTCSeconds(), utc.getUTCMilliseconds());
}

const NUMBER_TEXT = /^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?\s*$/i;
/** No sensor has more to say, and what is longer would only cost the time to look at it. */
const NUMBER_TEXT_LENGTH_MAX = 64;
const BOOLEAN_TEXT: Readonly<Record<string, boolean>> = {
  true: true,
  on: true,
  '1': true,
  false: false,
  off: false,
  '0': false,
};

/** The value in the metric's type; undefined when it cannot be one. Some devices send numbers as text (DOMAIN trap 6). */
function coerce(raw: unknown, metric: Metric): Value | undefined {
  switch (metric.type) {
    case 'number':
      return typeof raw === 'boolean' ? Number(raw) : numberOf(raw);
    case 'boolean':
      if (typeof raw === 'boolean') return raw;
      if (raw === 0 || raw === 1) return raw === 1;
      return typeof raw === 'string' && Object.hasOwn(BOOLEAN_TEXT, raw.toLowerCase())
        ? BOOLEAN_TEXT[raw.toLowerCase()]
        : undefined;
    case 'string':
      // What was no UTF-8 can't be told from other words any more.
      if (typeof raw === 'string') {
        return raw.length <= TEXT_VALUE_LENGTH_MAX && !raw.includes('\ufffd') ? raw : undefined;
      }
      return typeof raw === 'number' || typeof raw === 'boolean' ? String(raw) : undefined;
  }
}

function finite(number: number): number | undefined {
  return Number.isFinite(number) ? number : undefined;
}

function expectedOf({ type, values }: Metric): ExpectedValue {
  if (type !== 'string') return { kind: type };
  if (values !== undefined) return oneOf(values);
  return { kind: 'text', charactersMax: TEXT_VALUE_LENGTH_MAX };
}

/** That a value should have been one of these. */
export function oneOf(values: readonly string[]): ExpectedValue {
  return { kind: 'one-of', names: shortened(values.join(', ')) };
}

const SHOWN_LENGTH_MAX = 80;
/** Of a field's name, with those of what it lies in. */
const NAME_LENGTH_MAX = 240;

/** What stands somewhere, as a rejection names it. */
export function foundOf(value: unknown): Found {
  if (Array.isArray(value)) return { kind: 'array' };
  if (isObject(value)) return { kind: 'object' };
  // A number beyond all numbers, which JSON would write as null.
  if (typeof value === 'number') return { kind: 'value', text: String(value) };
  return { kind: 'value', text: shortened(JSON.stringify(value) ?? String(value)) };
}

/** The name of a field, as a rejection names it: a device may call its fields anything, of any length. */
function nameOf(name: string): string {
  return shortened(name, NAME_LENGTH_MAX);
}

function shortened(text: string, most = SHOWN_LENGTH_MAX): string {
  return text.length <= most ? text : `${text.slice(0, most)}…`;
}
