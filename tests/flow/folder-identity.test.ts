import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openEmbeddedHistory } from '../../src/history/embedded.ts';
import { ConfigError } from '../../src/lib/errors.ts';
import { openIdentity } from '../../src/services/data-folder/identity.ts';
import { type Brink, plainSite, publish, startBrink } from '../support/brink.ts';
import { runBrinkCli } from '../support/cli.ts';
import { type EarlierEnd, writeEarlierFolder } from '../support/earlier-folder.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { keptFolder, temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';

const site = plainSite(2, { high: { metric: 'v', levels: { red: { above: 40 } } } });
const start = (data: string): Promise<Brink> => startBrink(site, { data });

/**
 * Folders that servers have left: `today` went on where `lastWeek` ended, `backup` is a backup of it, and `other` is of
 * another installation.
 */
const made = { lastWeek: '', today: '', other: '', backup: '' };

/** One run of a server that leaves something in each of its databases. */
async function run(data: string, value: number): Promise<void> {
  const brink = await start(data);
  const device = await brink.device('dev-1');
  await publish(device, { v: value });
  await publish(device, 'garbage');
  await publish(device, { v: 0 });
  const count = (await brink.events()).length;
  const live = await brink.live(0);
  await until('the log', () => live.events().length === count);
  live.socket.send(JSON.stringify({ type: 'seen', seq: count }));
  const document = { rules: { high: { metric: 'v', levels: { red: { above: 41 + value } } } } };
  const changed = await brink.call('PUT', '/points/pt-2/thresholds', document, { 'if-match': '*' });
  expect(changed.status).toBe(200);
  await brink.close();
  // What is only space is not worth copying.
  rmSync(join(data, 'reserve'));
}

beforeAll(async () => {
  const [data, lastWeek, today, other] = [keptFolder(), keptFolder(), keptFolder(), keptFolder()];
  await run(data, 50);
  cpSync(data, lastWeek, { recursive: true, preserveTimestamps: true });
  await run(data, 60);
  cpSync(data, today, { recursive: true, preserveTimestamps: true });
  await run(other, 70);
  const backup = `${today}-backup`;
  expect((await runBrinkCli(['backup', backup, '--data', copyOf(today)])).status).toBe(0);
  Object.assign(made, { lastWeek, today, other, backup });
});

afterAll(() => {
  for (const folder of Object.values(made)) rmSync(folder, { recursive: true, force: true });
});

function copyOf(folder: string): string {
  const copy = temporaryFolder();
  cpSync(folder, copy, { recursive: true });
  return copy;
}

function remove(data: string, name: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(join(data, `${name}${suffix}`), { force: true });
}

/** What somebody, or a failing disk, may have done to one database. */
const HARM: Readonly<Record<string, (data: string, name: string) => void>> = {
  absent: remove,
  'zero bytes': (data, name) => writeFileSync(join(data, name), ''),
  'an empty database': (data, name) => {
    remove(data, name);
    const db = new DatabaseSync(join(data, name));
    db.exec('CREATE TABLE t (x); DROP TABLE t');
    db.close();
  },
  'of last week': (data, name) => cpSync(join(made.lastWeek, name), join(data, name)),
  'of another folder': (data, name) => cpSync(join(made.other, name), join(data, name)),
};

const REFUSED = 'refused';
/** What a start does about it: it refuses, or goes on and raises an alert of this level. */
const OUTCOMES: readonly (readonly [database: string, ...outcomes: string[]])[] = [
  ['journal.db', 'red', 'red', 'red', REFUSED, REFUSED],
  ['alerts.db', 'yellow', 'yellow', 'yellow', 'yellow', REFUSED],
  ['registry.db', REFUSED, REFUSED, REFUSED, REFUSED, REFUSED],
  ['accounts.db', 'orange', 'orange', 'orange', REFUSED, REFUSED],
  ['history/history.db', 'yellow', 'yellow', 'yellow', 'yellow', REFUSED],
  ['quarantine.db', 'yellow', 'yellow', 'yellow', 'yellow', REFUSED],
  ['seen.db', 'yellow', 'yellow', 'yellow', 'yellow', REFUSED],
];

const CASES = OUTCOMES.flatMap(([database, ...outcomes]) =>
  Object.keys(HARM).map((harm, i) => [database, harm, outcomes[i] ?? ''] as const),
);

function identityOf(data: string): ReturnType<typeof openIdentity> {
  return openIdentity({ path: (name) => join(data, name), history: 'embedded', log: pino({ level: 'silent' }) });
}

