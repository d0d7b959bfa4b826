import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { BATCH_BYTES_MAX, BATCH_ENTRIES_MAX } from '../../src/journal/batch-log.ts';
import { createJournal } from '../../src/journal/gathered-journal.ts';
import { type CommittedBatch, type Journal, type JournalOptions, REFUSED } from '../../src/journal/journal.ts';
import { openJournalFile } from '../../src/journal/journal-file.ts';
import { ensureStream } from '../../src/journal/nats-engine.ts';
import { connectNats, createNatsLog } from '../../src/journal/nats-log.ts';
import { openReplica } from '../../src/journal/replica.ts';
import type { SharedLog } from '../../src/journal/shared-log.ts';
import { openSqliteJournal } from '../../src/journal/sqlite-journal.ts';
import type { SqliteLogOptions } from '../../src/journal/sqlite-log.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { decodeEntries, type JournalEntry } from '../../src/model/entry.ts';
import { hasNatsServer, type NatsServers, startNats } from '../support/nats-servers.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';

const message = (value: number): JournalEntry => ({
  kind: 'message',
  receivedAtMs: 1_000 + value,
  readings: [{ series: 7, tsMs: value, value, marks: 0 }],
});

type OpenOptions = JournalOptions & Pick<SqliteLogOptions, 'startAt' | 'bytesMax'>;

/** A journal that can be closed and opened again, and whose disk can fail. */
interface JournalUnderTest {
  open(options: OpenOptions): Promise<Journal>;
  /** Writing fails from here on, as on a full disk or without a majority; gives what ends that. */
  breakDisk(): Promise<() => void>;
  /** Several servers append to it, and none of them has space kept for emergencies, or a bound of its own. */
  readonly isShared: boolean;
}

function sqlite(): JournalUnderTest {
  const path = join(temporaryFolder(), 'journal.db');
  return {
    isShared: false,
    open: (options) => Promise.resolve(openSqliteJournal({ path, ...options })),
    // A second writer that holds the file is a real failure of SQLite, and one that can be ended.
    async breakDisk() {
      const { DatabaseSync } = await import('node:sqlite');
      const blocker = new DatabaseSync(path);
      blocker.exec('BEGIN IMMEDIATE');
      return () => {
        blocker.exec('COMMIT');
        blocker.close();
      };
    },
  };
}

const JOURNALS: Record<string, () => JournalUnderTest> = {
  sqlite,
  'a copy of a shared log'() {
    const log = createPromptLog();
    return {
      isShared: true,
      open: openerOfCopies(() => Promise.resolve(log.connect())),
      async breakDisk() {
        log.fails = true;
        return () => {
          log.fails = false;
        };
      },
    };
  },
  ...(hasNatsServer() ? { 'a copy of a stream of NATS': natsStream } : {}),
};

/** Opens a journal of one copy again and again, over whatever connection to the shared log it is given. */
function openerOfCopies(connected: () => Promise<SharedLog>): JournalUnderTest['open'] {
  const path = join(temporaryFolder(), 'journal.db');
  return async (options) => {
    const copy = openJournalFile({ path, nowMs: 1, isShared: true });
    const replica = await openReplica({
      log: await connected(),
      copy,
      after: systemClock.after,
      onFault: (error) => expect.unreachable(error.message),
    });
    return createJournal(replica, { node: 'a', commitIntervalMs: 0, ...options });
  };
}

/** One set of servers serves all tests, a stream each. */
let nats: Promise<NatsServers> | undefined;
let streams = 0;
afterAll(async () => (await nats)?.close());

function natsStream(): JournalUnderTest {
  nats ??= startNats();
  const servers = nats;
  const stream = `S${++streams}`;
  const subject = `s.${streams}`;
  return {
    isShared: true,
    open: openerOfCopies(async () => {
      const connection = await connectNats((await servers).cluster.split(','), 'test');
      const problems = await ensureStream(connection, { stream, subject, keepMs: 1e9, bytesMax: 1e9, site: 'x' });
      expect(problems).toEqual([]);
      return createNatsLog({ connection, stream, subject });
    }),
    // Two of three are gone.
    async breakDisk() {
      const gone = [0, 1];
      for (const index of gone) await (await servers).kill(index);
      return () => {
        void servers.then(({ start }) => Promise.all(gone.map(start)));
      };
    },
  };
}

