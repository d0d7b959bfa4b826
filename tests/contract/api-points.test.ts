import { describe, expect, test } from 'vitest';
import { BAD, CLOCK_SKEW, LATE } from '../../src/model/reading.ts';
import { alert, type Fixture, fixture, NOW_MS } from './api-fixture.ts';

async function get({ app, tokens }: Fixture, path: string) {
  const answer = await app.inject({
    url: `/api/v1${path}`,
    headers: { authorization: `Bearer ${tokens.viewer}` },
  });
  return { status: answer.statusCode, body: answer.json(), headers: answer.headers };
}

describe('points', () => {
  test('one point, in full', async () => {
    const made = await fixture();
    made.emit('raised', alert('a', { level: 'orange' }));
    made.emit('raised', alert('b', { state: 'cleared', level: 'red' }));
    made.emit('raised', alert('c', { state: 'closed' }));
    const { body } = await get(made, '/points/canteen-gas');
    expect(body).toMatchObject({
      id: 'canteen-gas',
      name: { zh: '食堂燃气', en: 'Canteen gas' },
      area: 'market',
      family: 'gas',
      device: 'gas-01',
      location: [108.75, 29.52],
      online: true,
      state: 'orange',
      reportEveryMs: 30_000,
      metrics: {
        ch4: { type: 'number', unit: '%LEL', range: [0, 100], name: { zh: '甲烷', en: '甲烷' } },
        alarm: { type: 'boolean' },
      },
    });
    // A metric that never reported has no value; false is a value.
    expect(body.values).toEqual({
      ch4: { value: 12.5, unit: '%LEL', ts: NOW_MS - 1_000, quality: 'good' },
      alarm: { value: false, unit: null, ts: NOW_MS - 1_000, quality: 'good' },
    });
    expect(body.alerts.map(({ id }: { id: string }) => id)).toEqual(['a', 'b']);
    const list = await get(made, '/points');
    expect(list.body.items[0]).toEqual(body);
  });

  test('a point whose id needs escaping', async () => {
    const made = await fixture();
    const [first] = made.state.points;
    if (first === undefined) throw new Error('the fixture has points');
    made.state.points.push({ ...first, id: '正阳街道-农贸市场-食堂-燃气探测器-001'.repeat(4) });
    const id = made.state.points.at(-1)?.id ?? '';
    expect((await get(made, `/points/${encodeURIComponent(id)}`)).body.id).toBe(id);
  });

  test.each([
    ['family=gas', ['canteen-gas']],
    ['device=gas-01', ['canteen-gas']],
    ['area=elsewhere', ['underpass-07']],
    ['area=market&family=waterlogging', []],
    ['state=red', ['underpass-02']],
    ['state=red,yellow', ['canteen-gas', 'underpass-02']],
    ['state=normal', ['underpass-01', 'underpass-03', 'underpass-04', 'underpass-05', 'underpass-06', 'underpass-07']],
  ])('?%s', async (query, ids) => {
    const made = await fixture();
    made.emit('raised', alert('a'));
    made.emit('raised', alert('b', { point: 'underpass-02', level: 'yellow' }));
    made.emit('raised', alert('c', { point: 'underpass-02', level: 'red', rule: 'other' }));
    made.emit('raised', alert('d', { point: 'underpass-03', state: 'cleared' }));
    const { body } = await get(made, `/points?${query}`);
    expect(body.items.map(({ id }: { id: string }) => id)).toEqual(ids);
  });

  test('offline finds silent points, in alarm or not; normal does not', async () => {
    const made = await fixture();
    made.state.online.delete('water-01');
    made.emit('raised', alert('b', { point: 'underpass-02', level: 'red' }));
    const ids = async (state: string) =>
      (await get(made, `/points?state=${state}`)).body.items.map(({ id }: { id: string }) => id);
    expect((await ids('offline')).length).toBe(7);
    expect(await ids('red')).toEqual(['underpass-02']);
    expect(await ids('normal')).toEqual(['canteen-gas']);
  });
});