function outcomeOf(data: string): { outcome: string; words: string } {
  try {
    const { losses } = identityOf(data).findings;
    return { outcome: losses.map(({ level }) => level).join() || 'fine', words: losses.map(({ en }) => en).join() };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { outcome: REFUSED, words: error.message };
  }
}

test('a journal cut short behind what the alerts need is refused, for what is missing would be passed over', () => {
  const data = copyOf(made.today);
  const needed = new DatabaseSync(join(data, 'alerts.db'));
  needed.exec('UPDATE progress SET replay_from = 1');
  needed.close();
  expect(outcomeOf(data).outcome).toBe('fine');
  const cut = new DatabaseSync(join(data, 'journal.db'));
  cut.exec('DELETE FROM journal WHERE first = (SELECT min(first) FROM journal)');
  cut.close();
  const { outcome, words } = outcomeOf(data);
  expect(outcome).toBe(REFUSED);
  expect(words).toMatch(/alerts\.db.*they need the journal from entry 1 on, and it begins at \d+/);
});

describe('one database that does not fit the others', () => {
  test.each(CASES)('%s: %s is %s', (database, harm, expected) => {
    const data = copyOf(made.today);
    HARM[harm]?.(data, database);
    const { outcome, words } = outcomeOf(data);
    expect([outcome, words]).toEqual([expected, expect.stringContaining(database)]);
    if (outcome === REFUSED) {
      expect(words).toMatch(/: found data .*|no data/);
      expect(words).toContain('npm start -- --data BACKUP');
      expect(words.split('\n')).toHaveLength(1);
    }
  });

  test.each([
    'seen.db',
    'quarantine.db',
    'alerts.db',
    'journal.db',
    'registry.db',
    'accounts.db',
  ])('%s of today among the others of last week is refused', (database) => {
    const data = copyOf(made.lastWeek);
    cpSync(join(made.today, database), join(data, database));
    expect(outcomeOf(data)).toMatchObject({ outcome: REFUSED, words: expect.stringContaining(database) });
  });

  test.each(
    OUTCOMES.map(([database]) => database),
  )('another database in the place of %s is refused as such', (database) => {
    for (const other of OUTCOMES.map(([name]) => name).filter((name) => name !== database)) {
      const data = copyOf(made.today);
      cpSync(join(made.today, other), join(data, database));
      const { outcome, words } = outcomeOf(data);
      expect([other, outcome, words]).toEqual([
        other,
        REFUSED,
        expect.stringContaining(`${database}: found another database, expected`),
      ]);
      cpSync(join(made.today, database), join(data, database));
      expect(outcomeOf(data).outcome).toBe('fine');
    }
  });

  test.each([
    '',
    '{',
    'null',
    '[]',
    '[1, null]',
    '{"folder": 1}',
    '{"folder": "a", "round": {}}',
  ])('a mark of %j says nothing, and is no fault of the program', (body) => {
    for (const [database] of OUTCOMES) {
      const data = copyOf(made.today);
      const db = new DatabaseSync(join(data, database));
      db.prepare('UPDATE folder_mark SET body = ?').run(body);
      db.close();
      const { outcome, words } = outcomeOf(data);
      expect([database, outcome]).toEqual([database, ['alerts.db', 'seen.db'].includes(database) ? 'yellow' : REFUSED]);
      expect(words).toContain(database);
    }
  });

  test('a refused start changes nothing, and with the right file back it goes on', () => {
    const data = copyOf(made.today);
    HARM['of last week']?.(data, 'journal.db');
    const before = readFileSync(join(data, 'alerts.db'));
    expect(outcomeOf(data).outcome).toBe(REFUSED);
    expect(readFileSync(join(data, 'alerts.db')).equals(before)).toBe(true);
    cpSync(join(made.today, 'journal.db'), join(data, 'journal.db'));
    expect(outcomeOf(data).outcome).toBe('fine');
  });

  test('what a trimmed journal can no longer make whole is refused or told', () => {
    const data = copyOf(made.today);
    HARM['of last week']?.(data, 'alerts.db');
    const journal = new DatabaseSync(join(data, 'journal.db'));
    journal.exec('DELETE FROM journal WHERE first < (SELECT max(first) FROM journal)');
    const { first } = journal.prepare('SELECT first FROM journal').get() as { first: number };
    journal.close();
    expect(outcomeOf(data)).toMatchObject({ outcome: REFUSED, words: expect.stringContaining('it begins at') });
    cpSync(join(made.today, 'alerts.db'), join(data, 'alerts.db'));
    // As a trim leaves it: what the alerts would be replayed from is there. How many batches there were hangs on the machine.
    const alerts = new DatabaseSync(join(data, 'alerts.db'));
    alerts.prepare('UPDATE progress SET replay_from = ?').run(first);
    alerts.close();
    remove(data, 'history/history.db');
    expect(outcomeOf(data)).toMatchObject({ outcome: 'orange', words: expect.stringContaining('may be missing') });
    remove(data, 'alerts.db');
    expect(outcomeOf(data)).toMatchObject({ outcome: 'red', words: expect.stringContaining('alerts anew') });
  });

  test('two at once: what one of them would have been made again from may be gone with the other', () => {
    const zero = HARM['zero bytes'] ?? remove;
    const both = copyOf(made.today);
    zero(both, 'journal.db');
    zero(both, 'alerts.db');
    expect(outcomeOf(both).outcome).toBe('red,red');
    const older = copyOf(made.today);
    zero(older, 'journal.db');
    HARM['of last week']?.(older, 'alerts.db');
    expect(outcomeOf(older)).toMatchObject({ outcome: REFUSED, words: expect.stringContaining('it is gone') });
    const bare = copyOf(made.today);
    for (const [database] of OUTCOMES) if (database !== 'registry.db') remove(bare, database);
    expect(outcomeOf(bare).outcome.split(',').sort()).toEqual(['orange', 'orange', 'red', 'red', 'yellow', 'yellow']);
  });

  test.each<EarlierEnd>(['closed', 'killed'])('a folder of an earlier program (%s), which has no marks', (end) => {
    const folderOf = () => {
      const data = temporaryFolder();
      writeEarlierFolder(end, data);
      return data;
    };
    expect(outcomeOf(folderOf()).outcome).toBe('fine');
    for (const [database, level] of [
      ['journal.db', 'red'],
      ['registry.db', REFUSED],
      ['accounts.db', 'orange'],
      ['seen.db', 'yellow'],
      ['alerts.db', 'yellow'],
      ['quarantine.db', 'yellow'],
      ['history/history.db', 'yellow'],
    ] as const) {
      const data = folderOf();
      remove(data, database);
      expect([database, outcomeOf(data).outcome]).toEqual([database, level]);
    }
  });

  test('a start that was killed while it marked the databases is none of their fault', () => {
    const data = copyOf(made.today);
    // As if the disk had been full after the first two.
    const marks = new DatabaseSync(join(data, 'quarantine.db'));
    marks.exec("CREATE TRIGGER full BEFORE INSERT ON folder_mark BEGIN SELECT RAISE(FAIL, 'full'); END");
    marks.close();
    for (let i = 0; i < 3; i++) {
      const identity = identityOf(data);
      identity.close();
    }
    const freed = new DatabaseSync(join(data, 'quarantine.db'));
    freed.exec('DROP TRIGGER full');
    freed.close();
    expect(outcomeOf(data).outcome).toBe('fine');
  });
});

