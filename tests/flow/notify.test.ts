import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type GatewayServer, startGatewayServer } from '../../simulator/gateways/gateway.ts';
import { createWecomRobot } from '../../simulator/gateways/robots.ts';
import { notifySetupSchema } from '../../src/model/notify/setup.ts';
import type { HealthReport } from '../../src/model/server-figures.ts';
import type { LiveSetup } from '../../src/notify/outbox/outbox.ts';
import { afterTest } from '../support/after-test.ts';
import { type Brink, plainSite, publish, startBrink } from '../support/brink.ts';
import { runBrinkCli } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';

/** The whole way: a device's reading, an alert, a robot's gateway, and back. */

const KEY = 'robot-key-for-tests';
const OTHER_KEY = 'other-key-for-tests';
const SITE = plainSite(2, { high: { metric: 'v', levels: { orange: { above: 20 }, red: { above: 50 } } } });

async function startRobots(nowMs: () => number = Date.now): Promise<GatewayServer> {
  const server = await startGatewayServer({
    gateways: [createWecomRobot(KEY), createWecomRobot(OTHER_KEY)],
    nowMs,
  });
  afterTest(() => server.close());
  return server;
}

function setupOf(origin: string, keys: Readonly<Record<string, string>> = { robot: KEY }): LiveSetup {
  const channels = Object.entries(keys).map(([id, key]) => ({ id, kind: 'wecom', settings: { key, origin } }));
  const routes = [{ id: 'all', to: channels.map(({ id }) => ({ channel: id })) }];
  return { revision: 1, setup: notifySetupSchema.parse({ channels, routes }) };
}

const ALLOW = ['--notify-allow', '127.0.0.1'];

async function raise(brink: Brink, value: number, device = 'dev-1'): Promise<void> {
  await publish(await brink.device(device), { v: value });
}

async function healthOf(brink: Brink): Promise<HealthReport> {
  return (await (await fetch(`${brink.app.http}/api/v1/health`)).json()) as HealthReport;
}

const taken = (robots: GatewayServer) =>
  robots.received.filter(({ result }) => result?.isTaken === true).map(({ text }) => text);

test('an alert is told to the robot, and that it has cleared; what was told is not told again by a start', async () => {
  const robots = await startRobots();
  const brink = await startBrink(SITE, { notify: setupOf(robots.origin), flags: ALLOW });
  await raise(brink, 60);
  await until('the robot to be told', () => taken(robots).length === 1);
  expect(taken(robots)[0]).toContain('红色');
  const again = await brink.restart();
  await raise(again, 1);
  await until('the robot to be told that it is over', () => taken(robots).length === 2);
  expect(taken(robots)[1]).toContain('已解除');
});

test('without a setup there is neither a thread nor a database', async () => {
  const brink = await startBrink(SITE);
  await raise(brink, 60);
  await until('the alert', async () => (await brink.alerts()).length === 1);
  expect((await healthOf(brink)).checks.channels).toEqual({ status: 'ok', lag: 0 });
});

test('a channel that refuses is an alert that the others tell, and that ends when it works again', async () => {
  const robots = await startRobots();
  // Nobody has this robot.
  const setup = setupOf(robots.origin, { robot: KEY, wrong: 'nobody-has-this-key' });
  const brink = await startBrink(SITE, { notify: setup, flags: ALLOW });
  await raise(brink, 60);
  const failing = async () => (await brink.alerts()).find(({ rule }) => rule === 'channel-failing.wrong');
  expect(await until('the alert of the channel', failing)).toMatchObject({ level: 'orange', state: 'active' });
  await until('the other to tell it', () => taken(robots).some((text) => text.includes('通知渠道 wrong')));
  // It never tells of itself.
  expect(
    robots.received.filter(
      ({ text, query }) => query.get('key') === 'nobody-has-this-key' && text.includes('通知渠道'),
    ),
  ).toEqual([]);
});

test('a gateway whose clock is two hours from ours is one alert that says clock', async () => {
  const robots = await startRobots(() => Date.now() + 7_200_000);
  const brink = await startBrink(SITE, { notify: setupOf(robots.origin), flags: ALLOW });
  await raise(brink, 60);
  await until('the alert of the clock', async () => (await brink.alerts()).some(({ rule }) => rule === 'notify-clock'));
  const [raised] = (await brink.events()).filter(({ alert }) => alert.rule === 'notify-clock');
  expect(raised?.alert.value).toContain('clock');
});

