import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import mqtt, { type MqttClient } from 'mqtt';
import { expect, test } from 'vitest';
import { openJournalReader } from '../../src/journal/reader.ts';
import type { AlertEvent } from '../../src/model/alert.ts';
import type { HealthReport } from '../../src/model/server-figures.ts';
import { openRegistry } from '../../src/registry/open-registry.ts';
import { evaluateJournal } from '../../src/services/analysis/backtest.ts';
import { plainSite, writeSite } from '../support/brink.ts';
import { createChance, pick } from '../support/chance.ts';
import { rounds } from '../support/long.ts';
import { hasNatsServer, startNats } from '../support/nats-servers.ts';
import { get, getAll, type ServerProcess, startProcess } from '../support/server-process.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';

/**
 * Three servers and three of NATS as processes, under load, which are killed and made to hang by chance, one or all of a kind
 * at a time. Afterwards every acknowledged reading is on every server exactly once, their alert logs are equal, entry by
 * entry, and are what a fresh replay gives.
 */

const ROUNDS = rounds(6, 300);
const DEVICES = 6;
const NODES = ['a', 'b', 'c'];
/** A device that hears nothing for so long tries another server. */
const PATIENCE_MS = 4_000;

interface Node {
  readonly flags: readonly string[];
  readonly data: string;
  server: ServerProcess | undefined;
}