describe('readings', () => {
  async function withSamples(): Promise<Fixture> {
    const made = await fixture();
    made.state.samples.set(1, [
      { tsMs: NOW_MS - 3_000, value: 1, marks: 0 },
      { tsMs: NOW_MS - 2_000, value: 2.5, marks: BAD },
      { tsMs: NOW_MS - 1_000, value: 3, marks: CLOCK_SKEW },
      { tsMs: NOW_MS, value: 4, marks: LATE },
    ]);
    made.state.samples.set(2, [{ tsMs: NOW_MS - 1_000, value: false, marks: 0 }]);
    made.state.samples.set(3, [{ tsMs: NOW_MS - 1_000, value: '自检', marks: 0 }]);
    return made;
  }

  test('in time order, each with its quality, and the metric and unit beside them', async () => {
    const { body } = await get(await withSamples(), '/points/canteen-gas/readings?metric=ch4');
    expect(body).toEqual({
      items: [
        { ts: NOW_MS - 3_000, value: 1, quality: 'good' },
        { ts: NOW_MS - 2_000, value: 2.5, quality: 'bad' },
        { ts: NOW_MS - 1_000, value: 3, quality: 'clock-skew' },
        { ts: NOW_MS, value: 4, quality: 'late' },
      ],
      next: null,
      metric: 'ch4',
      unit: '%LEL',
    });
  });

  test('the last ones, oldest of them first, also before a given time', async () => {
    const made = await withSamples();
    const values = async (query: string) => {
      const { body } = await get(made, `/points/canteen-gas/readings?metric=ch4&${query}`);
      return body.items.map(({ value }: { value: unknown }) => value);
    };
    expect(await values('last=2')).toEqual([3, 4]);
    expect(await values(`last=1&to=${NOW_MS - 1_000}`)).toEqual([2.5]);
  });

  test('booleans and texts keep their type', async () => {
    const made = await withSamples();
    expect((await get(made, '/points/canteen-gas/readings?metric=alarm')).body.items[0].value).toBe(false);
    expect((await get(made, '/points/canteen-gas/readings?metric=mode')).body.items[0].value).toBe('自检');
  });

  test.each([
    [`from=${NOW_MS - 2_000}`, 3],
    [`to=${NOW_MS - 2_000}`, 1],
    [`from=${new Date(NOW_MS - 2_000).toISOString()}&to=${new Date(NOW_MS).toISOString()}`, 2],
    // Not escaped, as people type it: the plus arrives as a blank.
    [`from=${new Date(NOW_MS + 8 * 3_600_000 - 2_000).toISOString().replace('Z', '+08:00')}`, 3],
  ])('within a period: %s', async (query, count) => {
    const { body } = await get(await withSamples(), `/points/canteen-gas/readings?metric=ch4&${query}`);
    expect(body.items.length).toBe(count);
  });

  test.each(['every=2s', 'every=2000'])('in buckets: %s', async (every) => {
    const from = NOW_MS - 4_000;
    const { body } = await get(await withSamples(), `/points/canteen-gas/readings?metric=ch4&${every}&from=${from}`);
    expect(body.items).toEqual([
      { ts: NOW_MS - 4_000, min: 1, mean: 1, max: 1, count: 1 },
      { ts: NOW_MS - 2_000, min: 2.5, mean: 2.75, max: 3, count: 2 },
      { ts: NOW_MS, min: 4, mean: 4, max: 4, count: 1 },
    ]);
  });

  test('buckets without a beginning are the newest ones', async () => {
    const path = `/points/canteen-gas/readings?metric=ch4&every=1s&limit=2&to=${NOW_MS}`;
    const { body } = await get(await withSamples(), path);
    expect(body.items.map(({ ts }: { ts: number }) => ts)).toEqual([NOW_MS - 2_000, NOW_MS - 1_000]);
    expect(body.next).toBeNull();
  });

  test.each([
    ['/points/canteen-gas/readings?metric=ch4&from=1780000000', 400, 'validation-failed'],
    ['/points/canteen-gas/readings', 400, 'metric-required'],
    ['/points/canteen-gas/readings?metric=h2s', 404, 'unknown-metric'],
    ['/points/canteen-gas/readings?metric=constructor', 404, 'unknown-metric'],
    ['/points/canteen-gas/readings?metric=mode&every=1m', 422, 'not-numeric'],
    ['/points/canteen-gas/readings?metric=ch4&last=2&every=1m', 400, 'validation-failed'],
    ['/points/canteen-gas/readings?metric=ch4&last=0', 400, 'validation-failed'],
    ['/points/canteen-gas/readings?metric=ch4&every=0', 400, 'validation-failed'],
    ['/points/canteen-gas/readings?metric=ch4&every=five', 400, 'validation-failed'],
    ['/points/nowhere/readings', 404, 'unknown-point'],
  ])('%s gives %i %s', async (path, status, code) => {
    const { body } = await get(await withSamples(), path);
    expect(body).toMatchObject({ status, code });
  });

  test('a history store that is down is said to be', async () => {
    const made = await withSamples();
    made.state.historyFails = true;
    const answer = await get(made, '/points/canteen-gas/readings?metric=ch4');
    expect(answer.body).toMatchObject({ status: 503, code: 'history-unavailable' });
    expect(answer.headers['retry-after']).toBe('5');
  });
});

test('areas, devices and the quarantine', async () => {
  const made = await fixture();
  made.state.online.delete('gas-01');
  expect((await get(made, '/areas')).body.items[1]).toMatchObject({
    id: 'market',
    parent: 'zhengyang',
    outline: [
      [
        [108.7, 29.5],
        [108.8, 29.5],
        [108.8, 29.6],
        [108.7, 29.5],
      ],
    ],
  });
  expect((await get(made, '/devices')).body.items[0]).toMatchObject({
    id: 'gas-01',
    online: false,
    points: ['canteen-gas'],
    lastSeen: null,
  });
  expect((await get(made, '/quarantine?limit=1')).body.items).toEqual([
    {
      id: 5,
      receivedAt: NOW_MS - 5,
      device: 'stranger',
      topic: 'telemetry/stranger',
      reason: 'unknown-device',
      detail: 'no device of this id is registered',
      code: 'unknown-device',
      values: {},
      payload: '{}',
      payloadBase64: null,
      payloadBytes: 2,
    },
  ]);
});
