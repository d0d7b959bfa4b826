import { describe, expect, test } from 'vitest';
import type { Alert, AlertEvent } from '../../src/model/alert.ts';
import { createHub, type HubOptions } from '../../src/push/hub.ts';
import { createFakeClock } from '../support/fake-clock.ts';

type Frame = { type: string; seq: number; [key: string]: unknown };

/** A hub over an alert log in memory, with clients that can be slow. */
function bench(options: Partial<HubOptions> = {}) {
  const clock = createFakeClock();
  const log: AlertEvent[] = [];
  const hub = createHub({
    clock,
    log: 'log',
    alerts: {
      open: () => [{ id: 'open' } as Alert],
      responding: () => [],
      events: (after, limit) => log.filter(({ seq }) => seq > after).slice(0, limit),
      headSeq: () => log.at(-1)?.seq ?? 0,
    },
    ...options,
  });

  function commit(count: number): AlertEvent[] {
    const events = Array.from({ length: count }, (): AlertEvent => {
      const seq = (log.at(-1)?.seq ?? 0) + 1;
      const entry = { type: 'event', seq, event: 'raised', at: 0, by: null, note: 'x'.repeat(100), alert: {} as Alert };
      log.push(entry as AlertEvent);
      return entry as AlertEvent;
    });
    return events;
  }

  function client(since?: number, ofLog?: string) {
    const frames: Frame[] = [];
    const raw: Buffer[] = [];
    const state = { buffered: 0, isStuck: false, closed: undefined as number | undefined };
    const connection = hub.attach(
      {
        send(frame) {
          frames.push(JSON.parse(frame.toString()) as Frame);
          raw.push(frame);
          if (state.isStuck) state.buffered += frame.length;
        },
        bufferedBytes: () => state.buffered,
        close(code) {
          state.closed = code;
        },
      },
      { since, log: ofLog, user: 'wang' },
    );
    return {
      frames,
      raw,
      state,
      connection,
      say: (message: unknown) => connection.onMessage(JSON.stringify(message)),
      of: (type: string) => frames.filter((frame) => frame.type === type),
      seqs: () => frames.filter((frame) => frame.type === 'event').map((frame) => frame.seq),
    };
  }

  return { hub, clock, log, commit, publish: (count: number) => hub.publishEvents(commit(count)), client };
}

const upTo = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i);
const reading = (point: string, value: number, ts = value) =>
  ({ point, metric: 'depth', value, ts, quality: 'good' }) as const;

