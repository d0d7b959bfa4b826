import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { type CodecUplink, createCodecs } from '../../src/codecs/codecs.ts';
import { type CodecFollowerOptions, startCodecFollower } from '../../src/codecs/follower.ts';
import type { CommittedBatch, Journal } from '../../src/journal/journal.ts';
import { openSqliteJournal } from '../../src/journal/sqlite-journal.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { Codec, CodecAnswer } from '../../src/model/codec.ts';
import { decodeEntries, type JournalEntry, type UplinkEntry } from '../../src/model/entry.ts';
import { afterTest } from '../support/after-test.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';

/** What the journal holds of uplinks, whenever the process ends: a real journal, real codecs, and copies of its files. */

const CODEC: Codec = {
  file: 'codec.js',
  freshContext: false,
  source: `function decodeUplink({ bytes }) {
    if (bytes[0] % 5 === 4) throw new Error('unknown frame');
    return { data: { v: bytes[0] } };
  }`,
};
const NOTHING = { load: () => 0, store: () => undefined };

interface Run {
  readonly journal: Journal;
  readonly follower: ReturnType<typeof startCodecFollower>;
  close(): Promise<void>;
}

function start(
  dir: string,
  more: Partial<CodecFollowerOptions> = {},
  onCommitted = (_batch: CommittedBatch) => {},
): Run {
  const journal = openSqliteJournal({
    path: join(dir, 'journal.db'),
    clock: systemClock,
  });
  const follower = startCodecFollower({
    clock: systemClock,
    log: pino({ level: 'silent' }),
    journal,
    codecs: createCodecs({ clock: systemClock }),
    stampMs: () => 2_000,
    profileOf: (device) => (device === 'gone' ? undefined : 'gauge'),
    codecOf: () => CODEC,
    read: (uplink, { data }: CodecAnswer) => [
      {
        kind: 'message',
        receivedAtMs: 2_000,
        readings: [{ series: 1, tsMs: uplink.networkAtMs ?? 0, value: (data as { v: number }).v, marks: 0 }],
      },
    ],
    onOff: () => undefined,
    saidOff: [],
    from: NOTHING,
    ...more,
  });
  journal.follow((batch) => {
    onCommitted(batch);
    follower.committed(batch);
  });
  const close = async () => {
    await follower.close();
    await journal.close();
  };
  afterTest(close);
  return { journal, follower, close };
}

function uplink(n: number, more: Partial<UplinkEntry> = {}): UplinkEntry {
  const of = {
    kind: 'uplink',
    receivedAtMs: 1_000 + n,
    device: 'd',
    topic: 't',
    fPort: 1,
    fCnt: n,
    network: {},
  } as const;
  return { ...of, bytes: Uint8Array.of(n), networkAtMs: 900 + n, again: null, ...more };
}

const append = (journal: Journal, entry: JournalEntry) =>
  new Promise<void>((resolve, reject) => {
    journal.append(entry, (error) => (error === null ? resolve() : reject(error)));
  });

/** Each uplink with what became of it, in the order of the answers. */
function answersIn(journal: Journal): string[] {
  const entries = journal
    .read(1, Number.MAX_SAFE_INTEGER)
    .flatMap(({ first, data }) => decodeEntries(data).map((entry, index) => ({ position: first + index, entry })));
  const at = new Map(entries.map(({ position, entry }) => [position, entry]));
  return entries.flatMap(({ entry }) => {
    if (!('uplink' in entry) || entry.uplink === undefined) return [];
    const of = at.get(entry.uplink);
    const n = of?.kind === 'uplink' ? of.bytes[0] : undefined;
    return [`${n}: ${entry.kind === 'message' ? entry.readings.map(({ value }) => value) : entry.reason}`];
  });
}

const isDone = ({ follower, journal }: Run, count: number) =>
  until('all answers', () => {
    return follower.stats().waiting === 0 && answersIn(journal).length >= count;
  });

