import type { Profile } from '../src/model/site.ts';
import type { Action, FaultName, Publish, Report } from './actions.ts';
import type { Noise } from './noise.ts';

const MINUTE_MS = 60_000;

/** At most one outage begins in each of these periods. */
const OUTAGE_EVERY_MS = 20 * MINUTE_MS;
const OUTAGE_CHANCE = 0.3;
/** Share of the outages after which the device has kept its readings; the others are gone. */
const BUFFERED_CHANCE = 0.7;
/** Readings in one array after an outage; small devices have small buffers. */
const BURST_READINGS_MAX = 200;

const SENTINEL_EVERY_MS = 15 * MINUTE_MS;
const SENTINEL_CHANCE = 0.04;

const DUPLICATE_CHANCE = 0.03;
const MALFORMED_CHANCE = 0.015;
const NULL_CHANCE = 0.02;
const UNKNOWN_FIELD_CHANCE = 0.005;

/** Payloads that no reading of the contract can make sense of. */
const RUBBISH: readonly (string | Uint8Array)[] = [
  '',
  'hello',
  'null',
  '{"ts":1700000000000,"values":{"ch4":1',
  '{"values":{"ch4":1.#QNAN}}',
  '{"ts":"yesterday","values":{"ch4":1}}',
  '{"ts":1700000000000,"values":[1,2,3]}',
  '\u0000\u0001\u0002',
  new Uint8Array([0xff, 0xfe, 0x00, 0x80, 0x40]),
];

export interface FaultContext {
  readonly noise: Noise;
  readonly profile: Profile;
  readonly topic: string;
  readonly startMs: number;
}

/** Turns the reports of a device that works into the actions of one that has a bad day, by chance but repeatably. */
export function createFaults(
  context: FaultContext,
): (reports: Generator<Report, never, void>) => Generator<Action, never, void> {
  const { noise, topic } = context;
  const clock = clockOf(noise);
  const dialect = dialectOf(noise);
  const qos = noise.pick('qos', 0, [0, 1, 1, 1, 1, 1, 1, 1, 2, 2] as const) ?? 1;
  const outageAt = outages(noise, context.startMs);

  const message = (report: Report): { body: Record<string, unknown>; faults: FaultName[] } => {
    const { values, faults } = spoil(context, report);
    const written = dialect === 'text-numbers' ? texts(values) : values;
    if (dialect !== undefined) faults.push(dialect);
    if (dialect === 'no-time') return { body: written, faults };
    if (clock.fault !== undefined) faults.push(clock.fault);
    const ts = report.tMs + clock.offMs;
    return { body: { ts: dialect === 'iso-time' ? new Date(ts).toISOString() : ts, values: written }, faults };
  };
  const publish = (atMs: number, payload: string | Uint8Array, faults: readonly FaultName[]): Publish => ({
    type: 'publish',
    atMs,
    topic,
    payload,
    qos,
    faults,
  });

  function* afterOutage(kept: readonly Report[], atMs: number): Generator<Action, void, void> {
    for (let from = 0; from < kept.length; from += BURST_READINGS_MAX) {
      const part = kept.slice(from, from + BURST_READINGS_MAX);
      const isShuffled = noise.uniform('shuffle', part[0]?.tMs ?? 0) < 0.3;
      const ordered = isShuffled ? shuffle(noise, part) : part;
      const messages = ordered.map(message);
      const faults = new Set<FaultName>(messages.flatMap((one) => one.faults));
      faults.add(isShuffled ? 'shuffled-burst' : 'burst');
      yield publish(atMs, JSON.stringify(messages.map(({ body }) => body)), [...faults]);
    }
  }

  return function* (reports) {
    const redeliveries: Publish[] = [];
    let outage: Outage | undefined;
    let kept: Report[] = [];
    let onlineSinceMs = context.startMs;
    for (;;) {
      const report = reports.next().value;
      const { tMs } = report;
      if (outage !== undefined && tMs >= outage.toMs) {
        yield { type: 'online', atMs: outage.toMs };
        yield* afterOutage(kept, outage.toMs);
        onlineSinceMs = outage.toMs;
        kept = [];
        outage = undefined;
      }
      const next = outage ?? outageAt(tMs);
      if (next !== undefined) {
        if (outage === undefined) yield { type: 'offline', atMs: tMs };
        outage = next;
        if (next.isBuffered) kept.push(report);
        continue;
      }
      while (redeliveries[0] !== undefined && redeliveries[0].atMs <= tMs) {
        const again = redeliveries.shift();
        if (again !== undefined) yield { ...again, atMs: Math.max(again.atMs, onlineSinceMs) };
      }
      if (noise.uniform('malformed', tMs) < MALFORMED_CHANCE) {
        yield publish(tMs, noise.pick('rubbish', tMs, RUBBISH) ?? '', ['malformed']);
        continue;
      }
      const { body, faults } = message(report);
      const sent = publish(tMs, JSON.stringify(body), faults);
      yield sent;
      // A payload without time means the time it arrives, so sending it again is another reading, not a duplicate.
      if (dialect !== 'no-time' && noise.uniform('duplicate', tMs) < DUPLICATE_CHANCE) {
        const atMs = tMs + Math.round(noise.uniform('redelivery', tMs) * MINUTE_MS);
        redeliveries.push({ ...sent, atMs, faults: [...faults, 'duplicate'] });
        redeliveries.sort((a, b) => a.atMs - b.atMs);
      }
    }
  };
}