describe('snapshot and resume', () => {
  test('a new client is sent a snapshot with the head of the log, then events in the same turn', () => {
    const { publish, client } = bench();
    publish(3);
    const { frames } = client();
    expect(frames).toEqual([{ type: 'snapshot', seq: 3, log: 'log', alerts: [{ id: 'open' }] }]);
    publish(2);
    expect(frames.slice(1).map(({ type, seq }) => [type, seq])).toEqual([
      ['event', 4],
      ['event', 5],
    ]);
  });

  test('a client that resumes is sent what it missed and no snapshot', () => {
    const { publish, client } = bench();
    publish(5);
    const { frames, seqs } = client(2);
    expect(seqs()).toEqual([3, 4, 5]);
    expect(frames.map(({ type }) => type)).not.toContain('snapshot');
  });

  test('a client that missed nothing is told so at once', () => {
    const { publish, client, clock } = bench();
    publish(5);
    expect(client(5).frames).toEqual([{ type: 'heartbeat', seq: 5, at: clock.nowMs(), log: 'log' }]);
  });

  test('a since beyond the log, as after a restored backup, gives a snapshot', () => {
    const { publish, client } = bench();
    publish(5);
    expect(client(6).frames.map(({ type }) => type)).toEqual(['snapshot']);
  });

  test('a since of another log gives a snapshot, also where this one has the number', () => {
    const { client, publish } = bench();
    publish(5);
    expect(client(3, 'another').frames).toMatchObject([{ type: 'snapshot', seq: 5, log: 'log' }]);
    expect(client(3, 'log').frames.map(({ type, seq }) => [type, seq])).toEqual([
      ['event', 4],
      ['event', 5],
      ['heartbeat', 5],
    ]);
  });

  test('a since older than the log gives a snapshot', () => {
    const { commit, client, log } = bench();
    commit(5);
    log.splice(0, 3);
    expect(client(1).frames[0]).toMatchObject({ type: 'snapshot', seq: 5 });
    expect(client(3).seqs()).toEqual([4, 5]);
  });

  test('a long replay is paged out, and events published meanwhile neither go missing nor come twice', () => {
    const { commit, publish, client, clock, hub } = bench();
    commit(1_000);
    const resuming = client(0);
    expect(resuming.seqs().length).toBeLessThan(1_000);
    for (let i = 0; i < 20; i++) {
      publish(3);
      clock.advance(0);
    }
    // Committed but not published yet when the replay reads it.
    const late = commit(2);
    clock.advance(1);
    hub.publishEvents(late);
    publish(1);
    expect(resuming.seqs()).toEqual(upTo(1, 1_063));
  });

  test('events that could not be stored still reach clients that come back', () => {
    const { publish, client, log } = bench();
    publish(10);
    log.splice(5);
    const stored = log.length;
    expect(stored).toBe(5);
    // headSeq is the evaluator's, which is ahead of the store.
    log.push({ seq: 10 } as AlertEvent);
    expect(client(3).seqs()).toEqual(upTo(4, 10));
    expect(client(7).seqs()).toEqual(upTo(8, 10));
  });

  test('when events can be had nowhere the client is sent away to come again, never past a gap', () => {
    const { commit, client, log, clock } = bench();
    commit(500);
    const resuming = client(0);
    log.splice(0, 400);
    clock.advance(1);
    expect(resuming.state.closed).toBe(1011);
    expect(resuming.seqs()).toEqual(upTo(1, resuming.seqs().length));
  });

  test('an event that was never published is not passed over', () => {
    const { commit, publish, client, clock } = bench();
    const { seqs } = client();
    publish(1);
    commit(2);
    publish(1);
    clock.advance(1);
    expect(seqs()).toEqual([1, 2, 3, 4]);
  });

  test('an event that a replay has already sent is published to the others only', () => {
    const { commit, client, hub, clock } = bench();
    const early = commit(1);
    const { frames, seqs } = client(0);
    expect(seqs()).toEqual([1]);
    const sent = frames.length;
    hub.publishEvents(early);
    clock.advance(100);
    expect(frames.length).toBe(sent);
  });

  test('a frame is made once and shared', () => {
    const { publish, client } = bench();
    const [a, b] = [client(), client()];
    publish(1);
    expect(a.raw.at(-1)).toBe(b.raw.at(-1));
  });
});

