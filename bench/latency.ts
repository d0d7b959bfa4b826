import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { logIn } from './api-client.ts';
import { startLoad } from './load.ts';
import { type BenchResult, percentile } from './report.ts';
import { startServer, withFolder } from './server.ts';
import { deviceId, METRIC, pointId, RED_LIMIT, writeBenchSite } from './site.ts';
import { encodeConnect, encodePublish } from './wire.ts';

const POINTS = 1_000;
/** The last of the points are the probes', the others carry the traffic. */
const PROBED_POINTS = 100;
const TRAFFIC_PER_S = 2_000;
const WARM_UP_MS = 5_000;
/** Each probe is a breach and a recovery, and both must reach the screen. */
const PROBES = 500;
/** Probes come at odd moments, so that they do not keep step with any timer of the server. */
const PAUSE_MS = [5, 40] as const;

/** From the write of a breaching publish to the alert event on a WebSocket, while other devices keep the server busy. */
export function benchLatency(): Promise<BenchResult> {
  return withFolder(async (folder) => {
    const site = await writeBenchSite(folder, POINTS);
    const server = await startServer({ data: join(folder, 'data'), ...site });
    if (server.http === undefined) throw new Error('no http');
    const traffic = await startLoad({
      host: server.mqtt.hostname,
      port: Number(server.mqtt.port),
      connections: 100,
      devices: Array.from({ length: POINTS - PROBED_POINTS }, (_, i) => deviceId(i)),
      metric: METRIC,
      clientPrefix: 'traffic-',
    });
    await traffic.pace(TRAFFIC_PER_S);
    await sleep(WARM_UP_MS);
    const from = await traffic.mark();
    const latenciesMs = await probe(server.mqtt, server.http);
    const to = await traffic.mark();
    await traffic.drain();
    await traffic.close();
    await server.stop();
    const perS = ((to.acknowledged - from.acknowledged) * 1_000) / (to.atMs - from.atMs);
    return {
      bench: 'latency',
      conditions: `publish to WebSocket event, ${latenciesMs.length} events beside ${Math.round(perS)} messages/s of other traffic`,
      rows: [
        { what: 'median', value: percentile(latenciesMs, 0.5), unit: 'ms', bound: { atMost: 15 } },
        { what: '99th percentile', value: percentile(latenciesMs, 0.99), unit: 'ms', bound: { atMost: 50 } },
        { what: 'longest', value: percentile(latenciesMs, 1), unit: 'ms' },
      ],
    };
  });
}

async function probe(mqtt: URL, http: URL): Promise<number[]> {
  const sentAtMs = new Map<string, number>();
  const latenciesMs: number[] = [];
  let arrived: (() => void) | undefined;
  const client = await logIn(http);
  const live = await client.live(({ event, alert }) => {
    const key = `${alert.point} ${event}`;
    const sent = sentAtMs.get(key);
    if (sent === undefined) return;
    latenciesMs.push(performance.now() - sent);
    sentAtMs.delete(key);
    arrived?.();
  });
  const socket = connect({ host: mqtt.hostname, port: Number(mqtt.port), noDelay: true });
  socket.write(encodeConnect({ clientId: 'probe', keepaliveS: 120 }));
  await once(socket, 'data');
  socket.resume();
  for (let i = 0; i < PROBES; i++) {
    const index = POINTS - PROBED_POINTS + (i % PROBED_POINTS);
    for (const [value, event] of [
      [RED_LIMIT + 5, 'raised'],
      [10, 'cleared'],
    ] as const) {
      const { bytes, packetIdAt } = encodePublish(
        `telemetry/${deviceId(index)}`,
        JSON.stringify({ ts: Date.now(), values: { [METRIC]: value } }),
      );
      bytes.writeUInt16BE((i % 0xffff) + 1, packetIdAt);
      const hasArrived = new Promise<void>((resolve) => {
        arrived = resolve;
      });
      sentAtMs.set(`${pointId(index)} ${event}`, performance.now());
      socket.write(bytes);
      await Promise.race([hasArrived, sleep(5_000)]);
      if (sentAtMs.size > 0) throw new Error(`no ${event} event of ${pointId(index)} within 5 s`);
      await sleep(PAUSE_MS[0] + Math.random() * (PAUSE_MS[1] - PAUSE_MS[0]));
    }
  }
  socket.destroy();
  live.close();
  return latenciesMs;
}