/** A shared log at its best: what is appended is there, and everybody hears of it. */
function createPromptLog() {
  const messages: Uint8Array[] = [];
  const log = { fails: false, connect };
  function connect(): SharedLog {
    let wake = (): void => {};
    let isClosed = false;
    async function run(after: number, take: Parameters<SharedLog['follow']>[1]): Promise<void> {
      for (let next = after; !isClosed; ) {
        const news = messages.slice(next).map((message, i) => ({ number: next + i + 1, message }));
        next = messages.length;
        if (news.length > 0) await take(news);
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    }
    return {
      append(_id, message, done) {
        setImmediate(() => {
          if (log.fails) return done(new Error('no majority'));
          messages.push(Uint8Array.from(message));
          done(null);
          wake();
        });
      },
      follow: (after, take) => void run(after, take),
      last: () => Promise.resolve(messages.length),
      async close() {
        isClosed = true;
        wake();
      },
    };
  }
  return log;
}

async function open(
  under: JournalUnderTest,
  options: Partial<OpenOptions> = {},
): Promise<{ journal: Journal; batches: CommittedBatch[] }> {
  const batches: CommittedBatch[] = [];
  const journal = await under.open({ clock: systemClock, ...options });
  journal.follow((batch) => batches.push(batch));
  return { journal, batches };
}

function append(journal: Journal, entry: JournalEntry, qos2?: Parameters<Journal['append']>[2]): Promise<void> {
  return new Promise((resolve, reject) => {
    journal.append(entry, (error) => (error === null ? resolve() : reject(error)), qos2);
  });
}

/** What is acknowledged is there, and comes in its turn: where others append as well, not at once. */
const level = (journal: Journal, next: number) => until(`entry ${next - 1}`, () => journal.nextPosition() === next);

const everything = (journal: Journal, from = 1) =>
  journal.read(from, Number.POSITIVE_INFINITY).flatMap((row) => decodeEntries(row.data));

describe.each(Object.entries(JOURNALS))('the journal %s', (_name, make) => {
  test('acknowledges in order, hands over each batch, and has it all after reopening', async () => {
    const under = make();
    const { journal, batches } = await open(under);
    const acknowledged: number[] = [];
    const entries = Array.from({ length: 100 }, (_, i) => message(i));
    await Promise.all(entries.map((entry, i) => append(journal, entry).then(() => acknowledged.push(i))));
    expect(acknowledged).toEqual(entries.map((_, i) => i));
    await level(journal, 101);
    expect(batches.flatMap((batch) => batch.entries)).toEqual(entries);
    expect(batches.map((batch) => batch.first)).toEqual([1]);
    await append(journal, message(100));
    await level(journal, 102);
    expect(batches[1]?.first).toBe(101);
    await journal.close();

    const again = (await open(under)).journal;
    expect(again.nextPosition()).toBe(102);
    expect(everything(again)).toEqual([...entries, message(100)]);
    await again.close();
  });

  test('reads from the row that holds a position, within a byte limit', async () => {
    const { journal } = await open(make());
    await append(journal, message(1));
    await Promise.all([append(journal, message(2)), append(journal, message(3))]);
    await level(journal, 4);
    expect(journal.read(3, 1e9).map((row) => [row.first, row.count])).toEqual([[2, 2]]);
    expect(journal.read(1, 1).map((row) => row.first)).toEqual([1]);
    expect(journal.read(4, 1e9)).toEqual([]);
    await journal.close();
  });

  test('trims whole rows before a position, never the last, and positions go on where they were', async () => {
    const under = make();
    const { journal } = await open(under);
    for (let i = 1; i <= 5; i++) await append(journal, message(i));
    await level(journal, 6);
    journal.trim(3);
    await until('the trim', () => journal.firstPosition() === 3);
    journal.trim(1_000);
    await until('the trim', () => journal.firstPosition() === 5);
    await journal.close();
    const again = (await open(under)).journal;
    expect([again.firstPosition(), again.nextPosition()]).toEqual([5, 6]);
    await again.close();
  });

  test('remembers QoS 2 publishes until they are released, across restarts', async () => {
    const under = make();
    const row = { session: 'device/a\nc', messageId: 5, digest: 77, atMs: 9 };
    const first = (await open(under)).journal;
    await append(first, message(1), [row, { ...row, messageId: 6 }]);
    await new Promise((resolve) => first.changeUnreleased([{ ...row, messageId: 6, digest: undefined }], resolve));
    await first.close();
    const second = (await open(under)).journal;
    expect(second.unreleased()).toEqual([row]);
    await new Promise((resolve) => second.changeUnreleased([{ ...row, digest: undefined }], resolve));
    await second.close();
    const third = (await open(under)).journal;
    expect(third.unreleased()).toEqual([]);
    await third.close();
  });

  test('a disk that fails withholds the acknowledgement, loses nothing, and goes on in order when it works again', async () => {
    const under = make();
    let mayResume = false;
    const told: string[] = [];
    const { journal, batches } = await open(under, {
      mayResume: () => mayResume,
      onFailure: () => told.push('failure'),
      onRecovery: () => told.push('recovery'),
    });
    await append(journal, message(1));
    await level(journal, 2);
    const mendDisk = await under.breakDisk();
    const late = append(journal, message(2));
    await until('the failure', () => journal.stats().failure);
    const later = append(journal, message(3));
    expect(told).toEqual(['failure']);
    expect(batches).toHaveLength(1);
    mendDisk();
    const urgent: JournalEntry = { kind: 'control', receivedAtMs: 9, control: { type: 'tick' } };
    const isWritten = !under.isShared;
    expect(await new Promise((resolve) => journal.appendUrgent(urgent, resolve))).toBe(isWritten);
    expect(batches).toHaveLength(isWritten ? 2 : 1);
    mayResume = true;
    await Promise.all([late, later]);
    expect(told).toEqual(['failure', 'recovery']);
    await level(journal, isWritten ? 5 : 4);
    expect(everything(journal).map((entry) => entry.receivedAtMs)).toEqual([
      1_001,
      ...(isWritten ? [9] : []),
      1_002,
      1_003,
    ]);
    await journal.close();
  });

  test('beyond what may wait, an append is refused rather than kept in memory without end', async () => {
    const under = make();
    const { journal } = await open(under, { mayResume: () => false, pendingBytesMax: 1 });
    const mendDisk = await under.breakDisk();
    const waiting = append(journal, message(1));
    await until('the failure', () => journal.stats().failure);
    await expect(append(journal, message(2))).rejects.toThrow(/./);
    mendDisk();
    const refusal = expect(waiting).rejects.toThrow(/closed/);
    await journal.close();
    await refusal;
  });

  test('hands over each committed batch once, without a gap, after it was acknowledged', async () => {
    const heard: string[] = [];
    const journal = await make().open({ clock: systemClock });
    journal.follow(({ first, count }) => heard.push(`committed ${first}-${first + count - 1}`));
    await Promise.all([1, 2].map((value) => append(journal, message(value)).then(() => heard.push(`told ${value}`))));
    journal.append(message(3), () => heard.push('done 3'));
    await until('the third', () => heard.includes('committed 3-3'));
    expect(heard.filter((line) => line.startsWith('committed'))).toEqual(['committed 1-2', 'committed 3-3']);
    expect(heard.indexOf('done 3')).toBeLessThan(heard.indexOf('committed 3-3'));
    await level(journal, 4);
    await journal.close();
  });

  test('what is appended before anybody follows waits, so that nobody misses it', async () => {
    const under = make();
    const journal = await under.open({ clock: systemClock });
    const heard: unknown[] = [];
    const first = append(journal, message(1));
    const second = append(journal, message(2));
    await nextTurn();
    await nextTurn();
    expect(journal.nextPosition()).toBe(1);
    journal.follow((batch) => heard.push(...batch.entries));
    await Promise.all([first, second]);
    await until('both', () => heard.length === 2);
    expect(heard).toEqual([message(1), message(2)]);
    await journal.close();
  });

  test('an entry is known again by the number that it was given, in whatever batch it comes', async () => {
    const { journal, batches } = await open(make());
    const given = new Map<number, JournalEntry>();
    for (let i = 0; i < 3; i++) {
      const entries = [message(10 * i), message(10 * i + 1)];
      await Promise.all(
        entries.map((entry) => new Promise((resolve) => given.set(journal.append(entry, resolve), entry))),
      );
    }
    await level(journal, 7);
    const known = batches.flatMap(({ own, entries }) => entries.map((entry, i) => [Number(own) + i, entry] as const));
    expect(new Map(known)).toEqual(given);
    await journal.close();
    const after: JournalEntry[] = [];
    expect(journal.append(message(1), (error) => after.push(message(error === null ? 1 : 2)))).toBe(REFUSED);
    expect(after).toEqual([message(2)]);
  });

  test('a batch has a bound, however much comes while another is under way', async () => {
    const { journal, batches } = await open(make());
    const large: JournalEntry = {
      ...{ kind: 'quarantine', receivedAtMs: 5, device: '', topic: '', reason: '' },
      ...{ why: { code: 'empty', values: {} }, payload: Buffer.alloc(BATCH_BYTES_MAX / 4) },
    };
    const sent = [
      ...Array.from({ length: 2.5 * BATCH_ENTRIES_MAX }, (_, i) => message(i)),
      large,
      large,
      large,
      large,
      large,
    ];
    await Promise.all(sent.map((entry) => append(journal, entry)));
    await level(journal, sent.length + 1);
    expect(batches.map(({ count }) => count)).toEqual([
      BATCH_ENTRIES_MAX,
      BATCH_ENTRIES_MAX,
      BATCH_ENTRIES_MAX / 2 + 4,
      1,
    ]);
    expect(batches.map(({ first }) => first)).toEqual([1, 4_097, 8_193, 10_245]);
    expect(everything(journal).length).toBe(sent.length);
    await journal.close();
  });
});

test('takes over what an earlier program kept by client id, as nobody’s', async () => {
  const path = join(temporaryFolder(), 'journal.db');
  const { DatabaseSync } = await import('node:sqlite');
  const earlier = new DatabaseSync(path);
  earlier.exec(`
    CREATE TABLE unreleased (
      client TEXT NOT NULL, message INTEGER NOT NULL, digest INTEGER NOT NULL, PRIMARY KEY (client, message)
    ) WITHOUT ROWID;
    INSERT INTO unreleased VALUES ('c', 5, 77);
  `);
  earlier.close();
  for (let start = 0; start < 2; start++) {
    const journal = openSqliteJournal({ path, clock: systemClock });
    expect(journal.unreleased()).toMatchObject([{ session: '\nc', messageId: 5, digest: 77 }]);
    await journal.close();
  }
});

test('at its size limit it takes no more, and goes on by itself once it has been trimmed', async () => {
  const { journal } = await open(sqlite(), { bytesMax: 200_000 });
  const large = (value: number): JournalEntry => ({
    kind: 'quarantine',
    receivedAtMs: value,
    device: '',
    topic: '',
    reason: '',
    why: { code: 'empty', values: {} },
    payload: Buffer.alloc(20_000),
  });
  let acknowledged = 0;
  for (let sent = 0; journal.stats().failure === null; sent++) {
    journal.append(large(sent), () => acknowledged++);
    await until('the acknowledgement or the limit', () => acknowledged > sent || journal.stats().failure !== null);
  }
  expect(acknowledged).toBeGreaterThan(5);
  const refused = append(journal, message(1));
  expect(journal.stats().failure).toContain('size limit');
  journal.trim(journal.nextPosition());
  await refused;
  expect(journal.stats().failure).toBeNull();
  await journal.close();
});

test('a journal that holds nothing begins where it is told, so that no position is given twice', async () => {
  const { journal, batches } = await open(sqlite(), { startAt: 808 });
  expect([journal.firstPosition(), journal.nextPosition()]).toEqual([808, 808]);
  expect(journal.read(1, 1e9)).toEqual([]);
  await append(journal, message(1));
  expect(batches.map(({ first }) => first)).toEqual([808]);
  await journal.close();
});
