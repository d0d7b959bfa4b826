import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { listenHttp } from '../../src/api/connections.ts';
import { afterTest } from '../support/after-test.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { until } from '../support/until.ts';
import { fixture } from './api-fixture.ts';

test.each([
  ['a body', 30, '/backup', 'application/json'],
  ['a file', 60, '/readings/import', 'text/csv'],
])('%s that no longer comes ends the connection after %i s', async (_what, seconds, path, type) => {
  const clock = createFakeClock();
  const levels: number[] = [];
  const log = pino({ level: 'debug' }, { write: (line) => void levels.push(JSON.parse(line).level) });
  const { app, tokens } = await fixture({ clock, log });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const head = [`POST /api/v1${path} HTTP/1.1`, 'host: x', `authorization: Bearer ${tokens.admin}`];
  socket.write([...head, `content-type: ${type}`, 'content-length: 100', '', '{"folder":'].join('\r\n'));
  socket.on('error', () => {});
  let isOver = false;
  socket.resume().on('close', () => {
    isOver = true;
  });
  let passed = 0;
  await until('the end of the connection', () => {
    if (isOver) return true;
    clock.advance(1_000);
    passed++;
    return false;
  });
  expect(passed).toBeGreaterThanOrEqual(seconds);
  await turnsOfTheLoop();
  // Whoever does not send what he said he would is no failure of ours.
  expect(levels.filter((level) => level >= 40)).toEqual([]);
});

test('a download that nobody takes ends after ten minutes, and its file is let go', async () => {
  const clock = createFakeClock();
  const { app, tokens, state } = await fixture({ clock });
  let isLetGo = false;
  state.file = (async function* () {
    try {
      for (;;) yield Buffer.alloc(1 << 20);
    } finally {
      isLetGo = true;
    }
  })();
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(`GET /api/v1/readings/export HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${tokens.viewer}\r\n\r\n`);
  await once(socket, 'readable');
  let passed = 0;
  await until('the file to be let go', () => {
    if (isLetGo) return true;
    clock.advance(60_000);
    passed++;
    return false;
  });
  expect(passed).toBeGreaterThanOrEqual(10);
  socket.destroy();
});

test('one address takes so many connections, logged in or not; the one without a call for the longest makes room', async () => {
  const { app, tokens } = await fixture({ connectionsMax: { inAll: 100, perNetwork: 3 } });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const opened = async () => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    const state = { isOpen: true, call: async () => {} };
    socket.on('close', () => {
      state.isOpen = false;
    });
    state.call = async () => {
      socket.write(`GET /api/v1/me HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${tokens.viewer}\r\n\r\n`);
      expect(String((await once(socket, 'data'))[0])).toContain('200 OK');
    };
    await once(socket, 'connect');
    await state.call();
    return state;
  };
  const all = [await opened(), await opened(), await opened()];
  await all[0]?.call();
  all.push(await opened(), await opened());
  await until('room for the newcomers', () => all[1]?.isOpen === false && all[2]?.isOpen === false);
  for (const n of [0, 3, 4]) await all[n]?.call();
  expect(all.map(({ isOpen }) => isOpen)).toEqual([true, false, false, true, true]);
});

/** A connection that calls at once. */
function caller(port: number, host = '127.0.0.1') {
  const socket = connect(port, host);
  afterTest(() => void socket.destroy());
  socket.on('error', () => {});
  const state = {
    answers: 0,
    isClosed: false,
    call: () => void socket.write('GET /livez HTTP/1.1\r\nhost: x\r\n\r\n'),
  };
  socket.on('data', (data) => {
    state.answers += String(data).split('HTTP/1.1 ').length - 1;
  });
  socket.on('close', () => {
    state.isClosed = true;
  });
  state.call();
  return state;
}

/** All that comes of what was done, as long as no time passes. */
async function turnsOfTheLoop() {
  for (let turn = 0; turn < 300; turn++) await new Promise((resolve) => setImmediate(resolve));
}

test('connections that come at once are let in in turns, unread till then, and those that are there go on', async () => {
  const { app, clock } = await fixture();
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const all = Array.from({ length: 40 }, () => caller(port));
  const answered = () => all.filter(({ answers }) => answers > 0);
  await until('those that need not wait', () => answered().length >= 8);
  await turnsOfTheLoop();
  expect(answered().length).toBe(8);
  const there = answered()[0];
  there?.call();
  await until('an answer for who is there', () => there?.answers === 2);
  for (let entered = 10; entered <= 40; entered += 2) {
    clock.advance(4);
    await until('the next', () => answered().length >= entered);
    expect(answered().length).toBe(entered);
  }
});

test('beyond those that may wait they are refused, and an end of the server ends those that do', async () => {
  const { app } = await fixture();
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const all = Array.from({ length: 1_050 }, () => caller(port));
  const closed = () => all.filter(({ isClosed }) => isClosed).length;
  await until('the refused', () => closed() >= 42);
  await turnsOfTheLoop();
  expect(closed()).toBe(42);
  await app.close();
  await until('the end', () => closed() === 1_050);
});

test('all addresses of localhost are served, within the same bounds', async () => {
  const { app } = await fixture();
  const hosts = ['127.0.0.1', '127.0.0.2'];
  await listenHttp(app, { host: 'localhost', port: 0 }, async () => hosts);
  const { port } = app.server.address() as AddressInfo;
  for (const host of hosts) {
    const one = caller(port, host);
    await until(`an answer at ${host}`, () => one.answers === 1);
  }
  const more = [...hosts].flatMap((host) => Array.from({ length: 10 }, () => caller(port, host)));
  const answered = () => more.filter(({ answers }) => answers > 0).length;
  await until('those that need not wait', () => answered() >= 8 - hosts.length);
  await turnsOfTheLoop();
  expect(answered()).toBe(8 - hosts.length);
});

test('an address that the machine does not have keeps no others from being served', async () => {
  const { app } = await fixture();
  // Of TEST-NET-1 (RFC 5737).
  await listenHttp(app, { host: 'localhost', port: 0 }, async () => ['127.0.0.1', '192.0.2.1']);
  const one = caller((app.server.address() as AddressInfo).port);
  await until('an answer', () => one.answers === 1);
});

test('a caller who goes away in the middle of a request is no failure of ours, and fills no log', async () => {
  const lines: { level: number; msg: string }[] = [];
  const log = pino({ level: 'debug' }, { write: (line) => void lines.push(JSON.parse(line)) });
  const { app } = await fixture({ log });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(
    'POST /api/v1/session HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{',
  );
  await until('the request', () => socket.bytesWritten > 0);
  await turnsOfTheLoop();
  socket.destroy();
  await until('its end', () => lines.some(({ msg }) => msg === 'a caller went away'));
  expect(lines.filter(({ level }) => level >= 40)).toEqual([]);
});
