import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { type AlertStore, openAlertStore } from '../../src/alerts/store.ts';
import { createReporter } from '../../src/gateways/gbt26875/reporter.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { Alert, AlertEvent } from '../../src/model/alert.ts';
import type { PointRecord } from '../../src/model/registry.ts';
import type { Channel } from '../../src/push/channel.ts';
import { startChannelFollower } from '../../src/push/channel-follower.ts';
import { createFireReport } from '../../src/push/fire-report.ts';
import { createSirens } from '../../src/push/siren.ts';
import { afterTest } from '../support/after-test.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { firePlatform } from '../support/fire-platform.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';

/** What every channel holds to (src/push/channel.ts), led through a real alert log. */

interface ChannelUnderTest {
  readonly channel: Channel;
  /** The ids of the alerts that whoever listens takes for sounding. */
  sounding(): string[];
  /** Whether the other side takes nothing at present. */
  isDown: boolean;
  /** The other side has forgotten everything, as when it was started with the server. */
  forget(): void;
}

const CHANNELS: Record<string, () => ChannelUnderTest | Promise<ChannelUnderTest>> = {
  sirens() {
    const retained = new Map<string, string>();
    const made: ChannelUnderTest = {
      channel: createSirens(async (topic, payload) => {
        if (made.isDown) throw new Error('the broker is down');
        if (payload === '') retained.delete(topic);
        else retained.set(topic, payload);
      }),
      sounding: () => [...retained.values()].map((payload) => (JSON.parse(payload) as Alert).id).sort(),
      isDown: false,
      forget: () => retained.clear(),
    };
    return made;
  },

  /** Over a real connection, to a platform that denies what it is told while it is down. */
  async 'report to a fire platform'() {
    const platform = await firePlatform();
    const reporter = createReporter({
      clock: systemClock,
      log: pino({ level: 'silent' }),
      platform: { host: '127.0.0.1', port: platform.port },
      address: '0a0b0c0d0e0f',
      present: () => [],
      operations: () => [],
      version: '0.1.0',
      onGuardCheck() {},
    });
    afterTest(() => reporter.close());
    reporter.connect();
    const point = (id: string) => {
      const name = { zh: '', en: id };
      const metrics = { ch4: { series: id.charCodeAt(id.length - 1) } };
      return { id, family: 'fire', name, labels: {}, metrics } as unknown as PointRecord;
    };
    return {
      channel: createFireReport({ point, send: reporter.send, onGuardAnswered: async () => {} }),
      sounding: () =>
        [...platform.components]
          .filter(([, states]) => states.includes('fire'))
          .map(([address]) => String.fromCharCode(Number.parseInt(address.slice(-8), 16)))
          .sort(),
      get isDown() {
        return platform.answer === 'deny';
      },
      set isDown(is) {
        platform.answer = is ? 'deny' : 'confirm';
      },
      forget: () => platform.components.clear(),
    };
  },
};

const RETRY_MS = 2_000;
const KEEP_MS = 200;

function alertOf(id: string, state: Alert['state']): Alert {
  return {
    id,
    point: `point-${id}`,
    area: 'market',
    family: 'fire',
    kind: 'levels',
    metric: 'ch4',
    value: 25,
    unit: '%LEL',
    rule: 'ch4',
    level: 'red',
    state,
    raisedAt: 1,
    announcedAt: 1,
    shelvedUntil: null,
    suppressed: false,
    acknowledged: false,
  } as unknown as Alert;
}

