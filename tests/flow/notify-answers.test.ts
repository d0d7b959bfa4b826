import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createAliyunGateway } from '../../simulator/gateways/aliyun.ts';
import type { Fault } from '../../simulator/gateways/faults.ts';
import { type Gateway, type GatewayServer, startGatewayServer } from '../../simulator/gateways/gateway.ts';
import { createDingtalkRobot, createFeishuRobot, createWecomRobot } from '../../simulator/gateways/robots.ts';
import { createTencentGateway } from '../../simulator/gateways/tencent.ts';
import { readAllowedTargets } from '../../src/lib/allowed-targets.ts';
import { notifySetupSchema } from '../../src/model/notify/setup.ts';
import { NOTIFY_CLOCK } from '../../src/model/system-alerts.ts';
import { CHANNEL_TYPES } from '../../src/notify/channel-types.ts';
import type { SystemCondition } from '../../src/notify/outbox/desk.ts';
import { openOutbox } from '../../src/notify/outbox/outbox.ts';
import { createSender } from '../../src/notify/sender.ts';
import { createTransport } from '../../src/notify/transport.ts';
import { afterTest } from '../support/after-test.ts';
import { createFakeClock, uptimeOf } from '../support/fake-clock.ts';
import { createHookReceiver } from '../support/hook-receiver.ts';
import { entryOf, offered, tellAll } from '../support/telling.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';

/**
 * NOTIFY.md's acceptance tests 3 and 6: the real outbox, real channels and a real network, against gateways that answer in
 * every bad way at the same time, and against ones whose clock is two hours from ours. Time is simulated: what is delayed by
 * another's silence would not come while the clock stands still.
 */

const TIMEOUT_MS = 300;
const HOUR_MS = 3_600_000;

interface ChannelOf {
  readonly id: string;
  readonly kind: string;
  readonly settings: Readonly<Record<string, unknown>>;
}

function telling(channels: readonly ChannelOf[], clockErrorMs = 0) {
  const clock = createFakeClock();
  const transport = createTransport({
    allowed: readAllowedTargets(['127.0.0.0/8']).allowed,
    nowMs: () => clock.nowMs() + clockErrorMs,
  });
  const ours = { ...clock, nowMs: () => clock.nowMs() + clockErrorMs };
  const never = () => Promise.reject(new Error('no channel of this test needs it'));
  const sender = createSender({
    clock: ours,
    edge: {
      nowMs: ours.nowMs,
      after: ours.after,
      http: { request: (request) => transport.request({ ...request, timeoutMs: TIMEOUT_MS }) },
      resolve: transport.resolve,
      publish: never,
      subscribe: () => () => undefined,
    },
    onProof: () => undefined,
  });
  const conditions: SystemCondition[] = [];
  const outbox = openOutbox({
    timezone: 'Asia/Shanghai',
    uptime: uptimeOf(ours),
    path: join(temporaryFolder(), 'notify.db'),
    clock: ours,
    // Persons behind telephones are told as groups are: whom to tell is not what is tried here.
    step: tellAll,
    dutyAt: () => null,
    startsAnew: (place) => place === undefined,
    types: CHANNEL_TYPES,
    send: (channel, { composed }) => sender.send(channel, composed),
    newId: randomUUID,
    newCode: () => '4711',
    linkOf: () => null,
    onSystem: (condition) => conditions.push(condition),
    onAnswer: () => undefined,
    onBug(error) {
      throw error;
    },
  });
  afterTest(() => {
    sender.close();
    outbox.stop();
    outbox.close();
  });
  outbox.begin({ log: 'log', seq: 0 }, []);
  outbox.setUp({ revision: 1, setup: notifySetupSchema.parse({ channels }) });
  let seq = 0;
  return {
    clock,
    conditions,
    outbox,
    raise() {
      seq += 1;
      outbox.take([offered(entryOf(seq, { id: `a-${seq}`, level: 'red', atMs: ours.nowMs() }))]);
    },
    report: (id: string) => outbox.channels().find((report) => report.id === id),
  };
}

