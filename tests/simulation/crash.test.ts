import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import mqtt, { type MqttClient } from 'mqtt';
import { afterEach, expect, test } from 'vitest';
import { openSqliteJournal } from '../../src/journal/sqlite-journal.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { AlertEvent } from '../../src/model/alert.ts';
import { openRegistry } from '../../src/registry/open-registry.ts';
import { evaluateJournal } from '../../src/services/analysis/backtest.ts';
import { plainSite, writeSite } from '../support/brink.ts';
import { createChance } from '../support/chance.ts';
import { rounds } from '../support/long.ts';
import { getAll, type ServerProcess, startProcess } from '../support/server-process.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';

/**
 * The server as a child process under load, killed with SIGKILL at random instants. Afterwards every acknowledged reading
 * is there exactly once, and the alert log is what a fresh replay of the journal gives.
 */

const ROUNDS = rounds(5, 200);
const DEVICES = 8;
let server: ServerProcess;
const clients: MqttClient[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.end(true);
});

test(`kill -9 under load, ${ROUNDS} times: nothing acknowledged is lost, nothing is doubled, the log equals a replay`, async () => {
  const seed = Number(process.env.BRINK_TEST_SEED ?? randomBytes(4).readUInt32LE());
  console.log(`crash test: BRINK_TEST_SEED=${seed}`);
  const chance = createChance(seed);
  const rules = {
    level: {
      metric: 'v',
      levels: { yellow: { above: 60 }, orange: { above: 80, for: '40ms' }, red: { above: 95 } },
      deadband: 5,
    },
    alarm: { metric: 'on', latch: true, levels: { red: { equals: true } } },
  };
  const data = temporaryFolder();
  const listeners = ['--mqtt', '0', '--http', '0'];
  const flags = ['--data', data, ...listeners, '--log', 'error', ...writeSite(plainSite(DEVICES, rules))];
  server = await startProcess(flags);
  // Each server has a port of its own: the port of one that was killed may be somebody else's by the time of the next.
  let isDown = false;
  const toServer = () => (isDown ? new net.Socket().destroy() : net.connect(Number(server.mqtt.port), '127.0.0.1'));

  // The first half publishes with its own time and QoS 1, the second half without a time and with QoS 2.
  const acknowledged = Array.from({ length: DEVICES }, () => [] as number[]);
  let isLoading = true;
  const loads = Array.from({ length: DEVICES }, async (_, index) => {
    const id = index + 1;
    const qos = index < DEVICES / 2 ? 1 : 2;
    const client = new mqtt.MqttClient(toServer, {
      username: `dev-${id}`,
      password: `secret-${id}`,
      clientId: `dev-${id}`,
      reconnectPeriod: 20,
      clean: index % 2 === 0,
    });
    clients.push(client);
    client.on('error', () => {});
    let tsMs = Date.now();
    let count = 0;
    const inFlight = new Set<Promise<void>>();
    while (isLoading) {
      tsMs = Math.max(tsMs + 1, Date.now());
      count++;
      // The fraction tells every reading from every other, also where it has no time of its own.
      const v = Math.floor(chance() * 100) + count / 1e6;
      const payload = qos === 1 ? { ts: tsMs, values: { v, on: chance() < 0.01 } } : { v };
      const mark = qos === 1 ? tsMs : v;
      const done = new Promise<void>((resolve) => {
        client.publish(`telemetry/dev-${id}`, JSON.stringify(payload), { qos }, (error) => {
          if (error === undefined || error === null) acknowledged[index]?.push(mark);
          resolve();
        });
      });
      inFlight.add(done);
      void done.then(() => inFlight.delete(done));
      if (inFlight.size >= 10) await Promise.race(inFlight);
      if (count % 20 === 0) await delay(1);
    }
    await Promise.all(inFlight);
  });

  const verify = async (): Promise<void> => {
    for (let index = 0; index < DEVICES; index++) {
      const expected = [...(acknowledged[index] ?? [])];
      const readings = await getAll<{ ts: number; value: number }>(
        server,
        `/points/pt-${index + 1}/readings?metric=v&limit=10000`,
      );
      const found = readings.map((reading) => (index < DEVICES / 2 ? reading.ts : reading.value));
      const counts = new Map<number, number>();
      for (const mark of found) counts.set(mark, (counts.get(mark) ?? 0) + 1);
      expect(
        [...counts.values()].filter((times) => times !== 1),
        `doubled readings of dev-${index + 1}`,
      ).toEqual([]);
      expect(
        expected.filter((mark) => !counts.has(mark)),
        `lost readings of dev-${index + 1}`,
      ).toEqual([]);
    }
  };

  for (let round = 0; round < ROUNDS; round++) {
    const before = acknowledged.flat().length;
    await until('some acknowledgements', () => acknowledged.flat().length > before + 50);
    await delay(chance() * 150);
    isDown = true;
    await server.kill();
    server = await startProcess(flags);
    isDown = false;
    if (round % 5 === 4) await verify();
  }
  isLoading = false;
  await Promise.all(loads);
  await verify();

  const log = await getAll<AlertEvent>(server, '/events?after=0&limit=1000');
  expect(log.map((event) => event.seq)).toEqual(log.map((_, i) => i + 1));
  expect(log.length).toBeGreaterThan(100);
  await server.kill();

  const journal = openSqliteJournal({ path: join(data, 'journal.db'), clock: systemClock });
  const registry = openRegistry({
    path: join(data, 'registry.db'),
    hashKey: readFileSync(join(data, 'installation.key')),
    validate: () => [],
  });
  const replayed = evaluateJournal(journal, registry);
  await journal.close();
  registry.close();
  expect(replayed.slice(0, log.length)).toEqual(log);
  // Whatever came after the log was read is silence, and none of it had fallen due.
  expect(replayed.length).toBe(log.length);
});
