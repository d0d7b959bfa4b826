import { openSync, readFileSync, renameSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Brink, plainSite, publish, startBrink } from '../support/brink.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';

const site = plainSite(1, { high: { metric: 'v', levels: { red: { above: 40 } } } });

/** A data folder with something in each of its files, and nobody using it. */
async function usedFolder(): Promise<string> {
  const data = temporaryFolder();
  const brink = await startBrink(site, { data });
  const device = await brink.device('dev-1');
  for (let i = 0; i < 50; i++) await publish(device, { ts: Date.now() - 60_000 + i, values: { v: i } });
  await publish(device, 'garbage');
  await until('the alert', async () => (await brink.alerts()).length === 1);
  await brink.close();
  return data;
}

const start = (data: string): Promise<Brink> => startBrink(site, { data });

/** Writes over some pages in the middle of a file. */
function scratch(file: string): void {
  const descriptor = openSync(file, 'r+');
  writeSync(descriptor, Buffer.alloc(4096, 0xa5), 0, 4096, 4096);
}

const isBackup = /start on a backup of the data folder/;

test.each([
  [
    'journal.db',
    (file: string) => writeFileSync(file, 'no database'),
    /start on a backup .* move this file away .*, and start without readings/,
  ],
  [
    'alerts.db',
    (file: string) => truncateSync(file, 8_192),
    /start on a backup .* move this file away .*, and start with what the journal can make of them again/,
  ],
  ['registry.db', scratch, isBackup],
  ['accounts.db', scratch, /move this file away .*, and start without users and tokens/],
  ['quarantine.db', scratch, /move this file away/],
  [
    'history/history.db',
    (file: string) => writeFileSync(file, 'no database, as one can see'),
    /move this file away .*, and start without the last hours of the history/,
  ],
])('a damaged %s keeps the server from starting, which names it, what it held and the way out', async (name, harm, way) => {
  const data = await usedFolder();
  const file = join(data, name);
  harm(file);
  const harmed = readFileSync(file);
  await expect(start(data)).rejects.toMatchObject({
    name: 'ConfigError',
    message: expect.stringContaining(`${file}: found`),
    problems: [{ file }],
  });
  await expect(start(data)).rejects.toThrow(way);
  await expect(start(data)).rejects.toThrow(/damage/);
  // Nothing was made worse on the way.
  expect(readFileSync(file).equals(harmed)).toBe(true);
});

test.each([
  'alerts.db',
  'accounts.db',
  'quarantine.db',
  'history/history.db',
])('the way out of a damaged %s is one: moved away, the server starts, and has everything else', async (name) => {
  const data = await usedFolder();
  scratch(join(data, name));
  for (const suffix of ['', '-wal', '-shm']) {
    try {
      renameSync(join(data, `${name}${suffix}`), join(data, `${name}${suffix}.damaged`));
    } catch {
      // A database that was closed well has no log beside it.
    }
  }
  const brink = await start(data);
  const alerts = await brink.alerts();
  expect(alerts.filter(({ kind }) => kind !== 'system')).toHaveLength(1);
  // Somebody is told that it was gone.
  expect(alerts.find(({ rule }) => rule === 'data-lost')?.value).toContain(name);
  const { items } = await brink.get<{ items: unknown[] }>('/points/pt-1/readings?metric=v&from=0');
  expect(items).toHaveLength(50);
  expect((await brink.get<{ items: unknown[] }>('/quarantine')).items).toHaveLength(1);
  const device = await brink.device('dev-1');
  await publish(device, { ts: Date.now(), values: { v: 60 } });
});