test('what a gateway says is for engineers; everybody else hears in our words why it fails', async () => {
  const robots = await startRobots();
  const said = `{"errcode":93000,"errmsg":"inner page of key ${KEY}"}`;
  robots.setFault({ kind: 'status', status: 200, text: said });
  const brink = await startBrink(SITE, { notify: setupOf(robots.origin), flags: ALLOW });
  await raise(brink, 60);
  const failing = await until('the alert of the channel', async () =>
    (await brink.alerts()).find(({ rule }) => rule.startsWith('channel-failing')),
  );
  expect(failing.value).toBe('网关不认这里的设置，如密钥 / it refuses what is set up here, such as a key');
  expect(JSON.stringify([await brink.events(), await healthOf(brink)])).not.toContain('inner page');
  const figures = await until('the words of the gateway', async () => {
    const text = JSON.stringify(await brink.get('/notify/channels'));
    return text.includes('inner page') ? text : undefined;
  });
  expect(figures).not.toContain(KEY);
});

test('what a gateway does not take is kept, and is told when it works again, after a start as well', async () => {
  const robots = await startRobots();
  robots.setFault({ kind: 'status', status: 500 });
  const brink = await startBrink(SITE, { notify: setupOf(robots.origin), flags: ALLOW });
  await raise(brink, 60);
  await until('an attempt', () => robots.received.length > 0);
  const health = await until('health to name it', async () => {
    const { checks } = await healthOf(brink);
    return checks.channels?.detail?.includes('notify/robot') ? checks.channels : undefined;
  });
  expect(health.status).toBe('degraded');
  await brink.close();
  robots.setFault(undefined);
  await brink.restart();
  await until('the robot to be told', () => taken(robots).length === 1);
});

test('of a restored backup nothing old is told; what is raised from then on is', async () => {
  const robots = await startRobots();
  robots.setFault({ kind: 'status', status: 500 });
  const data = temporaryFolder();
  const notify = setupOf(robots.origin);
  const brink = await startBrink(SITE, { data, notify, flags: ALLOW });
  await raise(brink, 60);
  await until('an attempt', () => robots.received.length > 0);
  await brink.close();
  const backup = join(temporaryFolder(), 'backup');
  expect((await runBrinkCli(['backup', backup, '--data', data])).status).toBe(0);
  robots.setFault(undefined);
  const restored = await startBrink(null, { data: backup, notify, flags: ALLOW });
  await raise(restored, 60, 'dev-2');
  await until('the robot to be told', () => taken(robots).length > 0);
  // Had it been told as well, it would have been first.
  expect(taken(robots)).toEqual([expect.stringContaining('pt-2')]);
});

test('a lost notify.db is an alert, and telling goes on at the end of the log', async () => {
  const robots = await startRobots();
  const data = temporaryFolder();
  const brink = await startBrink(SITE, { data, notify: setupOf(robots.origin), flags: ALLOW });
  await raise(brink, 60);
  await until('the robot to be told', () => taken(robots).length === 1);
  await brink.restart().then((again) => again.close());
  for (const name of readdirSync(data)) if (name.startsWith('notify.db')) rmSync(join(data, name));
  const again = await startBrink(null, { data, notify: setupOf(robots.origin), flags: ALLOW });
  const lost = (await again.alerts()).find(({ rule }) => rule === 'data-lost');
  expect([lost?.level, lost?.value]).toEqual(['orange', expect.stringContaining('notify.db')]);
  await raise(again, 60, 'dev-2');
  await until('the robot to be told of it', () => taken(robots).some((text) => text.includes('pt-2')));
  expect(taken(robots).filter((text) => text.includes('pt-1'))).toHaveLength(1);
});

test('metrics say how each channel fares', async () => {
  const robots = await startRobots();
  const brink = await startBrink(SITE, { notify: setupOf(robots.origin), flags: ALLOW });
  const metrics = async () => (await brink.call('GET', '/metrics')).text();
  await until('the channel to be among them', async () =>
    (await metrics()).includes('brink_notify_failing{channel="robot"} 0'),
  );
});
