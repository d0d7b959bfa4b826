import { setTimeout as delay } from 'node:timers/promises';
import { connectAsync, type MqttClient } from 'mqtt';
import { durationMs } from '../../src/model/duration.ts';
import { createNoise } from '../noise.ts';
import type { Scalar } from '../signals.ts';
import { GATEWAY, profileOf, type RelayFleet, type RelayFleetOptions, sensorOf } from './fleet.ts';
import { numberOf } from './relay.ts';
import { type SentMetric, sparkplugPayload } from './sparkplug-payload.ts';

/** Which devices a site has for it. */
export const SPARKPLUG_SITE = { profile: 'sparkplug-pump', id: (n: number) => `sim:edge-1:pump-${n}` } as const;

const NODE = 'edge-1';
const MODES = ['off', 'auto', 'manual'];
/** How many of a device's metrics there are: an alias is one of one of them. */
const ALIASES = 3;
/** How often, by chance, of all reports: two change places, one is lost, it was stored, a device dies, the connection does. */
const FAULTS = { reordered: 0.05, lost: 0.01, stored: 0.03, deviceDies: 0.01, cut: 0.005 } as const;

/**
 * An edge node of Sparkplug B with devices: births and deaths, data by alias, and what goes wrong in the field. It is born again when the
 * host asks for it.
 */
export function startSparkplugNode(options: RelayFleetOptions): RelayFleet {
  const { devices, ratePerS, seed, url } = options;
  const profile = profileOf(SPARKPLUG_SITE.profile, options.profiles);
  const everyMs = ratePerS === undefined ? durationMs(profile.reportEvery) / devices : 1_000 / ratePerS;
  const sensors = Array.from({ length: devices }, (_, n) => sensorOf(profile, SPARKPLUG_SITE.id(n + 1), seed));
  const noise = createNoise(`${seed} faults`);
  const end = new AbortController();
  const endsAtMs = Date.now() + (options.durationS ?? Number.POSITIVE_INFINITY) * 1_000;
  const count = { published: 0, acknowledged: 0 };
  let bdSeq = 0;
  let seq = 0;
  let client: MqttClient | undefined;
  let mustBeBorn = true;

  const topic = (type: string, n?: number) => `spBv1.0/sim/${type}/${NODE}${n === undefined ? '' : `/pump-${n + 1}`}`;
  const session = (): SentMetric => ({ name: 'bdSeq', type: 'UInt64', value: bdSeq });
  const next = () => (seq = (seq + 1) % 256);

  async function publish(type: string, payload: Buffer, n?: number): Promise<void> {
    count.published++;
    // With QoS 0, as the specification has it: what has left counts.
    await client?.publishAsync(topic(type, n), payload, { qos: 0 }).then(
      () => count.acknowledged++,
      () => {},
    );
  }

  async function connect(): Promise<void> {
    bdSeq = (bdSeq + 1) % 256;
    const opened = await connectAsync(url, {
      clientId: `simulated-${NODE}`,
      username: options.username ?? GATEWAY.username,
      password: options.password ?? GATEWAY.password,
      reconnectPeriod: 0,
      will: {
        topic: topic('NDEATH'),
        payload: sparkplugPayload(Date.now(), undefined, [session()]),
        qos: 1,
        retain: false,
      },
    });
    opened.on('error', () => {});
    opened.on('message', () => {
      mustBeBorn = true;
    });
    await opened.subscribeAsync(topic('NCMD'), { qos: 1 });
    client = opened;
    mustBeBorn = true;
  }

  async function beBorn(atMs: number): Promise<void> {
    mustBeBorn = false;
    seq = 0;
    const control: SentMetric = { name: 'Node Control/Rebirth', type: 'Boolean', value: false };
    await publish('NBIRTH', sparkplugPayload(atMs, seq, [session(), control]));
    for (const n of sensors.keys()) await deviceIsBorn(n, atMs);
  }

  async function deviceIsBorn(n: number, atMs: number): Promise<void> {
    const values = sensors[n]?.report(atMs).values ?? {};
    await publish('DBIRTH', sparkplugPayload(atMs, next(), metricsOf(n, values, atMs, true)), n);
  }

  /** A report of a device; `held` is one that had to wait for it. */
  async function report(n: number, at: number): Promise<void> {
    const atMs = Date.now();
    const meets = (fault: keyof typeof FAULTS) => noise.uniform(fault, at) < FAULTS[fault];
    const values = sensors[n]?.report(atMs).values ?? {};
    if (meets('lost')) next();
    if (meets('deviceDies')) {
      await publish('DDEATH', sparkplugPayload(atMs, next(), []), n);
      return deviceIsBorn(n, atMs);
    }
    if (meets('stored')) {
      const past = metricsOf(n, values, atMs - 60_000, false).map((metric) => ({ ...metric, isHistorical: true }));
      await publish('DDATA', sparkplugPayload(atMs, next(), past), n);
    }
    const [first, second] = [next(), meets('reordered') ? next() : undefined];
    const data = (number: number) => sparkplugPayload(atMs, number, metricsOf(n, values, atMs, false));
    if (second !== undefined) await publish('DDATA', data(second), n);
    await publish('DDATA', data(first), n);
    if (meets('cut')) {
      client?.stream.destroy();
      client = undefined;
    }
  }

  async function run(): Promise<void> {
    for (let at = 0; !end.signal.aborted && Date.now() < endsAtMs; at++) {
      const startedMs = Date.now();
      if (client?.connected !== true) {
        await connect().catch((error: Error) => {
          if ('code' in error && typeof error.code === 'number') throw error;
        });
      }
      if (client?.connected === true) {
        if (mustBeBorn) await beBorn(startedMs);
        await report(at % devices, at);
      }
      await delay(Math.max(0, Math.min(everyMs - (Date.now() - startedMs), endsAtMs - Date.now())), undefined, {
        signal: end.signal,
      }).catch(() => {});
    }
    await client?.endAsync();
  }

  const ended = run().then(() => ({ devices, ...count }));
  return {
    ended,
    stop() {
      end.abort();
      return ended;
    },
  };
}

/** With their names and types in a birth, by alias alone in data. */
function metricsOf(n: number, values: Readonly<Record<string, Scalar>>, atMs: number, isBirth: boolean): SentMetric[] {
  const metrics = [
    { name: 'Inputs/Level', type: 'UInt16', value: Math.round(numberOf(values.depth) * 10) },
    { name: 'Outputs/Pump/Running', type: 'Boolean', value: values.running === true },
    { name: 'Inputs/Mode', type: 'UInt8', value: Math.max(0, MODES.indexOf(String(values.mode))) },
  ] as const;
  return metrics.map((metric, i) => {
    const alias = ALIASES * n + i + 1;
    return isBirth ? { ...metric, alias, atMs } : { alias, value: metric.value, atMs };
  });
}
