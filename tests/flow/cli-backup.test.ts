import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openSqliteJournal } from '../../src/journal/sqlite-journal.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { AlertEvent } from '../../src/model/alert.ts';
import { decodeEntries } from '../../src/model/entry.ts';
import { openRegistry } from '../../src/registry/open-registry.ts';
import { evaluateJournal } from '../../src/services/analysis/backtest.ts';
import { type Brink, plainSite, publish, startBrink } from '../support/brink.ts';
import { brinkJson, runBrinkCli } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';

const DEVICES = 4;
const site = plainSite(DEVICES, {
  level: { metric: 'v', levels: { yellow: { above: 60 }, red: { above: 90 } }, deadband: 5 },
  alarm: { metric: 'on', latch: true, levels: { red: { equals: true } } },
});

/** Crosses the limits every few readings. */
const valueAt = (n: number) => (n * 37) % 101;
/** Every so many messages one that cannot be read. */
const GARBAGE_EVERY = 100;

/**
 * Each device publishes as fast as it is acknowledged, and limits are changed all the time, until told to stop. Gives how
 * many readings of each device have been acknowledged.
 */
function startLoad(brink: Brink, t0: number) {
  const acknowledged = Array.from({ length: DEVICES }, () => 0);
  let isOver = false;
  const edits = async () => {
    for (let n = 0; !isOver; n++) {
      const document = { rules: { level: { metric: 'v', levels: { red: { above: 70 + (n % 20) } }, deadband: 5 } } };
      const answer = await brink.call('PUT', '/points/pt-1/thresholds', document, { 'if-match': '*' });
      if (!answer.ok) throw new Error(`thresholds: ${answer.status} ${await answer.text()}`);
    }
  };
  const loops = acknowledged.map(async (_, index) => {
    const device = await brink.device(`dev-${index + 1}`);
    for (let n = 0; !isOver; n++) {
      if (n % GARBAGE_EVERY === 0) await publish(device, `garbage ${n}`);
      await publish(device, { ts: t0 + n, values: { v: valueAt(n), on: n % 500 === 499 } });
      acknowledged[index] = n + 1;
    }
  });
  const editing = edits();
  return {
    acknowledged,
    async stop() {
      isOver = true;
      await Promise.all([...loops, editing]);
    },
  };
}

async function readingsOf(brink: Brink, point: number): Promise<{ ts: number; value: number }[]> {
  const all: { ts: number; value: number }[] = [];
  for (let cursor = ''; ; ) {
    const path = `/points/pt-${point}/readings?metric=v&from=0&limit=10000${cursor}`;
    const { items, next } = await brink.get<{ items: { ts: number; value: number }[]; next: string | null }>(path);
    all.push(...items);
    if (next === null) return all;
    cursor = `&cursor=${encodeURIComponent(next)}`;
  }
}

interface Quarantined {
  readonly id: number;
  readonly payload: string;
}

const quarantineOf = async (brink: Brink) =>
  (await brink.get<{ items: Quarantined[] }>('/quarantine?limit=1000')).items.map(({ id, payload }) => ({
    id,
    payload,
  }));

/** What a data folder's journal holds: the alert log that follows from it, and the readings of `v` by point. */
async function journalOf(data: string): Promise<{ events: AlertEvent[]; readings: Map<string, number> }> {
  const journal = openSqliteJournal({ path: join(data, 'journal.db'), clock: systemClock });
  const registry = openRegistry({
    path: join(data, 'registry.db'),
    hashKey: readFileSync(join(data, 'installation.key')),
    validate: () => [],
  });
  const readings = new Map<string, number>();
  for (const { data: bytes } of journal.read(1, Number.MAX_SAFE_INTEGER)) {
    for (const entry of decodeEntries(bytes)) {
      for (const { series } of entry.kind === 'message' ? entry.readings : []) {
        const { point, metric } = registry.series(series) ?? {};
        if (metric === 'v' && point !== undefined) readings.set(point, (readings.get(point) ?? 0) + 1);
      }
    }
  }
  try {
    return { events: evaluateJournal(journal, registry), readings };
  } finally {
    registry.close();
    await journal.close();
  }
}

