import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Alert } from '../src/model/alert.ts';
import { type ApiClient, logIn } from './api-client.ts';
import { startLoad } from './load.ts';
import type { BenchResult } from './report.ts';
import { startServer, type Target, withFolder } from './server.ts';
import { deviceId, METRIC, RED_LIMIT, writeBenchSite } from './site.ts';
import { encodeConnect, encodePublish } from './wire.ts';

const POINTS = 100_000;
/** Points that stand in alarm when the server is killed; the others carry the traffic. */
const ALARMED_POINTS = 1_000;
const TRAFFIC_PER_S = 2_000;
const TRAFFIC_MS = 30_000;

/** A site of 100,000 points is killed under load. How long until it takes messages again, with the alerts it had? */
export function benchRestart(): Promise<BenchResult> {
  return withFolder(async (folder) => {
    const options = { data: join(folder, 'data'), ...(await writeBenchSite(folder, POINTS)) };
    const server = await startServer(options);
    const traffic = await startLoad({
      host: server.mqtt.hostname,
      port: Number(server.mqtt.port),
      connections: 100,
      devices: Array.from({ length: POINTS - ALARMED_POINTS }, (_, i) => deviceId(i)),
      metric: METRIC,
      clientPrefix: 'traffic-',
    });
    await traffic.pace(TRAFFIC_PER_S);
    await raiseAlerts(server);
    const before = await waitForAlerts(await logIn(httpOf(server)));
    await sleep(TRAFFIC_MS);
    await server.kill();
    // Its connections are gone with the server, so all it can do is end.
    await traffic.close().catch(() => {});

    const spawnedAtMs = performance.now();
    const again = await startServer(options);
    const socket = await openMqtt(again);
    const acceptingMs = performance.now() - spawnedAtMs;
    socket.destroy();
    const after = await waitForAlerts(await logIn(httpOf(again)));
    await again.stop();
    const changed = before.filter((alert, i) => JSON.stringify(alert) !== JSON.stringify(after[i]));
    return {
      bench: 'restart',
      conditions: `SIGKILL at ${TRAFFIC_PER_S} readings/s after ${TRAFFIC_MS / 1_000} s, ${POINTS} points, ${ALARMED_POINTS} of them in alarm`,
      rows: [
        { what: 'start to accepting MQTT', value: acceptingMs / 1_000, unit: 's', bound: { atMost: 5 } },
        { what: 'alerts that were open', value: before.length, unit: '', bound: { atLeast: ALARMED_POINTS } },
        {
          what: 'alerts lost, doubled or changed',
          value: changed.length + Math.abs(after.length - before.length),
          unit: '',
          bound: { atMost: 0 },
        },
        { what: 'first start, with its files', value: server.readyMs / 1_000, unit: 's' },
      ],
    };
  });
}

function httpOf({ http }: Target): URL {
  if (http === undefined) throw new Error('no http');
  return http;
}

async function openMqtt({ mqtt }: Target) {
  const socket = connect({ host: mqtt.hostname, port: Number(mqtt.port), noDelay: true });
  socket.write(encodeConnect({ clientId: 'bench', keepaliveS: 120 }));
  await once(socket, 'data');
  socket.resume();
  return socket;
}

async function raiseAlerts(server: Target): Promise<void> {
  const socket = await openMqtt(server);
  for (let i = 0; i < ALARMED_POINTS; i++) {
    const payload = JSON.stringify({ ts: Date.now(), values: { [METRIC]: RED_LIMIT + 1 } });
    const { bytes, packetIdAt } = encodePublish(`telemetry/${deviceId(POINTS - 1 - i)}`, payload);
    bytes.writeUInt16BE(i + 1, packetIdAt);
    socket.write(bytes);
  }
  await sleep(1_000);
  socket.destroy();
}

/** Every open alert by id, as soon as there are as many as were raised. */
async function waitForAlerts(client: ApiClient): Promise<Alert[]> {
  for (let attempt = 0; ; attempt++) {
    const alerts = await openAlerts(client);
    if (alerts.length >= ALARMED_POINTS || attempt === 50) return alerts.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    await sleep(200);
  }
}

async function openAlerts(client: ApiClient): Promise<Alert[]> {
  const alerts: Alert[] = [];
  let cursor = '';
  for (;;) {
    const page = await client.get<{ items: Alert[]; next: string | null }>(`alerts?state=active&limit=500${cursor}`);
    alerts.push(...page.items);
    if (page.next === null) return alerts;
    cursor = `&cursor=${encodeURIComponent(page.next)}`;
  }
}
