import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { expect, test } from 'vitest';
import { createFakeClock } from '../support/fake-clock.ts';
import { until } from '../support/until.ts';
import { fixture } from './api-fixture.ts';

test.each([
  ['a body', 30, '/backup', 'application/json'],
  ['a file', 60, '/readings/import', 'text/csv'],
])('%s that no longer comes ends the connection after %i s', async (_what, seconds, path, type) => {
  const clock = createFakeClock();
  const { app, tokens } = await fixture({ clock });
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
