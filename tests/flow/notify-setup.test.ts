import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startGatewayServer } from '../../simulator/gateways/gateway.ts';
import { createWecomRobot } from '../../simulator/gateways/robots.ts';
import type { ToldMessage } from '../../src/model/notify/told.ts';
import { afterTest } from '../support/after-test.ts';
import { type Brink, plainSite, publish, startBrink } from '../support/brink.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';

/** What people set up over the API is what devices' breaches are told by. */

const KEY = 'robot-key-for-tests';
const SITE = plainSite(1, { high: { metric: 'v', levels: { orange: { above: 20 }, red: { above: 50 } } } });
const PEOPLE = [{ id: 'zhang', name: '张三', phone: '13800000001', by: ['robot'] }];

async function startRobot() {
  const server = await startGatewayServer({ gateways: [createWecomRobot(KEY)], nowMs: Date.now });
  afterTest(() => server.close());
  const taken = () => server.received.filter(({ result }) => result?.isTaken === true).map(({ text }) => text);
  return { origin: server.origin, taken };
}

function setupWith(settings: Readonly<Record<string, unknown>>, more: Readonly<Record<string, unknown>> = {}) {
  return {
    people: PEOPLE,
    channels: [{ id: 'robot', kind: 'wecom', settings }],
    routes: [{ id: 'all', to: [{ channel: 'robot' }] }],
    ...more,
  };
}

