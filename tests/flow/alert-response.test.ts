import { expect, test } from 'vitest';
import type { Alert, AlertEvent } from '../../src/model/alert.ts';
import { type Brink, plainSite, publish, startBrink } from '../support/brink.ts';
import { runBrinkCli } from '../support/cli.ts';
import { until } from '../support/until.ts';

/** 预警 – 响应 – 执行 – 反馈 through the whole of it: API, command line, WebSocket, and starts of the server in between. */

const RULES = { depth: { metric: 'v', levels: { yellow: { above: 10 }, red: { above: 20 } } } };
const SETUP = {
  people: [{ id: 'wang', name: '王磊' }],
  teams: [{ id: 'pumps', name: '排涝队', members: ['wang'] }],
};

async function respond(brink: Brink, id: string, act: string, body: object = {}) {
  const answer = await brink.call('POST', `/alerts/${id}/${act}`, body);
  return {
    status: answer.status,
    body: (await answer.json()) as Alert & { code?: string; errors?: { path: string }[] },
  };
}

async function raised(brink: Brink): Promise<string> {
  await publish(await brink.device('dev-1'), { v: 15 });
  await until('the alert', async () => (await brink.alerts('active')).length === 1);
  return (await brink.alerts('active'))[0]?.id ?? '';
}

/** A command with a token of its own, and what it prints; it has to succeed. */
async function terminal(brink: Brink) {
  const made = await brink.call('POST', '/tokens', { name: 'desk', role: 'operator' });
  const { token } = (await made.json()) as { token: string };
  return async (...args: string[]) => {
    const { status, stdout, stderr } = await runBrinkCli([...args, '--url', brink.app.http, '--token', token]);
    expect([status, stderr], args.join(' ')).toEqual([0, '']);
    return stdout;
  };
}

test('a person and a team are sent, arrive, report; the alert clears, the server starts anew, and it is closed', async () => {
  let brink = await startBrink(plainSite(1, RULES));
  const set = await brink.call('PUT', '/notify/setup', { revision: 0, setup: SETUP });
  expect(set.status).toBe(200);
  const live = await brink.live();
  const id = await raised(brink);

  const unknown = await respond(brink, id, 'dispatch', { to: { person: 'nobody' } });
  expect(unknown).toMatchObject({ status: 400, body: { code: 'validation-failed', errors: [{ path: '/to/person' }] } });
  expect(await respond(brink, id, 'arrive')).toMatchObject({ status: 409, body: { code: 'nobody-dispatched' } });
  expect(await respond(brink, 'nothing', 'close')).toMatchObject({ status: 404, body: { code: 'unknown-alert' } });

  const sent = await respond(brink, id, 'dispatch', { to: { person: 'wang' }, note: '带锥桶' });
  expect(sent).toMatchObject({ status: 200, body: { acknowledged: true, response: { stage: 'dispatched' } } });
  const team = await respond(brink, id, 'dispatch', { to: { team: 'pumps' } });
  expect(team.body.response?.dispatches.map(({ to }) => to)).toEqual([
    { person: 'wang', name: '王磊' },
    { team: 'pumps', name: '排涝队' },
  ]);
  expect(await respond(brink, id, 'accept')).toMatchObject({ status: 409, body: { code: 'dispatch-unclear' } });

  const li = await terminal(brink);
  expect(await li('alert', 'accept', id, '1')).toBe(`${id} response accepted (pt-1)\n`);
  await li('alert', 'decline', id, '2', '--note', '在另一处');
  const arrivedAt = brink.nowMs() - 60_000;
  await li('alert', 'arrive', id, '--at', String(arrivedAt));
  await li('alert', 'handle', id, '--note', '两端已封闭');
  expect(await li('alert', 'show', id)).toMatch(/^1 +王磊 +handled.*\n2 +排涝队 +declined/m);
  await publish(await brink.device('dev-1'), { v: 1 });
  await until('the alert is over', async () => (await brink.alerts('active')).length === 0);

  brink = await brink.restart();
  const again = await brink.live();
  expect(again.frames[0]).toMatchObject({ type: 'snapshot', alerts: [], responding: [{ id, state: 'closed' }] });
  const desk = await terminal(brink);
  expect(await desk('alert', 'list', '--state', 'responding')).toContain(id);
  await desk(
    'alert',
    'feedback',
    id,
    '--verdict',
    'true',
    '--cause',
    '雨水口堵塞',
    '--measures',
    '抽排',
    '--moved',
    '3',
  );
  expect((await respond(brink, id, 'close')).body.response).toMatchObject({ stage: 'closed', feedback: { moved: 3 } });
  expect(await desk('alert', 'list', '--state', 'responding')).toBe('No alerts.\n');
  expect(await respond(brink, id, 'arrive')).toMatchObject({ status: 409, body: { code: 'response-closed' } });
  expect((await respond(brink, id, 'reopen')).status).toBe(400);
  expect(await desk('alert', 'reopen', id, '--note', '再次积水')).toContain('response handled');

  await until('the frames', () => again.events().length === 3);
  expect([...live.events(), ...again.events()].map(({ event, seq }) => `${seq} ${event}`)).toEqual([
    '1 raised',
    '2 acknowledged',
    '3 dispatched',
    '4 dispatched',
    '5 accepted',
    '6 declined',
    '7 arrived',
    '8 handled',
    '9 cleared',
    '10 feedback',
    '11 closed',
    '12 reopened',
  ]);
  const arrived = (await brink.events()).find(({ event }) => event === 'arrived') as AlertEvent;
  expect(arrived.at).toBe(arrivedAt);
  expect(arrived.receivedAt).toBeGreaterThan(arrivedAt);
  // Nothing of it was an alarm anew: whoever follows the log of a later start goes on behind it.
  expect(await respond(brink, id, 'dispatch', { to: { name: '李四' } })).toMatchObject({ status: 200 });
});

test('two who close at once: one does, the other is told that it is closed', async () => {
  const brink = await startBrink(plainSite(1, RULES));
  const id = await raised(brink);
  await publish(await brink.device('dev-1'), { v: 1 });
  await until('the alert is over', async () => (await brink.alerts('active')).length === 0);
  await respond(brink, id, 'feedback', { verdict: 'false', cause: '冲洗路面' });
  const both = await Promise.all([respond(brink, id, 'close'), respond(brink, id, 'close')]);
  expect(both.map(({ status, body }) => [status, body.code]).sort()).toEqual([
    [200, undefined],
    [409, 'response-closed'],
  ]);
});