test('whenever the process ends, each uplink is answered once, in the order of arrival', async () => {
  const dir = temporaryFolder();
  const copies = temporaryFolder();
  let kept = 0;
  const stored: number[] = [];
  const from = { load: () => 0, store: (position: number) => void stored.push(position) };
  const run = start(dir, { from }, () => {
    kept++;
    mkdirSync(join(copies, String(kept)));
    for (const name of ['journal.db', 'journal.db-wal']) cpSync(join(dir, name), join(copies, String(kept), name));
  });
  const expected = Array.from({ length: 10 }, (_, n) => (n % 5 === 4 ? `${n}: codec-refused` : `${n}: ${n}`));
  for (let n = 0; n < 10; n++) {
    await append(run.journal, uplink(n));
    // So that answers and uplinks are committed in turn, and in many ways.
    if (n % 3 === 0) await isDone(run, n + 1);
  }
  await isDone(run, 10);
  expect(answersIn(run.journal)).toEqual(expected);
  const end = run.journal.nextPosition();
  await run.close();
  expect(stored).toEqual([end]);

  expect(kept).toBeGreaterThan(8);
  const unfinished: number[] = [];
  const shared = createCodecs({ clock: systemClock });
  afterTest(shared.close);
  for (let copy = 1; copy <= kept; copy++) {
    const again = start(join(copies, String(copy)), { codecs: { ...shared, close: async () => undefined } });
    const uplinks = again.journal
      .read(1, Number.MAX_SAFE_INTEGER)
      .flatMap(({ data }) => decodeEntries(data))
      .filter(({ kind }) => kind === 'uplink').length;
    if (answersIn(again.journal).length < uplinks) unfinished.push(copy);
    await isDone(again, uplinks);
    expect(answersIn(again.journal)).toEqual(expected.slice(0, uplinks));
    await until('all is looked at', () => again.follower.neededFrom() === again.journal.nextPosition());
    await again.close();
  }
  // Else nothing was tried.
  expect(unfinished.length).toBeGreaterThan(2);
});

test('a codec that hangs holds up nobody but uplinks, and what is not answered is kept in the journal', async () => {
  let letGo = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const real = createCodecs({ clock: systemClock });
  const asked: number[] = [];
  const codecs = {
    ...real,
    async decode(uplinks: readonly CodecUplink[]) {
      asked.push(uplinks.length);
      await held;
      return await real.decode(uplinks);
    },
  };
  const run = start(temporaryFolder(), { codecs });
  await append(run.journal, uplink(1));
  await until('the codec is asked', () => asked.length === 1);
  // Far more than is kept in memory; all are taken without a codec.
  await Promise.all(Array.from({ length: 9_000 }, (_, n) => append(run.journal, uplink(n % 4))));
  expect(run.follower.neededFrom()).toBe(1);
  expect(answersIn(run.journal)).toEqual([]);
  letGo();
  await isDone(run, 9_001);
  expect(answersIn(run.journal)).toEqual(['1: 1', ...Array.from({ length: 9_000 }, (_, n) => `${n % 4}: ${n % 4}`)]);
});

test('what has no codec any more, and what a codec that misbehaves gets, is told apart', async () => {
  const said: [string, boolean][] = [];
  const codecs: Record<string, Codec | undefined> = {
    good: CODEC,
    odd: { ...CODEC, source: 'Array.prototype.map = () => 7; function decodeUplink() { return { data: { v: 3 } }; }' },
    bad: { ...CODEC, source: 'function decodeUplink() { for (;;) {} }' },
  };
  const run = start(temporaryFolder(), {
    profileOf: (device) => (device === 'gone' ? undefined : device),
    codecOf: (profile) => codecs[profile],
    onOff: (profile, isOff) => said.push([profile, isOff]),
  });
  for (const device of ['bad', 'good', 'none', 'gone', 'bad', 'odd']) await append(run.journal, uplink(1, { device }));
  await isDone(run, 6);
  expect(answersIn(run.journal)).toEqual([
    '1: codec-off',
    '1: 1',
    '1: no-codec',
    '1: unknown-device',
    '1: codec-off',
    '1: 3',
  ]);
  expect(said).toEqual([['bad', true]]);
  expect(run.follower.off('bad')).toMatchObject({ fault: 'deadline' });

  run.follower.checkpoint();
  expect(said).toHaveLength(1);
  codecs.bad = CODEC;
  run.follower.checkpoint();
  expect(said).toEqual([
    ['bad', true],
    ['bad', false],
  ]);
  await append(run.journal, uplink(2, { device: 'bad' }));
  await isDone(run, 7);
  expect(answersIn(run.journal).at(-1)).toBe('2: 2');
});
