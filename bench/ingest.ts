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
const TIMES = { windowSize: WINDOW, settleMs: 1_500, measureMs: 4_000 };

/**
 * Durable ingest beside a broker that does nothing. The two take turns under the same load (A B A B …) and are compared
 * pair by pair, so that a machine that is busy for a minute spoils a pair and not the ratio.
 */
export function benchIngest(): Promise<BenchResult> {
  return withFolder(async (folder) => {
    const site = await writeBenchSite(folder, POINTS);
    const bare = await startBareAedes();
    const server = await startServer({ data: join(folder, 'data'), ...site });
    const [bareLoad, serverLoad] = [await connect(bare), await connect(server)];
    const pairs: { bare: Stretch; server: Stretch }[] = [];
    // One pair is thrown away: both programs are compiling while it runs.
    for (let pair = -1; pair < PAIRS; pair++) {
      const ofBare = await measureWindow(bareLoad, bare.pid, TIMES);
      const ofServer = await measureWindow(serverLoad, server.pid, TIMES);
      if (pair >= 0) pairs.push({ bare: ofBare, server: ofServer });
    }
    await Promise.all([bareLoad.close(), serverLoad.close()]);
    await Promise.all([bare.kill(), server.stop()]);
    return {
      bench: 'ingest',
      conditions: `QoS 1, ${CONNECTIONS} connections, window ${WINDOW}, ${POINTS} points with four limits each; acknowledged after fsync; ${PAIRS} pairs with bare Aedes, medians`,
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
        { what: 'CPU of a message', value: median(pairs.map((p) => p.server.cpuUsPerMessage)), unit: 'µs' },
        { what: 'throughput', value: median(pairs.map((p) => p.server.messagesPerS)), unit: 'messages/s' },
        { what: 'bare Aedes: CPU of a message', value: median(pairs.map((p) => p.bare.cpuUsPerMessage)), unit: 'µs' },
        { what: 'bare Aedes: throughput', value: median(pairs.map((p) => p.bare.messagesPerS)), unit: 'messages/s' },
      ],
    };
  });
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
