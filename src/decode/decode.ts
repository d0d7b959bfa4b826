import { BAD, CLOCK_SKEW, type Marks, type Reading, type Value } from '../model/reading.ts';
import type { DeviceRecord } from '../model/registry.ts';
import { type Metric, TEXT_VALUE_LENGTH_MAX } from '../model/site.ts';

/** The most readings (items) of one payload that is an array. */
export const BATCH_ITEMS_MAX = 10_000;
/** Nested payloads deeper than this are not read further. */
const DEPTH_MAX = 8;
/**
 * A device whose clock was never set reports 1970, 1980 or 2000. Nothing that Brink can be asked to keep is older, so
 * such a time is as wrong as one in the future.
 */
const EARLIEST_PLAUSIBLE_MS = Date.UTC(2001, 0, 1);
/** Times below this are seconds, not milliseconds, where a payload's own dialect leaves that open. */
const SECONDS_BELOW = 100_000_000_000;

/** Why a payload was quarantined. The codes are shown, counted and filtered by; they are never renamed. */
export type RejectReason =
  | 'unknown-device'
  | 'not-json'
  | 'not-an-object'
  | 'empty'
  | 'too-many-readings'
  | 'bad-time'
  | 'bad-value'
  | 'no-known-field';

export interface Rejection {
  readonly reason: RejectReason;
  readonly detail: string;
}

/**
 * What became of a payload. `readings` are sorted by time; `rejection` stands alone when nothing could be read, and
 * beside readings when one object held good and unreadable values. A batch is read whole or not at all.
 */
export interface Decoded {
  readonly readings: readonly Reading[];
  readonly rejection: Rejection | null;
  /** How far the device's clock was off, where its times had to be corrected: above 0 ahead of ours; else 0. */
  readonly clockAheadMs: number;
}

/** What decoding needs to know of a device, prepared once. */
export interface DecodePlan {
  /** The same object for all devices of a profile, so that what is looked at for each message stays near at hand. */
  readonly fields: ReadonlyMap<string, FieldPlan>;
  /** The series that each field goes to, by the field's index: nearly always one. */
  readonly series: readonly (number | readonly number[])[];
}

interface FieldPlan {
  readonly index: number;
  readonly metric: Metric;
  readonly low: number;
  readonly high: number;
  readonly sentinels: readonly number[] | undefined;
}

/** Makes the plans of devices. */
export function createPlanner(): (device: DeviceRecord) => DecodePlan {
  /** The fields of each profile, as its devices last had them. */
  const fieldsByProfile = new Map<string, ReadonlyMap<string, FieldPlan>>();
  return (device) => {
    let fields = fieldsByProfile.get(device.profile);
    if (fields === undefined || !areFieldsOf(fields, device)) {
      fields = new Map(device.fields.map(({ field, metric }, index) => [field, planField(metric, index)]));
      fieldsByProfile.set(device.profile, fields);
    }
    return { fields, series: device.fields.map(({ series }) => (series.length === 1 ? (series[0] ?? []) : series)) };
  };
}

function areFieldsOf(fields: ReadonlyMap<string, FieldPlan>, device: DeviceRecord): boolean {
  const isSame = device.fields.every(({ field, metric }, index) => {
    const plan = fields.get(field);
    return plan?.index === index && plan.metric === metric;
  });
  return isSame && device.fields.length === fields.size;
}

function planField(metric: Metric, index: number): FieldPlan {
  const [low, high] = metric.range ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  return { index, metric, low, high, sentinels: metric.sentinels };
}

/**
 * Reads a payload in one of the native forms of `telemetry/{deviceId}`: `{ts?, values: {…}}`, a flat object, or an array
 * of either. Never throws. `futureMaxMs` is how far ahead of `receivedAtMs` a device's time may be before it is taken
 * for wrong; wrong times are replaced by the arrival time, and within a batch shifted so that the newest falls on it.
 */
export function decode(plan: DecodePlan, payload: Uint8Array, receivedAtMs: number, futureMaxMs: number): Decoded {
  let json: unknown;
  try {
    json = JSON.parse(textOf(payload));
  } catch (error) {
    return rejected('not-json', error instanceof Error ? error.message : String(error));
  }
  const collector = new Collector(plan, receivedAtMs, futureMaxMs);
  if (Array.isArray(json)) {
    if (json.length > BATCH_ITEMS_MAX) {
      return rejected('too-many-readings', `${json.length} readings; at most ${BATCH_ITEMS_MAX}`);
    }
    for (const item of json) collector.item(item);
    return collector.finish(true);
  }
  collector.item(json);
  return collector.finish(false);
}

