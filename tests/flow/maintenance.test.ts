import { describe, expect, test } from 'vitest';
import type { Maintenance } from '../../src/model/maintenance.ts';
import { type Brink, plainSite, publish, startBrink } from '../support/brink.ts';
import { until } from '../support/until.ts';

const limits = { depth: { metric: 'v', levels: { yellow: { above: 15 } }, deadband: 2 } };

/** Calls with a token of the role. */
async function roleOf(
  brink: Brink,
  role: string,
): Promise<(method: string, path: string, body?: unknown) => Promise<Response>> {
  const response = await brink.call('POST', '/tokens', { name: role, role });
  const { token } = (await response.json()) as { token: string };
  return (method, path, body) => brink.call(method, path, body, { authorization: `Bearer ${token}` });
}

describe('maintenance over HTTP', () => {
  test('suppresses alerts and the siren, survives a restart, and ended early announces what stands', async () => {
    let brink = await startBrink(plainSite(2, limits), { flags: ['--auth', 'none'] });
    const operator = await roleOf(brink, 'operator');
    const planned = await operator('POST', '/maintenance', { scope: { area: 'town' }, for: '2h', reason: 'pump test' });
    const plan = (await planned.json()) as Maintenance;
    expect([planned.status, plan.state, plan.by, plan.reason]).toEqual([201, 'active', 'token:operator', 'pump test']);

    const device = await brink.device('dev-1');
    await publish(device, { v: 50 });
    const [alert] = await brink.alerts('active');
    expect(alert).toMatchObject({ suppressed: true, suppressedBy: `maintenance:${plan.id}`, announcedAt: null });

    brink = await brink.restart();
    expect(await brink.alerts('active')).toEqual([alert]);
    const siren = await brink.device('siren', { username: undefined as never, password: undefined as never });
    const heard: string[] = [];
    siren.on('message', (topic, payload) => heard.push(`${topic} ${payload.length === 0 ? 'empty' : 'sounds'}`));
    await siren.subscribeAsync('alerts/#', { qos: 1 });
    const again = await brink.device('dev-2');
    await publish(again, { v: 50 });
    const live = await brink.live();
    expect(heard.filter((message) => message.endsWith('sounds'))).toEqual([]);

    const caller = await roleOf(brink, 'operator');
    const ended = (await (await caller('DELETE', `/maintenance/${plan.id}`)).json()) as Maintenance;
    expect(ended).toMatchObject({ state: 'ended', endedBy: 'token:operator' });
    await until('both to be announced', () => live.events().length === 2);
    expect(live.events()).toMatchObject([
      { event: 'note', note: 'suppression-ended', alert: { point: 'pt-1', suppressed: false } },
      { event: 'note', note: 'suppression-ended', alert: { point: 'pt-2', suppressed: false } },
    ]);
    await until('the sirens', () => heard.filter((message) => message.endsWith('sounds')).length === 2);

    expect((await caller('DELETE', `/maintenance/${plan.id}`)).status).toBe(409);
    expect((await brink.get<{ items: unknown[] }>('/maintenance')).items).toEqual([]);
    expect((await brink.get<{ items: unknown[] }>('/maintenance?state=all')).items).toEqual([ended]);
    expect(await brink.get(`/maintenance/${plan.id}`)).toEqual(ended);
  });

  test('ends by itself, and the alert is announced at that time', async () => {
    const brink = await startBrink(plainSite(1, limits));
    const live = await brink.live();
    const device = await brink.device('dev-1');
    const response = await brink.call('POST', '/maintenance', {
      scope: { device: 'dev-1' },
      for: '800ms',
      reason: 'brief',
    });
    const { to } = (await response.json()) as Maintenance;
    await publish(device, { v: 50 });
    await until('the end', () => live.events().length === 2);
    expect(live.events().map(({ event, note, at }) => [event, note, event === 'note' ? at : 0])).toEqual([
      ['raised', expect.stringMatching(/^maintenance:/), 0],
      ['note', 'suppression-ended', to],
    ]);
  });

  test('an operator plans a day, an engineer longer and repeatedly; what cannot be is told field by field', async () => {
    const brink = await startBrink(plainSite(1, limits));
    const operator = await roleOf(brink, 'operator');
    const engineer = await roleOf(brink, 'engineer');
    const scope = { point: 'pt-1' };
    const nightly = {
      scope,
      recurring: { weekdays: ['mon'], hours: ['22:00', '06:00'], timezone: 'Asia/Shanghai' },
      reason: 'x',
    };
    expect((await operator('POST', '/maintenance', { scope, for: '24h', reason: 'x' })).status).toBe(201);
    expect((await operator('POST', '/maintenance', { scope, for: '25h', reason: 'x' })).status).toBe(403);
    expect((await operator('POST', '/maintenance', nightly)).status).toBe(403);
    const long = await engineer('POST', '/maintenance', nightly);
    expect(long.status).toBe(201);
    const { id } = (await long.json()) as Maintenance;
    expect((await operator('DELETE', `/maintenance/${id}`)).status).toBe(403);
    expect((await engineer('DELETE', `/maintenance/${id}`)).status).toBe(200);
    expect((await operator('DELETE', '/maintenance/nothing')).status).toBe(404);

    const errorsOf = async (body: unknown) => {
      const response = await engineer('POST', '/maintenance', body);
      const { errors = [] } = (await response.json()) as { errors?: { path: string }[] };
      return [response.status, ...errors.map(({ path }) => path)];
    };
    expect(await errorsOf({ scope: { point: 'nowhere' }, reason: 'x' })).toEqual([400, '/scope', '/to']);
    expect(await errorsOf({ scope, to: 1_000, reason: 'x' })).toEqual([400, '/to']);
    expect(await errorsOf({ scope, for: '1h', reason: '' })).toEqual([400, '/reason']);
    expect(await errorsOf({ ...nightly, recurring: { timezone: 'Mars/Olympus' } })).toEqual([
      400,
      '/recurring',
      '/recurring/timezone',
    ]);
  });

  test('a point goes out of service and comes back', async () => {
    const brink = await startBrink(plainSite(1, limits));
    const engineer = await roleOf(brink, 'engineer');
    const path = '/points/pt-1/out-of-service';
    expect((await engineer('DELETE', path)).status).toBe(409);
    expect((await engineer('PUT', path, { reason: 'sensor sent in' })).status).toBe(200);
    expect((await engineer('PUT', path, { reason: 'again' })).status).toBe(409);
    const device = await brink.device('dev-1');
    await publish(device, { v: 50 });
    expect(await brink.alerts('active')).toMatchObject([{ suppressed: true }]);
    expect((await engineer('DELETE', path)).status).toBe(200);
    expect(await brink.alerts('active')).toMatchObject([{ suppressed: false }]);
    expect((await engineer('PUT', '/points/nowhere/out-of-service', { reason: 'x' })).status).toBe(404);
  });
});
