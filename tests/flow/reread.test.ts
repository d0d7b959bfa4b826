import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Brink, plainSite, publish, startBrink } from '../support/brink.ts';
import { brinkJson, runBrinkCli } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';

/** What devices had sent before somebody registered them, or said how they are read. */

const RULES = { depth: { metric: 'v', levels: { red: { above: 40 } } } };
const BEGIN_MS = Date.parse('2026-07-01T08:00:00Z');

interface Item {
  readonly ts: number;
  readonly value: number;
  readonly quality: string;
}

async function readings(brink: Brink, point: string): Promise<Item[]> {
  const query = `metric=v&from=${BEGIN_MS - 3_600_000}&to=${Date.now() + 3_600_000}`;
  return (await brink.get<{ items: Item[] }>(`/points/${point}/readings?${query}`)).items;
}

const quarantine = async (brink: Brink) =>
  (await brink.get<{ items: { device: string; reason: string; payload: string }[] }>('/quarantine')).items;

test('what a device had sent is in history once it is registered, late, in order; what is unreadable stays', async () => {
  const brink = await startBrink(plainSite(1, RULES), { flags: ['--auth', 'none'] });
  const client = await brink.device('new-1');
  for (const [index, v] of [10, 50, 20].entries()) await publish(client, { ts: BEGIN_MS + index * 60_000, v });
  await publish(client, { other: 1 });
  await publish(client, { ts: BEGIN_MS + 180_000, values: { v: 30, on: 'perhaps' } });
  await until('all to be in quarantine', async () => (await quarantine(brink)).length === 5);

  const device = { profile: 'plain', points: [{ id: 'culvert', area: 'town' }] };
  expect((await brink.call('PUT', '/devices/new-1', device)).status).toBe(201);
  await until('its readings', async () => (await readings(brink, 'culvert')).length === 4);
  expect((await readings(brink, 'culvert')).map(({ ts, value, quality }) => [ts, value, quality])).toEqual([
    [BEGIN_MS, 10, 'late'],
    [BEGIN_MS + 60_000, 50, 'late'],
    [BEGIN_MS + 120_000, 20, 'late'],
    [BEGIN_MS + 180_000, 30, 'late'],
  ]);
  await until('the quarantine to keep two', async () => (await quarantine(brink)).length === 2);
  const kept = async () => (await quarantine(brink)).map(({ reason, payload }) => [reason, payload]);
  expect(await kept()).toEqual([
    ['bad-value', expect.stringContaining('perhaps')],
    ['no-known-field', '{"other":1}'],
  ]);
  // The one with two readings, a good one and one that is bad, is told again, and is the same.
  const repeated = await brink.call('POST', '/devices/new-1/reread');
  expect(await repeated.json()).toEqual({ messages: 0, readings: 2, unread: 2 });
  expect((await kept()).length).toBe(2);
  expect(await brink.alerts('all')).toEqual([]);
  const again = await brink.restart();
  expect((await quarantine(again)).length).toBe(2);
  expect((await readings(again, 'culvert')).length).toBe(4);
});

