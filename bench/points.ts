import { join } from 'node:path';
import { startLoad } from './load.ts';
import { measureWindow, type Stretch } from './measure.ts';
import { type BenchResult, median } from './report.ts';
import { startServer, withFolder } from './server.ts';
import { deviceId, METRIC, writeBenchSite } from './site.ts';

const FEW = 100;
const MANY = 100_000;
const PAIRS = 5;
const TIMES = { windowSize: 20, settleMs: 2_000, measureMs: 4_000 };

/** What a reading costs when the server watches a hundred thousand points instead of a hundred, every point reporting. */
export function benchPoints(): Promise<BenchResult> {
  return withFolder((fewFolder) =>
    withFolder(async (manyFolder) => {
      const few = await start(fewFolder, FEW);
      const many = await start(manyFolder, MANY);
      const pairs: { few: Stretch; many: Stretch }[] = [];
      for (let pair = -1; pair < PAIRS; pair++) {
        const ofFew = await measureWindow(few.load, few.server.pid, TIMES);
        const ofMany = await measureWindow(many.load, many.server.pid, TIMES);
        if (pair >= 0) pairs.push({ few: ofFew, many: ofMany });
      }
      await Promise.all([few.load.close(), many.load.close()]);
      await Promise.all([few.server.stop(), many.server.stop()]);
      return {
        bench: 'points',
        conditions: `QoS 1, 100 connections, window 20; ${MANY} points against ${FEW}, in turns, every point with four limits`,
        rows: [
          {
            what: 'CPU of a reading, against few points',
            value: median(pairs.map((pair) => pair.many.cpuUsPerMessage / pair.few.cpuUsPerMessage)),
            unit: '×',
            bound: { atMost: 1.5 },
          },
          { what: `CPU of a reading at ${MANY}`, value: median(pairs.map((p) => p.many.cpuUsPerMessage)), unit: 'µs' },
          { what: `CPU of a reading at ${FEW}`, value: median(pairs.map((p) => p.few.cpuUsPerMessage)), unit: 'µs' },
        ],
      };
    }),
  );
}

async function start(folder: string, pointCount: number) {
  const site = await writeBenchSite(folder, pointCount);
  const server = await startServer({ data: join(folder, 'data'), ...site });
  const load = await startLoad({
    host: server.mqtt.hostname,
    port: Number(server.mqtt.port),
    connections: 100,
    devices: Array.from({ length: pointCount }, (_, i) => deviceId(i)),
    metric: METRIC,
    clientPrefix: 'load-',
  });
  return { server, load };
}
