import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { systemClock } from '../../src/lib/clock.ts';
import { alert, type Fixture, fixture, LOG } from '../contract/api-fixture.ts';
import { until } from '../support/until.ts';

type Frame = { type: string; seq: number; [key: string]: unknown };

async function listen(made: Fixture): Promise<string> {
  await made.app.listen({ host: '127.0.0.1', port: 0 });
  return `127.0.0.1:${(made.app.server.address() as AddressInfo).port}`;
}

interface Client {
  readonly socket: WebSocket;
  readonly frames: Frame[];
  /** Set when the connection has ended. */
  readonly ended: { code?: number; status?: number; body?: string };
  seqs(): number[];
  say(message: unknown): void;
}

function connect(
  host: string,
  headers: Record<string, string>,
  { since, path = '/api/v1/live', autoPong = true }: { since?: number; path?: string; autoPong?: boolean } = {},
): Client {
  const query = since === undefined ? '' : `?since=${since}`;
  const socket = new WebSocket(`ws://${host}${path}${query}`, { headers, autoPong });
  const frames: Frame[] = [];
  const ended: Client['ended'] = {};
  socket.on('message', (data) => frames.push(JSON.parse(data.toString()) as Frame));
  socket.on('error', () => {});
  socket.on('close', (code) => {
    ended.code ??= code;
  });
  socket.on('unexpected-response', (_request, response) => {
    ended.status = response.statusCode ?? 0;
    ended.body = '';
    response.on('data', (chunk) => {
      ended.body += String(chunk);
    });
    response.on('end', () => {
      ended.code = -1;
    });
  });
  onTestFinished(() => socket.terminate());
  return {
    socket,
    frames,
    ended,
    seqs: () => frames.filter(({ type }) => type === 'event').map(({ seq }) => seq),
    say: (message) => socket.send(JSON.stringify(message)),
  };
}

const bearer = (made: Fixture, role: keyof Fixture['tokens'] = 'viewer') => ({
  authorization: `Bearer ${made.tokens[role]}`,
});
const upTo = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i);
const begun = (client: Client) => until('the first frame', () => client.frames.length > 0);

describe('who may listen', () => {
  test.each([
    ['nobody without credentials', () => ({}), 401, 'unauthenticated'],
    ['nobody with a wrong token', () => ({ authorization: 'Bearer x' }), 401, 'bad-token'],
    [
      'no page of another site with the cookie of a visitor',
      async (made: Fixture) => ({ ...(await made.session('admin')), origin: 'http://evil.example' }),
      403,
      'origin-refused',
    ],
  ] as const)('%s', async (_who, headers, status, code) => {
    const made = await fixture();
    const host = await listen(made);
    const { ended } = connect(host, await headers(made));
    await until('the refusal', () => ended.code);
    expect([ended.status, JSON.parse(ended.body ?? '{}').code]).toEqual([status, code]);
    expect(made.hub.clients()).toBe(0);
  });

  test('a viewer with a token, and a console with its cookie', async () => {
    const made = await fixture();
    const host = await listen(made);
    const { cookie = '' } = await made.session('viewer');
    const allowed: Record<string, string>[] = [bearer(made), { cookie, origin: `http://${host}` }, { cookie }];
    for (const headers of allowed) {
      const client = connect(host, headers);
      await begun(client);
      expect(client.frames).toEqual([{ type: 'snapshot', seq: 0, log: LOG, alerts: [] }]);
    }
  });

  test('a since that is no number is refused before the upgrade', async () => {
    const made = await fixture();
    const host = await listen(made);
    const { ended } = connect(host, bearer(made), { path: '/api/v1/live?since=abc' });
    await until('the refusal', () => ended.code);
    expect(ended.status).toBe(400);
  });

  test('other addresses are no WebSockets', async () => {
    const made = await fixture();
    const host = await listen(made);
    for (const path of ['/', '/nope', '/mqtt', '/api/v1/nope']) {
      const { ended } = connect(host, bearer(made), { path });
      await until('the refusal', () => ended.code);
      expect(ended.status).toBe(404);
    }
  });
});

