import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Source } from '../../src/wire/calls/sources.ts';
import { afterTest } from '../support/after-test.ts';
import { type Brink, startBrink } from '../support/brink.ts';
import { fireTransmitter } from '../support/fire-transmitter.ts';
import { freePort } from '../support/free-port.ts';
import { lineClient } from '../support/line-client.ts';
import { networkServer } from '../support/network-server.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';

const EUI = '70B3D57ED0000003';
const site = {
  profiles: {
    gauge: {
      family: 'waterlogging',
      metrics: { depth: { unit: 'cm', range: [0, 500] } },
      reportEvery: '10m',
      messages: [{ format: 'uplink', metrics: { depth: { at: 'mm', scale: 0.1 } } }],
    },
    host: { family: 'fire', metrics: { fire: { type: 'boolean' } }, reportEvery: '1h' },
  },
  site: {
    areas: [{ id: 'town' }],
    devices: [
      { id: EUI, profile: 'gauge', points: [{ id: 'underpass', area: 'town' }] },
      { id: 'gbt26875-0a0b0c0d0e0f', profile: 'host', points: [{ id: 'panel', area: 'town' }] },
    ],
  },
};

const uplink = (mm: number) => ({
  end_device_ids: { device_id: 'underpass', dev_eui: EUI },
  received_at: new Date().toISOString(),
  uplink_message: { f_port: 2, f_cnt: mm, frm_payload: 'AZA=', decoded_payload: { mm } },
});
const sources = async (brink: Brink) => (await brink.get<{ items: Source[] }>('/sources')).items;
const source = async (brink: Brink, name: string) => (await sources(brink)).find((one) => one.name === name);
const depth = async (brink: Brink) =>
  (await brink.get<{ values: { depth?: { value: number } } }>('/points/underpass')).values.depth?.value;
const bodyOf = async <T>(answer: Promise<Response>) => (await (await answer).json()) as T;
interface Problem {
  readonly code: string;
  readonly errors?: readonly { readonly path: string; readonly code: string }[];
}
const wrongOf = async (answer: Promise<Response>) => {
  const { code, errors = [] } = await bodyOf<Problem>(answer);
  return [code, ...errors.map((error) => `${error.path} ${error.code}`)];
};

test('a network server is given by its address and read at once; its password is sealed, tried, and sent nowhere else', async () => {
  const server = await networkServer();
  const brink = await startBrink(site);
  const settings = { kind: 'feed', url: server.url, user: 'app', topics: ['v3/app/devices/+/up'], profile: 'gauge' };
  const tried = (body: unknown) => brink.call('POST', '/sources/tts/test', body);
  expect(await bodyOf(tried({ settings, secret: 'no' }))).toMatchObject({ state: 'refused', heard: [] });
  const away = { ...settings, url: `mqtt://127.0.0.1:${await freePort()}` };
  expect(await bodyOf(tried({ settings: away, secret: 'key' }))).toMatchObject({ state: 'unreachable' });
  const works = bodyOf(tried({ settings: { ...settings, topics: ['v3/#', 'else/#'] }, secret: 'key' }));
  await until('what is tried', () => server.filters().includes('else/#'));
  await server.publish('v3/app/devices/underpass/up', uplink(10));
  await server.publish('else/x', 1);
  expect(await works).toEqual({
    state: 'works',
    words: '',
    isKeptForUs: true,
    heard: [
      { topic: 'v3/app/devices/underpass/up', isRead: true },
      { topic: 'else/x', isRead: false },
    ],
  });
  // Nothing of it was taken in or kept.
  expect([await sources(brink), await depth(brink)]).toEqual([[], undefined]);

  const put = (body: object) => brink.call('PUT', '/sources/tts', body);
  const made = await bodyOf<Source>(put({ revision: 0, settings, secret: 'key', reason: 'new gauges' }));
  expect(made).toMatchObject({
    origin: 'console',
    revision: 1,
    hasSecret: true,
    author: 'token:test',
    reason: 'new gauges',
  });
  await until('the connection', async () => (await source(brink, 'tts'))?.standing?.isUp === true);
  await server.publish('v3/app/devices/underpass/up', uplink(410));
  await until('its reading', async () => (await depth(brink)) === 41);

  // Whoever changes where it leads must know the password; whoever changes what is read need not.
  const elsewhere = { ...settings, url: server.url.replace('127.0.0.1', 'localhost') };
  const topics = ['v3/app/devices/+/up', 'else/#'];
  expect(await bodyOf(put({ revision: 1, settings: { ...settings, topics } }))).toMatchObject({ hasSecret: true });
  await until('the other topics', () => server.filters().includes('else/#'));
  expect(await wrongOf(put({ revision: 1, settings }))).toEqual(['source-lost-race']);
  await bodyOf(put({ revision: 2, settings }));
  // The session stays, and what it is not to gather any more is taken from it.
  await until('the former topics', () => server.filters().join() === 'v3/app/devices/+/up');
  expect(await bodyOf(put({ revision: 3, settings: elsewhere }))).toMatchObject({ hasSecret: false });
  await until('what is wrong', async () => /auth/i.test((await source(brink, 'tts'))?.standing?.trouble?.words ?? ''));
  await bodyOf(put({ revision: 4, settings, secret: 'key' }));

  await brink.call('PUT', '/sources/tts', { revision: 5, settings: { ...settings, isOn: false } });
  expect((await source(brink, 'tts'))?.standing).toBeNull();
  // Whether or not it had connected since: what is off has nothing gathered for it.
  await until('the end', () => server.clients() === 1 && server.filters().length === 0);
  const shown = JSON.stringify([await sources(brink), await brink.get('/sources/tts/revisions')]);
  expect(shown).not.toContain('"key"');
  await bodyOf(put({ revision: 6, settings }));
  // The broker keeps for it what is sent from its subscription on.
  await until('the connection', async () => (await source(brink, 'tts'))?.standing?.isUp === true);
  await server.publish('v3/app/devices/underpass/up', uplink(420));
  await until('the next reading', async () => (await depth(brink)) === 42);

  const again = await brink.restart();
  await until('the connection', async () => (await source(again, 'tts'))?.standing?.isUp === true);
  await again.call('DELETE', '/sources/tts?revision=7');
  expect(await sources(again)).toEqual([]);
  await until('that nothing is gathered for it', () => server.filters().length === 0 && server.clients() === 1);
  const { items } = await again.get<{ items: { revision: number; settings: unknown }[] }>('/sources/tts/revisions');
  expect(items.map(({ revision, settings: then }) => [revision, then === null])).toEqual(
    [8, 7, 6, 5, 4, 3, 2, 1].map((revision) => [revision, revision === 8]),
  );
});