function textOf(payload: Uint8Array): string {
  const buffer = Buffer.isBuffer(payload) ? payload : Buffer.from(payload.buffer, payload.byteOffset, payload.length);
  // A byte order mark is legal UTF-8 and some firmware sends it, but JSON.parse refuses it.
  return buffer[0] === 0xef && buffer[1] === 0xbb && buffer[2] === 0xbf
    ? buffer.toString('utf8', 3)
    : buffer.toString();
}

function rejected(reason: RejectReason, detail: string): Decoded {
  return { readings: [], rejection: { reason, detail }, clockAheadMs: 0 };
}

type JsonObject = Record<string, unknown>;

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Gathers the readings of one payload. */
class Collector {
  readonly #plan: DecodePlan;
  readonly #receivedAtMs: number;
  readonly #latestMs: number;
  #readings: { series: number; tsMs: number; value: Value; marks: Marks }[] = [];
  #rejection: Rejection | null = null;
  /** Nothing of the payload may be kept. */
  #broken = false;
  #seesFields = false;
  /** A field of the profile was there, which no point of the device wants: it is read, and goes nowhere. */
  #seesUnwanted = false;
  /** The newest device time that is too new, and the newest that is too old. */
  #newestAheadMs = Number.NEGATIVE_INFINITY;
  #newestUnsetMs = Number.NEGATIVE_INFINITY;

  constructor(plan: DecodePlan, receivedAtMs: number, futureMaxMs: number) {
    this.#plan = plan;
    this.#receivedAtMs = receivedAtMs;
    this.#latestMs = receivedAtMs + futureMaxMs;
  }

  /** One reading object of the payload. */
  item(item: unknown): void {
    if (this.#broken) return;
    if (!isObject(item)) return this.#refuse('not-an-object', `expected an object, found ${describe(item)}`, true);
    const { ts, values } = item;
    const isNested = isObject(values) && !this.#plan.fields.has('values');
    const hasTime = ts !== undefined && ts !== null && !this.#plan.fields.has('ts');
    const tsMs = hasTime ? timeOf(ts) : this.#receivedAtMs;
    if (tsMs === undefined) {
      return this.#refuse('bad-time', `ts: expected ms since 1970 or ISO 8601, found ${describe(ts)}`, true);
    }
    this.#noteTime(tsMs);
    this.#fields(isNested ? values : item, '', tsMs, 0);
  }

  finish(isBatch: boolean): Decoded {
    if (this.#broken || (isBatch && this.#rejection !== null)) {
      return { readings: [], rejection: this.#rejection, clockAheadMs: 0 };
    }
    if (this.#rejection === null && this.#readings.length === 0 && !this.#seesUnwanted) {
      return this.#seesFields
        ? rejected('no-known-field', 'none of the fields belongs to the device’s profile')
        : rejected('empty', 'no values');
    }
    const clockAheadMs = this.#correctTimes();
    // Sorting is stable, so values of the same time stay in the order the device wrote them.
    if (this.#readings.length > 1) this.#readings.sort((a, b) => a.tsMs - b.tsMs);
    return { readings: this.#readings, rejection: this.#rejection, clockAheadMs };
  }

  #fields(object: JsonObject, prefix: string, tsMs: number, depth: number): void {
    for (const key in object) {
      const value = object[key];
      const name = prefix === '' ? key : prefix + key;
      const field = this.#plan.fields.get(name);
      if (field !== undefined) this.#value(name, field, value, tsMs);
      else if (typeof value === 'object' && value !== null) this.#nested(name, value, tsMs, depth);
      else if (key !== 'ts') this.#seesFields = true;
    }
  }

  #nested(name: string, value: object, tsMs: number, depth: number): void {
    this.#seesFields = true;
    if (depth >= DEPTH_MAX) return;
    if (!Array.isArray(value)) return this.#fields(value as JsonObject, `${name}.`, tsMs, depth + 1);
    if (value.length > BATCH_ITEMS_MAX) {
      return this.#refuse('too-many-readings', `${name}: ${value.length} items; at most ${BATCH_ITEMS_MAX}`, true);
    }
    value.forEach((item, index) => {
      if (!isObject(item)) return;
      // Devices back-fill as `history: [{…, timestamp}]`: such values belong to that time and to the plain metric.
      const itemMs = timeOf(item.ts ?? item.timestamp, true);
      if (itemMs !== undefined) {
        this.#noteTime(itemMs);
        this.#fields(item, '', itemMs, depth + 1);
      }
      this.#fields(item, `${name}[${index}].`, itemMs ?? tsMs, depth + 1);
    });
  }

  #value(name: string, field: FieldPlan, raw: unknown, tsMs: number): void {
    const unwrapped = isObject(raw) && 'value' in raw ? raw.value : raw;
    const value = unwrapped === null ? null : coerce(unwrapped, field.metric);
    let marks = 0;
    if (value === undefined) {
      this.#refuse('bad-value', `${name}: expected ${expectation(field.metric)}, found ${describe(unwrapped)}`, false);
      marks = BAD;
    } else if (typeof value === 'number') {
      if (value < field.low || value > field.high || field.sentinels?.includes(value)) marks = BAD;
    } else if (typeof value === 'string' && field.metric.values?.includes(value) === false) marks = BAD;
    const series = this.#plan.series[field.index] ?? [];
    if (typeof series === 'number') this.#readings.push({ series, tsMs, value: value ?? null, marks });
    else if (series.length === 0) this.#seesUnwanted = true;
    else for (const each of series) this.#readings.push({ series: each, tsMs, value: value ?? null, marks });
  }

  #refuse(reason: RejectReason, detail: string, isBroken: boolean): void {
    this.#rejection ??= { reason, detail };
    this.#broken ||= isBroken;
  }

