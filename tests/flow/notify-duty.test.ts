import { expect, test } from 'vitest';
import { startGatewayServer } from '../../simulator/gateways/gateway.ts';
import { createWecomRobot } from '../../simulator/gateways/robots.ts';
import { afterTest } from '../support/after-test.ts';
import { type Brink, plainSite, startBrink } from '../support/brink.ts';
import { MINUTE_MS } from '../support/deciding.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { until } from '../support/until.ts';

/** That nobody is on duty, or nobody whom anything reaches, is told before the shift begins, and that it is mended. */

const KEY = 'robot-key-for-tests';
/** 2026-07-02 15:59 in Shanghai, two hours and a minute before the shift ends. */
const AFTERNOON = Date.UTC(2026, 6, 2, 7, 59);

function setupWith(origin: string, hours: readonly [string, string], order: readonly unknown[]) {
  return {
    people: [
      { id: 'zhang', name: '张三', wecom: 'zhang', by: ['robot'] },
      { id: 'zhao', name: '赵六' },
    ],
    rotas: [{ id: 'duty', shifts: [{ id: 'shift', hours }], turn: 'day', from: '2026-07-02', order }],
    channels: [{ id: 'robot', kind: 'wecom', settings: { key: KEY, origin } }],
    routes: [{ id: 'all', to: [{ channel: 'robot' }, { rota: 'duty' }] }],
  };
}

async function put(brink: Brink, revision: number, setup: unknown): Promise<void> {
  const answer = await brink.call('PUT', '/notify/setup', { revision, setup, reason: '值班' });
  expect([answer.status, await answer.text()]).toEqual([200, expect.anything()]);
}

test('a gap and an unreachable person are told two hours before, outlive a start, and end when the setup mends them', async () => {
  const robot = await startGatewayServer({ gateways: [createWecomRobot(KEY)], nowMs: Date.now });
  afterTest(() => robot.close());
  const clock = createFakeClock(AFTERNOON);
  const flags = ['--notify-allow', '127.0.0.1'];
  const brink = await startBrink(plainSite(1, {}), { clock, flags });
  const stands = async (of: Brink, rule: string) =>
    (await of.alerts()).find((alert) => alert.rule === rule && alert.state === 'active');
  const zhang = [{ primary: 'zhang' }];
  await put(brink, 0, setupWith(robot.origin, ['08:00', '18:00'], zhang));
  clock.advance(2 * MINUTE_MS);
  expect(await until('the gap', () => stands(brink, 'duty-gap.duty'))).toMatchObject({
    level: 'orange',
    value: '2026-07-02 18:00 – 2026-07-03 08:00 (Asia/Shanghai)',
  });
  await until('the robot to be told', () => robot.received.some(({ text }) => text.includes('有时段无人值班')));

  const again = await brink.restart();
  // All day long, but by somebody whom nothing reaches.
  await put(again, 1, setupWith(robot.origin, ['08:00', '08:00'], [{ primary: 'zhao' }]));
  clock.advance(MINUTE_MS);
  await until('the gap to be mended', async () => (await stands(again, 'duty-gap.duty')) === undefined);
  expect(await until('the person', () => stands(again, 'duty-unreachable.duty'))).toMatchObject({
    value: expect.stringContaining('zhao'),
  });
  await put(again, 2, setupWith(robot.origin, ['08:00', '08:00'], zhang));
  clock.advance(MINUTE_MS);
  await until('him to be replaced', async () => (await stands(again, 'duty-unreachable.duty')) === undefined);
});
