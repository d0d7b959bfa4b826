import { describe, expect, test } from 'vitest';
import { alert, type Fixture, fixture, NOW_MS } from './api-fixture.ts';

const HOUR_MS = 3_600_000;

async function operator(made: Fixture, path: string, payload?: object) {
  return made.app.inject({
    method: 'POST',
    url: `/api/v1/alerts/${path}`,
    headers: await made.session('operator'),
    ...(payload === undefined ? {} : { payload }),
  });
}

describe('acting on an alert', () => {
  test('acknowledging answers with the alert and records who', async () => {
    const made = await fixture();
    made.emit('raised', alert('a'));
    const answer = await operator(made, 'a/ack', { note: 'on my way' });
    expect([answer.statusCode, answer.json()]).toMatchObject([200, { id: 'a', acknowledged: true, seq: 2 }]);
    expect(made.state.log.at(-1)).toMatchObject({ event: 'acknowledged', by: 'operator' });
    const again = await operator(made, 'a/ack');
    expect([again.statusCode, again.json()]).toMatchObject([
      409,
      { code: 'alert-already-acknowledged', detail: 'by somebody else' },
    ]);
  });

  test.each([
    ['no body and no type', {}],
    ['a type without a body', { 'content-type': 'application/json' }],
  ])('the body may be left out: %s', async (_how, headers) => {
    const made = await fixture();
    made.emit('raised', alert('a'));
    const answer = await made.app.inject({
      method: 'POST',
      url: '/api/v1/alerts/a/ack',
      headers: { authorization: `Bearer ${made.tokens.operator}`, ...headers },
    });
    expect(answer.statusCode).toBe(200);
    expect(made.state.log.at(-1)).toMatchObject({ by: 'token:operator' });
  });

  test('what is closed is a conflict, what never was is unknown', async () => {
    const made = await fixture();
    made.emit('raised', alert('a', { state: 'closed' }));
    expect((await operator(made, 'a/ack')).json()).toMatchObject({ status: 409, code: 'alert-closed' });
    expect((await operator(made, 'b/ack')).json()).toMatchObject({ status: 404, code: 'unknown-alert' });
  });

  test('a reset needs words where no reading says that the condition has passed', async () => {
    const made = await fixture();
    made.emit('raised', alert('blind', { latched: true, unverified: true }));
    made.emit('raised', alert('over', { latched: true, recoveredAt: NOW_MS }));
    for (const body of [undefined, {}, { note: ' ' }]) {
      const refused = await operator(made, 'blind/reset', body);
      expect(refused.json()).toMatchObject({ status: 400, code: 'validation-failed', errors: [{ path: '/note' }] });
    }
    expect((await operator(made, 'blind/reset', { note: '现场无泄漏，探头损坏' })).statusCode).toBe(200);
    expect((await operator(made, 'over/reset')).statusCode).toBe(200);
  });

  test('a note needs words', async () => {
    const made = await fixture();
    made.emit('raised', alert('a'));
    expect((await operator(made, 'a/note', { note: '  ' })).statusCode).toBe(400);
    expect((await operator(made, 'a/note')).statusCode).toBe(400);
    expect((await operator(made, 'a/note', { note: '已派人查看' })).statusCode).toBe(200);
  });

  test('an action that cannot be recorded is not said to be done', async () => {
    const made = await fixture();
    made.emit('raised', alert('a'));
    made.state.acting = 'failing';
    const failed = await operator(made, 'a/ack');
    expect(failed.json()).toMatchObject({ status: 503, code: 'action-unconfirmed' });
    expect(failed.body).not.toContain('disk full');
  });

  test('an action that is not recorded in time is not waited for for ever', async () => {
    const made = await fixture();
    made.emit('raised', alert('a'));
    made.state.acting = 'stuck';
    const answer = operator(made, 'a/ack');
    while (made.acting() === 0) await new Promise((resolve) => setImmediate(resolve));
    made.clock.advance(10_000);
    expect((await answer).json()).toMatchObject({ status: 503, code: 'action-unconfirmed' });
  });
});

