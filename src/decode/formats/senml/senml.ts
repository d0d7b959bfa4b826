import type { DeviceToRead, EnvelopeFormat, EnvelopePart } from '../../../model/format.ts';
import { type Rejection, rejectionOf } from '../../../model/rejection.ts';
import { BATCH_ITEMS_MAX, Collector, foundOf, isObject, type JsonObject, numberOf, readJson } from '../../gather.ts';
import { idsOf } from '../../ids.ts';
import { ASIDE, refused } from '../../uplink.ts';
import { inUnitOf } from './units.ts';

/** A record with what the base fields before it say. */
interface Resolved {
  /** What of its name may be the device, and what the field then; the first that is registered is meant. */
  readonly splits: readonly Split[];
  /** Seconds: since 1970, or before the arrival. */
  readonly time: number;
  readonly unit: string | undefined;
  readonly value: unknown;
  readonly sum: number | undefined;
}

interface Split {
  readonly device: string;
  /** Empty: the device measures one thing, and names itself alone. */
  readonly field: string;
}

/**
 * SenML in JSON (RFC 8428): a list of records, of one device or several, each with a name of its device and what it measures.
 * `topic`: the pattern of its route; its `{device}` is meant where a name says only what is measured.
 */
export function createSenml(topic: string, futureMaxMs: number): EnvelopeFormat {
  const level = topic.split('/').indexOf('{device}');
  return {
    name: 'senml',

    open(of, payload) {
      if (payload.length === 0) return ASIDE;
      const read = readJson(payload);
      if (read.rejection !== undefined) return refused(read.rejection);
      const { json, isRepaired } = read;
      if (!Array.isArray(json)) return refused(NO_SENML);
      if (json.length > BATCH_ITEMS_MAX) {
        return refused(rejectionOf('too-many-items', { count: json.length, most: BATCH_ITEMS_MAX }));
      }
      const { records, rejection } = resolve(json, level < 0 ? undefined : of.split('/')[level]?.trim());
      if (records.length === 0) return refused(rejection ?? rejectionOf('empty', {}));
      return { parts: partsOf(records, futureMaxMs, isRepaired), rejection };
    },
  };
}

const NO_SENML = rejectionOf('unknown-message', { server: 'SenML' });
const VERSION = 10;
/** What stands between a device and what it measures, and is of neither. */
const SEPARATORS = ':/;._-';
/** Names are short: what is longer is none, and would only cost the time to look at it. */
const NAME_LENGTH_MAX = 512;

/** The records that are measurements; `rejection` tells of the first that is none and should be. */
function resolve(json: readonly unknown[], deviceOfTopic: string | undefined) {
  const records: Resolved[] = [];
  let rejection: Rejection | null = null;
  const refuse = (why: Rejection) => {
    rejection ??= why;
  };
  const base = {
    name: '',
    time: 0,
    unit: undefined as string | undefined,
    value: undefined as number | undefined,
    sum: 0,
  };
  let hasBaseSum = false;
  for (const record of json) {
    if (!isObject(record)) {
      refuse(rejectionOf('not-an-object', { found: foundOf(record) }));
      continue;
    }
    if (!isUnderstood(record)) return { records: [], rejection: NO_SENML };
    if (typeof record.bn === 'string') base.name = record.bn;
    if (record.bt !== undefined) base.time = numberOf(record.bt) ?? Number.NaN;
    if (typeof record.bu === 'string') base.unit = record.bu;
    if (record.bv !== undefined) base.value = numberOf(record.bv);
    if (record.bs !== undefined) {
      base.sum = numberOf(record.bs) ?? 0;
      hasBaseSum = true;
    }
    const name = typeof record.n === 'string' ? record.n : '';
    const value = measured(record, base.value);
    const own = record.s === undefined ? undefined : numberOf(record.s);
    const sum = own === undefined && !(hasBaseSum && name !== '') ? undefined : base.sum + (own ?? 0);
    // Some records have only base fields, for those behind them.
    if (value === undefined && sum === undefined) continue;
    const splits = splitsOf(base.name, name, deviceOfTopic);
    if (splits.length === 0) refuse(rejectionOf('no-device', {}));
    else {
      const time = base.time + (record.t === undefined ? 0 : (numberOf(record.t) ?? Number.NaN));
      records.push({ splits, time, unit: typeof record.u === 'string' ? record.u : base.unit, value, sum });
    }
  }
  return { records, rejection: rejection as Rejection | null };
}

/** A field that ends in `_` must be understood, or nothing of the whole is. */
function isUnderstood(record: JsonObject): boolean {
  const { bver } = record;
  if (bver !== undefined && !(typeof bver === 'number' && bver <= VERSION)) return false;
  return !Object.keys(record).some((key) => key.endsWith('_'));
}

function measured({ v, vs, vb, vd }: JsonObject, base: number | undefined): unknown {
  if (v === undefined) return vs ?? vb ?? vd;
  const number = numberOf(v);
  // Decimal fractions that a base and a difference make are meant as such.
  return number === undefined || base === undefined ? v : Number((base + number).toPrecision(15));
}

/** A device is registered by its whole name, or without what all URNs of devices (RFC 9039) begin with. */
const DEVICE_URN = /^urn:dev:(?:mac|ow|org|os|ops):/i;
const NAMESPACE = /^urn:dev:(?:mac|ow|org|os|ops)$/i;

