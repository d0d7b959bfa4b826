import { expect, test } from 'vitest';
import { createHealth, type HealthOptions } from '../../src/services/observe/health.ts';
import { temporaryFolder } from '../support/temporary.ts';

/** The health of a server whose journal goes on at 10, and whose followers stand where the test says. */
function healthOf(
  alertsAt: number,
  historyNext: number,
  channels: ReturnType<HealthOptions['channels']> = [],
  feeds: ReturnType<HealthOptions['feeds']> = [],
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

test('a feed without a connection degrades the server; one whose broker keeps nothing is said to be so', () => {
  const feed = { name: 'tts', isConnected: true, failure: null, isKeptForUs: true, unread: 0 };
  expect(healthOf(9, 10)).not.toHaveProperty('checks.feeds');
  expect(healthOf(9, 10, [], [feed])).toMatchObject({ status: 'ok', checks: { feeds: { connections: 1, feeds: 1 } } });
  expect(healthOf(9, 10, [], [{ ...feed, isKeptForUs: false, unread: 2 }])).toMatchObject({
    status: 'ok',
    checks: { feeds: { detail: expect.stringContaining('tts: the broker knows QoS 0'), unread: 2 } },
  });
  const away = { ...feed, name: 'cs', isConnected: false, isKeptForUs: null, failure: 'Not authorized' };
  expect(healthOf(9, 10, [], [feed, away])).toMatchObject({
    status: 'degraded',
    checks: { feeds: { status: 'degraded', detail: 'cs: Not authorized', connections: 1, feeds: 2 } },
  });
});
