import { beforeEach, describe, expect, test, vi } from 'vitest';
import { assigneeOf, chainOf } from '../../src/console/alerts/response-chain.ts';
import { createAlertBook } from '../../src/console/live/alert-book.ts';
import { type Connection, createConnection, type Phase, type Socket } from '../../src/console/live/connection.ts';
import type { Alert } from '../../src/model/alert.ts';
import { NO_RESPONSE } from '../../src/model/response.ts';
import { alertOf, eventOf } from '../support/console-alerts.ts';

describe('alert book', () => {
  test('takes events that follow, knows old ones again, refuses a gap', () => {
    const book = createAlertBook();
    expect(book.apply(eventOf(1, 'raised', alertOf('a')))).toBe('gap');
    book.replace(4, [alertOf('a')], 'log');
    expect(book.apply(eventOf(4, 'acknowledged', alertOf('a', { acknowledged: true })))).toBe('known');
    expect(book.open().get('a')?.acknowledged).toBe(false);
    expect(book.apply(eventOf(6, 'raised', alertOf('b')))).toBe('gap');
    expect(book.apply(eventOf(5, 'raised', alertOf('b')))).toBe('applied');
    expect([...book.open().keys()]).toEqual(['a', 'b']);
    expect(book.seq()).toBe(5);
  });

  test('what is closed is gone', () => {
    const book = createAlertBook();
    book.replace(1, [alertOf('a')], 'log');
    book.apply(eventOf(2, 'cleared', alertOf('a', { state: 'closed' })));
    expect(book.open().size).toBe(0);
  });

  test('what is closed while somebody is on it stands apart, until its response is closed or it is not', () => {
    const book = createAlertBook();
    const onIt = { response: { ...NO_RESPONSE, stage: 'arrived' } } as const;
    book.replace(1, [alertOf('a', onIt), alertOf('b', { state: 'closed', ...onIt })], 'log');
    book.apply(eventOf(2, 'cleared', alertOf('a', { state: 'closed', ...onIt })));
    expect([[...book.open().keys()], [...book.responding().keys()]]).toEqual([[], ['b', 'a']]);
    const over = { response: { ...NO_RESPONSE, stage: 'closed', closedAt: 9 } } as const;
    book.apply(eventOf(3, 'closed', alertOf('b', { state: 'closed', ...over })));
    expect([...book.responding().keys()]).toEqual(['a']);
  });
});

test('the chain of an alert: what happened stands under its word, and each word says how far it is', () => {
  const dispatch = {
    number: 1,
    to: { name: '王磊' },
    state: 'handled',
    by: 'li',
    at: 2,
    answeredAt: 3,
    arrivedAt: 3,
    handledAt: 4,
  };
  const response = { ...NO_RESPONSE, stage: 'handled', dispatches: [dispatch] } as Alert['response'];
  const alert = alertOf('a', { acknowledged: true, response });
  const about = { cause: { code: 'dispatch', ref: '1' } };
  const log = [
    eventOf(1, 'raised', alertOf('a')),
    eventOf(2, 'note', alertOf('a')),
    { ...eventOf(3, 'dispatched', alert), ...about },
    { ...eventOf(4, 'arrived', alert), ...about },
  ];
  expect(chainOf(alert, log).map(({ cell, state, events }) => [cell, state, events.map(({ event }) => event)])).toEqual(
    [
      ['alarm', 'now', ['raised']],
      ['response', 'done', ['dispatched']],
      ['execution', 'done', ['arrived']],
      ['feedback', 'now', []],
    ],
  );
  expect(log.map(assigneeOf)).toEqual([null, null, '王磊', '王磊']);
  const states = (changed: Partial<Alert>) => chainOf(alertOf('a', changed), []).map(({ state }) => state);
  expect(states({})).toEqual(['now', 'todo', 'todo', 'todo']);
  expect(states({ acknowledged: true, state: 'closed' })).toEqual(['done', 'done', 'todo', 'todo']);
});

interface FakeSocket extends Socket {
  readonly since: number | null;
  log: string | null;
  readonly sent: string[];
  closed: boolean;
  readyState: number;
  say(frame: unknown): void;
}

