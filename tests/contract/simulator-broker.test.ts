import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { Aedes } from 'aedes';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Publish } from '../../simulator/actions.ts';
import { createFleet } from '../../simulator/fleet.ts';
import { startFleet } from '../../simulator/run.ts';
import { SCENARIOS } from '../../simulator/scenarios.ts';
import { loadSiteFiles } from '../../simulator/site-files.ts';

/** What a broker saw of a fleet. */
interface Witness {
  readonly url: string;
  readonly received: { topic: string; payload: string }[];
  readonly connected: Map<string, string | undefined>;
  close(): Promise<void>;
}

async function startBroker(
  knows: (username: string | undefined, password: string | undefined) => boolean,
): Promise<Witness> {
  const received: Witness['received'] = [];
  const connected: Witness['connected'] = new Map();
  const broker = await Aedes.createBroker({
    authenticate: (client, username, password, done) => {
      const isKnown = knows(username, password?.toString());
      if (isKnown) connected.set(client.id, username);
      if (isKnown) done(null, true);
      else done(Object.assign(new Error('refused'), { returnCode: 4 }), false);
    },
    authorizePublish: (client, packet, done) => {
      if (client !== null) received.push({ topic: packet.topic, payload: packet.payload.toString() });
      done(null);
    },
  });
  const server: Server = createServer((socket) => {
    broker.handle(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `mqtt://127.0.0.1:${address.port}`,
    received,
    connected,
    async close() {
      server.close();
      await new Promise<void>((resolve) => broker.close(() => resolve()));
    },
  };
}

const files = await loadSiteFiles('devices', 'thresholds');
const START_MS = Date.parse('2026-07-01T08:00:00+08:00');

describe('a fleet against a real broker', () => {
  let broker: Witness;
  beforeEach(async () => {
    const secrets = new Map(files.site.devices.map(({ id, secret }) => [id, secret]));
    broker = await startBroker((username, password) => username !== undefined && secrets.get(username) === password);
  });
  afterEach(() => broker.close());

  it('sends exactly what the pure fleet says, each device with its own credential', async () => {
    // Two simulated hours in four seconds.
    const options = { seed: 7, scenario: 'storm', startMs: START_MS, speed: 1_800, durationS: 4 };
    const fleet = await startFleet({ ...options, url: broker.url, files, deviceCount: 40, ratePerS: 500 });
    const summary = await fleet.ended;

    const scenario = SCENARIOS.storm;
    if (scenario === undefined) throw new Error('no storm');
    const site = { ...files.site, devices: files.site.devices.slice(0, 40) };
    const reportEveryMs = (40 / 500) * 1_800 * 1_000;
    const expected = createFleet({ ...files, site, seed: 7, scenario, startMs: START_MS, reportEveryMs });
    const endMs = START_MS + 4 * 1_800 * 1_000;
    const perTopic = Map.groupBy(broker.received, ({ topic }) => topic);
    for (const device of expected) {
      const payloads: string[] = [];
      for (const action of device.actions()) {
        if (action.atMs >= endMs) break;
        payloads.push(String((action as Publish).payload));
      }
      expect(perTopic.get(`telemetry/${device.id}`)?.map(({ payload }) => payload)).toEqual(payloads);
      expect(broker.connected.get(device.id)).toBe(device.id);
    }
    expect(summary).toEqual({
      devices: 40,
      refused: 0,
      published: broker.received.length,
      acknowledged: broker.received.length,
      failed: 0,
    });
  });

  it('goes through a bad day: drops and returns, and the unknown device is refused', async () => {
    const fleet = await startFleet({
      url: broker.url,
      seed: 3,
      scenario: 'bad-day',
      files,
      startMs: START_MS,
      speed: 900,
      durationS: 4,
    });
    const summary = await fleet.ended;
    expect(summary.refused).toBe(1);
    expect(summary.failed).toBe(0);
    expect(summary.published).toBeGreaterThan(5_000);
    expect(broker.received.some(({ payload }) => payload.startsWith('[{'))).toBe(true);
    expect(broker.received.some(({ topic }) => topic === 'telemetry/ghost-01')).toBe(false);
  });

  it('stops at once when asked to, and says what it did', async () => {
    const fleet = await startFleet({ url: broker.url, seed: 1, scenario: 'demo', files, ratePerS: 300 });
    await expect.poll(() => fleet.acknowledged).toBeGreaterThan(100);
    const summary = await fleet.stop();
    expect(summary).toMatchObject({ devices: files.site.devices.length, refused: 0, failed: 0 });
    expect(summary.acknowledged).toBe(broker.received.length);
  });

  it('is a program that ends cleanly on SIGTERM with one line of JSON', async () => {
    const args = ['simulator/main.ts', '--mqtt', broker.url, '--seed', '1', '--rate', '200', '--scenario', 'gas-leak'];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    await expect.poll(() => broker.received.length).toBeGreaterThan(50);
    child.kill('SIGTERM');
    const [code] = await once(child, 'close');
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout.trim().split('\n')).toHaveLength(1);
    expect(JSON.parse(stdout)).toMatchObject({ devices: files.site.devices.length, published: broker.received.length });
  });
});

it('says so when there is no broker', async () => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  server.close();
  const starting = startFleet({ url: `mqtt://127.0.0.1:${port}`, seed: 1, scenario: 'quiet', files, deviceCount: 2 });
  await expect(starting).rejects.toThrow('cannot connect');
});