async function put(brink: Brink, revision: number, setup: unknown, query = '') {
  const answer = await brink.call('PUT', `/notify/setup${query}`, { revision, setup, reason: '汛期值班' });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

test('a setup is checked, kept as a revision, in force at once and after a start, and its secrets are nowhere to be read', async () => {
  const robot = await startRobot();
  const data = temporaryFolder();
  const brink = await startBrink(SITE, { data, flags: ['--notify-allow', '127.0.0.1'] });
  const shown = () => brink.get<Record<string, unknown>>('/notify/setup');
  expect(await shown()).toEqual({ revision: 0 });

  const wrong = setupWith({ origin: 7 }, { routes: [{ id: 'all', to: [{ person: 'gone' }] }] });
  expect(await put(brink, 0, wrong)).toMatchObject({
    status: 422,
    body: {
      code: 'notify-setup-invalid',
      errors: [{ path: '/setup/routes/0/to/0/person' }, { path: '/setup/channels/0/settings/origin' }],
    },
  });
  // A file has no secrets: it is taken, and says what is still to be given.
  const lacking = await put(brink, 0, setupWith({ origin: robot.origin }));
  expect(lacking).toMatchObject({
    status: 200,
    body: { revision: 1, missingSecrets: [{ channel: 'robot', name: 'key' }] },
  });
  const trial = await put(brink, 1, setupWith({ origin: robot.origin, key: KEY }), '?dryRun=true');
  expect(trial).toMatchObject({ status: 200, body: { revision: 1, missingSecrets: [] } });
  const whole = await put(brink, 1, setupWith({ origin: robot.origin, key: KEY }));
  expect(whole).toMatchObject({ status: 200, body: { revision: 2, missingSecrets: [], author: 'token:test' } });
  expect(await put(brink, 1, setupWith({ origin: robot.origin }))).toMatchObject({
    status: 412,
    body: { code: 'notify-lost-race', revision: 2 },
  });
  // What was masked, and sent back so, is as it was.
  const { setup } = (await shown()) as { setup: { channels: { settings: Record<string, unknown> }[] } };
  expect(setup.channels[0]?.settings).toEqual({ origin: robot.origin, key: '••••••••' });
  expect(await put(brink, 2, { ...setup, templates: [] })).toMatchObject({ status: 200, body: { revision: 3 } });

  // A robot takes 20 a minute, of which 18 are used (NOTIFY).
  const channel = await until('how the channel fares', async () => {
    const { items } = await brink.get<{ items: { budget: { count: number; perMs: number }[] }[] }>('/notify/channels');
    return items[0];
  });
  expect(channel.budget).toMatchObject([{ count: 18, perMs: 60_000 }]);

  const tested = await brink.call('POST', '/notify/channels/robot/test', {});
  expect([tested.status, await tested.json()]).toMatchObject([200, { state: 'accepted', why: null }]);
  await publish(await brink.device('dev-1'), { v: 60 });
  await until('the robot to be told', () => robot.taken().some((text) => text.includes('红色')));

  const [alert] = await brink.alerts();
  const told = async () => (await brink.get<{ items: ToldMessage[] }>(`/alerts/${alert?.id}/told`)).items;
  await until('proof of it', async () => (await told())[0]?.state === 'accepted');
  expect(await told()).toMatchObject([{ reason: 'raised', channel: 'robot', person: null, level: 'red' }]);
  expect((await brink.get<{ items: unknown[] }>('/notify/told')).items).toHaveLength(1);

  const again = await brink.restart();
  await publish(await again.device('dev-1'), { v: 1 });
  await until('the robot to be told that it is over', () => robot.taken().some((text) => text.includes('已解除')));
  const revisions = await again.get<{ items: { revision: number }[] }>('/notify/setup/revisions');
  expect(revisions.items.map(({ revision }) => revision)).toEqual([3, 2, 1]);
  const second = await again.get<{ setup: { channels: { settings: unknown }[] } }>('/notify/setup/revisions/2');
  expect(second.setup.channels[0]?.settings).toEqual({ origin: robot.origin });
  await again.close();
  for (const file of ['registry.db', 'registry.db-wal', 'notify.db']) {
    let bytes = '';
    try {
      bytes = readFileSync(join(data, file)).toString('latin1');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    expect(bytes).not.toContain(KEY);
  }
});

test('what a robot has said in its group can be read, newest first and without its form, and whether it was taken', async () => {
  const robot = await startRobot();
  const brink = await startBrink(SITE, {
    flags: ['--notify-allow', '127.0.0.1'],
  });
  await put(brink, 0, setupWith({ origin: robot.origin, key: KEY }));
  const path = '/notify/channels/robot/messages';
  expect(await brink.get(path)).toEqual({ items: [], next: null });
  const device = await brink.device('dev-1');
  await publish(device, { v: 60 });
  await until('the robot to be told', () => robot.taken().length === 1);
  await publish(device, { v: 1 });
  await until('the robot to be told that it is over', () => robot.taken().length === 2);
  const messages = async (query = '') =>
    brink.get<{ items: { text: string; state: string }[]; next: string | null }>(`${path}${query}`);
  await until('what came of it', async () => (await messages()).items.every(({ state }) => state === 'accepted'));

  const { items, next } = await messages();
  expect(next).toBeNull();
  expect(items).toMatchObject([
    { text: expect.stringContaining('已解除'), state: 'accepted', acceptedAt: expect.any(Number) },
    { text: expect.stringContaining('红色'), level: 'red' },
  ]);
  expect(robot.taken()[0]).toContain('<font');
  expect(items.map(({ text }) => text).join()).not.toMatch(/<|\*\*|https?:/);

  const first = await messages('?limit=1');
  expect(first.items).toEqual(items.slice(0, 1));
  expect((await messages(`?limit=1&cursor=${first.next}`)).items).toEqual(items.slice(1));
  const gone = await brink.call('GET', '/notify/channels/gone/messages');
  expect([gone.status, await gone.json()]).toMatchObject([404, { code: 'unknown-channel' }]);
});

test('who is on duty is said to everybody by name, telephone numbers to operators alone', async () => {
  const brink = await startBrink(SITE);
  const rotas = [
    {
      id: 'day',
      shifts: [{ id: 'all', hours: ['08:00', '08:00'] }],
      turn: 'day',
      from: '2026-07-01',
      order: [{ primary: 'zhang' }],
    },
  ];
  expect(await put(brink, 0, { people: [{ id: 'zhang', name: '张三', phone: '13800000001' }], rotas })).toMatchObject({
    status: 200,
  });
  const duties = await brink.get<{ items: unknown[] }>(
    '/notify/duties?from=2026-07-02T08:00:00%2B08:00&to=2026-07-03T08:00:00%2B08:00',
  );
  expect(duties.items).toMatchObject([
    { rota: 'day', shift: 'all', date: '2026-07-02', primary: { id: 'zhang', name: '张三' }, backup: null },
  ]);
  expect(JSON.stringify(duties)).not.toContain('13800000001');
});
