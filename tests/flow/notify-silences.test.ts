import { expect, test } from 'vitest';
import { startGatewayServer } from '../../simulator/gateways/gateway.ts';
import { createWecomRobot } from '../../simulator/gateways/robots.ts';
import { afterTest } from '../support/after-test.ts';
import { plainSite, publish, startBrink } from '../support/brink.ts';
import { runBrinkCli } from '../support/cli.ts';
import { until } from '../support/until.ts';

const KEY = 'robot-key-for-tests';
const SITE = plainSite(2, { high: { metric: 'v', levels: { orange: { above: 20 }, red: { above: 50 } } } });

test('a silence holds back, over a restart too, and what is still open is told when it is ended', async () => {
  const robots = await startGatewayServer({ gateways: [createWecomRobot(KEY)], nowMs: Date.now });
  afterTest(() => robots.close());
  const taken = () => robots.received.filter(({ result }) => result?.isTaken === true).map(({ text }) => text);
  const brink = await startBrink(SITE, { flags: ['--notify-allow', '127.0.0.1'] });
  const made = await brink.call('POST', '/tokens', { name: 'terminal', role: 'operator' });
  const { token } = (await made.json()) as { token: string };

  // One that is made before there is anybody to be told holds as well.
  const body = { match: { points: ['pt-1'], levels: ['orange', 'red'] }, for: '2h', reason: '清洗' };
  const first = await brink.call('POST', '/notify/silences', body);
  expect(first.status).toBe(201);
  const { id } = (await first.json()) as { id: string };
  const empty = await brink.call('POST', '/notify/silences', { ...body, match: {} });
  expect(empty.status).toBe(400);
  const over = await brink.call('POST', '/notify/silences', { ...body, for: undefined, to: '2020-01-01T00:00:00Z' });
  expect([over.status, await over.json()]).toMatchObject([400, { errors: [{ path: '/to' }] }]);

  const setup = {
    channels: [{ id: 'robot', kind: 'wecom', settings: { key: KEY, origin: robots.origin } }],
    routes: [{ id: 'all', to: [{ channel: 'robot' }] }],
  };
  expect((await brink.call('PUT', '/notify/setup', { setup, revision: 0 })).status).toBe(200);
  await publish(await brink.device('dev-1'), { v: 60 });
  await publish(await brink.device('dev-2'), { v: 60 });
  await until('the other to be told', () => taken().length === 1);
  expect(taken()[0]).toContain('pt-2');

  const again = await brink.restart();
  const run = (...args: string[]) => runBrinkCli(['silence', ...args, '--url', again.app.http, '--token', token]);
  expect((await run('list')).stdout).toMatch(/levels orange,red; points pt-1/);
  const added = await run('add', '--area', 'town', '--level', 'yellow', '--for', '1h', '--reason', 'paint');
  expect(added).toMatchObject({ status: 0, stderr: '' });
  expect(await run('add', '--point', 'pt-1', '--reason', 'no end')).toMatchObject({ status: 1 });
  expect(await run('end', id)).toMatchObject({ status: 0, stderr: '' });
  await until('what it held back to be told', () => taken().length === 2);
  expect(taken()[1]).toContain('pt-1');
  expect(await run('end', id)).toMatchObject({ status: 1 });
  expect((await run('list')).stdout).not.toContain(id);
  expect((await run('list', '--all')).stdout).toContain(id);
});
