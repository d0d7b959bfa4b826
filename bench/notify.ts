import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startLoad } from './load.ts';
import { measureWindow, type Stretch } from './measure.ts';
import { type BenchResult, median, percentile } from './report.ts';
import { startServer, type Target, withFolder } from './server.ts';
import { deviceId, METRIC, pointId, RED_LIMIT, writeBenchSite } from './site.ts';
import { encodeConnect, encodePublish } from './wire.ts';

const POINTS = 1_000;
/** The last of the points are the probes', the others carry the traffic. */
const PROBED_POINTS = 100;
const TRAFFIC_PER_S = 2_000;
const WARM_UP_MS = 5_000;
const PROBES = 300;
const PAUSE_MS = [20, 120] as const;
const PAIRS = 7;
const TIMES = { windowSize: 20, settleMs: 1_500, measureMs: 4_000 };

/**
 * Telling people beside the traffic: how long from a breaching publish until the request about it arrives at a webhook, and
 * what it costs readings that somebody is to be told, in pairs with a server that tells nobody.
 */
export function benchNotify(): Promise<BenchResult> {
  return withFolder(async (folder) => {
    const site = await writeBenchSite(folder, POINTS);
    const hook = await startHook();
    const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
    const setup = {
      channels: [{ id: 'hook', kind: 'webhook', settings: { url: hook.url, secret, perMinute: 6_000 } }],
      routes: [{ id: 'all', to: [{ channel: 'hook' }] }],
    };
    const silent = await startServer({ data: join(folder, 'silent'), ...site });
    const telling = await startServer({ data: join(folder, 'telling'), ...site, notify: setup });
    const loads = [await connectTraffic(silent), await connectTraffic(telling)] as const;
    const pairs: { silent: Stretch; telling: Stretch }[] = [];
    // One pair is thrown away: both programs are compiling while it runs.
    for (let pair = -1; pair < PAIRS; pair++) {
      const ofSilent = await measureWindow(loads[0], silent.pid, TIMES);
      const ofTelling = await measureWindow(loads[1], telling.pid, TIMES);
      if (pair >= 0) pairs.push({ silent: ofSilent, telling: ofTelling });
    }
    await loads[0].close();
    await silent.stop();
    await loads[1].pace(TRAFFIC_PER_S);
    await sleep(WARM_UP_MS);
    const from = await loads[1].mark();
    const latenciesMs = await probe(telling.mqtt, hook);
    const to = await loads[1].mark();
    await loads[1].close();
    await telling.stop();
    await hook.close();
    const perS = ((to.acknowledged - from.acknowledged) * 1_000) / (to.atMs - from.atMs);
    return {
      bench: 'notify',
      conditions: `publish to the request at a webhook, ${latenciesMs.length} red alerts beside ${Math.round(perS)} messages/s of other traffic; CPU in ${PAIRS} pairs with a server that tells nobody, medians`,
      rows: [
        { what: 'median', value: percentile(latenciesMs, 0.5), unit: 'ms' },
        { what: '99th percentile', value: percentile(latenciesMs, 0.99), unit: 'ms', bound: { atMost: 100 } },
        { what: 'longest', value: percentile(latenciesMs, 1), unit: 'ms' },
        {
          what: 'CPU of a message, against a server that tells nobody',
          value: median(pairs.map((pair) => pair.telling.cpuUsPerMessage / pair.silent.cpuUsPerMessage)),
          unit: '×',
          bound: { atMost: 1.05 },
        },
      ],
    };
  });
}

interface Hook {
  readonly url: string;
  /** Hears of each request as it arrives, with its text. */
  onRequest: (text: string) => void;
  close(): Promise<void>;
}

async function startHook(): Promise<Hook> {
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (piece) => {
      text += piece;
    });
    request.on('end', () => {
      response.writeHead(200).end();
      hook.onRequest(text);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const hook: Hook = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    onRequest: () => undefined,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return hook;
}

function connectTraffic({ mqtt }: Target) {
  return startLoad({
    host: mqtt.hostname,
    port: Number(mqtt.port),
    connections: 100,
    devices: Array.from({ length: POINTS - PROBED_POINTS }, (_, i) => deviceId(i)),
    metric: METRIC,
    clientPrefix: 'traffic-',
  });
}

/** From the write of a breaching publish, so that the commit it waits for is part of it. */
async function probe(mqtt: URL, hook: Hook): Promise<number[]> {
  const latenciesMs: number[] = [];
  const socket = connect({ host: mqtt.hostname, port: Number(mqtt.port), noDelay: true });
  socket.write(encodeConnect({ clientId: 'probe', keepaliveS: 120 }));
  await once(socket, 'data');
  socket.resume();
  for (let i = 0; i < PROBES; i++) {
    const index = POINTS - PROBED_POINTS + (i % PROBED_POINTS);
    for (const [value, kind] of [
      [RED_LIMIT + 5, 'brink.alert'],
      [10, 'brink.cleared'],
    ] as const) {
      const text = JSON.stringify({ ts: Date.now(), values: { [METRIC]: value } });
      const { bytes, packetIdAt } = encodePublish(`telemetry/${deviceId(index)}`, text);
      bytes.writeUInt16BE((i % 0xffff) + 1, packetIdAt);
      let sentAtMs = 0;
      const arrived = new Promise<number>((resolve) => {
        hook.onRequest = (body) => {
          if (body.includes(kind) && body.includes(pointId(index))) resolve(performance.now() - sentAtMs);
        };
      });
      sentAtMs = performance.now();
      socket.write(bytes);
      const latencyMs = await Promise.race([arrived, sleep(5_000, undefined)]);
      if (latencyMs === undefined) throw new Error(`no ${kind} of ${pointId(index)} within 5 s`);
      // That it is over may wait; the alert may not.
      if (kind === 'brink.alert') latenciesMs.push(latencyMs);
      await sleep(PAUSE_MS[0] + Math.random() * (PAUSE_MS[1] - PAUSE_MS[0]));
    }
  }
  socket.destroy();
  return latenciesMs;
}
