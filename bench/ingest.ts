import { join } from 'node:path';
import { startLoad } from './load.ts';
import { measureWindow, type Stretch } from './measure.ts';
import { type BenchResult, median } from './report.ts';
import { startBareAedes, startServer, type Target, withFolder } from './server.ts';
import { deviceId, METRIC, writeBenchSite } from './site.ts';

const CONNECTIONS = 100;
const WINDOW = 20;
const POINTS = 1_000;
const PAIRS = 7;
/** Kinds of device whose messages come by topics of their own, which those of the load do not. */
const ROUTES = 50;
const TIMES = { windowSize: WINDOW, settleMs: 1_500, measureMs: 4_000 };

/**
 * Durable ingest beside a broker that does nothing, and beside itself with many routes. The three take turns under the same
 * load (A B C A B C …) and are compared round by round, so that a machine that is busy for a minute spoils a round and not
 * the ratio.
 */
export function benchIngest(): Promise<BenchResult> {
  return withFolder((folder) =>
    withFolder(async (routedFolder) => {
      const bare = await startBareAedes();
      const server = await start(folder);
      const routed = await start(routedFolder, ROUTES);
      const [bareLoad, serverLoad, routedLoad] = [await connect(bare), await connect(server), await connect(routed)];
      const pairs: { bare: Stretch; server: Stretch; routed: Stretch }[] = [];
      // One round is thrown away: the programs are compiling while it runs.
      for (let pair = -1; pair < PAIRS; pair++) {
        const ofBare = await measureWindow(bareLoad, bare.pid, TIMES);
        const ofServer = await measureWindow(serverLoad, server.pid, TIMES);
        const ofRouted = await measureWindow(routedLoad, routed.pid, TIMES);
        if (pair >= 0) pairs.push({ bare: ofBare, server: ofServer, routed: ofRouted });
      }
      await Promise.all([bareLoad.close(), serverLoad.close(), routedLoad.close()]);
      await Promise.all([bare.kill(), server.stop(), routed.stop()]);
      return resultOf(pairs);
    }),
  );
}

async function start(folder: string, routes = 0): Promise<Target> {
  const site = await writeBenchSite(folder, POINTS, { routes });
  return startServer({ data: join(folder, 'data'), ...site });
}

function resultOf(pairs: readonly { bare: Stretch; server: Stretch; routed: Stretch }[]): BenchResult {
  return {
    bench: 'ingest',
    conditions: `QoS 1, ${CONNECTIONS} connections, window ${WINDOW}, ${POINTS} points with four limits each; acknowledged after fsync; ${PAIRS} rounds in turn with bare Aedes and with ${ROUTES} routes of profiles, medians`,
    rows: [
      {
        what: 'CPU of a message, against bare Aedes',
        value: median(pairs.map((pair) => pair.server.cpuUsPerMessage / pair.bare.cpuUsPerMessage)),
        unit: '×',
        bound: { atMost: 1.5 },
      },
      {
        what: 'throughput, against bare Aedes',
        value: median(pairs.map((pair) => pair.server.messagesPerS / pair.bare.messagesPerS)),
        unit: '×',
        bound: { atLeast: 0.8 },
      },
      {
        what: `CPU of a message with ${ROUTES} routes, against none`,
        value: median(pairs.map((pair) => pair.routed.cpuUsPerMessage / pair.server.cpuUsPerMessage)),
        unit: '×',
        bound: { atMost: 1.05 },
      },
      { what: 'CPU of a message', value: median(pairs.map((p) => p.server.cpuUsPerMessage)), unit: 'µs' },
      { what: 'throughput', value: median(pairs.map((p) => p.server.messagesPerS)), unit: 'messages/s' },
      { what: 'bare Aedes: CPU of a message', value: median(pairs.map((p) => p.bare.cpuUsPerMessage)), unit: 'µs' },
      { what: 'bare Aedes: throughput', value: median(pairs.map((p) => p.bare.messagesPerS)), unit: 'messages/s' },
    ],
  };
}

function connect({ mqtt }: Target) {
  return startLoad({
    host: mqtt.hostname,
    port: Number(mqtt.port),
    connections: CONNECTIONS,
    devices: Array.from({ length: POINTS }, (_, i) => deviceId(i)),
    metric: METRIC,
    clientPrefix: 'load-',
  });
}