describe('shelving', () => {
  test.each([
    ['an hour unless said otherwise', {}, NOW_MS + HOUR_MS],
    ['for a time', { for: '1h30m' }, NOW_MS + 1.5 * HOUR_MS],
    ['until a time in ms', { until: NOW_MS + 1_000 }, NOW_MS + 1_000],
    ['until a time in ISO 8601', { until: new Date(NOW_MS + 2_000).toISOString() }, NOW_MS + 2_000],
    ['a day at most', { for: '24h' }, NOW_MS + 24 * HOUR_MS],
  ])('%s', async (_how, body, until) => {
    const made = await fixture();
    made.emit('raised', alert('a'));
    const answer = await operator(made, 'a/shelve', body);
    expect([answer.statusCode, answer.json().shelvedUntil]).toEqual([200, until]);
    const ended = await operator(made, 'a/unshelve');
    expect([ended.statusCode, ended.json().shelvedUntil]).toEqual([200, null]);
  });

  test.each([
    ['beyond a day', { for: '25h' }, '/for'],
    ['for no time', { for: '0s' }, '/for'],
    ['for a number nobody knows the unit of', { for: 5 }, '/for'],
    ['until the past', { until: NOW_MS - 1 }, '/until'],
    ['until beyond a day', { until: NOW_MS + 25 * HOUR_MS }, '/until'],
    ['until no time', { until: 'tomorrow' }, '/until'],
    ['both ways', { for: '1h', until: NOW_MS + 1_000 }, '/until'],
  ])('not %s', async (_how, body, path) => {
    const made = await fixture();
    made.emit('raised', alert('a'));
    const answer = await operator(made, 'a/shelve', body);
    expect(answer.statusCode).toBe(400);
    expect(answer.json().errors).toEqual([expect.objectContaining({ path })]);
    expect(made.state.alerts.get('a')?.shelvedUntil).toBeNull();
  });
});

test('what came late and is over is not shelved: that would keep the next alert of its rule quiet', async () => {
  const made = await fixture();
  made.emit('retrospective', { ...alert('a'), state: 'cleared', retrospective: true });
  const answer = await operator(made, 'a/shelve', {});
  expect([answer.statusCode, answer.json().code]).toEqual([409, 'alert-not-active']);
  expect(made.acting()).toBe(0);
});

describe('finding alerts', () => {
  async function some(): Promise<Fixture> {
    const made = await fixture();
    made.emit('raised', alert('market', { raisedAt: NOW_MS - 3_000 }));
    made.emit('raised', alert('street', { area: 'zhengyang', level: 'red', raisedAt: NOW_MS - 2_000 }));
    made.emit('raised', alert('elsewhere', { area: 'elsewhere', acknowledged: true, raisedAt: NOW_MS - 1_000 }));
    made.emit('cleared', alert('over', { state: 'cleared', raisedAt: NOW_MS }));
    return made;
  }
  const iso = (ms: number) => encodeURIComponent(new Date(ms).toISOString());

  test.each([
    ['', ['elsewhere', 'street', 'market']],
    ['state=all', ['over', 'elsewhere', 'street', 'market']],
    ['state=unacknowledged', ['over', 'street', 'market']],
    ['area=zhengyang', ['street', 'market']],
    ['area=market', ['market']],
    ['area=nowhere', []],
    ['level=red', ['street']],
    ['point=canteen-gas&level=red', ['street']],
    [`from=${NOW_MS - 2_000}`, ['elsewhere', 'street']],
    [`from=${iso(NOW_MS - 2_000)}&to=${iso(NOW_MS - 1_000)}`, ['street']],
  ])('?%s', async (query, ids) => {
    const made = await some();
    const headers = { authorization: `Bearer ${made.tokens.viewer}` };
    const answer = await made.app.inject({ url: `/api/v1/alerts?${query}`, headers });
    expect((answer.json() as { items: { id: string }[] }).items.map(({ id }) => id)).toEqual(ids);
  });

  test('one alert comes with its log', async () => {
    const made = await some();
    await operator(made, 'market/ack', { note: 'seen' });
    const headers = { authorization: `Bearer ${made.tokens.viewer}` };
    const answer = await made.app.inject({ url: '/api/v1/alerts/market', headers });
    expect(answer.json()).toMatchObject({ id: 'market', acknowledged: true, peak: { value: 26 } });
    expect(answer.json().log.map(({ event }: { event: string }) => event)).toEqual(['raised', 'acknowledged']);
  });
});