describe('what is heard', () => {
  test('a snapshot, then what happens, also what operators do over HTTP', async () => {
    const made = await fixture();
    made.emit('raised', alert('a'));
    const host = await listen(made);
    const client = connect(host, bearer(made));
    await begun(client);
    expect(client.frames[0]).toMatchObject({ type: 'snapshot', seq: 1, alerts: [{ id: 'a' }] });
    await made.app.inject({
      method: 'POST',
      url: '/api/v1/alerts/a/ack',
      headers: bearer(made, 'operator'),
    });
    await until('the event', () => client.frames.length > 1);
    expect(client.frames[1]).toMatchObject({
      type: 'event',
      seq: 2,
      event: 'acknowledged',
      by: 'token:operator',
      alert: { id: 'a', acknowledged: true },
    });
  });

  test('heartbeats every 5 s', async () => {
    const made = await fixture();
    made.emit('raised', alert('a'));
    const host = await listen(made);
    const client = connect(host, bearer(made));
    await begun(client);
    for (let i = 1; i <= 3; i++) {
      made.clock.advance(5_000);
      await until('the heartbeat', () => client.frames.length > i);
      expect(client.frames[i]).toEqual({ type: 'heartbeat', seq: 1, at: made.clock.nowMs(), log: LOG });
    }
  });

  test('readings, once asked for; nonsense is answered and survived', async () => {
    const made = await fixture();
    const host = await listen(made);
    const client = connect(host, bearer(made));
    await begun(client);
    client.say('nonsense');
    await until('the answer', () => client.frames.some(({ type }) => type === 'error'));
    client.say({ type: 'subscribe', readings: ['canteen-gas'] });
    const readings = [{ point: 'canteen-gas', metric: 'ch4', value: 12.5, ts: 1, quality: 'good' } as const];
    await until('readings', () => {
      made.hub.publishReadings(readings);
      made.clock.advance(300);
      return client.frames.some(({ type }) => type === 'readings');
    });
    expect(client.frames.find(({ type }) => type === 'readings')).toMatchObject({ readings });
  });

  test('every event exactly once and in order, however often the connection breaks while more are published', async () => {
    const made = await fixture({ clock: systemClock });
    const host = await listen(made);
    const last = 3_000;
    let published = 0;
    const publishing = (async () => {
      while (published < last) {
        for (let i = 0; i < 7 && published < last; i++) {
          made.emit('raised', alert(`a${published % 50}`));
          published += 1;
        }
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    const followers = [37, 101, 499].map(async (breakAfter): Promise<number[]> => {
      const seen: number[] = [];
      let connections = 0;
      while ((seen.at(-1) ?? 0) < last) {
        const client: Client = connect(host, bearer(made), { since: seen.at(-1) ?? 0 });
        connections += 1;
        const isDone = (): boolean => client.seqs().length >= breakAfter || (client.seqs().at(-1) ?? 0) === last;
        await until('enough events', isDone);
        client.socket.terminate();
        expect(client.frames.some(({ type }) => type === 'snapshot')).toBe(false);
        seen.push(...client.seqs());
      }
      // One that gets more at a time than it waits for breaks less often.
      expect(connections).toBeGreaterThan(1);
      return seen;
    });
    await publishing;
    for (const seen of await Promise.all(followers)) expect(seen).toEqual(upTo(1, last));
  });

  test('a client that stops reading is sent away with 4408; the others miss nothing; it resumes where it was', async () => {
    const made = await fixture({
      clock: systemClock,
      hubLimits: { highWaterBytes: 100_000, backlogBytesMax: 500_000 },
    });
    const host = await listen(made);
    const [slow, quick] = [connect(host, bearer(made)), connect(host, bearer(made))];
    await begun(slow);
    await begun(quick);
    slow.socket.pause();
    let published = 0;
    // The network between takes a few MB before anybody notices.
    while (made.hub.clients() === 2) {
      for (let i = 0; i < 100; i++) {
        made.emit('raised', alert('a', { label: 'x'.repeat(2_000) }));
        published += 1;
      }
      await until('the quick one', () => quick.seqs().at(-1) === published);
      expect(published).toBeLessThan(50_000);
    }
    expect(quick.seqs()).toEqual(upTo(1, published));
    slow.socket.resume();
    await until('the goodbye', () => slow.ended.code);
    expect(slow.ended.code).toBe(4408);
    const before = slow.seqs();
    expect(before).toEqual(upTo(1, before.length));
    const again = connect(host, bearer(made), { since: before.at(-1) ?? 0 });
    await until('the rest', () => again.seqs().at(-1) === published);
    expect([...before, ...again.seqs()]).toEqual(upTo(1, published));
  });
});

describe('when it ends', () => {
  test.each([
    ['the session is ended', (made: Fixture): unknown => made.accounts.setRole('viewer', 'operator'), 4401],
    [
      'the session runs out',
      (made: Fixture): unknown => {
        // A check counts as use, so a day has to pass between two of them, as when the machine slept.
        made.clock.setWall(made.clock.nowMs() + 86_400_000);
        return made.clock.advance(15_000);
      },
      4401,
    ],
    ['the server stops', (made: Fixture): unknown => made.app.close(), 1001],
  ] as const)('because %s', async (_why, act, code) => {
    const made = await fixture();
    const host = await listen(made);
    const { cookie = '' } = await made.session('viewer');
    const client = connect(host, { cookie });
    await begun(client);
    act(made);
    await until('the end', () => client.ended.code);
    expect(client.ended.code).toBe(code);
    await until('nobody left', () => made.hub.clients() === 0);
  });

  test('because the token is revoked, and only its own connections', async () => {
    const made = await fixture();
    const host = await listen(made);
    const [mine, other] = [connect(host, bearer(made, 'viewer')), connect(host, bearer(made, 'operator'))];
    await begun(mine);
    await begun(other);
    const token = made.accounts.tokens().find(({ name }) => name === 'viewer');
    made.accounts.removeToken(token?.id ?? '');
    await until('the end', () => mine.ended.code);
    expect(mine.ended.code).toBe(4401);
    expect(other.ended.code).toBeUndefined();
  });

  test('because nobody answers any more', async () => {
    const made = await fixture();
    const host = await listen(made);
    const [gone, alive] = [connect(host, bearer(made), { autoPong: false }), connect(host, bearer(made))];
    await begun(gone);
    await begun(alive);
    for (let checks = 0; gone.ended.code === undefined; checks++) {
      expect(checks).toBeLessThan(4);
      const answered = alive.frames.length;
      made.clock.advance(15_000);
      // Answers come in order: when this one is here, the pong to the ping before it has been taken.
      const pinged = new Promise((resolve) => alive.socket.once('ping', resolve));
      await pinged;
      alive.say('still here');
      await until('the answer', () => alive.frames.slice(answered).some(({ type }) => type === 'error'));
    }
    expect(gone.ended.code).toBe(1006);
    expect(alive.ended.code).toBeUndefined();
  });

  test('because it says more than anybody can hear, which costs the others nothing', async () => {
    const made = await fixture();
    const host = await listen(made);
    const [loud, calm] = [connect(host, bearer(made)), connect(host, bearer(made, 'operator'))];
    await begun(loud);
    await begun(calm);
    // How much of it the server reads at once is the machine's affair, so it goes on until the server has had enough.
    await until('the end', () => {
      for (let n = 0; n < 1_000; n++) loud.say({ type: 'unsubscribe' });
      made.clock.advance(20);
      return loud.ended.code;
    });
    expect(loud.ended.code).toBe(1008);
    calm.say('nonsense');
    await until('the answer', () => calm.frames.some(({ type }) => type === 'error'));
  });

  test('because one user has too many', async () => {
    const made = await fixture();
    const host = await listen(made);
    const clients = Array.from({ length: 101 }, () => connect(host, bearer(made)));
    await until('the refusal, and the others', () => {
      // The door lets the next ones in.
      made.clock.advance(4);
      return clients.some(({ ended }) => ended.code !== undefined) && made.hub.clients() === 100;
    });
    expect(clients.map(({ ended }) => ended.code).filter((code) => code !== undefined)).toEqual([1013]);
    made.clock.advance(4);
    await begun(connect(host, bearer(made, 'operator')));
  });

  test('because a message is too big', async () => {
    const made = await fixture();
    const host = await listen(made);
    const client = connect(host, bearer(made));
    await begun(client);
    client.socket.send('x'.repeat(100_000));
    await until('the end', () => client.ended.code);
    expect(client.ended.code).toBe(1009);
  });
});

describe('MQTT over WebSocket', () => {
  function mqtt(host: string, protocols: string[], headers: Record<string, string> = {}) {
    const socket = new WebSocket(`ws://${host}/mqtt`, protocols, { headers });
    const ended: { status?: number } = {};
    socket.on('error', () => {});
    socket.on('unexpected-response', (_request, response) => {
      ended.status = response.statusCode ?? 0;
      response.resume();
    });
    onTestFinished(() => socket.terminate());
    return { socket, ended };
  }

  test('hands over a stream of bytes, also of large packets, under the subprotocol of MQTT', async () => {
    const streams: Duplex[] = [];
    const made = await fixture({ onMqttSocket: (stream) => void streams.push(stream) });
    const host = await listen(made);
    const { socket } = mqtt(host, ['mqtt']);
    const stream = await until('the stream', () => streams[0]);
    await until('the handshake', () => socket.readyState === WebSocket.OPEN);
    expect(socket.protocol).toBe('mqtt');
    const received: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => received.push(chunk));
    const packet = Buffer.alloc(256 * 1024, 7);
    socket.send(packet);
    await until('the packet', () => Buffer.concat(received).equals(packet));
    const answers: Buffer[] = [];
    socket.on('message', (data: Buffer) => answers.push(data));
    stream.write(Buffer.from([0x20, 2, 0, 0]));
    await until('the answer', () => answers.length === 1);
    expect(answers[0]).toEqual(Buffer.from([0x20, 2, 0, 0]));
  });

  test('is refused without the subprotocol, and to pages of other sites', async () => {
    const made = await fixture({ onMqttSocket: (stream) => void stream.destroy() });
    const host = await listen(made);
    const none = mqtt(host, []);
    const other = mqtt(host, ['chat']);
    const foreign = mqtt(host, ['mqtt'], { origin: 'http://evil.example' });
    for (const [{ ended }, status] of [
      [none, 426],
      [other, 426],
      [foreign, 403],
    ] as const) {
      await until('the refusal', () => ended.status);
      expect(ended.status).toBe(status);
    }
  });
});
