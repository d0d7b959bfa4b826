import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openJournalReader } from '../../src/journal/reader.ts';
import { openRegistry } from '../../src/registry/open-registry.ts';
import { evaluateJournal } from '../../src/services/analysis/backtest.ts';
import { type Brink, plainSite, publish, startBrink } from '../support/brink.ts';
import { type EarlierAnswers, type EarlierEnd, writeEarlierFolder } from '../support/earlier-folder.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';

const MINUTE = 60_000;
/** A late reading at the time of another one. */
const UNSEEN = [Date.UTC(2026, 6, 2, 4), 4, 'late'] as const;

async function all<T>(brink: Brink, path: string): Promise<T[]> {
  const items: T[] = [];
  for (let cursor = ''; ; ) {
    const page = await brink.get<{ items: T[]; next: string | null }>(`${path}${cursor}`);
    items.push(...page.items);
    if (page.next === null) return items;
    cursor = `${path.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(page.next)}`;
  }
}

/** The same questions again. Fields that a later program adds are no difference. */
async function expectTheSame(brink: Brink, known: EarlierAnswers): Promise<void> {
  expect(await all(brink, '/alerts?state=all&limit=200')).toMatchObject(known.alerts);
  expect(await all(brink, '/events?limit=200')).toMatchObject(known.events);
  expect(await all(brink, '/quarantine?limit=200')).toMatchObject(known.quarantine);
  expect(await all(brink, '/maintenance?state=all')).toMatchObject(known.maintenance);
  expect(await all(brink, '/thresholds/proposals?state=all')).toMatchObject(known.proposals);
  expect(await all(brink, '/rule-tests')).toMatchObject(known.ruleTests);
  const users = await all<{ username: string; role: string }>(brink, '/users');
  expect(users.map(({ username, role }) => [username, role])).toEqual(
    known.users.map(({ username, role }) => [username, role]),
  );
  const tokens = await all<{ name: string }>(brink, '/tokens');
  expect(tokens.map(({ name }) => name)).toEqual(expect.arrayContaining([...known.tokens]));
  expect(await brink.get('/points/culvert/thresholds/scheduled')).toMatchObject(known.scheduled as object);
  for (const [point, document] of Object.entries(known.thresholds)) {
    expect(await brink.get(`/points/${point}/thresholds`)).toEqual(document);
    expect(await all(brink, `/points/${point}/thresholds/revisions`)).toMatchObject(known.revisions[point] ?? []);
  }
  const readings: Record<string, unknown> = {};
  for (const series of Object.keys(known.readings)) {
    const [point, metric] = series.split(' ');
    const path = `/points/${point}/readings?metric=${metric}&from=0&limit=10000`;
    const items = await all<{ ts: number; value: unknown; quality: string }>(brink, path);
    readings[series] = items.map(({ ts, value, quality }) => [ts, value, quality]);
  }
  // Of two values at one time the earlier program showed one; the other was stored as well.
  const shown = known.readings['underpass depth'] ?? [];
  const at = shown.findIndex(([ts]) => ts === UNSEEN[0]) + 1;
  expect(readings).toEqual({ ...known.readings, 'underpass depth': shown.toSpliced(at, 0, UNSEEN) });
}

test.each<EarlierEnd>([
  'closed',
  'killed',
])('a data folder that an earlier program left (%s) opens, has everything, and goes on', async (end) => {
  const data = temporaryFolder();
  const known = writeEarlierFolder(end, data);
  const clock = createFakeClock(known.atMs + MINUTE);
  let brink = await startBrink(plainSite(0, {}), { data, clock });
  await expectTheSame(brink, known);
  expect(await brink.get('/health')).toMatchObject({ status: 'ok', checks: { alerts: { lag: 0 } } });

  const secret = { password: 'secret-plain-3' };
  await publish(await brink.device('plain-3', secret), { ts: clock.nowMs(), values: { v: 99 } });
  await until('the alert', async () => (await brink.events(known.events.length)).length === 1);
  const events = await brink.events();
  expect(events.at(-1)).toMatchObject({ seq: known.events.length + 1, event: 'raised', alert: { point: 'well' } });
  const [waiting] = known.proposals as { id: string }[];
  const approved = await brink.call('POST', `/thresholds/proposals/${waiting?.id}/approve`, { note: 'seen' });
  expect(approved.status).toBe(200);
  clock.advance(11 * MINUTE);

  brink = await brink.restart();
  expect(await brink.events()).toEqual(events);
  const readings = await all<{ value: number }>(brink, '/points/well/readings?metric=v&from=0&limit=10000');
  expect(readings.at(-1)).toMatchObject({ value: 99 });
  await brink.close();

  const journal = openJournalReader(join(data, 'journal.db'));
  const hashKey = readFileSync(join(data, 'installation.key'));
  const registry = openRegistry({ path: join(data, 'registry.db'), hashKey, validate: () => [] });
  try {
    expect(evaluateJournal(journal, registry)).toEqual(events);
  } finally {
    registry.close();
    journal.close();
  }
});
