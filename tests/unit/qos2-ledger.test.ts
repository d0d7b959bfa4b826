import { expect, test } from 'vitest';
import { createQos2Ledger, sessionKey, UNRELEASED_KEEP_MS } from '../../src/broker/qos2-ledger.ts';
import type { UnreleasedChange, UnreleasedRow } from '../../src/model/unreleased.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const A = sessionKey('device/a', 'c');
const nothingHeld = () => false;

function open(rows: readonly UnreleasedRow[] = [], connected: readonly string[] = []) {
  const clock = createFakeClock();
  const written = new Map(rows.map((row) => [`${row.session}/${row.messageId}`, row.digest]));
  const write = (changes: readonly UnreleasedChange[]) => {
    for (const { session, messageId, digest } of changes) {
      if (digest === undefined) written.delete(`${session}/${messageId}`);
      else written.set(`${session}/${messageId}`, digest);
    }
  };
  const ledger = createQos2Ledger({
    clock,
    store: {
      unreleased: () => rows,
      changeUnreleased(changes, done) {
        write(changes);
        done(null);
      },
      whenDurable: (done) => done(null),
    },
    isConnected: (session) => connected.includes(session),
    perSessionMax: 3,
    perOwnerMax: 5,
  });
  const note = (
    session: string,
    messageId: number,
    digest = messageId,
    isHeld: (id: number) => boolean = nothingHeld,
  ) => write(ledger.note(session, messageId, digest, isHeld));
  return { clock, ledger, note, written };
}

test('a publish is taken once, whoever sent it, until it is released', () => {
  const { ledger, note, written } = open();
  const other = sessionKey('device/b', 'c');
  note(A, 1, 77);
  expect(ledger.isTaken(A, 1, 77, false)).toBe(true);
  expect(ledger.isTaken(other, 1, 77, false)).toBe(false);
  expect(ledger.isTaken(A, 1, 78, false)).toBe(false);
  ledger.release(other, 1, () => {});
  expect(ledger.isTaken(A, 1, 77, false)).toBe(true);
  ledger.release(A, 1, () => {});
  expect(ledger.isTaken(A, 1, 77, false)).toBe(false);
  expect([ledger.size(), written.size]).toEqual([0, 0]);
});

test('an unmarked publish after a clean start is a redelivery only soon after the first', () => {
  const { clock, ledger, note } = open();
  note(A, 1, 77);
  clock.advance(3_600_000);
  expect(ledger.isTaken(A, 1, 77, true)).toBe(true);
  clock.advance(1);
  expect(ledger.isTaken(A, 1, 77, true)).toBe(false);
  expect(ledger.isTaken(A, 1, 77, false)).toBe(true);
});

test('at the bound of a session the oldest that its connection does not hold makes room', () => {
  const { ledger, note, written } = open();
  for (const id of [1, 2, 3]) note(A, id);
  note(A, 1, 11);
  note(A, 4);
  expect([...written]).toEqual([
    [`${A}/1`, 11],
    [`${A}/3`, 3],
    [`${A}/4`, 4],
  ]);
  note(A, 5, 5, (id) => id === 3);
  expect([...written.values()]).toEqual([3, 4, 5]);
  expect(ledger.size()).toBe(3);
});

test('at the bound of an owner, sessions that nobody is connected as make room, those of nobody else', () => {
  const session = (n: number) => sessionKey('device/a', `c${n}`);
  const { note, written } = open([], [session(1)]);
  for (const n of [1, 2, 3, 4]) for (const id of [1, 2]) note(session(n), id);
  note(sessionKey('device/b', 'c'), 1);
  note(session(5), 1);
  expect([...written.keys()].filter((key) => key.startsWith('device/a')).sort()).toEqual(
    [
      `${session(1)}/1`,
      `${session(1)}/2`,
      `${session(2)}/2`,
      ...[3, 4].flatMap((n) => [`${session(n)}/1`, `${session(n)}/2`]),
      `${session(5)}/1`,
    ].sort(),
  );
});

test('what is unreleased for long is forgotten, also when nobody restarts', () => {
  const startMs = createFakeClock().nowMs();
  const rows = [
    { session: A, messageId: 1, digest: 1, atMs: startMs - UNRELEASED_KEEP_MS - 1 },
    { session: '\nc', messageId: 1, digest: 1, atMs: startMs - UNRELEASED_KEEP_MS / 2 },
  ];
  const { clock, ledger, written } = open(rows);
  expect([...written.keys()]).toEqual(['\nc/1']);
  clock.advance(UNRELEASED_KEEP_MS / 2 + 3_600_000);
  expect([ledger.size(), written.size]).toEqual([0, 0]);
});

test('one that could not be written is new when it comes again, and an owner that is no more leaves nothing', () => {
  const { ledger, note, written } = open();
  note(A, 1, 77);
  ledger.takeBack(A, 1);
  expect(ledger.isTaken(A, 1, 77, false)).toBe(false);
  note(A, 2);
  note(sessionKey('device/b', 'c'), 2);
  ledger.drop('device/a');
  expect([...written.keys()].filter((key) => key.endsWith('/2'))).toEqual([`${sessionKey('device/b', 'c')}/2`]);
});