test('the password of a feed stands nowhere in the data folder, and opens with the key of the folder alone', async () => {
  const server = await networkServer();
  const data = temporaryFolder();
  const brink = await startBrink(site, { data });
  const settings = { kind: 'feed', url: server.url, user: 'app', topics: ['v3/#'] };
  await brink.call('PUT', '/sources/tts', { revision: 0, settings, secret: 'a very telling key' });
  await brink.close();
  const files = readdirSync(data, { withFileTypes: true }).filter((entry) => entry.isFile());
  expect(files.length).toBeGreaterThan(3);
  for (const { name } of files) expect(readFileSync(join(data, name)).includes('a very telling key')).toBe(false);
});

test('a port for a fire host is opened and closed while the server runs', async () => {
  const brink = await startBrink(site, { flags: ['--hj212', '0'] });
  const port = await freePort();
  const settings = { kind: 'listener', host: '127.0.0.1', port, profile: 'host' };
  const put = (name: string, body: object) => brink.call('PUT', `/sources/${name}`, body);
  const made = await bodyOf<Source>(put('gbt26875', { revision: 0, settings }));
  expect(made.standing).toMatchObject({ isUp: true, kind: 'listener' });
  const host = await fireTransmitter(`tcp://127.0.0.1:${port}`, '0a0b0c0d0e0f');
  await until('its connection', async () => (await source(brink, 'gbt26875'))?.standing?.connections === 1);

  // Another profile is no reason to end what is connected; another port is.
  await bodyOf(put('gbt26875', { revision: 1, settings: { ...settings, profile: 'gauge' } }));
  expect(host.client.isOpen()).toBe(true);
  const other = await freePort();
  await bodyOf(put('gbt26875', { revision: 2, settings: { ...settings, port: other } }));
  await until('its end', () => !host.client.isOpen());
  await fireTransmitter(`tcp://127.0.0.1:${other}`, '0a0b0c0d0e0f');
  await expect(lineClient(port)).rejects.toThrow('ECONNREFUSED');

  const taken = net.createServer().listen(0, '127.0.0.1');
  afterTest(() => void taken.close());
  const at = await freePort();
  const wrong = [
    put('sl651', { revision: 0, settings: { ...settings, port: Number((taken.address() as net.AddressInfo).port) } }),
    put('sl651', { revision: 0, settings: { ...settings, host: '203.0.113.7', port: at, profile: 'nothing' } }),
    put('hj212', { revision: 0, settings: { ...settings, port: at } }),
    put('town', { revision: 0, settings: { ...settings, port: at } }),
    put('town', { revision: 0, settings: { kind: 'feed', url: 'http://x', topics: ['a+'] } }),
    put('town', { revision: 0, settings: { kind: 'push', platform: 'ctwing' }, secret: 'short' }),
    put('gbt26875', { revision: 3, settings: { kind: 'push', platform: 'ctwing' }, secret: 'long enough a secret' }),
  ];
  expect(await Promise.all(wrong.map(wrongOf))).toEqual([
    ['source-invalid', '/settings/port cannot-listen'],
    ['source-invalid', '/settings/profile unknown-profile', '/settings/host cannot-listen'],
    ['source-invalid', '/name name-in-configuration'],
    ['source-invalid', '/name not-one-of'],
    ['validation-failed', '/settings/url no-broker-address', '/settings/topics/0 bad-topic-filter'],
    ['source-invalid', '/secret secret-needed'],
    ['source-invalid', '/name name-of-other-kind'],
  ]);
  expect((await sources(brink)).map(({ name, origin }) => [name, origin])).toEqual([
    ['hj212', 'configuration'],
    ['gbt26875', 'console'],
  ]);

  await brink.call('DELETE', '/sources/gbt26875?revision=3');
  await expect(lineClient(other)).rejects.toThrow('ECONNREFUSED');
});

