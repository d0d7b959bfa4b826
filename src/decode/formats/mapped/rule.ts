import type { DeviceToRead } from '../../../model/format.ts';
import type { MessageRule } from '../../../model/messages.ts';
import type { Value } from '../../../model/reading.ts';
import { type ExpectedTime, rejectionOf } from '../../../model/rejection.ts';
import { MINUTE_MS, parseIsoTime } from '../../../model/time.ts';
import { type Collector, foundOf, numberOf, oneOf } from '../../gather.ts';
import { type Getter, getterOf } from './paths.ts';

/** One rule of a profile, compiled: whether it is meant, and what it makes of an item of a message. */
export interface CompiledRule {
  isMeant(root: unknown, item: unknown): boolean;
  fill(collector: Collector, device: DeviceToRead, root: unknown, item: unknown, receivedAtMs: number): void;
}

type Fill = (collector: Collector, device: DeviceToRead, root: unknown, item: unknown, tsMs: number) => void;
type TimeOf = (collector: Collector, root: unknown, item: unknown, receivedAtMs: number) => number | undefined;

/** `isTimed`: a time is known of all items, and given in place of the arrival. */
export function compileRule({ when = {}, time, metrics, ignore }: MessageRule, isTimed = false): CompiledRule {
  const conditions = Object.entries(when).map(([path, is]) => {
    const get = getterOf(path);
    return { at: (root: unknown, item: unknown) => get(root, item) ?? get(root, root), is: String(is) };
  });
  const timeOf = time === undefined ? undefined : compileTime(time);
  const fills = Object.entries(metrics ?? {}).map(([name, value]) => compileValue(name, value));
  return {
    isMeant: (root, item) => !ignore && conditions.every(({ at, is }) => String(at(root, item)) === is),

    fill(collector, device, root, item, receivedAtMs) {
      if (metrics === undefined && timeOf === undefined && !isTimed) return collector.take(item);
      const tsMs = timeOf === undefined ? receivedAtMs : timeOf(collector, root, item, receivedAtMs);
      if (tsMs === undefined) return;
      if (metrics === undefined) return collector.takeAt(item, tsMs);
      for (const fill of fills) fill(collector, device, root, item, tsMs);
    },
  };
}

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, ms: 1, us: 1e-3, ns: 1e-6 };
const DIGITS = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/;

function compileTime(time: NonNullable<MessageRule['time']>): TimeOf {
  const { at, unit, zone } =
    typeof time === 'string' || Array.isArray(time) ? { at: time, unit: 'auto' as const, zone: undefined } : time;
  const get = getterOf(at);
  const offsetMs = zone === undefined ? undefined : zoneMs(zone);
  const factor = UNIT_MS[unit];
  const expected = factor === undefined ? 'iso' : (unit as ExpectedTime);

  function known(raw: unknown): number | undefined {
    if (factor !== undefined) {
      const number = numberOf(raw);
      return number === undefined ? undefined : Math.round(number * factor);
    }
    const text = unit === 'digits' ? String(raw).replace(DIGITS, '$1-$2-$3T$4:$5:$6') : raw;
    // Many vendors write a date with slashes.
    const found = typeof text === 'string' ? parseIsoTime(text.trim().replaceAll('/', '-')) : undefined;
    if (found === undefined) return undefined;
    return found.zone !== 'none' ? found.ms : found.ms - (offsetMs ?? serverZoneMs(found.ms));
  }

  return (collector, root, item, receivedAtMs) => {
    const raw = get(root, item);
    if (raw === undefined || raw === null) return receivedAtMs;
    if (unit === 'auto' && numberOf(raw) !== undefined) return collector.timeOf(raw);
    const tsMs = known(raw);
    if (tsMs === undefined) {
      collector.refuse(() => rejectionOf('bad-time', { name: 'time', expected, found: foundOf(raw) }));
    }
    return tsMs === undefined ? undefined : collector.timeIs(tsMs);
  };
}

function zoneMs(zone: string): number {
  if (zone === 'Z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6));
  return (zone.startsWith('-') ? -minutes : minutes) * MINUTE_MS;
}

/** How far the server's zone is ahead of UTC at a time of its own. */
function serverZoneMs(localMs: number): number {
  return -new Date(localMs + new Date(localMs).getTimezoneOffset() * MINUTE_MS).getTimezoneOffset() * MINUTE_MS;
}

function compileValue(name: string, given: NonNullable<MessageRule['metrics']>[string]): Fill {
  if (typeof given === 'string' || Array.isArray(given)) return put(name, getterOf(given));
  const value = given;
  const { at, constant } = value;
  const get: Getter = at === undefined ? () => constant : getterOf(at);
  const table = value.values === undefined ? undefined : new Map(Object.entries(value.values));
  const expected = oneOf([...(table?.keys() ?? [])]);
  const sentinels = new Set(value.sentinels?.map(String));
  const { scale, offset = 0, default: absent } = value;
  const isScaled = scale !== undefined || value.offset !== undefined;
  const plain = put(name, (_root, item) => item);
  return (collector, device, root, item, tsMs) => {
    const field = device.fields.get(name);
    if (field === undefined) return;
    const raw = get(root, item);
    if (raw === undefined) {
      if (absent !== undefined) plain(collector, device, root, absent, tsMs);
      return;
    }
    if (raw !== null && typeof raw !== 'object' && sentinels.has(String(raw))) return collector.bad(field, tsMs);
    if (raw !== null && table !== undefined) {
      const meant = typeof raw === 'object' ? undefined : table.get(String(raw));
      if (meant !== undefined) return plain(collector, device, root, meant, tsMs);
      collector.bad(field, tsMs);
      return collector.refuse(() => rejectionOf('bad-value', { name, expected, found: foundOf(raw) }));
    }
    const number = isScaled ? numberOf(raw) : undefined;
    plain(collector, device, root, number === undefined ? raw : scaled(number, scale ?? 1, offset), tsMs);
  };
}

function put(name: string, get: Getter): Fill {
  return (collector, device, root, item, tsMs) => {
    const field = device.fields.get(name);
    const value = field === undefined ? undefined : get(root, item);
    if (field !== undefined && value !== undefined) collector.value(name, field, value, tsMs);
  };
}

/** Without what binary fractions add: 0.1 times 3 is 0.3. */
function scaled(number: number, scale: number, offset: number): Value {
  return Number((number * scale + offset).toPrecision(12));
}
