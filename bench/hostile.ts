import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { DEFAULT_LIMITS } from '../src/broker/limits.ts';
import { logIn } from './api-client.ts';
import { FLOODS, type FloodKind, type FloodOptions } from './flood-worker.ts';
import { type BenchResult, percentile, type Row } from './report.ts';
import { startServer, type Target, withFolder } from './server.ts';
import { deviceId, METRIC, pointId, writeBenchSite } from './site.ts';
import { createReplyReader, encodeConnect, encodePublish } from './wire.ts';

const POINTS = 2_000;
const HONEST = 20;
const PAUSE_MS = 10;
const SETTLE_MS = 500;
/** Short ones in turn, so that what else the machine does falls on calm and flood alike. */
const STRETCH_MS = 3_000;
const ROUNDS = 5;
/** A flood comes from elsewhere: here it takes what the server and the honest devices leave of the machine. */
const FLOOD_PRIORITY = 10;

/**
 * What honest devices wait for their acknowledgements while somebody means ill, against what they wait when all is calm, in
 * turns: calm, flood, calm, flood. Each flood is set against the calm right before and after it, and of these pairs the
 * median counts, so that one bad moment of the machine decides nothing. Calm against calm says how far such figures go.
 */
export function benchHostile(kinds = Object.keys(FLOODS) as FloodKind[]): Promise<BenchResult> {
  return withFolder(async (folder) => {
    const site = await writeBenchSite(folder, POINTS, { secretOf });
    const server = await startServer({
      data: join(folder, 'data'),
      ...site,
      auth: 'password',
      publishesPerSecondMax: DEFAULT_LIMITS.publishesPerSecondMax,
    });
    if (server.http === undefined) throw new Error('no http');
    const admin = await logIn(server.http);
    const { token } = await admin.post<{ token: string }>('tokens', { name: 'screen', role: 'viewer' });
    const honest = await connectHonest(server);
    const measure = async () => {
      await sleep(SETTLE_MS);
      return acknowledgementsMs(honest);
    };
    await measure();
    const rows: Row[] = [];
    let before = await measure();
    const calmRatios: number[] = [];
    for (const [index, kind] of kinds.entries()) {
      // What one flood has spent is not counted against the next.
      const flooder = deviceId(POINTS - 1 - index);
      const options: FloodOptions = {
        kind,
        host: server.mqtt.hostname,
        mqttPort: Number(server.mqtt.port),
        http: server.http.href,
        username: flooder,
        password: secretOf(flooder),
        token,
        points: Array.from({ length: POINTS }, (_, i) => pointId(i)),
      };
      const all: { ratio: number; underMs: number; calmMs: number; perSecond: number }[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const flood = await startFlood(options);
        const under = await measure();
        const perSecond = await flood.end();
        const after = await measure();
        const calmMs = percentile([...before, ...after], 0.99);
        const [underMs, was, is] = [under, before, after].map((waits) => percentile(waits, 0.99)) as [
          number,
          number,
          number,
        ];
        calmRatios.push(Math.max(was, is) / Math.min(was, is));
        all.push({ ratio: underMs / calmMs, underMs, calmMs, perSecond });
        before = after;
      }
      const median = (of: (one: (typeof all)[number]) => number) => percentile(all.map(of), 0.5);
      rows.push(
        { what: FLOODS[kind], value: median(({ ratio }) => ratio), unit: '×', bound: { atMost: 2 } },
        { what: '  99th percentile under it', value: median(({ underMs }) => underMs), unit: 'ms' },
        { what: '  99th percentile when calm', value: median(({ calmMs }) => calmMs), unit: 'ms' },
        { what: '  what the flood sent', value: median(({ perSecond }) => perSecond), unit: 'a second' },
      );
    }
    rows.push({
      what: 'calm against the calm before it: what the machine alone does',
      value: percentile(calmRatios, 0.5),
      unit: '×',
    });
    for (const one of honest) {
      one.lost = () => {};
      one.socket.destroy();
    }
    await server.stop();
    return {
      bench: 'hostile',
      conditions: `publish of QoS 1 to its acknowledgement after fsync, ${HONEST} devices in turn, 99th percentile under a flood against that before and after it, the median of ${ROUNDS} such pairs of ${STRETCH_MS / 1_000} s`,
      rows,
    };
  });
}

const secretOf = (device: string) => `secret of ${device}`;

interface Honest {
  readonly device: string;
  readonly socket: Socket;
  acknowledged: () => void;
  /** The connection was closed, which no flood may bring about. */
  lost: () => void;
}

async function connectHonest({ mqtt }: Target): Promise<Honest[]> {
  const all: Honest[] = [];
  for (let i = 1; i <= HONEST; i++) {
    const device = deviceId(i);
    const socket = connect({ host: mqtt.hostname, port: Number(mqtt.port), noDelay: true });
    const honest: Honest = { device, socket, acknowledged: () => {}, lost: () => {} };
    socket.write(encodeConnect({ clientId: device, username: device, password: secretOf(device), keepaliveS: 300 }));
    await once(socket, 'data');
    socket.on('data', createReplyReader({ onConnack: () => {}, onPuback: () => honest.acknowledged() }));
    socket.on('error', () => {});
    socket.on('close', () => honest.lost());
    all.push(honest);
  }
  return all;
}

/** What one publish after another waits, of the devices in turn. */
async function acknowledgementsMs(honest: readonly Honest[]): Promise<number[]> {
  const waitsMs: number[] = [];
  const endMs = performance.now() + STRETCH_MS;
  for (let n = 0; performance.now() < endMs; n++) {
    const one = honest[n % honest.length];
    if (one === undefined) break;
    const payload = JSON.stringify({ ts: Date.now(), values: { [METRIC]: 10 } });
    const { bytes, packetIdAt } = encodePublish(`telemetry/${one.device}`, payload);
    bytes.writeUInt16BE((n % 0xffff) + 1, packetIdAt);
    const acknowledged = new Promise<void>((resolve, reject) => {
      one.acknowledged = resolve;
      one.lost = () => reject(new Error(`${one.device} lost its connection`));
    });
    const sentAtMs = performance.now();
    one.socket.write(bytes);
    await acknowledged;
    waitsMs.push(performance.now() - sentAtMs);
    await sleep(PAUSE_MS);
  }
  return waitsMs;
}

/** `end` gives how much it sent, a second. */
async function startFlood(options: FloodOptions): Promise<{ end(): Promise<number> }> {
  const child = fork(fileURLToPath(new URL('flood-worker.ts', import.meta.url)), { stdio: 'inherit' });
  child.send(options);
  // What its own start costs the machine is not what is measured.
  await once(child, 'message');
  if (child.pid !== undefined) setPriority(child.pid, FLOOD_PRIORITY);
  const begunAtMs = performance.now();
  return {
    async end() {
      child.send('count');
      const [count] = (await once(child, 'message')) as [number];
      const perSecond = count / ((performance.now() - begunAtMs) / 1_000);
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
      return perSecond;
    },
  };
}