test('a backup under load is a server of one moment: nothing missed, nothing doubled, nothing invented', async () => {
  const data = temporaryFolder();
  const brink = await startBrink(site, { data });
  const t0 = Date.now() - 3_600_000;
  const load = startLoad(brink, t0);
  await until('some load', () => load.acknowledged.every((count) => count > 300));

  const before = { readings: [...load.acknowledged], events: (await brink.events()).length };
  const folder = join(temporaryFolder(), 'copy');
  const result = await brinkJson<{ folder: string; bytes: number }>('backup', folder, '--data', data);
  expect(result).toMatchObject({ folder, bytes: expect.any(Number) });
  const after = [...load.acknowledged];
  await until('more load', () => load.acknowledged.every((count, i) => count > (after[i] ?? 0)));
  await load.stop();
  const original = { events: await brink.events(), quarantine: await quarantineOf(brink) };
  expect(after.every((count, i) => count > (before.readings[i] ?? 0))).toBe(true);

  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(readdirSync(folder).sort()).toEqual(
    [
      'accounts.db',
      'alerts.db',
      'history',
      'installation.key',
      'journal.db',
      'quarantine.db',
      'registry.db',
      'seen.db',
    ].sort(),
  );

  // The same people, devices and secrets; the other server still runs.
  const copy = await startBrink(site, { data: folder });
  const device = await copy.device('dev-1');
  expect(device.connected).toBe(true);
  const held = new Map<string, number>();
  for (const [index, known] of before.readings.entries()) {
    const readings = await readingsOf(copy, index + 1);
    const expected = readings.map((_, n) => ({ ts: t0 + n, value: valueAt(n) }));
    expect(readings.map(({ ts, value }) => ({ ts, value }))).toEqual(expected);
    held.set(`pt-${index + 1}`, readings.length);
    expect(readings.length).toBeGreaterThanOrEqual(known);
    expect(readings.length).toBeLessThanOrEqual((after[index] ?? 0) + 1);
  }
  const events = await copy.events();
  expect(events.length).toBeGreaterThanOrEqual(before.events);
  expect(events).toEqual(original.events.slice(0, events.length));
  const quarantine = await quarantineOf(copy);
  expect(quarantine.length).toBeGreaterThan(DEVICES);
  expect(quarantine).toEqual(original.quarantine.filter(({ id }) => id <= (quarantine[0]?.id ?? 0)));

  // And it goes on, from whatever the load left behind.
  await publish(device, { ts: t0 + 1_000_000, values: { v: 0 } });
  await publish(device, { ts: t0 + 1_000_001, values: { v: 99 } });
  await until('the next alert', async () => {
    const last = (await copy.events()).at(-1);
    return last?.event === 'raised' && last.alert.value === 99;
  });
  const all = await copy.events();
  await copy.close();
  held.set('pt-1', (held.get('pt-1') ?? 0) + 2);
  const journal = await journalOf(folder);
  expect(journal.events).toEqual(all);
  expect(journal.readings).toEqual(held);
});

test('a backup of a server that does not run, from which one can be started', async () => {
  const data = temporaryFolder();
  const brink = await startBrink(site, { data });
  await publish(await brink.device('dev-2'), { ts: 1_700_000_000_000, values: { v: 95 } });
  await until('the alert', async () => (await brink.events()).length === 1);
  const events = await brink.events();
  await brink.close();
  const folder = join(temporaryFolder(), 'copy');
  const run = await runBrinkCli(['backup', folder, '--data', data]);
  expect([run.status, run.stdout]).toEqual([0, expect.stringMatching(/copy: \d+\.\d MiB in \d+\.\d s\n$/)]);
  const copy = await startBrink(site, { data: folder });
  expect(await copy.events()).toEqual(events);
  expect(await readingsOf(copy, 2)).toMatchObject([{ ts: 1_700_000_000_000, value: 95 }]);
});

test('from elsewhere a backup goes by name into the folder of backups, and nowhere else', async () => {
  const data = temporaryFolder();
  const brink = await startBrink(site, { data });
  const response = await brink.call('POST', '/tokens', { name: 'elsewhere', role: 'admin' });
  const { token } = (await response.json()) as { token: string };
  const remote = ['--url', brink.app.http];
  const environment = { BRINK_TOKEN: token };
  const run = await runBrinkCli(['backup', 'july', ...remote, '--json'], '', environment);
  expect([run.status, JSON.parse(run.stdout)]).toEqual([
    0,
    expect.objectContaining({ folder: join(data, 'backups', 'july') }),
  ]);
  const out = join(temporaryFolder(), 'copy');
  const refused = await runBrinkCli(['backup', out, ...remote], '', environment);
  expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining('where backups go (setting backups)')]);
  expect(existsSync(out)).toBe(false);
  const copy = await startBrink(site, { data: join(data, 'backups', 'july') });
  expect(await copy.events()).toEqual(await brink.events());
});

test('a folder that is there already is not written to', async () => {
  const data = temporaryFolder();
  await startBrink(site, { data });
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'mine'), '');
  const run = await runBrinkCli(['backup', folder, '--data', data]);
  expect([run.status, run.stderr]).toEqual([1, `The backup cannot be written there: ${folder} is there already\n`]);
  const nowhere = await runBrinkCli(['backup', join(folder, 'a', 'b'), '--data', data]);
  expect([nowhere.status, nowhere.stderr]).toEqual([1, expect.stringContaining('there is no folder')]);
  expect(readdirSync(folder)).toEqual(['mine']);
  expect(existsSync(join(folder, 'a'))).toBe(false);
});
