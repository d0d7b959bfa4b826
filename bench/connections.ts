import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Load, startLoad } from './load.ts';
import { type BenchResult, median } from './report.ts';
import { startServer, type Target, withFolder } from './server.ts';
import { deviceId, METRIC, writeBenchSite } from './site.ts';
import { residentBytes } from './usage.ts';

const CONNECTIONS = 5_000;
const BASE_CONNECTIONS = 100;
const TRAFFIC_PER_S = 1_000;
const TRAFFIC_MS = 15_000;

/** Memory of thousands of connected devices that report every few seconds, beyond what few take with the same traffic. */
export function benchConnections(): Promise<BenchResult> {
  return withFolder(async (folder) => {
    const site = await writeBenchSite(folder, CONNECTIONS);
    const server = await startServer({ data: join(folder, 'data'), ...site });
    const few = await connect(server, BASE_CONNECTIONS);
    const baseBytes = await memoryUnder(few, server);
    await few.close();
    const many = await connect(server, CONNECTIONS);
    const fullBytes = await memoryUnder(many, server);
    await many.close();
    await server.stop();
    return {
      bench: 'connections',
      conditions: `${CONNECTIONS} connected devices against ${BASE_CONNECTIONS}, both sending ${TRAFFIC_PER_S} messages/s in all`,
      rows: [
        {
          what: 'memory of a connected device',
          value: (fullBytes - baseBytes) / (CONNECTIONS - BASE_CONNECTIONS) / 1_024,
          unit: 'KiB',
          bound: { atMost: 40 },
        },
        { what: `memory at ${CONNECTIONS}`, value: fullBytes / 2 ** 20, unit: 'MiB' },
        { what: `memory at ${BASE_CONNECTIONS}`, value: baseBytes / 2 ** 20, unit: 'MiB' },
      ],
    };
  });
}

/** The middle of what the process holds over some seconds of traffic, for garbage comes and goes. */
async function memoryUnder(load: Load, { pid }: Target): Promise<number> {
  await load.pace(TRAFFIC_PER_S);
  await sleep(TRAFFIC_MS);
  const samples: number[] = [];
  for (let i = 0; i < 20; i++) {
    await sleep(250);
    samples.push(residentBytes(pid));
  }
  await load.drain();
  return median(samples);
}

function connect({ mqtt }: Target, connections: number): Promise<Load> {
  return startLoad({
    host: mqtt.hostname,
    port: Number(mqtt.port),
    connections,
    devices: Array.from({ length: CONNECTIONS }, (_, i) => deviceId(i)),
    metric: METRIC,
    clientPrefix: 'device-',
  });
}
