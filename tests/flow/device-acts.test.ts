import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import mqtt from 'mqtt';
import { describe, expect, test } from 'vitest';
import type { BacktestReport } from '../../src/cli/backtest.ts';
import type { ActEffect } from '../../src/model/device-act.ts';
import type { ThresholdDocument } from '../../src/model/threshold.ts';
import { type Brink, plainSite, publish, startBrink } from '../support/brink.ts';
import { brinkJson } from '../support/cli.ts';
import { makeFormerRegistry } from '../support/former-registry.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';

/** The version of registry.db that knew of no handovers. */
const BEFORE_HANDOVERS = 7;

const RULES = {
  depth: { metric: 'v', levels: { yellow: { above: 15 }, red: { above: 40 } } },
  flag: { metric: 'on', levels: { blue: { equals: true } } },
};

const PROFILES = {
  ...plainSite(1, {}).profiles,
  /** Another gauge: it has no flag, and gives depth in mm. */
  fine: { family: 'other', metrics: { v: { unit: 'mm' }, battery: { unit: '%' } }, reportEvery: '1h' },
  /** What was a number is a word here. */
  words: { family: 'other', metrics: { v: { type: 'string' }, on: { type: 'boolean' } }, reportEvery: '1h' },
};

const started = (count: number, flags: readonly string[] = [], data = temporaryFolder()) =>
  startBrink({ ...plainSite(count, RULES), profiles: PROFILES }, { flags, data });

interface Answer {
  readonly applied: boolean;
  readonly effect: ActEffect;
  readonly secret?: string;
  readonly code?: string;
  readonly errors?: readonly { path: string }[];
}

async function ask(brink: Brink, method: string, path: string, body: object, headers: Record<string, string> = {}) {
  const response = await brink.call(method, path, body, headers);
  return { status: response.status, etag: response.headers.get('etag') ?? '', body: (await response.json()) as Answer };
}

const limits = (brink: Brink, point: string) => brink.get<ThresholdDocument>(`/points/${point}/thresholds`);
const definition = async (brink: Brink, id: string) =>
  (await brink.get<{ definition: object }>(`/devices/${id}`)).definition;
const status = async (brink: Brink, path: string) => (await brink.call('GET', path)).status;
const open = async (brink: Brink) =>
  (await brink.alerts('active')).map(({ point, rule, level }) => `${point} ${rule} ${level}`);

async function raise(brink: Brink, device: string, point: string) {
  const client = await brink.device(device);
  await publish(client, { v: 50 });
  await until('the alert', async () => (await open(brink)).includes(`${point} depth red`));
  return client;
}