test('a profile that says more reads what was kept: a breach in it is told in retrospect, and nothing live', async () => {
  const data = temporaryFolder();
  const site = plainSite(1, RULES);
  const brink = await startBrink(site, { data, flags: ['--auth', 'none'] });
  const client = await brink.device('dev-1');
  await publish(client, { v: 1 });
  await publish(client, { ts: BEGIN_MS, level: 55 });
  await publish(client, 'nonsense');
  await until('both to be in quarantine', async () => (await quarantine(brink)).length === 2);
  const unchanged = await brinkJson('device', 'reread', 'dev-1', '--data', data);
  expect(unchanged).toEqual({ messages: 0, readings: 0, unread: 2 });

  // The point's metric stays `v`, and is what the device calls `level` from now on.
  const { plain } = site.profiles as { plain: { metrics: object } };
  const metrics = { ...plain.metrics, level: { unit: 'cm', range: [-1_000, 1_000_000] } };
  const wanted = await brink.get<{ profiles: object[]; site: { devices: { points: object[] }[] } }>('/site');
  const changed = {
    ...wanted,
    profiles: [{ ...plain, id: 'plain', metrics }],
    site: {
      ...wanted.site,
      devices: wanted.site.devices.map((device) => ({
        ...device,
        points: device.points.map((point) => ({ ...point, metrics: { v: 'level', on: 'on' } })),
      })),
    },
  };
  const applied = await brink.call('POST', '/site', changed);
  expect([applied.status, applied.ok ? '' : await applied.text()]).toEqual([200, '']);
  const read = await runBrinkCli(['device', 'reread', 'dev-1', '--data', data]);
  expect(read).toEqual({ status: 0, stdout: '1 message read, 1 reading; 1 stays unreadable.\n', stderr: '' });
  await until('the breach in retrospect', async () =>
    (await brink.events()).some(({ event, alert }) => event === 'retrospective' && alert.value === 55),
  );
  expect(await brink.alerts('active')).toEqual([]);
  expect((await quarantine(brink)).map(({ reason }) => reason)).toEqual(['not-json']);
});

const TEMPLATE = {
  id: 'plain-limit',
  name: { zh: '限值', en: 'Limit' },
  standard: 'none',
  source: {},
  verifiedBy: null,
  applies: { family: 'other', metric: 'v' },
  parameters: [
    { id: 'limit', name: { zh: '限值', en: 'Limit' }, range: [1, 100], at: ['rules', 'top', 'levels', 'red', 'above'] },
  ],
  document: { rules: { top: { metric: 'v', levels: { red: { above: 1 } } } } },
};

test('limits that a device is registered with judge what it had sent as well; what cannot be registers nothing', async () => {
  const brink = await startBrink(plainSite(1, RULES), {
    flags: ['--auth', 'none'],
    prepare: ({ thresholds }) => {
      writeFileSync(join(thresholds, 'templates', 'plain.json'), JSON.stringify(TEMPLATE));
    },
  });
  const client = await brink.device('new-1');
  for (const [index, v] of [10, 55, 20].entries()) await publish(client, { ts: BEGIN_MS + index * 60_000, v });
  await until('all to be in quarantine', async () => (await quarantine(brink)).length === 3);

  const device = { profile: 'plain', points: [{ id: 'culvert', area: 'town' }] };
  const limits = { template: TEMPLATE.id, parameters: { limit: 50 } };
  const refused = async (body: unknown) => {
    const answer = await brink.call('PUT', '/devices/new-1', body);
    const { code, errors = [] } = (await answer.json()) as { code: string; errors?: { path: string; code: string }[] };
    return [answer.status, code, ...errors.map(({ path, code: why }) => `${path} ${why}`)];
  };
  expect(await refused({ ...device, limits: { ...limits, template: 'nothing' } })).toEqual([404, 'unknown-template']);
  expect(await refused({ ...device, limits: { ...limits, parameters: {} } })).toEqual([
    400,
    'validation-failed',
    '/limits/parameters parameter-missing',
  ]);
  expect(await refused({ ...device, limits: { ...limits, metrics: { v: 'absent' } } })).toEqual([
    422,
    'threshold-invalid',
    '/limits of-point',
  ]);
  expect((await brink.call('GET', '/devices/new-1')).status).toBe(404);

  expect((await brink.call('PUT', '/devices/new-1', { ...device, limits })).status).toBe(201);
  const { rules } = await brink.get<{ rules: unknown }>('/points/culvert/thresholds');
  expect(rules).toEqual({ top: { metric: 'v', levels: { red: { above: 50 } } } });
  await until('the breach in retrospect', async () =>
    (await brink.events()).some(({ event, alert }) => event === 'retrospective' && alert.value === 55),
  );
  expect((await readings(brink, 'culvert')).map(({ value, quality }) => [value, quality])).toEqual([
    [10, 'late'],
    [55, 'late'],
    [20, 'late'],
  ]);
  expect(await brink.alerts('active')).toEqual([]);
  // One that is there has its limits, and keeps them.
  expect(await refused({ ...device, limits })).toEqual([412, 'device-exists']);
});