test.runIf(hasNatsServer())(`servers of a cluster and its engine are killed and hang, ${ROUNDS} times`, async () => {
  const seed = Number(process.env.BRINK_TEST_SEED ?? randomBytes(4).readUInt32LE());
  console.log(`cluster crash test: BRINK_TEST_SEED=${seed}`);
  const chance = createChance(seed);
  const nats = await startNats();
  const rules = {
    level: { metric: 'v', levels: { yellow: { above: 60 }, red: { above: 95 } }, deadband: 5 },
    alarm: { metric: 'on', latch: true, levels: { red: { equals: true } } },
  };
  const folders = writeSite(plainSite(DEVICES, rules));
  const nodes = NODES.map((name): Node => {
    const data = temporaryFolder();
    const cluster = ['--cluster', nats.cluster, '--cluster-monitors', nats.monitors, '--node', name];
    const flags = ['--data', data, '--mqtt', '0', '--http', '0', '--log', 'error', ...folders, ...cluster];
    return { flags, data, server: undefined };
  });
  const start = async (node: Node) => {
    node.server = await startProcess(node.flags);
  };
  await Promise.all(nodes.map(start));

  const acknowledged = Array.from({ length: DEVICES }, () => [] as number[]);
  let isLoading = true;
  const loads = acknowledged.map((times, index) => load(`${index + 1}`, times));

  /** One device: a reading after the other, each again, wherever there is a server, until it is acknowledged. */
  async function load(id: string, times: number[]): Promise<void> {
    let client: MqttClient | undefined;
    let tsMs = Date.now();
    while (isLoading) {
      tsMs = Math.max(tsMs + 1, Date.now());
      const payload = JSON.stringify({ ts: tsMs, values: { v: Math.floor(chance() * 100), on: chance() < 0.01 } });
      for (let isDone = false; !isDone; ) {
        client ??= await connect(id);
        isDone = await isAcknowledged(client, `telemetry/dev-${id}`, payload);
        if (isDone) continue;
        client.end(true);
        client = undefined;
      }
      times.push(tsMs);
      // Few readings a second of few devices: what is tried are faults, not the load.
      await delay(5);
    }
    client?.end(true);
  }

  async function connect(id: string): Promise<MqttClient> {
    for (;;) {
      const server = pick(
        chance,
        nodes.flatMap(({ server: one }) => one ?? []),
      );
      try {
        if (server === undefined) throw new Error('nobody is there');
        const client = await mqtt.connectAsync(server.mqtt.href, {
          ...{ username: `dev-${id}`, password: `secret-${id}`, clientId: `dev-${id}` },
          ...{ reconnectPeriod: 0, connectTimeout: PATIENCE_MS },
        });
        client.on('error', () => {});
        return client;
      } catch {
        await delay(50);
      }
    }
  }

  const faults: readonly (() => Promise<void>)[] = [
    () => killed(pick(chance, nodes)),
    () => killed(...nodes),
    () => paused(pick(chance, nodes)),
    async () => {
      const leader = (await nats.leader('BRINK')) ?? 0;
      await engineKilled(leader);
    },
    () => engineKilled(Math.floor(chance() * 3)),
    () => engineKilled(0, 1, 2),
    async () => {
      const index = (await nats.leader('BRINK')) ?? 0;
      nats.pause(index, true);
      await delay(500 + chance() * 3_000);
      nats.pause(index, false);
    },
  ];

  async function killed(...which: readonly (Node | undefined)[]): Promise<void> {
    for (const node of which) {
      const server = node?.server;
      if (node === undefined || server === undefined) continue;
      node.server = undefined;
      await server.kill();
    }
    await delay(chance() * 500);
    await Promise.all(which.map((node) => (node === undefined ? undefined : start(node))));
  }

  async function paused(node: Node | undefined): Promise<void> {
    node?.server?.child.kill('SIGSTOP');
    await delay(500 + chance() * 3_000);
    node?.server?.child.kill('SIGCONT');
  }

  async function engineKilled(...which: readonly number[]): Promise<void> {
    for (const index of which) await nats.kill(index);
    await delay(chance() * 1_000);
    await Promise.all(which.map(nats.start));
  }

  for (let round = 0; round < ROUNDS; round++) {
    const before = acknowledged.flat().length;
    await until('acknowledgements', () => acknowledged.flat().length > before + 20);
    // Each kind once, and then by chance.
    await (faults[round] ?? pick(chance, faults))?.();
  }
  const before = acknowledged.flat().length;
  await until('acknowledgements', () => acknowledged.flat().length > before + 20);
  isLoading = false;
  await Promise.all(loads);

  const servers = nodes.flatMap(({ server }) => server ?? []);
  expect(servers).toHaveLength(NODES.length);
  await until('the servers to be level', async () => {
    const reports = await Promise.all(servers.map((server) => get<HealthReport>(server, '/health')));
    const marks = reports.map(
      ({ checks }) => `${checks.cluster?.number} ${checks.cluster?.digest} ${checks.alerts?.lag}`,
    );
    return new Set(marks).size === 1;
  });
  for (const [i, server] of servers.entries()) {
    for (const [index, times] of acknowledged.entries()) {
      const found = new Map<number, number>();
      const path = `/points/pt-${index + 1}/readings?metric=v&limit=10000`;
      await until('the history', async () => {
        found.clear();
        for (const { ts } of await getAll<{ ts: number }>(server, path)) found.set(ts, (found.get(ts) ?? 0) + 1);
        return times.every((ts) => found.has(ts));
      });
      const doubled = [...found].filter(([, count]) => count !== 1);
      expect({ seed, node: NODES[i], device: index + 1, doubled }).toMatchObject({ doubled: [] });
    }
  }
  const logs = await Promise.all(servers.map((server) => getAll<AlertEvent>(server, '/events?after=0&limit=1000')));
  const [log = []] = logs;
  expect(log.map(({ seq }) => seq)).toEqual(log.map((_, i) => i + 1));
  for (const other of logs) expect(other).toEqual(log);
  for (const server of servers) await server.kill();
  await nats.close();
  for (const { data } of nodes) {
    const journal = openJournalReader(join(data, 'journal.db'));
    const registry = openRegistry({
      path: join(data, 'registry.db'),
      hashKey: readFileSync(join(data, 'installation.key')),
      validate: () => [],
    });
    expect(evaluateJournal(journal, registry)).toEqual(log);
    journal.close();
    registry.close();
  }
  console.log(`${acknowledged.flat().length} readings acknowledged, ${log.length} entries of the alert log`);
});

/** Whether the server has acknowledged it in time; what it has of it nobody knows otherwise. */
function isAcknowledged(client: MqttClient, topic: string, payload: string): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (isDone: boolean) => {
      clearTimeout(impatient);
      client.off('close', fail);
      resolve(isDone);
    };
    const fail = () => settle(false);
    const impatient = setTimeout(fail, PATIENCE_MS);
    client.once('close', fail);
    client.publish(topic, payload, { qos: 1 }, (error) => settle(error === undefined || error === null));
  });
}