test('a journal that was lost: the server goes on from the highest entry, says so in red, and raises alarms', async () => {
  const data = copyOf(made.today);
  writeFileSync(join(data, 'journal.db'), '');
  const brink = await start(data);
  const [lost] = (await brink.alerts('active')).filter(({ rule }) => rule === 'data-lost');
  expect(lost).toMatchObject({ level: 'red', kind: 'system', value: expect.stringContaining('journal.db') });
  const before = await brink.events();
  expect(before.map(({ seq }) => seq)).toEqual(before.map((_, i) => i + 1));
  await publish(await brink.device('dev-1'), { v: 99 });
  await until('the alarm', async () => (await brink.events(before.length)).length > 0);
  const alarm = { event: 'raised', alert: { point: 'pt-1', level: 'red', value: 99 } };
  expect((await brink.events(before.length)).at(-1)).toMatchObject(alarm);
  const health = await brink.get<{ checks: { alerts: { lag: number }; history: { lag: number } } }>('/health');
  expect([health.checks.alerts.lag, health.checks.history.lag >= 0]).toEqual([0, true]);

  // The next start finds nothing amiss, and the alert about it has passed.
  const again = await brink.restart();
  const active = await again.alerts('active');
  expect(active.map(({ rule }) => rule)).not.toContain('data-lost');
  const { items } = await again.get<{ items: { value: number }[] }>('/points/pt-1/readings?metric=v&from=0');
  expect(items.map(({ value }) => value)).toEqual([50, 0, 60, 0, 99]);
});

