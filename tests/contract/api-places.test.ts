import { expect, test } from 'vitest';
import { type Fixture, fixture } from './api-fixture.ts';

function engineer({ app, tokens }: Fixture) {
  return (method: 'GET' | 'PUT' | 'DELETE', path: string, payload?: object, headers: Record<string, string> = {}) =>
    app.inject({
      method,
      url: `/api/v1${path}`,
      headers: { authorization: `Bearer ${tokens.engineer}`, ...headers },
      ...(payload === undefined ? {} : { payload }),
    });
}

test('what lies in an area is named before it is taken away', async () => {
  const held = await fixture();
  const call = engineer(held);
  const refused = await call('DELETE', '/areas/zhengyang');
  expect(refused.statusCode).toBe(409);
  expect(refused.json()).toMatchObject({
    code: 'area-in-use',
    areas: ['market'],
    points: expect.arrayContaining(['underpass-01', 'underpass-06']),
    maintenance: [],
  });
  expect((await call('DELETE', '/areas/zhengyang?into=elsewhere')).statusCode).toBe(204);
  expect((await call('DELETE', '/areas/nowhere')).json().code).toBe('unknown-area');
  const again = await call('PUT', '/areas/market', { name: '集市' }, { 'if-none-match': '*' });
  expect([again.statusCode, again.json().code]).toEqual([412, 'area-exists']);
});

test('an area that maintenance speaks of is not taken away', async () => {
  const held = await fixture();
  const call = engineer(held);
  const body = { scope: { area: 'market' }, for: '2h', reason: 'pumps' };
  const headers = { authorization: `Bearer ${held.tokens.engineer}` };
  const planned = await held.app.inject({ method: 'POST', url: '/api/v1/maintenance', headers, payload: body });
  const { id } = planned.json();
  const refused = await call('DELETE', '/areas/market?into=elsewhere');
  expect([refused.statusCode, refused.json().maintenance]).toEqual([409, [id]]);
});

test('a point comes with its definition, is added once, and is kept while votes count on it', async () => {
  const call = engineer(await fixture());
  const definition = (await call('GET', '/points/underpass-01/definition')).json();
  expect(definition).toEqual({ device: 'water-01', area: 'zhengyang' });
  expect((await call('PUT', '/points/underpass-01', definition)).statusCode).toBe(200);
  const again = await call('PUT', '/points/underpass-01', definition, { 'if-none-match': '*' });
  expect([again.statusCode, again.json().code]).toEqual([412, 'point-exists']);
  for (const wrong of [{ ...definition, location: [29.5, 108.7] }, { ...definition, id: 'x' }, { area: 'market' }]) {
    expect((await call('PUT', '/points/underpass-01', wrong)).json().code).toBe('validation-failed');
  }
  expect((await call('DELETE', '/points/underpass-01')).statusCode).toBe(204);
  expect((await call('DELETE', '/points/nobody')).json().code).toBe('unknown-point');
  const kept = await call('DELETE', '/points/canteen-gas');
  expect([kept.statusCode, kept.json().votes]).toEqual([
    409,
    [{ point: 'zone', rule: 'two-of-three', counts: 'canteen-gas' }],
  ]);
});

test('a profile that is not there has no names', async () => {
  const call = engineer(await fixture());
  expect((await call('PUT', '/profiles/nobody/names', {})).json().code).toBe('unknown-profile');
});
