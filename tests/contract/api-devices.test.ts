import { expect, test } from 'vitest';
import { type Fixture, fixture, NOW_MS } from './api-fixture.ts';

function as({ app, tokens }: Fixture, role: 'operator' | 'engineer') {
  return (method: 'GET' | 'POST' | 'PUT', path: string, payload?: object, headers: Record<string, string> = {}) =>
    app.inject({
      method,
      url: `/api/v1${path}`,
      headers: { authorization: `Bearer ${tokens[role]}`, ...headers },
      ...(payload === undefined ? {} : { payload }),
    });
}

const refused = (name: string, more: object = {}) => ({
  name,
  isWhole: true,
  clientId: 'c',
  address: '10.0.0.1',
  count: 2,
  firstAtMs: NOW_MS - 1_000,
  lastAtMs: NOW_MS,
  ...more,
});

test('refused names say why, which can be registered, and come in pages', async () => {
  const held = await fixture();
  const call = as(held, 'operator');
  held.state.refusedNames = [
    refused('gauge-7'),
    refused('gas-01'),
    refused(''),
    refused('token'),
    refused('half of a na…', { isWhole: false }),
    refused('a/b'),
  ];
  const { items, next } = (await call('GET', '/refused-names')).json();
  expect(items.map((item: { why: string; registrable: boolean }) => [item.why, item.registrable])).toEqual([
    ['unknown-device', true],
    ['wrong-secret', false],
    ['no-name', false],
    ['bad-token', false],
    ['unknown-device', false],
    ['unknown-device', false],
  ]);
  expect(next).toBeNull();
  expect(items[0]).toMatchObject({ address: '10.0.0.1', count: 2, firstAt: NOW_MS - 1_000, lastAt: NOW_MS });
  const first = (await call('GET', '/refused-names?limit=4')).json();
  const second = (await call('GET', `/refused-names?limit=4&cursor=${first.next}`)).json();
  expect([...first.items, ...second.items]).toEqual(items);
  expect(second.next).toBeNull();
});

test('a secret is drawn when asked for, and a device that is there is not replaced by one that is added', async () => {
  const held = await fixture();
  const call = as(held, 'engineer');
  const body = { profile: 'p', points: [] };
  const plain = await call('PUT', '/devices/gas-01', body);
  expect([plain.statusCode, plain.json().secret]).toEqual([200, undefined]);
  const secrets = [
    (await call('PUT', '/devices/gas-01?secret=draw', body)).json().secret,
    (await call('POST', '/devices/gas-01/secret')).json().secret,
    (await call('POST', '/devices/gas-01/secret')).json().secret,
  ];
  for (const secret of secrets) expect(secret).toMatch(/^[\w-]{32}$/);
  expect(new Set(secrets).size).toBe(3);
  const again = await call('PUT', '/devices/gas-01', body, { 'if-none-match': '*' });
  expect([again.statusCode, again.json().code]).toEqual([412, 'device-exists']);
  const nobody = await call('POST', '/devices/nobody/secret');
  expect([nobody.statusCode, nobody.json().code]).toEqual([404, 'unknown-device']);
});

test('a message is tried for every profile, the likeliest first, or for one; hex is as a person pastes it', async () => {
  const held = await fixture();
  const call = as(held, 'engineer');
  const metrics = { ch4: { type: 'number' as const, unit: '%LEL' } };
  held.state.profiles = [
    { id: 'empty', family: 'other', metrics: {}, reportEvery: '60s' },
    { id: 'gas', family: 'gas', metrics, reportEvery: '60s' },
  ];
  const message = { topic: 'telemetry/gas-77', payload: '{"ch4": 12.5}' };
  const { trials } = (await call('POST', '/trials', message)).json();
  expect(trials.map((trial: { profile: string }) => trial.profile)).toEqual(['gas', 'empty']);
  expect(trials[0].devices[0]).toMatchObject({
    ids: ['gas-77'],
    readings: [{ field: 'ch4', value: 12.5, unit: '%LEL', ts: NOW_MS, quality: 'good' }],
  });
  // One that was kept is of the time at which it came.
  const kept = await call('POST', '/trials', { ...message, receivedAt: NOW_MS - 60_000 });
  expect(kept.json().trials[0].devices[0].readings[0].ts).toBe(NOW_MS - 60_000);
  const hex = Buffer.from('{"ch4": 3}').toString('hex').replaceAll(/../g, '$& ');
  const one = await call('POST', '/trials', { topic: 'telemetry/x', payload: hex, encoding: 'hex', profile: 'gas' });
  expect(one.json().trials[0].devices[0].readings[0].value).toBe(3);
  const odd = await call('POST', '/trials', { topic: 'telemetry/x', payload: '7E 7', encoding: 'hex' });
  expect([odd.statusCode, odd.json().errors[0]]).toEqual([
    400,
    expect.objectContaining({ path: '/payload', code: 'not-encoded' }),
  ]);
  const unknown = await call('POST', '/trials', { ...message, profile: 'none' });
  expect([unknown.statusCode, unknown.json().code]).toEqual([404, 'unknown-profile']);
});