test('after a lost journal an alert that stands clears by the next good reading, and one that is over does not clear twice', async () => {
  const data = temporaryFolder();
  const clock = createFakeClock();
  let brink = await startBrink(site, { data, clock });
  const first = await brink.device('dev-2');
  await publish(first, { v: 50 });
  await until('the alert', async () => (await brink.alerts('active')).length === 1);
  // What evaluation knows is stored now, and not again.
  clock.advance(250);
  await publish(first, { v: 0 });
  await publish(await brink.device('dev-1'), { v: 60 });
  await until('the other', async () => (await brink.alerts('active')).some(({ point }) => point === 'pt-1'));
  await brink.close();
  writeFileSync(join(data, 'journal.db'), '');

  for (const next of ['the journal lost', 'started once more']) {
    brink = await startBrink(site, { data, clock });
    expect([next, (await brink.alerts('active')).map(({ point }) => point)]).toEqual([
      next,
      expect.arrayContaining(['pt-1']),
    ]);
    if (next === 'the journal lost') await brink.close();
  }
  const before = (await brink.events()).length;
  const again = await brink.device('dev-2');
  await publish(again, { v: 1 });
  await publish(await brink.device('dev-1'), { v: 1 });
  await publish(again, { v: 70 });
  const later = await until('the end of the one and the beginning of another', async () => {
    const events = await brink.events(before);
    return events.some(({ alert }) => alert.value === 70) && events;
  });
  expect(later.map(({ event, alert }) => `${event} ${alert.point}`)).toEqual(
    expect.arrayContaining(['cleared pt-1', 'raised pt-2']),
  );
  expect(later.map(({ event, alert }) => `${event} ${alert.point}`)).not.toContain('cleared pt-2');
  expect((await brink.get<{ checks: { alerts: { status: string } } }>('/health')).checks.alerts.status).toBe('ok');
});

test('what was found missing by a start that failed before it could tell people is told by the next one', () => {
  const data = copyOf(made.today);
  remove(data, 'alerts.db');
  const named = () => {
    const { losses, told } = identityOf(data);
    return { databases: losses.map(({ database }) => database), told };
  };
  expect(named().databases).toEqual(['alerts.db']);
  expect(named().databases).toEqual(['alerts.db']);
  // As a power cut leaves a file that was being written, or whatever else came of it.
  for (const text of ['', 'null', '{"a": 1}', '[null]', '[{"database": "x"}]']) {
    writeFileSync(join(data, 'data-lost.json'), text);
    expect(named().databases).toEqual(['data-lost.json']);
  }
  named().told();
  expect(named().databases).toEqual([]);
});

test('what is refused is said in words, by the server and by the commands', async () => {
  const data = copyOf(made.today);
  writeFileSync(join(data, 'registry.db'), '');
  const run = await runBrinkCli(['export', '--data', data, '--out', join(temporaryFolder(), 'out')]);
  expect(run.status).toBe(1);
  expect(run.stderr).toMatch(/registry\.db: found no data, which there was, expected .* start on a backup/);
  expect(run.stderr).not.toMatch(/\n\s+at /);
});

test.each(['', 'gone'])('a day of the history whose file is emptied or gone (%s) is named, once', async (how) => {
  const data = temporaryFolder();
  const { atMs } = writeEarlierFolder('closed', data);
  const file = join(data, 'history', 'raw', '2026-07-02.db');
  if (how === 'gone') rmSync(file);
  else writeFileSync(file, '');
  const options = { dir: join(data, 'history'), clock: createFakeClock(atMs), log: pino({ level: 'silent' }) };
  const problems: (string | null)[] = [];
  for (let i = 0; i < 2; i++) {
    const history = await openEmbeddedHistory({ ...options, journal: () => ({ first: 1, next: 351 }) });
    problems.push(history.stats().problem);
    await history.close();
  }
  expect(problems).toEqual([expect.stringContaining('gone or empty: 2026-07-02'), null]);
});