test('a port that another program has when the server starts is tried again, and keeps it from nothing', async () => {
  const brink = await startBrink(site);
  const port = await freePort();
  await brink.call('PUT', '/sources/sl651', { revision: 0, settings: { kind: 'listener', host: '127.0.0.1', port } });
  await brink.close();
  const taken = net.createServer().listen(port, '127.0.0.1');
  afterTest(() => void taken.close());
  const again = await brink.restart();
  expect((await source(again, 'sl651'))?.standing).toMatchObject({
    isUp: false,
    trouble: { words: expect.stringContaining('EADDRINUSE') },
  });
  const health = await bodyOf<{ checks: Record<string, { status: string }> }>(again.call('GET', '/health'));
  expect(health.checks.listeners?.status).toBe('degraded');
  taken.close();
  await until('the port', async () => (await source(again, 'sl651'))?.standing?.isUp === true);
});

test('who is no engineer sees no source; where no login is needed no port is opened to others', async () => {
  const brink = await startBrink(site, { flags: ['--auth', 'none'] });
  const settings = { kind: 'listener', host: '0.0.0.0', port: await freePort() };
  expect(await wrongOf(brink.call('PUT', '/sources/sl651', { revision: 0, settings }))).toEqual([
    'source-invalid',
    '/settings/host loopback-only',
  ]);
  await brink.call('POST', '/users', { name: 'watch', password: 'correct horse', role: 'operator' });
  const { token } = await bodyOf<{ token: string }>(brink.call('POST', '/tokens', { name: 't', role: 'operator' }));
  expect((await brink.call('GET', '/sources', undefined, { authorization: `Bearer ${token}` })).status).toBe(403);
});

test('a platform that pushes is let in, and out again', async () => {
  const brink = await startBrink(site);
  const settings = { kind: 'push', platform: 'ctwing' };
  const message = { messageType: 'dataReport', deviceId: 'x', IMEI: '', timestamp: Date.now(), payload: {} };
  const push = async (key: string) =>
    (await brink.call('POST', `/push/town?key=${key}`, message, { connection: 'close' })).status;
  await brink.call('PUT', '/sources/town', { revision: 0, settings, secret: 'long-enough-a-secret' });
  expect(await push('long-enough-a-secret')).toBe(200);
  expect((await source(brink, 'town'))?.standing).toMatchObject({ kind: 'push', messages: 1 });
  await brink.call('PUT', '/sources/town', { revision: 1, settings, secret: 'another-secret-of-it' });
  expect([await push('long-enough-a-secret'), await push('another-secret-of-it')]).toEqual([401, 200]);
  await brink.call('DELETE', '/sources/town?revision=2');
  expect(await push('another-secret-of-it')).toBe(401);
});

test('what the configuration names is shown as such, and is in use instead of one of the same name', async () => {
  const brink = await startBrink(site);
  const server = await networkServer();
  const settings = { kind: 'feed', url: server.url, user: 'app', topics: ['v3/#'] };
  await brink.call('PUT', '/sources/tts', { revision: 0, settings, secret: 'key' });
  await brink.close();
  const config = join(temporaryFolder(), 'brink.json');
  const url = server.url.replace('mqtt://', 'mqtt://app:key@');
  writeFileSync(config, JSON.stringify({ feeds: [{ name: 'tts', url, topics: ['else/#'] }] }));
  const flags = [...brink.flags, '--config', config];
  const again = await startBrink(null, {
    data: String(flags[flags.indexOf('--data') + 1]),
    flags: ['--config', config],
  });
  expect(await sources(again)).toMatchObject([
    { name: 'tts', origin: 'configuration', settings: { url: server.url, topics: ['else/#'] }, isShadowed: false },
    { name: 'tts', origin: 'console', isShadowed: true, standing: null },
  ]);
  expect(JSON.stringify(await sources(again))).not.toContain('app:key');
});
