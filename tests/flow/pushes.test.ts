import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { createPushes } from '../../src/gateways/http/pushes.ts';
import { signatureOf } from '../../src/gateways/http/signature.ts';
import { createGuesses } from '../../src/lib/guesses.ts';
import type { IngestOutcome } from '../../src/model/http-ingest.ts';
import type { Ingest } from '../../src/model/source.ts';
import type { Ingested } from '../../src/wire/ingest.ts';
import type { Health, System } from '../../src/wire/system.ts';
import { fixture } from '../contract/api-fixture.ts';
import { plainSite, startBrink } from '../support/brink.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { routeOf } from '../support/native-route.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';

const SECRET = 'a secret of some length';
const PUSHES = [
  { name: 'tianyi', platform: 'ctwing', secret: SECRET },
  { name: 'yidong', platform: 'onenet', secret: SECRET },
  { name: 'huawei', platform: 'iotda', secret: SECRET },
] as const;
const key = `?key=${encodeURIComponent(SECRET)}`;

const ctwing = (deviceId: string, timestamp: number, serviceData: unknown) => ({
  messageType: 'dataReport',
  deviceId,
  IMEI: '',
  timestamp,
  payload: { serviceData },
});

const onenet = (device: string, at: number, value: unknown) => {
  const msg = { type: 1, dev_id: device, ds_id: 'v', at, value };
  return { msg, nonce: 'n0nce', msg_signature: signatureOf(SECRET, 'n0nce', JSON.stringify(msg)) };
};

const iotda = (device: string, atMs: number, ...properties: unknown[]) => {
  const time = new Date(atMs).toISOString().replace(/[-:]|\.\d+/g, '');
  const services = properties.map((one) => ({ service_id: 'S', properties: one, event_time: time }));
  const notify_data = { header: { device_id: device }, body: { services } };
  return { resource: 'device.property', event: 'report', event_time: time, notify_data };
};

test('platforms push what devices without a secret have sent: alerts, repetitions, what cannot be read, who may not', async () => {
  const config = join(temporaryFolder(), 'brink.json');
  writeFileSync(config, JSON.stringify({ pushes: PUSHES }));
  const rules = { high: { metric: 'v', levels: { red: { above: 40 } } } };
  const site = plainSite(4, rules);
  const { devices } = site.site as { devices: { id: string; secret?: string }[] };
  for (const device of devices) if (device.id !== 'dev-4') delete device.secret;
  const brink = await startBrink(site, { flags: ['--config', config] });
  const send = async (path: string, body: unknown) => {
    const url = `${brink.app.http}/api/v1/push/${path}`;
    const answer = await fetch(url, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) });
    return { status: answer.status, body: (await answer.json()) as Ingested & { code?: string } };
  };
  const readings = async (point: string) =>
    (await brink.get<{ items: { value: number }[] }>(`/points/${point}/readings?metric=v`)).items.map(
      ({ value }) => value,
    );
  const ts = Math.floor(Date.now() / 1_000) * 1_000 - 60_000;

  // A breach, again as it was sent, and what came between the two again as well.
  const breach = ctwing('dev-1', ts, { v: '41', on: 1 });
  expect(await send(`tianyi${key}`, breach)).toEqual({ status: 200, body: { readings: 2, quarantined: null } });
  expect(await brink.alerts('active')).toMatchObject([{ point: 'pt-1', level: 'red', value: 41 }]);
  const events = (await brink.events()).length;
  await send(`tianyi${key}`, breach);
  await send(`tianyi${key}`, [ctwing('dev-1', ts + 1_000, { v: 42 }), ctwing('dev-2', ts, { v: 1 })]);
  await send(`tianyi${key}`, breach);
  expect(await readings('pt-1')).toEqual([41, 42]);
  expect(await readings('pt-2')).toEqual([1]);
  expect(await brink.events()).toHaveLength(events);

  // The others.
  expect((await send('yidong', onenet('dev-2', ts + 1_000, 2))).body.readings).toBe(1);
  expect((await send(`huawei${key}`, iotda('dev-3', ts, { v: 3 }, { on: true }))).body.readings).toBe(2);
  expect([await readings('pt-2'), await readings('pt-3')]).toEqual([[1, 2], [3]]);
  const online = { messageType: 'deviceOnlineOfflineReport', deviceId: 'dev-1', eventType: 1 };
  expect(await send(`tianyi${key}`, online)).toEqual({ status: 200, body: { readings: 0, quarantined: null } });

  // What cannot be read, or is not theirs to say.
  const reasons = [
    await send(`tianyi${key}`, 'no JSON'),
    await send(`tianyi${key}`, ctwing('nobody', ts, { v: 1 })),
    await send(`tianyi${key}`, ctwing('dev-4', ts, { v: 99 })),
  ].map(({ status, body }) => [status, body.quarantined?.reason]);
  expect(reasons).toEqual([
    [200, 'not-json'],
    [200, 'unknown-device'],
    [200, 'not-its-own'],
  ]);

  // Who may not, and nothing of it is kept.
  const forged = { ...onenet('dev-2', ts, 9), nonce: 'another' };
  const refused = [
    await send('tianyi', breach),
    await send('tianyi?key=a%20secret%20of%20another', breach),
    await send(`nobody${key}`, breach),
    await send('yidong', forged),
    await send(`yidong${key}`, forged),
  ].map(({ status, body }) => [status, body.code]);
  expect(refused).toEqual(refused.map(() => [401, 'bad-credentials']));
  expect((await brink.get<{ items: unknown[] }>('/quarantine')).items).toHaveLength(3);
  const { sources } = await brink.get<System>('/system');
  const trouble = { words: 'a call with a wrong key was refused' };
  expect(sources).toMatchObject([
    { kind: 'push', name: 'tianyi', messages: 8, trouble },
    { kind: 'push', name: 'yidong', messages: 1, trouble },
    { kind: 'push', name: 'huawei', messages: 1, trouble: null },
  ]);
  expect((await brink.get<Health>('/health')).checks.pushes).toMatchObject({ status: 'ok', pushes: 3, messages: 10 });

  // OneNET looks before its first push.
  const check = (name: string, msg: string, signature: string) => {
    const query = new URLSearchParams({ msg, nonce: 'n0nce', signature });
    return fetch(`${brink.app.http}/api/v1/push/${name}?${query}`);
  };
  const right = await check('yidong', '你好', signatureOf(SECRET, 'n0nce', '你好'));
  expect([right.status, await right.text()]).toEqual([200, '你好']);
  expect(right.headers.get('content-type')).toContain('text/plain');
  expect((await check('yidong', 'other', signatureOf(SECRET, 'n0nce', '你好'))).status).toBe(401);
  expect((await check('tianyi', 'x', signatureOf(SECRET, 'n0nce', 'x'))).status).toBe(401);
});