interface Clock {
  readonly offMs: number;
  readonly fault: FaultName | undefined;
}

function clockOf(noise: Noise): Clock {
  const draw = noise.uniform('clock', 0);
  const size = noise.uniform('clock', 1);
  if (draw < 0.08) return { offMs: Math.round((2 + 28 * size) * MINUTE_MS), fault: 'clock-ahead' };
  if (draw < 0.14) return { offMs: -Math.round((3 + 117 * size) * MINUTE_MS), fault: 'clock-behind' };
  return { offMs: 0, fault: undefined };
}

function dialectOf(noise: Noise): 'no-time' | 'iso-time' | 'text-numbers' | undefined {
  const draw = noise.uniform('dialect', 0);
  if (draw < 0.12) return 'no-time';
  if (draw < 0.24) return 'iso-time';
  if (draw < 0.3) return 'text-numbers';
  return undefined;
}

interface Outage {
  readonly toMs: number;
  readonly isBuffered: boolean;
}

function outages(noise: Noise, startMs: number): (tMs: number) => Outage | undefined {
  return (tMs) => {
    const period = Math.floor((tMs - startMs) / OUTAGE_EVERY_MS);
    if (noise.uniform('outage', period) >= OUTAGE_CHANCE) return undefined;
    const fromMs = startMs + (period + 0.5 * noise.uniform('outage begin', period)) * OUTAGE_EVERY_MS;
    const toMs = Math.round(fromMs + (0.5 + 7.5 * noise.uniform('outage length', period)) * MINUTE_MS);
    if (tMs < fromMs || tMs >= toMs) return undefined;
    return { toMs, isBuffered: noise.uniform('outage kind', period) < BUFFERED_CHANCE };
  };
}

/** Some values gone, some replaced by what the device means by "no value", some that nobody asked for. */
function spoil({ noise, profile, startMs }: FaultContext, { tMs, values }: Report) {
  const faults: FaultName[] = [];
  const spoiled: Record<string, unknown> = { ...values };
  const period = Math.floor((tMs - startMs) / SENTINEL_EVERY_MS);
  for (const [i, [field, value]] of Object.entries(values).entries()) {
    const sentinels = profile.metrics[field]?.sentinels;
    if (typeof value === 'number' && noise.uniform(`sentinel ${field}`, period) < SENTINEL_CHANCE) {
      const sentinel = noise.pick('which sentinel', period, sentinels ?? []);
      if (sentinel !== undefined) {
        spoiled[field] = sentinel;
        faults.push('sentinel');
      }
    }
    if (noise.uniform(`null ${i}`, tMs) < NULL_CHANCE) {
      spoiled[field] = null;
      faults.push('null');
    }
  }
  if (noise.uniform('unknown field', tMs) < UNKNOWN_FIELD_CHANCE) {
    spoiled.firmware = 21.5;
    faults.push('unknown-field');
  }
  return { values: spoiled, faults };
}

function texts(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([field, value]) => [field, typeof value === 'number' ? String(value) : value]),
  );
}

function shuffle(noise: Noise, reports: readonly Report[]): Report[] {
  const shuffled = [...reports];
  for (let i = shuffled.length - 1; i > 0; i--) {
    const j = Math.floor(noise.uniform('shuffle', shuffled[i]?.tMs ?? i) * (i + 1));
    const [a, b] = [shuffled[i], shuffled[j]];
    if (a !== undefined && b !== undefined) [shuffled[i], shuffled[j]] = [b, a];
  }
  return shuffled;
}