  #noteTime(tsMs: number): void {
    if (tsMs > this.#latestMs) this.#newestAheadMs = Math.max(this.#newestAheadMs, tsMs);
    else if (tsMs < EARLIEST_PLAUSIBLE_MS) this.#newestUnsetMs = Math.max(this.#newestUnsetMs, tsMs);
  }

  /**
   * Shifts wrong times so that the newest of them falls on the arrival and their distances stay what they were. Gives how
   * far off the clock was.
   */
  #correctTimes(): number {
    const isAhead = this.#newestAheadMs !== Number.NEGATIVE_INFINITY;
    const hasUnset = this.#newestUnsetMs !== Number.NEGATIVE_INFINITY;
    if (!isAhead && !hasUnset) return 0;
    for (const reading of this.#readings) {
      if (reading.tsMs < EARLIEST_PLAUSIBLE_MS) {
        reading.tsMs += this.#receivedAtMs - this.#newestUnsetMs;
        reading.marks |= CLOCK_SKEW;
      } else if (isAhead) {
        // One clock made the whole batch, so all of it is off by the same amount.
        reading.tsMs += this.#receivedAtMs - this.#newestAheadMs;
        reading.marks |= CLOCK_SKEW;
      }
    }
    return (isAhead ? this.#newestAheadMs : this.#newestUnsetMs) - this.#receivedAtMs;
  }
}

const ISO_TIME = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:Z|[+-]\d{2}(?::?\d{2})?)?)?$/i;

/** Ms since 1970 of a time as devices write it; undefined when it is none. A time without a zone is the server's. */
function timeOf(time: unknown, mayBeSeconds = false): number | undefined {
  if (typeof time === 'number') {
    if (!Number.isFinite(time)) return undefined;
    return Math.round(mayBeSeconds && Math.abs(time) < SECONDS_BELOW ? time * 1_000 : time);
  }
  if (typeof time !== 'string' || !ISO_TIME.test(time)) return undefined;
  const ms = Date.parse(time.replace(',', '.').replace(' ', 'T'));
  return Number.isNaN(ms) ? undefined : ms;
}

const NUMBER_TEXT = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i;
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
      if (typeof raw === 'number') return Number.isFinite(raw) ? raw : undefined;
      if (typeof raw === 'boolean') return raw ? 1 : 0;
      if (typeof raw === 'string' && NUMBER_TEXT.test(raw)) return finite(Number(raw));
      return undefined;
    case 'boolean':
      if (typeof raw === 'boolean') return raw;
      if (raw === 0 || raw === 1) return raw === 1;
      return typeof raw === 'string' && Object.hasOwn(BOOLEAN_TEXT, raw.toLowerCase())
        ? BOOLEAN_TEXT[raw.toLowerCase()]
        : undefined;
    case 'string':
      if (typeof raw === 'string') return raw.length <= TEXT_VALUE_LENGTH_MAX ? raw : undefined;
      return typeof raw === 'number' || typeof raw === 'boolean' ? String(raw) : undefined;
  }
}

function finite(number: number): number | undefined {
  return Number.isFinite(number) ? number : undefined;
}

function expectation(metric: Metric): string {
  if (metric.type !== 'string') return `a ${metric.type}`;
  return `text of at most ${TEXT_VALUE_LENGTH_MAX} characters`;
}

const DESCRIBED_LENGTH_MAX = 80;

function describe(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  if (isObject(value)) return 'an object';
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= DESCRIBED_LENGTH_MAX ? text : `${text.slice(0, DESCRIBED_LENGTH_MAX)}…`;
}