describe('slow clients', () => {
  const limits = { highWaterBytes: 1_000, backlogBytesMax: 20_000 };

  test('get events from the log once the network takes them, all of them, in order', () => {
    const { publish, client, clock } = bench(limits);
    const slow = client();
    slow.state.isStuck = true;
    publish(50);
    const before = slow.seqs().length;
    expect(before).toBeLessThan(50);
    slow.state.isStuck = false;
    slow.state.buffered = 0;
    clock.advance(100);
    expect(slow.seqs()).toEqual(upTo(1, 50));
    publish(1);
    expect(slow.seqs().at(-1)).toBe(51);
  });

  test('are sent away with 4408 beyond the backlog, and the others have everything', () => {
    const { publish, client, hub } = bench(limits);
    const [slow, quick] = [client(), client()];
    slow.state.isStuck = true;
    publish(200);
    expect(slow.state.closed).toBe(4408);
    expect(quick.state.closed).toBeUndefined();
    expect(quick.seqs()).toEqual(upTo(1, 200));
    expect(slow.seqs()).toEqual(upTo(1, slow.seqs().length));
    expect(hub.clients()).toBe(1);
    const sent = slow.frames.length;
    publish(1);
    expect(slow.frames.length).toBe(sent);
  });

  test('that catch up each time are never sent away, however much it comes to', () => {
    const { publish, client, clock } = bench(limits);
    const slow = client();
    for (let i = 0; i < 10; i++) {
      slow.state.isStuck = true;
      publish(50);
      slow.state.isStuck = false;
      slow.state.buffered = 0;
      clock.advance(100);
    }
    expect(slow.state.closed).toBeUndefined();
    expect(slow.seqs()).toEqual(upTo(1, 500));
  });

  test('get no heartbeat while they lack events, for it would say that they have them all', () => {
    const { publish, client, clock } = bench(limits);
    const slow = client();
    slow.state.isStuck = true;
    publish(20);
    clock.advance(11_000);
    expect(slow.of('heartbeat')).toEqual([]);
    slow.state.buffered = 0;
    slow.state.isStuck = false;
    clock.advance(100);
    expect(slow.of('heartbeat').map(({ seq }) => seq)).toEqual([20]);
  });

  test('get their readings merged, the newest of each series, when there is room again', () => {
    const { client, clock, hub } = bench(limits);
    const slow = client();
    slow.say({ type: 'subscribe', readings: '*' });
    slow.state.buffered = 5_000;
    for (let i = 1; i <= 8; i++) {
      hub.publishReadings([reading('a', i), reading('b', 100 + i)]);
      clock.advance(300);
    }
    expect(slow.of('readings')).toEqual([]);
    slow.state.buffered = 0;
    clock.advance(300);
    expect(slow.of('readings')).toEqual([
      { type: 'readings', readings: [reading('a', 8), reading('b', 108)], merged: 14 },
    ]);
  });
});

describe('heartbeat', () => {
  test('every 5 s, with the last seq', () => {
    const { publish, client, clock } = bench();
    const { of } = client();
    publish(2);
    clock.advance(4_999);
    expect(of('heartbeat')).toEqual([]);
    clock.advance(1);
    expect(of('heartbeat')).toEqual([{ type: 'heartbeat', seq: 2, at: clock.nowMs(), log: 'log' }]);
    clock.advance(10_000);
    expect(of('heartbeat').length).toBe(3);
  });
});

