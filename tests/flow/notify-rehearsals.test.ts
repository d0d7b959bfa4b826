import { expect, test } from 'vitest';
import { startGatewayServer } from '../../simulator/gateways/gateway.ts';
import { createWecomRobot } from '../../simulator/gateways/robots.ts';
import type { Answer } from '../../src/wire/calls.ts';
import { afterTest } from '../support/after-test.ts';
import { plainSite, publish, startBrink } from '../support/brink.ts';
import { runBrinkCli } from '../support/cli.ts';
import { until } from '../support/until.ts';

/** A rehearsal reaches whoever is on duty by each of his channels, counts who answers, and touches no alert. */

const KEY = 'robot-key-for-tests';
const SITE = plainSite(1, { high: { metric: 'v', levels: { red: { above: 50 } } } });
type Rehearsal = Answer<'GET /notify/rehearsals/{id}'>;

test('whoever is on duty is asked by his channels, answers by the link, and is counted; no alert is acknowledged by it', async () => {
  const robot = await startGatewayServer({ gateways: [createWecomRobot(KEY)], nowMs: Date.now });
  afterTest(() => robot.close());
  const brink = await startBrink(SITE, {
    flags: ['--notify-allow', '127.0.0.1', '--public-url', 'https://brink.example/'],
  });
  const begin = (body: unknown) => brink.call('POST', '/notify/rehearsals', body);
  expect(await (await begin({})).json()).toMatchObject({ code: 'no-notify-setup' });

  const setup = {
    people: [
      { id: 'zhang', name: '张三', phone: '13800000001', by: ['robot', 'other', 'siren'] },
      { id: 'li', name: '李四' },
      { id: 'wang', name: '王五', phone: '13800000003', by: ['robot'] },
    ],
    rotas: [
      {
        id: 'office',
        shifts: [{ id: 'day', hours: ['08:00', '08:00'] }],
        turn: 'day',
        from: '2020-01-01',
        order: [{ primary: 'zhang', backup: 'li' }],
      },
    ],
    channels: [
      { id: 'robot', kind: 'wecom', settings: { origin: robot.origin, key: KEY } },
      { id: 'other', kind: 'wecom', settings: { origin: robot.origin, key: KEY } },
      { id: 'siren', kind: 'mqtt', settings: { device: 'dev-1' } },
    ],
    routes: [{ id: 'all', to: [{ channel: 'robot' }] }],
  };
  const put = await brink.call('PUT', '/notify/setup', { revision: 0, setup });
  expect([put.status, await put.text()]).toEqual([200, expect.anything()]);
  expect(await (await begin({ rota: 'gone' })).json()).toMatchObject({ code: 'unknown-rota', detail: 'gone' });
  expect(await (await begin({ people: ['gone'] })).json()).toMatchObject({ code: 'unknown-person', detail: 'gone' });
  // An alert that waits for somebody stays as it is.
  await publish(await brink.device('dev-1'), { v: 60 });
  await until('the alert to be told', () => robot.received.length === 1);

  const begun = await begin({});
  expect(begun.status).toBe(201);
  const { id, people } = (await begun.json()) as Rehearsal;
  expect(people.map(({ person, messages }) => [person.name, messages.map(({ channel }) => channel)])).toEqual([
    ['张三', ['robot', 'other']],
    ['李四', []],
  ]);
  const stands = () => brink.get<Rehearsal>(`/notify/rehearsals/${id}`);
  await until('both messages to be accepted', async () =>
    (await stands()).people[0]?.messages.every(({ state }) => state === 'accepted'),
  );
  expect((await stands()).counts).toEqual({ people: 2, reached: 1, answered: 0, unreachable: 1 });

  const asked = robot.received.map(({ text }) => text).filter((text) => text.includes('查岗'));
  expect(asked).toHaveLength(2);
  const link = /https:\/\/brink\.example(\/answer\/[\w-]+)/.exec(asked[0] ?? '')?.[1] ?? '';
  const page = await fetch(`${brink.app.http}${link}`);
  expect(await page.text()).toContain('值班查岗');
  expect((await stands()).counts.answered).toBe(0);
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const answered = await fetch(`${brink.app.http}${link}`, { method: 'POST', body: '', headers });
  expect([answered.status, await answered.text()]).toEqual([200, expect.stringContaining('已应答：张三')]);
  expect(await stands()).toMatchObject({
    people: [{ answeredAt: expect.any(Number) }, { answeredAt: null }],
    counts: { people: 2, reached: 1, answered: 1, unreachable: 1 },
  });
  expect(await brink.alerts()).toMatchObject([{ acknowledged: false }]);

  // It stays on record, and outlives the server.
  const again = await brink.restart();
  const kept = await again.get<{ items: { reason: string; state: string }[] }>('/notify/told');
  expect(
    kept.items
      .filter(({ reason }) => reason === 'rehearsal')
      .map(({ state }) => state)
      .sort(),
  ).toEqual(['accepted', 'answered', 'failed']);
  const one = (await (await again.call('POST', '/notify/rehearsals', { people: ['wang'] })).json()) as Rehearsal;
  expect(one.people.map(({ person }) => person.id)).toEqual(['wang']);
  const token = (
    (await (await again.call('POST', '/tokens', { name: 'li', role: 'operator' })).json()) as { token: string }
  ).token;
  const run = (...args: string[]) => runBrinkCli(['notify', ...args, '--url', again.app.http, '--token', token]);
  const both = await run('rehearse', '--people', 'wang,li');
  expect([both.status, both.stderr]).toEqual([0, '']);
  expect(both.stdout).toContain('李四  no channel reaches this person');
  expect(both.stdout).toContain('2 people: 0 reached, 0 answered, 1 unreachable.');
  const of = /brink notify rehearsal (\S+)/.exec(both.stdout)?.[1] ?? '';
  // Not before everybody has answered it ends well.
  expect((await run('rehearsal', of)).status).toBe(1);
  expect((await run('rehearse', '--rota', 'gone')).status).toBe(1);
  const unknown = await again.call('GET', '/notify/rehearsals/00000000-0000-4000-8000-000000000000');
  expect([unknown.status, await unknown.json()]).toMatchObject([404, { code: 'unknown-rehearsal' }]);
});