async function robotWith(clock: () => number, gateway: Gateway, fault?: Fault): Promise<GatewayServer> {
  const server = await startGatewayServer({ gateways: [gateway], nowMs: clock });
  server.setFault(fault);
  afterTest(() => server.close());
  return server;
}

describe('gateways that answer in every bad way', () => {
  const answering = (errcode: number): Gateway => ({
    path: '/cgi-bin/webhook/send',
    answer: () => ({ status: 200, body: { errcode, errmsg: 'no' }, isTaken: false }),
  });
  const WAYS: Readonly<Record<string, { fault?: Fault; gateway?: Gateway; waitMs: number | null; words: RegExp }>> = {
    'time-out': { fault: { kind: 'time-out' }, waitMs: 1_000, words: /no complete answer/ },
    reset: { fault: { kind: 'reset' }, waitMs: 1_000, words: /UND_ERR_SOCKET|ECONNRESET/ },
    'status-500': { fault: { kind: 'status', status: 500 }, waitMs: 1_000, words: /HTTP 500/ },
    'status-429': { fault: { kind: 'status', status: 429, retryAfter: '17' }, waitMs: 17_000, words: /HTTP 429/ },
    page: { fault: { kind: 'html' }, waitMs: 1_000, words: /HTTP 200 .*登录/ },
    redirect: { fault: { kind: 'redirect', to: 'http://169.254.169.254/' }, waitMs: 1_000, words: /HTTP 301/ },
    endless: { fault: { kind: 'endless' }, waitMs: 1_000, words: /HTTP 200 x+/ },
    busy: { gateway: answering(-1), waitMs: 1_000, words: /^-1/ },
    'too-many': { gateway: answering(45_009), waitMs: 60_000, words: /^45009/ },
    gone: { gateway: answering(93_000), waitMs: null, words: /^93000/ },
  };

  test('each is classed, waits and is recorded as the table says, and the one that is well waits for none of them', async () => {
    const nowMs = () => Date.UTC(2026, 5, 1);
    const well = await robotWith(nowMs, createWecomRobot('robot-key'));
    const bad = new Map<string, GatewayServer>();
    for (const [name, { fault, gateway }] of Object.entries(WAYS)) {
      bad.set(name, await robotWith(nowMs, gateway ?? createWecomRobot('robot-key'), fault));
    }
    const channel = (id: string, { origin }: GatewayServer) => ({
      id,
      kind: 'wecom',
      settings: { key: 'robot-key', origin },
    });
    const { clock, raise, report } = telling([
      ...[...bad].map(([name, server]) => channel(name, server)),
      channel('well', well),
    ]);

    // The clock stands still: whatever waits for another would never leave.
    raise();
    await until('the one that is well', () => well.received.length === 1);
    await until('what came of all of them', () => Object.keys(WAYS).every((id) => report(id)?.failure !== null));
    for (const [name, { words }] of Object.entries(WAYS))
      expect([name, report(name)?.failure]).toEqual([name, expect.stringMatching(words)]);
    expect(report('well')).toMatchObject({ failure: null, waiting: 0 });

    // Each is tried again when its time has come, and not before; what was refused for good is not.
    const attempts = () => Object.fromEntries([...bad].map(([name, server]) => [name, server.received.length]));
    expect(new Set(Object.values(attempts()))).toEqual(new Set([1]));
    const dueBy = (ms: number) =>
      Object.entries(WAYS)
        .filter(([, { waitMs }]) => waitMs !== null && waitMs <= ms)
        .map(([name]) => name);
    clock.advance(999);
    expect(new Set(Object.values(attempts()))).toEqual(new Set([1]));
    clock.advance(1);
    await until('the second attempts', () => dueBy(1_000).every((name) => attempts()[name] === 2));
    expect([attempts()['status-429'], attempts()['too-many'], attempts().gone]).toEqual([1, 1, 1]);
    for (const server of bad.values()) server.setFault(undefined);
    clock.advance(15_999);
    expect(attempts()['status-429']).toBe(1);
    clock.advance(1);
    await until('the one that named its wait', () => attempts()['status-429'] === 2);
    expect([attempts()['too-many'], attempts().gone]).toEqual([1, 1]);
    clock.advance(43_000);
    await until('the one that had enough', () => attempts()['too-many'] === 2);
    expect(attempts().gone).toBe(1);
    // Those that work again have it, once.
    for (const name of ['time-out', 'reset', 'status-500', 'status-429', 'page', 'redirect', 'endless']) {
      await until(name, () => {
        clock.advance(1_000);
        return bad.get(name)?.received.some(({ result }) => result?.isTaken);
      });
      expect(bad.get(name)?.received.filter(({ result }) => result?.isTaken).length).toBe(1);
    }
  });
});

