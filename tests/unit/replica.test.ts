import { join } from 'node:path';
import { expect, test } from 'vitest';
import { batchToMessage } from '../../src/journal/batch-message.ts';
import { openJournalFile } from '../../src/journal/journal-file.ts';
import { openReplica } from '../../src/journal/replica.ts';
import type { SharedLog, SharedMessage } from '../../src/journal/shared-log.ts';
import { openSqliteJournal } from '../../src/journal/sqlite-journal.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { ConfigError } from '../../src/lib/errors.ts';
import { EntryWriter } from '../../src/model/entry.ts';
import { createMemoryCopy } from '../support/memory-copy.ts';
import { temporaryFolder } from '../support/temporary.ts';

function messageOf(n: number): Buffer {
  const writer = new EntryWriter();
  writer.write({ kind: 'control', receivedAtMs: n, control: { type: 'tick' } });
  return batchToMessage({ node: 'a', run: 'r', n, count: 1, data: writer.take(), unreleased: [] });
}

/** A replica that has caught up with nothing and is handed what the test gives it. */
async function opened() {
  let take: (messages: readonly SharedMessage[]) => Promise<void> = () => Promise.resolve();
  const appended: string[] = [];
  const log: SharedLog = {
    append(id, _message, done) {
      appended.push(id);
      done(null);
    },
    follow(_after, taker) {
      take = taker;
    },
    last: () => Promise.resolve(0),
    close: () => Promise.resolve(),
  };
  const faults: string[] = [];
  const copy = createMemoryCopy();
  const replica = await openReplica({
    ...{ log, copy, after: systemClock.after },
    onFault: ({ message }) => faults.push(message),
  });
  const firsts: number[] = [];
  replica.follow(({ first }) => firsts.push(first));
  return { replica, copy, faults, appended, firsts, take: (messages: readonly SharedMessage[]) => take(messages) };
}

const DAMAGE: Record<string, (message: Buffer) => Buffer> = {
  'a bit that is flipped': (message) => {
    const damaged = Buffer.from(message);
    damaged.writeUInt8(damaged.readUInt8(60) ^ 4, 60);
    return damaged;
  },
  'an end that is missing': (message) => message.subarray(0, message.length - 3),
  nothing: () => Buffer.alloc(0),
  'a later version': (message) => Buffer.concat([Buffer.of(9), message.subarray(1)]),
};

test.each(
  Object.entries(DAMAGE),
)('%s ends it: nothing behind that is taken, and nothing more is appended', async (_, harm) => {
  const { replica, copy, faults, firsts, take } = await opened();
  await take([{ number: 1, message: messageOf(1) }]);
  await take([
    { number: 2, message: messageOf(2) },
    { number: 3, message: harm(messageOf(3)) },
  ]);
  await take([{ number: 4, message: messageOf(4) }]);
  expect(faults).toHaveLength(1);
  expect([firsts, copy.nextPosition(), replica.state().number]).toEqual([[1], 2, 1]);
  const batch = { node: 'b', run: 'r', n: 1, count: 0, data: Buffer.alloc(0), unreleased: [] };
  expect(await new Promise((resolve) => replica.append(batch, resolve))).toBeInstanceOf(Error);
});

test('a message that is missing ends it as well, and what was taken already is passed over', async () => {
  const { faults, firsts, take } = await opened();
  await take([1, 2].map((number) => ({ number, message: messageOf(number) })));
  await take([2, 3].map((number) => ({ number, message: messageOf(number) })));
  expect([firsts, faults]).toEqual([[1, 2, 3], []]);
  await take([{ number: 5, message: messageOf(5) }]);
  expect(faults).toEqual(['the shared log goes on at message 5 where 4 was to come']);
});

test('nothing is taken before somebody follows, and two copies of the same messages have the same digest', async () => {
  const [one, other] = [await opened(), await opened()];
  await one.take([1, 2, 3].map((number) => ({ number, message: messageOf(number) })));
  for (const number of [1, 2, 3]) await other.take([{ number, message: messageOf(number) }]);
  expect(one.replica.state()).toEqual(other.replica.state());
  await other.take([{ number: 4, message: messageOf(9) }]);
  await one.take([{ number: 4, message: messageOf(4) }]);
  expect(one.replica.state().digest).not.toBe(other.replica.state().digest);
});

test('the file of a server of a cluster is not gone on with alone, nor the other way round', async () => {
  const path = join(temporaryFolder(), 'journal.db');
  const file = openJournalFile({ path, nowMs: 1, isShared: true });
  const mark = { number: 1, digest: 7, runs: [] };
  const batch = { node: 'b', count: 1, data: messageOf(1), unreleased: [] };
  expect(await new Promise((resolve) => file.write([batch, batch], mark, resolve))).toBeNull();
  expect([file.mark(), file.nextPosition()]).toEqual([mark, 3]);
  expect(file.read(1, 1e9).map(({ first, node }) => [first, node])).toEqual([
    [1, 'b'],
    [2, 'b'],
  ]);
  await file.close();
  expect(() => openSqliteJournal({ path, clock: systemClock })).toThrow(ConfigError);

  const alone = join(temporaryFolder(), 'journal.db');
  const journal = openSqliteJournal({ path: alone, clock: systemClock });
  journal.follow(() => {});
  await new Promise((resolve) => {
    journal.append({ kind: 'control', receivedAtMs: 1, control: { type: 'tick' } }, resolve);
  });
  await journal.close();
  expect(() => openJournalFile({ path: alone, nowMs: 1, isShared: true })).toThrow(/an empty data folder/);
});
