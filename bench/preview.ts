import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import mqtt, { type MqttClient } from 'mqtt';
import type { ThresholdPreview } from '../src/model/preview.ts';
import { logIn } from './api-client.ts';
import { type BenchResult, median, percentile } from './report.ts';
import { startServer, withFolder } from './server.ts';
import { BLUE_LIMIT, deviceId, METRIC, pointId, RED_LIMIT, writeBenchSite } from './site.ts';

const DAYS = 30;
const EVERY_MS = 10_000;
const READINGS = (DAYS * 86_400_000) / EVERY_MS;
/** As large as a batch can be without passing the packet limit. */
const BATCH = 5_000;
const PREVIEWS = 20;
/** A device that publishes while previews are judged, to see whether anybody has to wait for them. */
const BYSTANDER_EVERY_MS = 20;

/** A month of one point at 10 s: what would it have been under other values? Asked again and again, as while typing. */
export function benchPreview(): Promise<BenchResult> {
  return withFolder(async (folder) => {
    const server = await startServer({ data: join(folder, 'data'), ...(await writeBenchSite(folder, 2)) });
    if (server.http === undefined) throw new Error('no http');
    const device = await mqtt.connectAsync(server.mqtt.href, { clientId: 'month', protocolVersion: 4 });
    const client = await logIn(server.http);
    const endMs = Date.now();
    for (let first = 0; first < READINGS; first += BATCH)
      await device.publishAsync(topic(0), batch(first, endMs), { qos: 1 });

    const idle = await publishTimes(device, sleep(1_000));
    const times: number[] = [];
    let answer: ThresholdPreview | undefined;
    const judging = (async () => {
      for (let i = 0; i < PREVIEWS; i++) {
        const startedMs = performance.now();
        answer = await client.post<ThresholdPreview>(
          `points/${pointId(0)}/thresholds/preview?days=${DAYS}`,
          proposal(i),
        );
        times.push(performance.now() - startedMs);
      }
    })();
    const meanwhile = await publishTimes(device, judging);
    await device.endAsync(true);
    await server.stop();
    if (answer === undefined) throw new Error('no answer');
    const share = Math.round(answer.present.timeInAlarmShare * 100);
    return {
      bench: 'preview',
      conditions:
        `${answer.data.readings} readings of one point, four levels, ${answer.present.alerts} alerts and ${share} % of the ` +
        `time in alarm at present; over HTTP, one after the other`,
      rows: [
        { what: 'first preview', value: times[0] ?? Number.NaN, unit: 'ms', bound: { atMost: 500 } },
        { what: 'median', value: median(times), unit: 'ms', bound: { atMost: 500 } },
        { what: 'worst', value: Math.max(...times), unit: 'ms', bound: { atMost: 500 } },
        { what: 'publish to PUBACK meanwhile, p99', value: percentile(meanwhile, 0.99), unit: 'ms' },
        { what: 'the same without previews, p99', value: percentile(idle, 0.99), unit: 'ms' },
      ],
    };
  });
}

const topic = (index: number) => `telemetry/${deviceId(index)}`;

/** Calm with a daily swing and noise, and an hour and a half above the lowest limits each day. */
function batch(first: number, endMs: number): string {
  const readings = Array.from({ length: Math.min(BATCH, READINGS - first) }, (_, i) => {
    const index = first + i;
    const ts = endMs - (READINGS - index) * EVERY_MS;
    const swing = Math.sin((index * EVERY_MS * 2 * Math.PI) / 86_400_000);
    const noise = ((index * 7_919) % 101) / 50 - 1;
    const peak = Math.max(0, swing - 0.9) * 300;
    return { ts, values: { [METRIC]: Number((BLUE_LIMIT - 22 + 20 * swing + peak + noise).toFixed(2)) } };
  });
  return JSON.stringify(readings);
}

function proposal(index: number): object {
  const above = BLUE_LIMIT + index / 2;
  const levels = {
    blue: { above },
    yellow: { above: above + 8, for: '60s' },
    orange: { above: 70 },
    red: { above: RED_LIMIT },
  };
  return { rules: { level: { metric: METRIC, levels, deadband: 1 + (index % 4), recoverFor: '60s' } } };
}

/** How long the bystander's publishes take until `work` is done, ms. */
async function publishTimes(client: MqttClient, work: Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  let isDone = false;
  const done = work.then(() => {
    isDone = true;
  });
  while (!isDone) {
    const startedMs = performance.now();
    await client.publishAsync(topic(1), JSON.stringify({ [METRIC]: 1 }), { qos: 1 });
    times.push(performance.now() - startedMs);
    await sleep(BYSTANDER_EVERY_MS);
  }
  await done;
  return times;
}