describe('a clock of ours that is two hours off', () => {
  const ALIYUN = { accessKeyId: 'id', accessKeySecret: 'secret-1' };
  const TENCENT = { secretId: 'id', secretKey: 'secret-1' };
  const WHSEC = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const template = { alert: { code: '1', text: '监测报警' } };

  test('every channel that signs is refused for it, and one alert says that it is the clock', async () => {
    const theirs = createFakeClock().nowMs();
    const at = async (gateway: Gateway) => (await robotWith(() => theirs, gateway)).origin;
    const channels: ChannelOf[] = [
      {
        id: 'dingtalk',
        kind: 'dingtalk',
        settings: {
          token: 'robottoken',
          secret: 'SEC1',
          origin: await at(createDingtalkRobot('robottoken', { secret: 'SEC1' })),
        },
      },
      {
        id: 'feishu',
        kind: 'feishu',
        settings: {
          hook: 'hook-0123',
          secret: 'demo',
          origin: await at(createFeishuRobot('hook-0123', { secret: 'demo' })),
        },
      },
      {
        id: 'webhook',
        kind: 'webhook',
        settings: { url: `${await at(createHookReceiver('/hook', WHSEC))}/hook`, secret: WHSEC },
      },
      {
        id: 'aliyun-sms',
        kind: 'aliyun-sms',
        settings: { ...ALIYUN, signName: 's', templates: template, endpoint: await at(createAliyunGateway(ALIYUN)) },
      },
      {
        id: 'aliyun-voice',
        kind: 'aliyun-voice',
        settings: { ...ALIYUN, templates: template, endpoint: await at(createAliyunGateway(ALIYUN)) },
      },
      {
        id: 'tencent-sms',
        kind: 'tencent-sms',
        settings: {
          ...TENCENT,
          sdkAppId: '1',
          signName: 's',
          templates: template,
          endpoint: await at(createTencentGateway(TENCENT)),
        },
      },
      {
        id: 'tencent-voice',
        kind: 'tencent-voice',
        settings: {
          ...TENCENT,
          voiceSdkAppId: '1',
          templates: template,
          endpoint: await at(createTencentGateway(TENCENT)),
        },
      },
    ];
    const { raise, report, conditions } = telling(channels, 2 * HOUR_MS);
    raise();
    await until('all to be refused', () => channels.every(({ id }) => report(id)?.failure !== null));
    for (const { id } of channels) {
      expect([id, report(id)?.failure]).toEqual([
        id,
        expect.stringMatching(/timestamp|time stamp|HTTP 401|SignatureExpire/i),
      ]);
      expect(Math.abs((report(id)?.clockOffsetMs ?? 0) + 2 * HOUR_MS)).toBeLessThan(1_000);
    }
    const clocks = conditions.filter(({ condition, active }) => condition === NOTIFY_CLOCK && active);
    expect(clocks.length).toBeGreaterThan(0);
    expect(new Set(clocks.map(({ condition }) => condition)).size).toBe(1);
    expect(clocks[0]?.detail).toMatch(/clock/);
  });
});