describe.each(Object.entries(CHANNELS))('the channel %s', (_name, make) => {
  /** An alert log in a file, and a server that comes and goes over it. */
  async function site() {
    const path = join(temporaryFolder(), 'alerts.db');
    const clock = createFakeClock();
    const under = await make();
    const open = new Map<string, Alert>();
    /** The seq that each call began and ended with. */
    const calls: string[] = [];
    const channel: Channel = {
      name: under.channel.name,
      async begin(alerts) {
        calls.push(`begin ${alerts.length}`);
        await under.channel.begin(alerts);
      },
      async deliver(events) {
        calls.push(`${events[0]?.seq}-${events.at(-1)?.seq}`);
        await under.channel.deliver(events);
      },
    };
    let store: AlertStore | undefined;
    let follower: ReturnType<typeof startChannelFollower> | undefined;
    let seq = 0;
    let isLogWritable = true;

    const site = {
      under,
      clock,
      calls,
      start(logName = 'log-1') {
        const opened = openAlertStore(path);
        store = opened;
        follower = startChannelFollower({
          clock,
          log: pino({ level: 'silent' }),
          channel,
          logName,
          alerts: { open: () => [...open.values()], events: opened.events, headSeq: () => seq },
          places: opened,
        });
        follower.start();
      },
      /** As a kill leaves it: what was not kept by then is not. */
      kill() {
        // A timer that is left behind finds the file closed, like one of a process that is gone.
        store?.close();
        store = undefined;
        follower = undefined;
      },
      stop() {
        follower?.close();
        site.kill();
      },
      state: () => follower?.state(),
      logFails(fails: boolean) {
        isLogWritable = !fails;
      },
      /** Something happens to an alert, so often; while no server runs it is only in the log, as after a replay. */
      happens(id: string, event: 'raised' | 'cleared', times = 1) {
        const alert = alertOf(id, event === 'raised' ? 'active' : 'closed');
        if (event === 'raised') open.set(id, alert);
        else open.delete(id);
        const entries = Array.from({ length: times }, () => {
          return { seq: ++seq, event, at: seq, by: null, alert } as unknown as AlertEvent;
        });
        for (const entry of entries) follower?.offer([entry]);
        if (!isLogWritable) return;
        const to = store ?? openAlertStore(path);
        to.commit({
          cursor: seq,
          replayFrom: seq + 1,
          events: entries,
          alerts: [alert],
          retired: [],
          checkpoints: [],
          maintenance: [],
          memory: new Map(),
        });
        if (store === undefined) to.close();
      },
      /** Lets the pauses between tries pass, until it has gone through. */
      async mended() {
        await until('the channel', () => {
          clock.advance(RETRY_MS);
          return follower?.state().waiting === 0 && follower.state().failure === null;
        });
      },
      told: () => until('the channel', () => follower?.state().waiting === 0 && follower.state().failure === null),
    };
    afterTest(() => site.kill());
    return site;
  }

  test('tells what happens, in order and at once', async () => {
    const { start, happens, told, under, calls } = await site();
    start();
    happens('a', 'raised');
    happens('b', 'raised');
    await told();
    expect(under.sounding()).toEqual(['a', 'b']);
    happens('a', 'cleared');
    await told();
    expect(under.sounding()).toEqual(['b']);
    expect(calls[0]).toBe('begin 0');
    expect(calls.slice(1).join()).toMatch(/^1-1,2-2,3-3$|^1-2,3-3$/);
  });

  test('a new channel says what is open and goes on at the end of the log, as in a folder of before there were channels', async () => {
    const { start, happens, told, under, calls } = await site();
    happens('a', 'raised');
    happens('b', 'raised');
    happens('a', 'cleared');
    start();
    await told();
    await until('what is open', () => under.sounding().length > 0);
    expect(under.sounding()).toEqual(['b']);
    happens('b', 'cleared');
    await told();
    expect(under.sounding()).toEqual([]);
    expect(calls).toEqual(['begin 1', '4-4']);
  });

  test('after a start it goes on behind its place, and what is open is said anew', async () => {
    const { start, stop, happens, told, under, calls } = await site();
    start();
    happens('a', 'raised');
    happens('b', 'raised');
    await told();
    stop();
    under.forget();
    happens('a', 'cleared');
    happens('c', 'raised');
    calls.length = 0;
    start();
    await told();
    expect(calls).toEqual(['begin 2', '3-4']);
    expect(under.sounding()).toEqual(['b', 'c']);
  });

  test('after a crash it tells again what it may have told, and leaves out nothing', async () => {
    const { start, kill, happens, told, under, calls, clock } = await site();
    start();
    happens('a', 'raised');
    await told();
    clock.advance(KEEP_MS);
    happens('b', 'raised');
    await told();
    kill();
    happens('a', 'cleared');
    calls.length = 0;
    start();
    await told();
    expect(calls).toEqual(['begin 1', '2-3']);
    expect(under.sounding()).toEqual(['b']);
  });

  test.each([
    'shorter',
    'longer',
  ])('in another log, %s than the one before, nothing of before is told', async (which) => {
    const { start, stop, happens, told, under, calls } = await site();
    start();
    if (which === 'shorter') happens('x', 'cleared', 5);
    happens('a', 'raised');
    await told();
    stop();
    happens('x', 'cleared');
    happens('b', 'raised');
    calls.length = 0;
    start('log-2');
    await told();
    await until('what is open', () => under.sounding().includes('b'));
    happens('a', 'cleared');
    await told();
    expect(calls[0]).toBe('begin 2');
    expect(calls.slice(1)).toHaveLength(1);
    expect(under.sounding()).toEqual(['b']);
    // The place is one of the new log by now, from which it goes on.
    stop();
    happens('c', 'raised');
    calls.length = 0;
    start('log-2');
    await told();
    expect(calls).toHaveLength(2);
  });

  test('while it fails it keeps its place and says so; then it goes on without a gap, from memory or from the log', async () => {
    const { start, happens, told, mended, under, calls, clock, state } = await site();
    start();
    happens('a', 'raised');
    await told();
    under.isDown = true;
    happens('a', 'cleared');
    happens('b', 'raised');
    await until('the failure', () => state()?.failure);
    expect(state()).toMatchObject({ waiting: 2, failure: expect.stringMatching(/./) });
    clock.advance(RETRY_MS);
    await until('another try', () => calls.length >= 4);
    // More than is kept in memory.
    happens('c', 'raised', 4_000);
    happens('c', 'cleared', 5_000);
    under.isDown = false;
    await mended();
    expect(under.sounding()).toEqual(['b']);
    const tries = calls.slice(1).map((call) => call.split('-').map(Number));
    expect(tries.filter(([from]) => from === 2).length).toBeGreaterThanOrEqual(2);
    const done = tries.filter(([from], i) => from !== tries[i + 1]?.[0]);
    for (const [i, [from]] of done.entries()) expect(from).toBe((done[i - 1]?.[1] ?? 0) + 1);
    expect(done.at(-1)?.[1]).toBe(9_003);
  });

  test('a start at which it fails is made up for', async () => {
    const { start, happens, mended, under, state } = await site();
    happens('a', 'raised');
    under.isDown = true;
    start();
    await until('the failure', () => state()?.failure);
    happens('b', 'raised');
    under.isDown = false;
    await mended();
    expect(under.sounding()).toEqual(['a', 'b']);
  });

  test('people are told first: it goes on while the log cannot be written', async () => {
    const { start, happens, told, under, logFails } = await site();
    start();
    happens('a', 'raised');
    await told();
    logFails(true);
    happens('a', 'cleared');
    happens('b', 'raised');
    await told();
    expect(under.sounding()).toEqual(['b']);
  });
});