describe('the name of the alert log', () => {
  const nameOf = async (brink: Brink) => (await brink.get<{ log: string }>('/events')).log;

  test('a console that knows more than a restored backup had is given a snapshot, and a program 409', async () => {
    const data = temporaryFolder();
    let brink = await start(data);
    /** Makes the log longer by so many entries. */
    const lengthen = async (count: number) => {
      const begun = (await brink.events()).length;
      if (begun === 0) await publish(await brink.device('dev-1'), { v: 50 });
      const [alert] = await until('the alert', async () => {
        const alerts = await brink.alerts('active');
        return alerts.length > 0 && alerts;
      });
      for (let i = begun === 0 ? 1 : 0; i < count; i++) {
        expect((await brink.call('POST', `/alerts/${alert?.id}/note`, { note: `${i}` })).status).toBe(200);
      }
      expect(await brink.events()).toHaveLength(begun + count);
    };
    await lengthen(3);
    const folder = join(temporaryFolder(), 'backup');
    expect((await runBrinkCli(['backup', folder, '--data', data])).status).toBe(0);
    const copied = copyOf(data);
    await lengthen(3);
    const log = await nameOf(brink);
    const first = await brink.live();
    expect(first.frames[0]).toMatchObject({ type: 'snapshot', seq: 6, log });

    // A plain restart is the same log, and is resumed.
    brink = await brink.restart();
    expect(await nameOf(brink)).toBe(log);
    const resumed = await brink.live(4, log);
    await until('the rest', () => resumed.events().length === 2);
    await until('the heartbeat', () => resumed.frames.at(-1)?.type === 'heartbeat');
    expect(resumed.frames.at(-1)).toMatchObject({ seq: 6, log });
    await brink.close();

    for (const restored of [folder, copied]) {
      rmSync(join(restored, 'server.json'), { force: true });
      brink = await start(restored);
      await lengthen(5);
      const other = await nameOf(brink);
      expect(other).not.toBe(log);
      const live = await brink.live(6, log);
      expect(live.frames[0]).toMatchObject({ type: 'snapshot', seq: 8, log: other });
      const refused = await brink.call('GET', `/events?after=6&log=${log}`);
      expect([refused.status, await refused.json()]).toEqual([409, expect.objectContaining({ code: 'other-log' })]);
      expect(await brink.get(`/events?after=6&log=${other}`)).toMatchObject({ log: other, head: 8, items: [{}, {}] });
      expect((await brink.alerts('all')).map(({ rule }) => rule)).not.toContain('data-lost');
      await brink.close();
    }
  });

  test('two servers from one backup write two logs; each keeps its name', () => {
    const [a, b] = [copyOf(made.backup), copyOf(made.backup)];
    const names = [identityOf(a), identityOf(b)].map((identity) => {
      identity.close();
      return identity.log;
    });
    expect(new Set(names).size).toBe(2);
    expect([identityOf(a).log, identityOf(b).log]).toEqual(names);
  });

  test('a first start on a backup that is cut off leaves it a backup, which the next start begins from', () => {
    const backup = copyOf(made.backup);
    const alerts = new DatabaseSync(join(backup, 'alerts.db'), { readOnly: true });
    const known = JSON.parse(String(alerts.prepare('SELECT body FROM folder_mark').get()?.body)).log;
    alerts.close();
    const full = new DatabaseSync(join(backup, 'quarantine.db'));
    full.exec("CREATE TRIGGER full BEFORE INSERT ON folder_mark BEGIN SELECT RAISE(FAIL, 'full'); END");
    const logs = [identityOf(backup).log, identityOf(backup).log];
    full.exec('DROP TRIGGER full');
    full.close();
    const begun = identityOf(backup);
    begun.close();
    logs.push(begun.log);
    expect([typeof known, logs.includes(known)]).toEqual(['string', false]);
    expect([identityOf(backup).log, identityOf(backup).losses]).toEqual([begun.log, []]);
    HARM['of another folder']?.(backup, 'seen.db');
    expect(outcomeOf(backup).outcome).toBe(REFUSED);
  });

  test('a folder that was copied over another one, file by file, is another log', () => {
    const data = copyOf(made.today);
    const one = identityOf(data);
    one.close();
    const copy = copyOf(data);
    const two = identityOf(data);
    expect(two.log).toBe(one.log);
    two.close();
    cpSync(copy, data, { recursive: true, preserveTimestamps: true });
    const three = identityOf(data);
    expect([three.findings.losses, three.log === one.log]).toEqual([[], false]);
  });
});

test('everything in the folder is for its owner alone, also in one that was there before', async () => {
  const data = temporaryFolder();
  const umask = process.umask(0);
  try {
    const brink = await start(data);
    await publish(await brink.device('dev-1'), { v: 50 });
    await brink.close();
  } finally {
    process.umask(umask);
  }
  const files = readdirSync(data, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile());
  const open = files.filter(({ parentPath, name }) => (statSync(join(parentPath, name)).mode & 0o077) !== 0);
  expect(open.map(({ name }) => name)).toEqual([]);
  expect(existsSync(join(data, 'journal.db'))).toBe(true);
});
