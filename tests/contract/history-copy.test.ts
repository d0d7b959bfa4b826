import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { type EmbeddedHistory, openEmbeddedHistory } from '../../src/history/embedded.ts';
import { createLog } from '../../src/lib/log.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createJournalFeed } from '../support/journal-feed.ts';
import { temporaryFolder } from '../support/temporary.ts';

const NOW = Date.UTC(2026, 5, 1, 12);
const DAY = 86_400_000;
const EVER = { series: 1, fromMs: -(2 ** 49), toMs: 2 ** 49 };

const open: EmbeddedHistory[] = [];
afterEach(async () => {
  for (const history of open.splice(0)) await history.close();
});

async function opened(dir: string, journal: () => { first: number; next: number }): Promise<EmbeddedHistory> {
  const history = await openEmbeddedHistory({ dir, clock: createFakeClock(NOW), log: createLog('silent'), journal });
  open.push(history);
  return history;
}

test('a copy holds what was offered before it, wherever that is kept, and the original goes on', async () => {
  const feed = createJournalFeed();
  const dir = temporaryFolder();
  const history = await opened(dir, feed.range);
  feed.attach(history);
  const reading = (tsMs: number, value: number) => feed.readings({ series: 1, tsMs, value, marks: 0 });
  // Three days in files of their own, summarised; then some in a segment; then some in memory only.
  for (let day = 3; day >= 1; day--) for (let i = 0; i < 50; i++) reading(NOW - day * DAY + i * 60_000, day * 100 + i);
  await history.settle();
  for (let i = 0; i < 20; i++) reading(NOW - 3_600_000 + i * 1_000, i);
  await history.copyTo(folder('first'));
  for (let i = 0; i < 20; i++) reading(NOW - 1_800_000 + i * 1_000, i);
  const before = { position: feed.nextPosition(), samples: await history.samples({ ...EVER, limit: 1_000 }) };
  await history.copyTo(folder('second'));
  reading(NOW, 7);

  expect(readdirSync(join(temporary, 'second', 'raw'))).toEqual(['2026-05-29.db', '2026-05-30.db', '2026-05-31.db']);
  expect(before.samples).toHaveLength(190);
  const copy = await opened(join(temporary, 'second'), () => ({ first: 1, next: before.position }));
  expect(copy.nextPosition()).toBe(before.position);
  expect(await copy.samples({ ...EVER, limit: 1_000 })).toEqual(before.samples);
  const hourly = { ...EVER, fromMs: NOW - 4 * DAY, toMs: NOW, everyMs: 3_600_000 };
  expect(await copy.buckets(hourly)).toEqual(await history.buckets(hourly));
  // The first copy lacks what came after it, and is given that by its journal.
  const first = await opened(join(temporary, 'first'), feed.range);
  expect(await first.samples({ ...EVER, limit: 1_000 })).toEqual(before.samples.slice(0, 170));
  feed.attach(first);
  expect(await first.samples({ ...EVER, limit: 1_000 })).toEqual(await history.samples({ ...EVER, limit: 1_000 }));
});

test('a copy that cannot be written is told, and troubles nobody else', async () => {
  const feed = createJournalFeed();
  const history = await opened(temporaryFolder(), feed.range);
  feed.attach(history);
  feed.readings({ series: 1, tsMs: NOW, value: 1, marks: 0 });
  await expect(history.copyTo(join(temporaryFolder(), 'nowhere', 'at', 'all'))).rejects.toThrow();
  expect(history.stats().problem).toBeNull();
  expect(await history.samples({ ...EVER, limit: 10 })).toHaveLength(1);
});

let temporary = '';
function folder(name: string): string {
  if (temporary === '' || !existsSync(temporary)) temporary = temporaryFolder();
  mkdirSync(join(temporary, name));
  return join(temporary, name);
}