/** What a record is named is one text: nothing says for sure where in it the device ends. */
function splitsOf(base: string, name: string, deviceOfTopic: string | undefined): Split[] {
  const whole = base + name;
  if (whole.length > NAME_LENGTH_MAX) return [];
  const splits: Split[] = [];
  const put = (text: string, rest: string) => {
    const device = withoutSeparators(text, false, true).trim();
    const isThere = device === '' || NAMESPACE.test(device) || splits.some((split) => split.device === device);
    if (!isThere) splits.push({ device, field: withoutSeparators(rest, true, false) });
  };
  if (base !== '') put(base, name);
  else if (deviceOfTopic !== undefined) put(deviceOfTopic, whole);
  if (name !== '') {
    const last = /[:/;](?=[^:/;]*$)/.exec(whole)?.index ?? 0;
    put(whole.slice(0, last), whole.slice(last));
    put(whole, '');
  }
  return splits;
}

/** Without the separators at its ends; a pattern would take the square of a name's length to find none. */
function withoutSeparators(text: string, atStart: boolean, atEnd: boolean): string {
  let [from, to] = [0, text.length];
  while (atStart && from < to && SEPARATORS.includes(text.charAt(from))) from++;
  while (atEnd && to > from && SEPARATORS.includes(text.charAt(to - 1))) to--;
  return text.slice(from, to);
}

function idsOfDevice(device: string): string[] {
  const short = device.replace(DEVICE_URN, '');
  return short === device ? idsOf([device]) : [...idsOf([device]), ...idsOf([short])];
}

/** Records that are of one device, whichever of the splits is meant. */
function partsOf(records: readonly Resolved[], futureMaxMs: number, isRepaired: boolean): EnvelopePart[] {
  const groups = new Map<string, Resolved[]>();
  for (const record of records) {
    const key = JSON.stringify(devicesOf(record.splits));
    const known = groups.get(key);
    if (known === undefined) groups.set(key, [record]);
    else known.push(record);
  }
  return [...groups.values()].map((group) => {
    const [first] = group;
    const splits = first?.splits ?? [];
    // A name that is all device has only one record.
    const names = group.length === 1 ? splits.map(({ device }) => device) : devicesOf(splits);
    const ids = names.map(idsOfDevice);
    return {
      devices: ids.flat(),
      read(device, receivedAtMs) {
        const collector = new Collector(device, receivedAtMs, futureMaxMs, device.clockOffsetMs);
        const named = names[ids.findIndex((some) => some.includes(device.record.id))];
        for (const record of group) take(collector, device, record, fieldOf(device, record, named), receivedAtMs);
        return collector.finish(isRepaired);
      },
    };
  });
}

function devicesOf(splits: readonly Split[]): string[] {
  const withField = splits.filter(({ field }) => field !== '');
  return (withField.length === 0 ? splits : withField).map(({ device }) => device);
}

/** The field of a record whose device was found by this name; who only tries a message has no device. */
function fieldOf(device: DeviceToRead, { splits }: Resolved, named: string | undefined): string {
  const fields = splits.map(({ field }) => (field === '' ? onlyField(device) : field));
  const split = splits.findIndex((one) => one.device === named);
  return fields[split] ?? fields.find((name) => device.fields.has(name)) ?? fields[0] ?? '';
}

/** Times below this are seconds before or after the arrival (RFC 8428, 4.5.3). */
const RELATIVE_BELOW_S = 2 ** 28;

function take(
  collector: Collector,
  device: DeviceToRead,
  { time, unit, value, sum }: Resolved,
  field: string,
  receivedAtMs: number,
): void {
  if (Number.isNaN(time)) {
    return collector.refuse(() => rejectionOf('bad-time', { name: 't', expected: 's', found: foundOf(null) }));
  }
  const isRelative = time < RELATIVE_BELOW_S;
  const ms = Math.round(time * 1_000 + (isRelative ? receivedAtMs : 0));
  const tsMs = time === 0 ? receivedAtMs : collector.timeIs(ms);
  if (value !== undefined) put(collector, device, field, value, unit, tsMs);
  const ofSum = `${field}.sum`;
  if (sum !== undefined && (value === undefined || device.fields.has(ofSum))) {
    put(collector, device, device.fields.has(ofSum) ? ofSum : field, sum, undefined, tsMs);
  }
}

function put(
  collector: Collector,
  device: DeviceToRead,
  name: string,
  raw: unknown,
  unit: string | undefined,
  tsMs: number,
): void {
  const metric = device.fields.get(name)?.metric;
  const number = metric?.type === 'number' && unit !== undefined ? numberOf(raw) : undefined;
  if (metric?.unit === undefined || unit === undefined || number === undefined) {
    return collector.fields({ [name]: raw }, '', tsMs, 0);
  }
  const value = inUnitOf(number, unit, metric.unit, name);
  if (value !== undefined) return collector.fields({ [name]: value }, '', tsMs, 0);
  const field = device.fields.get(name);
  if (field !== undefined) collector.bad(field, tsMs);
  const expected = metric.unit;
  collector.refuse(() => rejectionOf('unit-of-other-quantity', { name, expected, found: unit.slice(0, 32) }));
}

/** What a device measures that names itself alone. */
function onlyField({ fields }: DeviceToRead): string {
  const [only] = fields.keys();
  return fields.size === 1 && only !== undefined ? only : 'value';
}