describe('what is done to a device that is there', () => {
  test('a name is given and taken back; nothing else changes, and its connection stays', async () => {
    const brink = await started(1);
    const client = await brink.device('dev-1');
    const name = { zh: '闸口水位计', en: 'Sluice gauge' };
    const { status: code, body } = await ask(brink, 'PATCH', '/devices/dev-1', { name });
    expect([code, body]).toEqual([200, { applied: true, effect: { points: [], counted: [], needsApproval: false } }]);
    expect(await definition(brink, 'dev-1')).toMatchObject({ name, profile: 'plain', points: [{ id: 'pt-1' }] });
    await publish(client, { v: 1 });
    await ask(brink, 'PATCH', '/devices/dev-1', { name: null });
    expect(await definition(brink, 'dev-1')).not.toHaveProperty('name');
    expect((await ask(brink, 'PATCH', '/devices/nobody', { name })).body.code).toBe('unknown-device');
  });

  test('another profile: what is gained, lost and ends is told; rules go only when that was asked for', async () => {
    const brink = await started(1);
    await raise(brink, 'dev-1', 'pt-1');
    const told = await ask(brink, 'PATCH', '/devices/dev-1?dryRun=true', { profile: 'fine' });
    expect(told.body.effect.points).toEqual([
      {
        point: 'pt-1',
        fate: 'stays',
        device: { before: 'dev-1', after: 'dev-1' },
        gained: ['battery'],
        lost: ['on'],
        changed: [{ metric: 'v', before: 'cm, -1000–1000000', after: 'mm' }],
        ends: ['flag'],
        rules: ['depth'],
        clears: [],
      },
    ]);
    const unasked = await ask(brink, 'PATCH', '/devices/dev-1', { profile: 'fine' });
    expect([unasked.status, unasked.body.code]).toEqual([409, 'rules-would-end']);
    expect(await limits(brink, 'pt-1')).toEqual({ rules: RULES });
    const done = await ask(
      brink,
      'PATCH',
      '/devices/dev-1?endsRules=true',
      { profile: 'fine' },
      { 'if-match': told.etag },
    );
    expect([done.status, done.body.applied]).toEqual([200, true]);
    expect(await limits(brink, 'pt-1')).toEqual({ rules: { depth: RULES.depth } });

    // Back again; the rule comes back from the revisions, as any other.
    const stale = await ask(brink, 'PATCH', '/devices/dev-1', { profile: 'plain' }, { 'if-match': told.etag });
    expect([stale.status, stale.body.code]).toEqual([412, 'site-lost-race']);
    expect((await ask(brink, 'PATCH', '/devices/dev-1', { profile: 'plain' })).status).toBe(200);
    const nobody = await ask(brink, 'PATCH', '/devices/dev-1', { profile: 'nothing' });
    expect([nobody.body.code, nobody.body.errors?.map(({ path }) => path)]).toEqual(['site-invalid', ['/profile']]);
  });

  test('a limit that makes no sense of the new metric goes too, and its open alert clears', async () => {
    const brink = await started(1);
    await raise(brink, 'dev-1', 'pt-1');
    const { body } = await ask(brink, 'PATCH', '/devices/dev-1?endsRules=true', { profile: 'words' });
    expect(body.effect.points[0]).toMatchObject({ ends: ['depth'], clears: [{ rule: 'depth', level: 'red' }] });
    await until('it to clear', async () => (await open(brink)).length === 0);
    expect(await limits(brink, 'pt-1')).toEqual({ rules: { flag: RULES.flag } });
  });

  test('a replacement is told by the point and by the log of what is open; a move and files are handovers too', async () => {
    const data = temporaryFolder();
    let brink = await started(2, [], data);
    await raise(brink, 'dev-1', 'pt-1');
    await ask(brink, 'POST', '/devices/dev-1/replace', { id: 'dev-9' }, { 'accept-language': 'zh' });
    await until('the note', async () => (await brink.events()).some(({ event }) => event === 'note'));
    const note = (await brink.events()).find(({ event }) => event === 'note');
    expect(note).toMatchObject({
      by: 'token:test',
      note: '设备 dev-1 已更换为 dev-9',
      alert: { point: 'pt-1', rule: 'depth' },
    });
    const handovers = async (point: string, query = '') =>
      brink.get<{ items: { former: string; device: string; by: string; at: number }[]; next: string | null }>(
        `/points/${point}/handovers${query}`,
      );
    const [first] = (await handovers('pt-1')).items;
    expect(first).toMatchObject({ former: 'dev-1', device: 'dev-9', by: 'token:test' });
    expect(first?.at).toBeLessThanOrEqual(Date.now());

    // dev-2 measures there from now on; then the files say that the other one does.
    await ask(brink, 'POST', '/devices/dev-2/move', { to: 'pt-1' });
    const site = await brink.get<{ site: { devices: { id: string; points: unknown[] }[] } }>('/site');
    const [point] = site.site.devices.find(({ id }) => id === 'dev-2')?.points ?? [];
    const devices = site.site.devices.map((device) => ({ ...device, points: device.id === 'dev-9' ? [point] : [] }));
    expect((await ask(brink, 'POST', '/site', { ...site, site: { ...site.site, devices } })).status).toBe(200);
    brink = await brink.restart();
    const all = await handovers('pt-1');
    expect(all.items.map(({ former, device }) => `${former} ${device}`)).toEqual([
      'dev-2 dev-9',
      'dev-9 dev-2',
      'dev-1 dev-9',
    ]);
    const page = await handovers('pt-1', '?limit=2');
    const rest = await handovers('pt-1', `?limit=2&cursor=${page.next}`);
    expect([...page.items, ...rest.items]).toEqual(all.items);
    expect([rest.next, await status(brink, '/points/nowhere/handovers')]).toEqual([null, 404]);
    await brink.close();

    // A folder of before has no such table, nor what came later: what the trail tells of is taken from there.
    const database = new DatabaseSync(join(data, 'registry.db'));
    makeFormerRegistry(database, BEFORE_HANDOVERS);
    database.close();
    brink = await started(2, [], data);
    expect((await handovers('pt-1')).items).toEqual([first]);
  });

  test('where a second person must approve, rules do not go by a change of profile', async () => {
    const brink = await started(1, ['--second-approval', 'true']);
    const { status: code, body } = await ask(brink, 'PATCH', '/devices/dev-1?endsRules=true', { profile: 'words' });
    expect([code, body.code]).toEqual([409, 'approval-required']);
    expect(await limits(brink, 'pt-1')).toEqual({ rules: RULES });
  });

  test('to a new point: the old one keeps history and limits, and has them again when the device comes back', async () => {
    const brink = await started(1);
    const client = await raise(brink, 'dev-1', 'pt-1');
    const move = { to: 'basin', name: { zh: '水池' }, location: [108.75, 29.52] };
    const told = await ask(brink, 'POST', '/devices/dev-1/move?dryRun=true', { ...move, limits: 'take' });
    expect(
      told.body.effect.points.map(({ point, fate, rules, clears }) => [point, fate, rules, clears.length]),
    ).toEqual([
      ['basin', 'added', ['depth', 'flag'], 0],
      ['pt-1', 'ends', [], 1],
    ]);
    expect(await status(brink, '/points/basin')).toBe(404);
    await ask(brink, 'POST', '/devices/dev-1/move', { ...move, limits: 'take' });
    await until('the old alert to clear', async () => (await open(brink)).length === 0);
    expect(await limits(brink, 'basin')).toEqual({ rules: RULES });
    // On the same connection, with the same secret.
    await publish(client, { v: 60 });
    await until('the alert of the new point', async () => (await open(brink)).includes('basin depth red'));
    expect(await status(brink, '/points/pt-1')).toBe(404);

    await ask(brink, 'POST', '/devices/dev-1/move', { to: 'pt-1', area: 'town' });
    expect(await limits(brink, 'pt-1')).toEqual({ rules: RULES });
    expect(await status(brink, '/points/basin')).toBe(404);
    const { items } = await brink.get<{ items: { value: number }[] }>('/points/pt-1/readings?metric=v');
    expect(items.map(({ value }) => value)).toEqual([50]);
  });

  test('to a point that another device measures: limits, history and alerts of the point go on', async () => {
    const brink = await started(2);
    await raise(brink, 'dev-2', 'pt-2');
    const { body } = await ask(brink, 'POST', '/devices/dev-1/move', { to: 'pt-2' });
    expect(body.effect.points.map(({ point, fate, device }) => [point, fate, device])).toEqual([
      ['pt-1', 'ends', { before: 'dev-1', after: null }],
      ['pt-2', 'stays', { before: 'dev-2', after: 'dev-1' }],
    ]);
    expect(await open(brink)).toEqual(['pt-2 depth red']);
    const client = await brink.device('dev-1');
    await publish(client, { v: 3 });
    await until('it to clear by what the new device says', async () => (await open(brink)).length === 0);
    expect(await definition(brink, 'dev-2')).toMatchObject({ points: [] });
  });

  test('a point of several, wrong ones, and points that a vote counts', async () => {
    const brink = await started(2);
    await brink.call('PUT', '/devices/dev-1', {
      profile: 'plain',
      points: [
        { id: 'pt-1', area: 'town' },
        { id: 'pt-3', area: 'town' },
      ],
    });
    const paths = async (body: object) => (await ask(brink, 'POST', '/devices/dev-1/move', body)).body.errors;
    expect(await paths({ to: 'basin' })).toEqual([expect.objectContaining({ path: '/from' })]);
    expect(await paths({ from: 'pt-2', to: 'basin' })).toEqual([expect.objectContaining({ path: '/from' })]);
    expect(await paths({ from: 'pt-1', to: 'pt-3' })).toEqual([expect.objectContaining({ path: '/to' })]);
    expect(await paths({ from: 'pt-1', to: 'pt-2', area: 'town' })).toEqual([
      expect.objectContaining({ path: '/area' }),
    ]);
    expect(await paths({ from: 'pt-1', to: 'basin', area: 'moon' })).toEqual([
      expect.objectContaining({ path: '/area' }),
    ]);

    const vote = { rules: { ...RULES, zone: { vote: { points: ['pt-1', 'pt-2'], atLeast: 2, level: 'yellow' } } } };
    const put = await brink.call('PUT', '/points/pt-2/thresholds?reason=x', vote, { 'if-match': '*' });
    expect(put.status).toBe(200);
    const counted = await ask(brink, 'POST', '/devices/dev-1/move', { from: 'pt-1', to: 'basin' });
    expect([counted.status, counted.body]).toMatchObject([
      409,
      { code: 'point-in-use', votes: [{ point: 'pt-2', rule: 'zone', counts: 'pt-1' }] },
    ]);
    const moved = await ask(brink, 'POST', '/devices/dev-1/move', { from: 'pt-3', to: 'basin' });
    expect(moved.status).toBe(200);
    expect(await definition(brink, 'dev-1')).toMatchObject({ points: [{ id: 'pt-1' }, { id: 'basin' }] });
  });

  test('a broken one is replaced in one step: the alert goes on, the old connection ends, the new secret lets in', async () => {
    const data = temporaryFolder();
    const brink = await started(2, [], data);
    const old = await raise(brink, 'dev-1', 'pt-1');
    const ended = new Promise<void>((resolve) => old.once('close', () => resolve()));
    const { status: code, body } = await ask(brink, 'POST', '/devices/dev-1/replace', { id: 'dev-1b' });
    await ended;
    expect(code).toBe(200);
    expect(body.secret).toMatch(/^[A-Za-z\d][\w-]{31}$/);
    expect(await open(brink)).toEqual(['pt-1 depth red']);
    expect(await status(brink, '/devices/dev-1')).toBe(404);
    await expect(brink.device('dev-1', { username: 'dev-1', password: 'secret-1' })).rejects.toThrow();
    const client = await mqtt.connectAsync(brink.app.mqtt, {
      username: 'dev-1b',
      password: body.secret ?? '',
      reconnectPeriod: 0,
    });
    await publish(client, { v: 2 });
    await until('what the new one says', async () => (await open(brink)).length === 0);
    await client.endAsync();

    const taken = await ask(brink, 'POST', '/devices/dev-1b/replace', { id: 'dev-2' });
    expect([taken.status, taken.body.code]).toEqual([412, 'device-exists']);
    expect((await ask(brink, 'POST', '/devices/dev-1b/replace', { id: 'dev-1b' })).body.errors).toHaveLength(1);
    // A spare that is registered already takes over with the secret it has.
    await brink.call('PUT', '/devices/spare', { profile: 'plain', secret: 'secret-spare' });
    const spare = await ask(brink, 'POST', '/devices/dev-1b/replace', { id: 'spare' });
    expect([spare.status, spare.body.secret]).toEqual([200, undefined]);
    await publish(await brink.device('spare'), { v: 45 });
    await until('the spare to be heard', async () => (await open(brink)).includes('pt-1 depth red'));

    // The trail names every step, and no secret; the next start finds the same site.
    const before = await brink.get('/site');
    await brink.close();
    const database = new DatabaseSync(join(data, 'registry.db'), { readOnly: true });
    const trail = database.prepare('SELECT action, subject, detail FROM audit WHERE id > 1').all();
    database.close();
    expect(trail.map(({ action, subject }) => `${action} ${subject}`)).toEqual([
      'device-removed dev-1',
      'device-added dev-1b',
      'device-added spare',
      'device-removed dev-1b',
      'device-changed spare',
    ]);
    for (const secret of [body.secret, 'secret-spare']) expect(JSON.stringify(trail)).not.toContain(secret);
    const again = await brink.restart();
    expect(await again.get('/site')).toEqual(before);
    expect(await open(again)).toEqual(['pt-1 depth red']);
  });

  test('one without a secret is replaced by one without, which a protocol with no place for one would shut out', async () => {
    const brink = await started(1);
    await brink.call('PUT', '/devices/host-1', { profile: 'plain' });
    const { status: code, body } = await ask(brink, 'POST', '/devices/host-1/replace', { id: 'host-2' });
    expect([code, body.secret]).toEqual([200, undefined]);
    expect(await brink.get('/devices/host-2')).toMatchObject({ hasSecret: false });
  });

  test('only engineers may', async () => {
    const brink = await started(1);
    const made = await brink.call('POST', '/tokens', { name: 'li', role: 'operator' });
    const authorization = `Bearer ${((await made.json()) as { token: string }).token}`;
    for (const [method, path, body] of [
      ['PATCH', '/devices/dev-1', { name: 'x' }],
      ['POST', '/devices/dev-1/move', { to: 'basin' }],
      ['POST', '/devices/dev-1/replace', { id: 'dev-2' }],
    ] as const) {
      expect((await ask(brink, method, path, body, { authorization })).status, path).toBe(403);
    }
  });

  test('judged once more from the journal, all of it gives the same alert log', async () => {
    const data = temporaryFolder();
    const brink = await started(2, [], data);
    const first = await raise(brink, 'dev-1', 'pt-1');
    await raise(brink, 'dev-2', 'pt-2');
    await ask(brink, 'POST', '/devices/dev-1/move', { to: 'basin', limits: 'take' });
    await publish(first, { v: 55 });
    await until('the new point', async () => (await open(brink)).includes('basin depth red'));
    await ask(brink, 'POST', '/devices/dev-1/move', { to: 'pt-2' });
    await publish(first, { v: 1 });
    await until('the point that was taken over', async () => (await open(brink)).length === 0);
    await ask(brink, 'PATCH', '/devices/dev-1?endsRules=true', { profile: 'fine' });
    await ask(brink, 'POST', '/devices/dev-1/replace', { id: 'dev-3', secret: 'secret-3' });
    await publish(await brink.device('dev-3'), { v: 600 });
    await until('the alert of the replacement', async () => (await open(brink)).includes('pt-2 depth red'));
    const report = await brinkJson<BacktestReport>('backtest', '--data', data);
    expect(report).toMatchObject({ sameAsLive: true, difference: null });
    expect(report.events).toEqual(await brink.events());
    expect(report.events.length).toBeGreaterThan(5);
  });
});