describe('readings', () => {
  test('come only to those who asked, and only of the points they named', () => {
    const { client, hub, clock } = bench();
    const [all, some, none] = [client(), client(), client()];
    all.say({ type: 'subscribe', readings: '*' });
    some.say({ type: 'subscribe', readings: ['b', 'c'] });
    hub.publishReadings([reading('a', 1), reading('b', 2)]);
    clock.advance(300);
    expect(all.of('readings')).toEqual([{ type: 'readings', readings: [reading('a', 1), reading('b', 2)], merged: 0 }]);
    expect(some.of('readings')).toEqual([{ type: 'readings', readings: [reading('b', 2)], merged: 0 }]);
    expect(none.of('readings')).toEqual([]);
  });

  test('at most four frames a second, with what was folded in counted', () => {
    const { client, hub, clock } = bench();
    const { say, of } = client();
    say({ type: 'subscribe', readings: '*' });
    for (let i = 0; i < 1_000; i++) {
      hub.publishReadings([reading('a', i)]);
      clock.advance(1);
    }
    const frames = of('readings') as unknown as { readings: unknown[]; merged: number }[];
    expect(frames.length).toBeLessThanOrEqual(4);
    clock.advance(300);
    const all = of('readings') as unknown as { readings: { value: number }[]; merged: number }[];
    expect(all.reduce((sum, { readings, merged }) => sum + readings.length + merged, 0)).toBe(1_000);
    expect(all.at(-1)?.readings).toEqual([reading('a', 999)]);
  });

  test('the first one after a pause comes at once', () => {
    const { client, hub } = bench();
    const { say, of } = client();
    say({ type: 'subscribe', readings: '*' });
    hub.publishReadings([reading('a', 1)]);
    expect(of('readings').length).toBe(1);
  });

  test('of one series the later in event time stays, and late ones are never the newest', () => {
    const { client, hub, clock } = bench();
    const { say, of } = client();
    say({ type: 'subscribe', readings: '*' });
    hub.publishReadings([reading('a', 1, 10), reading('a', 2, 20), reading('a', 3, 15)]);
    hub.publishReadings([{ ...reading('a', 4, 5), quality: 'late' }]);
    clock.advance(300);
    expect(of('readings')).toEqual([{ type: 'readings', readings: [reading('a', 2, 20)], merged: 2 }]);
  });

  test('a new subscription replaces the one before, and unsubscribe ends it', () => {
    const { client, hub, clock } = bench();
    const { say, of } = client();
    say({ type: 'subscribe', readings: ['a'] });
    say({ type: 'subscribe', readings: ['b'] });
    hub.publishReadings([reading('a', 1)]);
    clock.advance(300);
    expect(of('readings')).toEqual([]);
    hub.publishReadings([reading('b', 1)]);
    clock.advance(300);
    expect(of('readings').length).toBe(1);
    say({ type: 'unsubscribe' });
    hub.publishReadings([reading('b', 2)]);
    clock.advance(300);
    expect(of('readings').length).toBe(1);
  });

  test('nothing is held for a client that has gone', () => {
    const { client, hub, clock } = bench();
    const gone = client();
    gone.say({ type: 'subscribe', readings: '*' });
    gone.connection.close();
    hub.publishReadings([reading('a', 1)]);
    clock.advance(10_000);
    expect(gone.frames.map(({ type }) => type)).toEqual(['snapshot']);
    expect(hub.clients()).toBe(0);
  });
});

describe('what clients say', () => {
  test.each([
    ['no JSON', '{'],
    ['no object', '3'],
    ['an unknown type', '{"type":"shout"}'],
    ['a bad list', '{"type":"subscribe","readings":[1]}'],
    ['a point id that cannot be', '{"type":"subscribe","readings":["a/b"]}'],
    ['a list without end', JSON.stringify({ type: 'subscribe', readings: new Array(2_001).fill('a') })],
    ['a seq that was never sent', '{"type":"seen","seq":99}'],
  ])('%s is answered with an error frame, and the connection goes on', (_what, text) => {
    const { client, publish } = bench();
    const { connection, frames, state } = client();
    connection.onMessage(text);
    expect(frames.at(-1)).toMatchObject({ type: 'error', code: 'bad-message' });
    publish(1);
    expect(frames.at(-1)).toMatchObject({ type: 'event', seq: 1 });
    expect(state.closed).toBeUndefined();
  });

  test('seen is handed on with who and when', () => {
    const seen: unknown[] = [];
    const { client, publish, clock } = bench({ onSeen: (entry) => seen.push(entry) });
    const { say } = client();
    publish(3);
    say({ type: 'seen', seq: 2 });
    expect(seen).toEqual([{ user: 'wang', seq: 2, atMs: clock.nowMs() }]);
  });
});

test('closing the hub sends everybody away and stops the clock', () => {
  const { hub, client, clock } = bench();
  const { state, frames } = client();
  hub.close();
  expect(state.closed).toBe(1001);
  clock.advance(20_000);
  expect(frames.length).toBe(1);
});

describe('a notice of what the log cannot hold', () => {
  test('reaches who is there and who comes later, until it ends', () => {
    const { hub, client } = bench();
    const early = client();
    hub.notice('journal-failing', 'disk gone');
    const late = client(0);
    for (const one of [early, late]) {
      expect(one.of('notice')).toMatchObject([{ condition: 'journal-failing', active: true, detail: 'disk gone' }]);
    }
    hub.notice('journal-failing', null);
    hub.notice('journal-failing', null);
    expect(early.of('notice').map((frame) => frame.active)).toEqual([true, false]);
    expect(client().of('notice')).toEqual([]);
  });
});
