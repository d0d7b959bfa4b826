import { once } from 'node:events';
import http from 'node:http';
import { PassThrough, Readable } from 'node:stream';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { createHttpIngest } from '../../src/gateways/http/http-ingest.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { createGuesses } from '../../src/lib/guesses.ts';
import { createRefusedNames } from '../../src/lib/refused-names.ts';
import { newBucket } from '../../src/lib/token-bucket.ts';
import type { Ingest } from '../../src/model/source.ts';
import type { Ingested } from '../../src/wire/ingest.ts';
import { fixture, NOW_MS } from '../contract/api-fixture.ts';
import { plainSite, startBrink } from '../support/brink.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { routeOf } from '../support/native-route.ts';
import { until } from '../support/until.ts';

const basic = (id: string, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
});
const own = basic('dev-1', 'secret-1');

test('a device without MQTT: its readings raise alerts, what cannot be read is named and kept, nobody speaks for another', async () => {
  const rules = { high: { metric: 'v', levels: { red: { above: 40 } } } };
  const brink = await startBrink(plainSite(2, rules), { flags: ['--packet-bytes-max', '65536'] });
  const send = async (payload: string, headers: Record<string, string> = own, device = 'dev-1') => {
    const url = `${brink.app.http}/api/v1/ingest/${device}`;
    const answer = await fetch(url, { method: 'POST', body: payload, headers });
    const body = (await answer.json()) as Ingested & { code?: string };
    return { status: answer.status, body, headers: answer.headers };
  };
  const countOf = async () => {
    const { sinceStart } = await brink.get<{ sinceStart: { messages: number } }>('/system');
    const { items } = await brink.get<{ items: unknown[] }>('/points/pt-1/readings?metric=v');
    return { messages: sinceStart.messages, readings: items.length };
  };
  const ts = Date.now() - 60_000;

  const breach = JSON.stringify({ ts, values: { v: 41, on: true } });
  expect(await send(breach)).toMatchObject({ status: 200, body: { readings: 2, quarantined: null } });
  expect(await brink.alerts('active')).toMatchObject([{ point: 'pt-1', level: 'red', value: 41 }]);
  // Its answer was lost, it thinks; over this connection or over another.
  await send(breach);
  await send(breach, { ...own, connection: 'close' });
  await send(breach);
  expect(await countOf()).toEqual({ messages: 4, readings: 1 });
  expect(await brink.events()).toHaveLength(1);

  // A batch, a token that speaks for it, and whatever is said about the content.
  const batch = JSON.stringify([
    { ts: ts + 2_000, values: { v: 3 } },
    { ts: ts + 1_000, values: { v: 2 } },
  ]);
  expect((await send(batch, { ...own, 'content-type': 'application/x-www-form-urlencoded' })).body.readings).toBe(2);
  const { token } = (await (await brink.call('POST', '/tokens', { name: 'gateway', role: 'engineer' })).json()) as {
    token: string;
  };
  const bearer = { authorization: `Bearer ${token}`, 'content-type': 'nonsense' };
  expect((await send(`{"ts": ${ts + 3_000}, "v": 4}`, bearer)).body).toEqual({ readings: 1, quarantined: null });
  expect((await send('{"v": 4}', basic('token', token), 'dev-2')).status).toBe(200);

  // What cannot be read.
  expect((await send('not json')).body).toMatchObject({ readings: 0, quarantined: { reason: 'not-json' } });
  expect((await send(`{"ts": ${ts + 4_000}, "values": {"v": 5, "on": "perhaps"}}`)).body).toMatchObject({
    readings: 2,
    quarantined: { reason: 'bad-value' },
  });
  const unknown = await send('{"v": 1}', bearer, 'dev-9');
  expect([unknown.status, unknown.body.quarantined?.reason]).toEqual([200, 'unknown-device']);
  const large = await send(`[${' '.repeat(200_000)}]`);
  expect([large.status, large.body.quarantined?.reason]).toEqual([200, 'too-large']);
  const { items } = await brink.get<{ items: { payloadBytes: number; payload: string; topic: string }[] }>(
    '/quarantine?reason=too-large',
  );
  expect(items).toMatchObject([{ payloadBytes: 200_002, topic: 'telemetry/dev-1' }]);

  // Who may not.
  const before = (await countOf()).messages;
  const wrong = await send('{"v": 99}', basic('dev-1', 'guessed'));
  expect([wrong.status, wrong.body.code]).toEqual([401, 'bad-credentials']);
  expect(wrong.headers.get('www-authenticate')).toContain('Basic');
  const refused = await brink.get<{ items: unknown[] }>('/refused-names');
  expect(refused.items).toMatchObject([{ name: 'dev-1', why: 'wrong-secret', address: '127.0.0.1' }]);
  expect((await send('{"v": 99}', {})).body.code).toBe('unauthenticated');
  expect((await send('{"v": 99}', basic('dev-2', 'secret-2'))).body.code).toBe('not-its-own');
  expect((await send('{"v": 99}', own, 'dev-1%2Fother')).status).toBe(404);
  expect((await send('{"v": 99}', { ...own, origin: 'http://evil.example' })).body.code).toBe('origin-refused');
  expect((await countOf()).messages).toBe(before);

  // Another secret: what is under way with the old one is not taken.
  const agent = new http.Agent({ keepAlive: true });
  const late = http.request(`${brink.app.http}/api/v1/ingest/dev-1`, { method: 'POST', headers: own, agent });
  const ending = once(late, 'error');
  late.write('{"v": ');
  await until(
    'it is known who calls',
    async () => (await brink.get<{ connected: boolean }>('/devices/dev-1')).connected,
  );
  await brink.call('POST', '/devices/dev-1/secret', {});
  await ending;
  expect((await send('{"v": 99}')).status).toBe(401);
  expect((await countOf()).messages).toBe(before);
});