test('a device is said to speak otherwise than its kind, and no more; a way that there is not is refused', async () => {
  const spec = plainSite(1, {});
  const brink = await startBrink(spec);
  const own = async () =>
    (await brink.get<{ definition: { protocol?: unknown }; protocol: unknown }>('/devices/dev-1')).definition.protocol;
  const patch = (protocol: unknown) => brink.call('PATCH', '/devices/dev-1', { protocol }, { 'if-match': '*' });
  const done = await patch({ gbt26875: { time: 'bcd' } });
  expect([done.status, await done.text()]).toEqual([200, expect.stringContaining('"applied":true')]);
  expect(await own()).toEqual({ gbt26875: { time: 'bcd' } });
  expect((await brink.get<{ protocol: unknown }>('/devices/dev-1')).protocol).toMatchObject({
    gbt26875: { time: 'bcd', state: 'little-endian' },
  });
  const wrong = await patch({ gbt26875: { time: 'roman' } });
  expect([wrong.status, await own()]).toEqual([400, { gbt26875: { time: 'bcd' } }]);
  // Its name is another matter.
  await brink.call('PATCH', '/devices/dev-1', { name: { zh: '主机' } }, { 'if-match': '*' });
  expect(await own()).toEqual({ gbt26875: { time: 'bcd' } });
  expect((await patch(null)).status).toBe(200);
  expect(await own()).toBeUndefined();
});
