import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { logIn } from './api-client.ts';
import { FLOODS, type FloodKind, type FloodOptions } from './flood-worker.ts';
import { type BenchResult, percentile, type Row } from './report.ts';
import { startServer, type Target, withFolder } from './server.ts';
import { deviceId, METRIC, pointId, writeBenchSite } from './site.ts';
import { createReplyReader, encodeConnect, encodePublish } from './wire.ts';

const POINTS = 2_000;
const HONEST = 20;
const PAUSE_MS = 10;
const SETTLE_MS = 1_000;
const STRETCH_MS = 8_000;

/**
 * What honest devices wait for their acknowledgements while somebody means ill, against what they wait when all is calm, in
 * turns: calm, one flood, calm, the next.
 */
export function benchHostile(): Promise<BenchResult> {
  return withFolder(async (folder) => {
    const site = await writeBenchSite(folder, POINTS, secretOf);
    const server = await startServer({ data: join(folder, 'data'), ...site, auth: 'password' });
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
    for (const [index, kind] of (Object.keys(FLOODS) as FloodKind[]).entries()) {
      // What one flood has spent is not counted against the next.
      const flooder = deviceId(POINTS - 1 - index);
      const flood = await startFlood({
        kind,
        host: server.mqtt.hostname,
        mqttPort: Number(server.mqtt.port),
        http: server.http.href,
        username: flooder,
        password: secretOf(flooder),
        token,
        points: Array.from({ length: POINTS }, (_, i) => pointId(i)),
      });
      const under = await measure();
      await flood.end();
      const after = await measure();
      const calm = percentile([...before, ...after], 0.99);
      before = after;
      rows.push(
        { what: FLOODS[kind], value: percentile(under, 0.99) / calm, unit: '×', bound: { atMost: 2 } },
        { what: '  99th percentile under it', value: percentile(under, 0.99), unit: 'ms' },
        { what: '  99th percentile when calm', value: calm, unit: 'ms' },
      );
    }
    for (const { socket } of honest) socket.destroy();
    await server.stop();
    return {
      bench: 'hostile',
      conditions: `publish of QoS 1 to its acknowledgement after fsync, ${HONEST} devices in turn, 99th percentile under a flood against that before and after it`,
      rows,
    };
  });
}

const secretOf = (device: string) => `secret of ${device}`;

interface Honest {
  readonly device: string;
  readonly socket: Socket;
  acknowledged: () => void;
}

async function connectHonest({ mqtt }: Target): Promise<Honest[]> {
  const all: Honest[] = [];
  for (let i = 1; i <= HONEST; i++) {
    const device = deviceId(i);
    const socket = connect({ host: mqtt.hostname, port: Number(mqtt.port), noDelay: true });
    const honest: Honest = { device, socket, acknowledged: () => {} };
    socket.write(encodeConnect({ clientId: device, username: device, password: secretOf(device), keepaliveS: 300 }));
    await once(socket, 'data');
    socket.on('data', createReplyReader({ onConnack: () => {}, onPuback: () => honest.acknowledged() }));
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
    const acknowledged = new Promise<void>((resolve) => {
      one.acknowledged = resolve;
    });
    const sentAtMs = performance.now();
    one.socket.write(bytes);
    await acknowledged;
    waitsMs.push(performance.now() - sentAtMs);
    await sleep(PAUSE_MS);
  }
  return waitsMs;
}

async function startFlood(options: FloodOptions): Promise<{ end(): Promise<void> }> {
  const child = fork(fileURLToPath(new URL('flood-worker.ts', import.meta.url)), { stdio: 'inherit' });
  child.send(options);
  // What its own start costs the machine is not what is measured.
  await once(child, 'message');
  return {
    async end() {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}