/** A source that takes whoever comes, for whom it is. */
function sourceOf(clock: Clock, ingest: Ingest) {
  return createHttpIngest({
    clock,
    log: pino({ level: 'silent' }),
    routeOf,
    ingest,
    payloadBytesMax: 1_000,
    publishesPerSecondMax: 10_000,
    bucketOf: newBucket,
    guesses: createGuesses(clock),
    refusedNames: createRefusedNames(clock),
    authenticate: (username = '', password = new Uint8Array()) =>
      Buffer.from(password).toString() === 'guessed'
        ? undefined
        : { owner: username, device: username, mayFeed: () => true },
  });
}

/** Calls of devices over one connection. */
const caller =
  (source: ReturnType<typeof sourceOf>, socket = new PassThrough().setMaxListeners(0)) =>
  (device: string, secret = 's') =>
    source.receive({
      socket,
      address: '192.0.2.1',
      device,
      username: device,
      password: Buffer.from(secret),
      body: Readable.from([Buffer.from('{"v": 1}')]),
      onKnown: () => {},
    });

test('a disk that does not answer: 503 in time, and the message is taken when it comes again', async () => {
  const clock = createFakeClock(NOW_MS);
  const taken: ((error: Error | null) => void)[] = [];
  const source = sourceOf(clock, (_message, done) => void taken.push(done));
  const { app } = await fixture({ ingest: source.receive });
  const post = () =>
    app.inject({ method: 'POST', url: '/api/v1/ingest/gas-01', headers: basic('gas-01', 's'), payload: '{"ch4": 1}' });
  const answers = [post(), post()];
  await until('both', () => taken.length === 2);
  taken[0]?.(new Error('full'));
  expect((await answers[0])?.json()).toMatchObject({ status: 503, code: 'not-stored' });
  clock.advance(10_000);
  const late = await answers[1];
  expect([late?.statusCode, late?.headers['retry-after'], late?.headers.connection]).toEqual([503, '1', 'close']);
  const again = post();
  await until('the next', () => taken.length === 3);
  taken[2]?.(null);
  expect((await again).statusCode).toBe(200);
});

test('who calls too often waits, and is told when to come again rather than kept waiting for long', async () => {
  const clock = createFakeClock(NOW_MS);
  let taken = 0;
  const source = sourceOf(clock, (_message, done) => {
    taken++;
    done(null);
  });
  const call = caller(source);
  const calls = (count: number) => Array.from({ length: count }, () => call('a'));
  // Five seconds' worth at once, and five more may wait for their turn.
  for (let i = 0; i < 10; i++) await Promise.all(calls(100));
  expect(taken).toBe(1_000);
  const flood = calls(1_100);
  const refused = await flood[1_050];
  expect(refused).toMatchObject({ ok: false, error: 'too-fast' });
  expect(refused?.ok === false && refused.retryAfterMs).toBeGreaterThan(5_000);
  expect(await call('b')).toMatchObject({ ok: true });
  for (let i = 0; i < 600; i++) {
    clock.advance(10);
    // Those whose turn it is are read and stored.
    await new Promise((resolve) => setImmediate(resolve));
  }
  const outcomes = await Promise.all(flood);
  expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1_000);
  expect(await call('a')).toMatchObject({ ok: true });
});

test('whoever guesses by the thousand takes no place of the device that has the right secret', async () => {
  const clock = createFakeClock(NOW_MS);
  const source = sourceOf(clock, (_message, done) => done(null));
  const guess = caller(source);
  const guesses = Array.from({ length: 5_000 }, () => guess('a', 'guessed'));
  const right = caller(source)('a');
  // Those beyond the places are refused at once; nobody's secret is told right or wrong by that.
  const told = await guesses.at(-1);
  expect(told).toMatchObject({ ok: false, error: 'too-fast' });
  clock.advance(10_000);
  expect(await right).toMatchObject({ ok: true });
});