/** A source with a clock of its own. */
function sourceOf(ingest: Ingest) {
  const clock = createFakeClock(Date.UTC(2026, 5, 1));
  const source = createPushes({
    clock,
    log: pino({ level: 'silent' }),
    routeOf,
    ingest,
    payloadBytesMax: 1_000,
    mayFeed: () => true,
    guesses: createGuesses(clock),
  });
  source.use(PUSHES);
  const send = (name: string, body: unknown, given?: string, socket = new PassThrough()) =>
    source.receive({
      socket,
      address: '10.0.0.1',
      name,
      key: given,
      body: body instanceof Readable ? body : Readable.from([Buffer.from(JSON.stringify(body))]),
      onKnown: () => {},
    });
  return { clock, source, send };
}

test('who guesses waits longer and longer, and for it nobody else does', async () => {
  const taken: string[] = [];
  const { clock, send } = sourceOf(({ topic }, done) => {
    taken.push(topic);
    done(null);
  });
  for (let i = 0; i < 10; i++) expect((await send('tianyi', {}, `guess ${i}`)).ok).toBe(false);
  let isAnswered = false;
  const eleventh = send('tianyi', {}, 'guess').then(() => {
    isAnswered = true;
  });
  expect((await send('huawei', {}, SECRET)).ok).toBe(true);
  expect(isAnswered).toBe(false);
  clock.advance(11_000);
  await eleventh;
  for (let i = 0; i < 10; i++) await send('yidong', { ...onenet('d', 1, 1), nonce: String(i) });
  const startMs = clock.nowMs();
  let signed: IngestOutcome | undefined;
  void send('yidong', { ...onenet('d', 1, 1), nonce: 'x' }).then((outcome) => {
    signed = outcome;
  });
  const outcome = await until('its answer', () => {
    clock.advance(10);
    return signed;
  });
  expect(outcome).toEqual({ ok: false, error: 'unknown-caller' });
  expect(clock.nowMs() - startMs).toBeGreaterThanOrEqual(100);
  expect(taken).toEqual(['iotda/huawei']);
});

test('of those who may be anybody so much is held, and the one that dribbles makes room', async () => {
  const { send } = sourceOf((_message, done) => done(null));
  const sockets = Array.from({ length: 65 }, () => new PassThrough());
  for (const socket of sockets) void send('yidong', new PassThrough(), undefined, socket);
  await new Promise(setImmediate);
  expect(sockets.map(({ destroyed }) => destroyed)).toEqual(sockets.map((_socket, i) => i === 0));
  expect((await send('yidong', onenet('d', 1, 1))).ok).toBe(true);
});

test('what is too large is told of by its size where the caller is known; what is not on disk is 503 and the end of the connection', async () => {
  const taken: (number | undefined)[] = [];
  const { source, send } = sourceOf(({ oversizedBytes }, done) => {
    taken.push(oversizedBytes);
    done(oversizedBytes === undefined ? new Error('the disk is full') : null);
  });
  expect((await send('tianyi', 'x'.repeat(2_000), SECRET)).ok).toBe(true);
  expect((await send('yidong', onenet('x'.repeat(2_000), 1, 1))).ok).toBe(false);
  expect(taken).toEqual([2_002]);
  const { app } = await fixture({ push: source });
  const url = `${await app.listen({ host: '127.0.0.1', port: 0 })}/api/v1/push/tianyi${key}`;
  const request = http.request(url, { method: 'POST' }).end('{}');
  const [answer] = (await once(request, 'response')) as [http.IncomingMessage];
  answer.resume();
  expect([answer.statusCode, answer.headers.connection]).toEqual([503, 'close']);
});
