import { expect, test } from 'vitest';
import { createHealth, type HealthOptions } from '../../src/services/observe/health.ts';
import { temporaryFolder } from '../support/temporary.ts';

/** The health of a server whose journal goes on at 10, and whose followers stand where the test says. */
function healthOf(
  alertsAt: number,
  historyNext: number,
  channels: ReturnType<HealthOptions['channels']> = [],
  feeds: ReturnType<HealthOptions['feeds']> = [],
  others: Partial<Pick<HealthOptions, 'pushes' | 'listeners' | 'codecs'>> = {},
) {
  const stats = { nextPosition: 10, firstPosition: 1, bytes: 1, pendingEntries: 0, commits: 1, failure: null };
  const journal = { stats: () => stats } as unknown as HealthOptions['journal'];
  const alerts = { failure: () => null, position: () => alertsAt } as unknown as HealthOptions['alerts'];
  const history = {
    stats: () => ({ readings: 0, bytesOnDisk: 0, problem: null }),
    nextPosition: () => historyNext,
    durablePosition: () => historyNext,
  } as unknown as HealthOptions['history'];
  return createHealth({
    journal,
    alerts,
    history,
    channels: () => channels,
    feeds: () => feeds,
    pushes: () => [],
    listeners: () => [],
    codecs: () => undefined,
    ...others,
    folder: temporaryFolder(),
    journalBytesMax: 1_000,
  })();
}

test('a follower that is ahead of its journal is failing, for it passes over what comes next', () => {
  expect(healthOf(9, 10)).toMatchObject({ checks: { alerts: { status: 'ok', lag: 0 }, history: { status: 'ok' } } });
  expect(healthOf(807, 10)).toMatchObject({
    status: 'failing',
    checks: { alerts: { status: 'failing', lag: -798, detail: '798 entries ahead of the journal' } },
  });
  expect(healthOf(9, 12)).toMatchObject({ status: 'failing', checks: { history: { status: 'failing', lag: -2 } } });
});

test('a channel that fails degrades the server, and is named with what it says', () => {
  const sirens = { name: 'sirens', waiting: 0, failure: null };
  expect(healthOf(9, 10, [sirens])).toMatchObject({ checks: { channels: { status: 'ok', lag: 0 } } });
  expect(healthOf(9, 10, [sirens, { name: 'robot', waiting: 3, failure: 'no route' }])).toMatchObject({
    status: 'degraded',
    checks: { channels: { status: 'degraded', detail: 'robot: no route', lag: 3 } },
  });
});

const source = {
  isUp: true,
  connections: 0,
  connectedAtMs: null,
  messages: 0,
  lastMessageAtMs: null,
  unread: 0,
  trouble: null,
};

test('platforms that push and listeners are counted, and degrade nothing; a codec that is off does', () => {
  const push = { ...source, kind: 'push', name: 'ctwing', messages: 3, lastMessageAtMs: 40 } as const;
  const line = {
    ...source,
    kind: 'listener',
    name: 'hj212',
    isUp: true,
    connections: 2,
    messages: 5,
    lastMessageAtMs: 50,
  } as const;
  const codecs = { codecs: 2, off: [], decoded: 7, refused: 1, waiting: 0 };
  const others = {
    pushes: () => [{ ...push, trouble: { words: 'a wrong key', atMs: 30 } }, push],
    listeners: () => [line, { ...line, name: 'sl651', messages: 0, lastMessageAtMs: null }],
    codecs: () => codecs,
  };
  expect(healthOf(9, 10, [], [], others)).toMatchObject({
    status: 'ok',
    checks: {
      pushes: { status: 'ok', detail: 'ctwing: a wrong key', pushes: 2, messages: 6, lastMessageAt: 40 },
      listeners: { status: 'ok', connections: 4, listeners: 2, messages: 5, lastMessageAt: 50 },
      codecs: { status: 'ok', codecs: 2, decoded: 7, refused: 1, waiting: 0 },
    },
  });
  const trouble = { words: 'listen EADDRINUSE', atMs: 30 };
  const away = { listeners: () => [line, { ...line, name: 'sl651', isUp: false, trouble }] };
  expect(healthOf(9, 10, [], [], away)).toMatchObject({
    status: 'degraded',
    checks: { listeners: { status: 'degraded', detail: 'sl651: listen EADDRINUSE' } },
  });
  const off = [{ profile: 'am307', detail: 'deadline' }];
  expect(healthOf(9, 10, [], [], { codecs: () => ({ ...codecs, off }) })).toMatchObject({
    status: 'degraded',
    checks: { codecs: { status: 'degraded', detail: 'am307: deadline' } },
  });
  const { checks } = healthOf(9, 10);
  expect([checks.pushes, checks.listeners, checks.codecs]).toEqual([undefined, undefined, undefined]);
});

test('a feed without a connection degrades the server; one whose broker keeps nothing is said to be so', () => {
  const feed = { ...source, kind: 'feed', name: 'tts', connections: 1, isKeptForUs: true } as const;
  expect(healthOf(9, 10)).not.toHaveProperty('checks.feeds');
  expect(healthOf(9, 10, [], [feed])).toMatchObject({ status: 'ok', checks: { feeds: { connections: 1, feeds: 1 } } });
  expect(healthOf(9, 10, [], [{ ...feed, isKeptForUs: false, unread: 2 }])).toMatchObject({
    status: 'ok',
    checks: { feeds: { detail: expect.stringContaining('tts: the broker knows QoS 0'), unread: 2 } },
  });
  const away = {
    ...feed,
    name: 'cs',
    isUp: false,
    connections: 0,
    isKeptForUs: null,
    trouble: { words: 'Not authorized', atMs: 5 },
  };
  expect(healthOf(9, 10, [], [feed, away])).toMatchObject({
    status: 'degraded',
    checks: { feeds: { status: 'degraded', detail: 'cs: Not authorized', connections: 1, feeds: 2 } },
  });
});