describe('connection', () => {
  let sockets: FakeSocket[];
  let phases: Phase[];
  let frames: string[];
  let nowMs: number;
  let signedIn: boolean;
  let connection: Connection;

  const last = (): FakeSocket => {
    const socket = sockets.at(-1);
    if (socket === undefined) throw new Error('nothing was opened');
    return socket;
  };

  beforeEach(() => {
    vi.useFakeTimers();
    sockets = [];
    phases = [];
    frames = [];
    nowMs = 0;
    signedIn = true;
    connection = createConnection({
      book: createAlertBook(),
      open(since, log) {
        const socket: FakeSocket = {
          since,
          log,
          sent: [],
          closed: false,
          readyState: 1,
          onopen: null,
          onmessage: null,
          onclose: null,
          send: (text) => socket.sent.push(text),
          close: () => {
            socket.closed = true;
          },
          say: (frame) => socket.onmessage?.({ data: JSON.stringify(frame) }),
        };
        sockets.push(socket);
        return socket;
      },
      signedIn: async () => signedIn,
      monotonicMs: () => nowMs,
      random: () => 0.5,
      onFrame: (frame) => frames.push(frame.type),
      onPhase: (phase) => phases.push(phase),
    });
    return () => vi.useRealTimers();
  });

  const snapshot = (seq: number, log = 'log') => ({ type: 'snapshot', seq, log, alerts: [] });

  test('nothing is sent on a socket that is closing and has not said so yet', () => {
    openedAt(3);
    const before = last().sent.length;
    last().readyState = 2;
    connection.seen(3);
    expect(last().sent).toHaveLength(before);
    last().readyState = 1;
    connection.seen(3);
    expect(last().sent).toHaveLength(before + 1);
  });

  function openedAt(seq: number): void {
    connection.start();
    last().onopen?.();
    last().say(snapshot(seq));
  }

  test('begins without a number and resumes with the last one it has', async () => {
    openedAt(7);
    last().say(eventOf(8, 'raised', alertOf('a')));
    last().onclose?.({ code: 1006 });
    await vi.runAllTimersAsync();
    expect(sockets.map(({ since }) => since)).toEqual([null, 8]);
  });

  test('a gap is never passed on: the socket is dropped and the missing part asked for', () => {
    openedAt(7);
    last().say(eventOf(9, 'raised', alertOf('a')));
    expect(frames).toEqual(['snapshot']);
    expect(sockets[0]?.closed).toBe(true);
    expect(last().since).toBe(7);
  });

  test('a heartbeat that stays ahead of the events tells of a loss; one that is caught up with does not', () => {
    openedAt(7);
    last().say({ type: 'heartbeat', seq: 8, at: 0 });
    last().say(eventOf(8, 'raised', alertOf('a')));
    last().say({ type: 'heartbeat', seq: 8, at: 0 });
    expect(sockets).toHaveLength(1);
    last().say({ type: 'heartbeat', seq: 9, at: 0 });
    last().say({ type: 'heartbeat', seq: 9, at: 0 });
    expect(last().since).toBe(8);
  });

  test('a server with a shorter log is another one: only a fresh snapshot will do', () => {
    openedAt(7);
    last().say({ type: 'heartbeat', seq: 3, at: 0 });
    expect(last().since).toBeNull();
  });

  test('says which log it knows, and takes the snapshot of another one in place of all it had', () => {
    openedAt(7);
    last().say(eventOf(8, 'raised', alertOf('a')));
    last().say({ type: 'heartbeat', seq: 8, at: 0, log: 'log' });
    expect(sockets).toHaveLength(1);
    last().say({ type: 'heartbeat', seq: 9, at: 0, log: 'restored' });
    expect([last().since, last().log]).toEqual([null, 'log']);
    last().say(snapshot(9, 'restored'));
    last().say(eventOf(12, 'raised', alertOf('a')));
    expect([last().since, last().log]).toEqual([9, 'restored']);
  });

  test('backs off further with each failure, up to a limit', async () => {
    connection.start();
    const opened: number[] = [];
    for (let i = 0; i < 8; i++) {
      const before = sockets.length;
      last().onclose?.({ code: 1006 });
      let waitedMs = 0;
      while (sockets.length === before) {
        await vi.advanceTimersByTimeAsync(25);
        waitedMs += 25;
      }
      opened.push(waitedMs);
    }
    expect(opened).toEqual([...opened].sort((a, b) => a - b));
    expect(opened[0]).toBeLessThanOrEqual(500);
    expect(opened.at(-1)).toBeLessThanOrEqual(10_000);
    expect(opened.at(-1)).toBeGreaterThan(5_000);
  });

  test('told that it was too slow it comes back without waiting', async () => {
    openedAt(7);
    last().onclose?.({ code: 4408 });
    await vi.advanceTimersByTimeAsync(0);
    expect(last().since).toBe(7);
    expect(sockets).toHaveLength(2);
  });

  test('signed out is not the same as unreachable', async () => {
    connection.start();
    last().onclose?.({ code: 1006 });
    await vi.runAllTimersAsync();
    expect(phases).not.toContain('signed-out');
    signedIn = false;
    last().onclose?.({ code: 1006 });
    await vi.runAllTimersAsync();
    expect(phases.at(-1)).toBe('signed-out');
  });

  test('a socket that says nothing for long is dead, whatever the browser thinks', () => {
    openedAt(7);
    nowMs = 15_001;
    connection.check();
    expect(sockets[0]?.closed).toBe(true);
    expect(last().since).toBe(7);
    expect(connection.silenceMs()).toBe(15_001);
  });

  test('subscriptions are repeated on every new socket', () => {
    openedAt(7);
    connection.subscribe('*');
    last().say(eventOf(9, 'raised', alertOf('a')));
    last().onopen?.();
    expect(last().sent).toEqual(['{"type":"subscribe","readings":"*"}']);
  });
});
