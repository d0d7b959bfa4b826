import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { answerRequests } from '../../simulator/lines/modbus.ts';
import { sl651 } from '../../simulator/lines/sl651.ts';
import { COMMAND, frameTo, readFrame as readGbFrame } from '../../src/gateways/gbt26875/frame.ts';
import { tagOf } from '../../src/gateways/gbt26875/time.ts';
import { frameOf } from '../../src/gateways/hj212/frame.ts';
import { crc16 } from '../../src/gateways/line/crc16.ts';
import { readFrame } from '../../src/gateways/sl651/frame.ts';
import { profileSchema } from '../../src/model/site.ts';
import type { Health, System } from '../../src/wire/system.ts';
import { afterTest } from '../support/after-test.ts';
import { plainSite, startBrink } from '../support/brink.ts';
import { lineClient } from '../support/line-client.ts';
import { until } from '../support/until.ts';

/** Devices that speak a protocol of their own, from their socket to the alert and back to their answer. */

const portOf = (address = '') => Number(new URL(address).port);
const pad = (n: number) => String(n).padStart(2, '0');
/** A time in Beijing, as HJ 212 writes it. */
function beijing(ms: number): string {
  const at = new Date(ms + 8 * 3_600_000);
  const parts = [at.getUTCMonth() + 1, at.getUTCDate(), at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()];
  return `${at.getUTCFullYear()}${parts.map(pad).join('')}`;
}

test('HJ 212: a breach raises an alert, each frame is answered, strangers and wrong secrets are kept apart', async () => {
  const area = 'town';
  const profile = (checksum: string) => ({
    family: 'weather',
    metrics: { 'LA-Rtd': { unit: 'dB', range: [0, 140] } },
    reportEvery: '1m',
    protocol: { hj212: { checksum } },
  });
  const spec = {
    profiles: { noise: profile('strict'), 'noise-lenient': profile('lenient') },
    site: {
      areas: [{ id: area }],
      devices: [
        { id: 'hj212-A1', profile: 'noise', points: [{ id: 'square', area, metrics: { noise: 'LA-Rtd' } }] },
        { id: 'A2', profile: 'noise', secret: '654321', points: [{ id: 'school', area }] },
        { id: 'A3', profile: 'noise-lenient', points: [{ id: 'works', area }] },
      ],
    },
    thresholds: [{ point: 'square', rules: { loud: { metric: 'noise', levels: { yellow: { above: 70 } } } } }],
  };
  const brink = await startBrink(spec, { flags: ['--hj212', '0'] });
  const client = await lineClient(portOf(brink.app.lines.hj212));
  const atMs = Math.floor(Date.now() / 1_000) * 1_000 - 60_000;
  let sent = 0;
  const said = (mn: string, value: number, pw = '123456') => {
    const time = beijing(atMs);
    sent++;
    return `QN=${time}${String(sent).padStart(3, '0')};ST=22;CN=2011;PW=${pw};MN=${mn};Flag=5;CP=&&DataTime=${time};LA-Rtd=${value},LA-Flag=N&&`;
  };
  const answers = () => client.heard().split('CN=9014').length - 1;

  client.send(frameOf(said('A1', 82.5)));
  await until('the answer', () => answers() === 1);
  expect(await brink.alerts('active')).toMatchObject([
    { point: 'square', level: 'yellow', value: 82.5, raisedAt: atMs, unit: 'dB' },
  ]);
  // Its answer was lost, it thinks, and it says the same again.
  client.send(frameOf(said('A1', 82.5)));
  await until('the answer', () => answers() === 2);

  // Whoever has a secret must give it; a stranger is kept, for whoever puts it into service.
  client.send(frameOf(said('A2', 90, '111111')));
  client.send(frameOf(said('A2', 60, '654321')));
  client.send(frameOf(said('NEW', 50)));
  await until('the answers', () => answers() === 5);
  // A wrong sum is kept and not answered, unless the profile says that its devices are so.
  const broken = (mn: string) => {
    const bytes = Buffer.from(frameOf(said(mn, 77)));
    bytes[bytes.length - 3] = bytes.at(-3) === 0x30 ? 0x31 : 0x30;
    return bytes;
  };
  client.send(broken('A1'));
  client.send(broken('A3'));
  await until('the lenient answer', () => answers() === 6);

  const { items } = await brink.get<{ items: { device: string; reason: string; topic: string }[] }>('/quarantine');
  expect(items.map(({ device, reason, topic }) => [device, reason, topic]).toSorted()).toEqual([
    ['A2', 'not-its-own', 'hj212/A2'],
    ['hj212-A1', 'bad-checksum', 'hj212/A1'],
    ['hj212-NEW', 'unknown-device', 'hj212/NEW'],
  ]);
  const readings = async (point: string, metric: string, from = brink) =>
    (await from.get<{ items: { value: number }[] }>(`/points/${point}/readings?metric=${metric}`)).items.map(
      ({ value }) => value,
    );
  const all = async () => [
    await readings('square', 'noise'),
    await readings('school', 'LA-Rtd'),
    await readings('works', 'LA-Rtd'),
  ];
  expect(await all()).toEqual([[82.5], [60], [77]]);
  const devices = await brink.get<{ items: { id: string; online: boolean }[] }>('/devices');
  expect(
    devices.items
      .filter(({ online }) => online)
      .map(({ id }) => id)
      .toSorted(),
  ).toEqual(['A2', 'A3', 'hj212-A1']);

  // A device that is taken out is cut off; what was answered is there after a restart.
  expect((await brink.call('DELETE', '/devices/A2')).ok).toBe(true);
  await until('the end', () => !client.isOpen());
  const again = await brink.restart();
  expect(await readings('square', 'noise', again)).toEqual([82.5]);
});

test('SL 651: stations report over TCP and UDP to one port, and are answered when it is on disk', async () => {
  const area = 'town';
  const profile = {
    family: 'waterlogging',
    metrics: { water_level: { unit: 'm', range: [-10, 100] } },
    reportEvery: '5m',
  };
  const spec = {
    profiles: { station: profile },
    site: {
      areas: [{ id: area }],
      devices: [1, 2].map((n) => ({
        id: sl651.id(sl651.address(n)),
        profile: 'station',
        points: [{ id: `river-${n}`, area }],
        // The simulated stations' password.
        ...(n === 2 ? { secret: '1234' } : {}),
      })),
    },
    thresholds: [{ point: 'river-2', rules: { high: { metric: 'water_level', levels: { orange: { above: 4 } } } } }],
  };
  const brink = await startBrink(spec, { flags: ['--sl651', '0'] });
  const port = portOf(brink.app.lines.sl651);
  const atMs = Math.floor(Date.now() / 60_000) * 60_000 - 60_000;
  const report = (n: number, level: number) =>
    sl651.report({ address: sl651.address(n), atMs, serial: 7, values: { water_level: level } });
  const isConfirmed = (bytes: Uint8Array, n: number) => {
    const frame = readFrame(bytes);
    return frame?.station === sl651.address(n) && frame.isChecksumRight && !frame.isUplink && frame.func === 0x32;
  };

  const client = await lineClient(port);
  client.send(report(1, 2.5));
  await until('the answer', () => isConfirmed(Buffer.from(client.heard(), 'latin1'), 1));

  const station = createSocket('udp4');
  afterTest(() => void station.close());
  const heard: Buffer[] = [];
  station.on('message', (bytes) => heard.push(bytes));
  station.send(Buffer.from('no frame at all'), port, '127.0.0.1');
  // UDP loses what it likes; a station sends again until it is answered.
  await until('the answer', () => {
    station.send(report(2, 4.25), port, '127.0.0.1');
    return heard.some((bytes) => isConfirmed(bytes, 2));
  });

  expect(await brink.alerts('active')).toMatchObject([
    { point: 'river-2', level: 'orange', value: 4.25, raisedAt: atMs },
  ]);
  expect(await brink.events()).toHaveLength(1);
  const { items } = await brink.get<{ items: { value: number; ts: number }[] }>(
    '/points/river-1/readings?metric=water_level',
  );
  expect(items).toMatchObject([{ value: 2.5, ts: atMs }]);
  expect((await brink.get<{ items: unknown[] }>('/quarantine')).items).toEqual([]);
});

test('GB/T 26875.3: components have their states, a fire of any other stands on its device until the panel is reset', async () => {
  const area = 'town';
  const [host, stranger] = ['0a0b0c0d0e0f', '00000000beef'];
  const flag = { type: 'boolean' };
  const fire = { metric: 'fire', levels: { red: { equals: true } } };
  const spec = {
    profiles: {
      host: {
        family: 'fire',
        metrics: { fire: flag, reported_by: { type: 'string' }, alive: flag },
        reportEvery: '5m',
      },
      detector: { family: 'fire', metrics: { fire: flag, fault: flag }, reportEvery: '24h' },
    },
    site: {
      areas: [{ id: area }],
      devices: [
        { id: `gbt26875-${host}`, profile: 'host', points: [{ id: 'panel', area }] },
        { id: `${host}-1-00000005`, profile: 'detector', points: [{ id: 'kitchen', area }] },
      ],
    },
    thresholds: ['panel', 'kitchen'].map((point) => ({ point, rules: { fire } })),
  };
  const brink = await startBrink(spec, { flags: ['--gbt26875', '0'] });
  const client = await lineClient(portOf(brink.app.lines.gbt26875));
  const atMs = Math.floor(Date.now() / 1_000) * 1_000 - 60_000;
  let serial = 0;
  const send = (command: number, data: Uint8Array, source = host) => {
    const there = { version: [1, 1] as const, source: '000000000001', destination: source };
    client.send(frameTo(there, { serial: ++serial, time: tagOf(Date.now(), 'binary'), command, data }));
  };
  const component = (address: number, state: number, afterS: number) => {
    const text = Buffer.alloc(31);
    text.write('no. 7');
    const head = Buffer.of(1, 1, 40, address, 0, 0, 0, state, 0);
    return Buffer.concat([head, text, tagOf(atMs + afterS * 1_000, 'binary')]);
  };
  const states = (...objects: Uint8Array[]) => Buffer.concat([Buffer.of(2, objects.length), ...objects]);
  /** The answers so far: what, to which serial. */
  const answers = () => {
    const heard = Buffer.from(client.heard(), 'latin1');
    const frames = Array.from({ length: heard.length / 30 }, (_, i) =>
      readGbFrame(heard.subarray(30 * i, 30 * i + 30)),
    );
    return frames.map((frame) => [frame?.command, frame?.serial]);
  };
  const alerts = async () => (await brink.alerts('active')).map(({ point, value }) => [point, value]).toSorted();

  // One that is registered by itself, one that is not; a keep-alive.
  send(COMMAND.send, states(component(5, 2, 1), component(9, 2, 1)));
  send(COMMAND.alive, Buffer.alloc(0));
  await until('the answers', () => answers().length === 2);
  expect(await alerts()).toEqual([
    ['kitchen', true],
    ['panel', true],
  ]);
  // Both are well again. Of the other one nobody knows whether it was the only one.
  send(COMMAND.send, states(component(5, 0, 2), component(9, 0, 2)));
  await until('the answer', () => answers().length === 3);
  expect(await alerts()).toEqual([['panel', true]]);
  // Somebody resets the panel.
  send(COMMAND.send, Buffer.concat([Buffer.of(4, 1, 1, 1, 1, 9), tagOf(atMs + 3_000, 'binary')]));
  await until('the answer', () => answers().length === 4);
  expect(await alerts()).toEqual([]);
  // A stranger is kept once for all its components; what nobody knows is denied.
  send(COMMAND.send, states(component(1, 2, 4), component(2, 2, 4)), stranger);
  send(77, Buffer.alloc(0));
  await until('the answers', () => answers().length === 6);
  expect(answers().toSorted(([, a = 0], [, b = 0]) => a - b)).toEqual([
    ...[1, 2, 3, 4, 5].map((n) => [COMMAND.confirm, n]),
    [COMMAND.deny, 6],
  ]);
  const { items } = await brink.get<{ items: { device: string; reason: string }[] }>('/quarantine');
  expect(items.map(({ device, reason }) => [device, reason])).toEqual([[`gbt26875-${stranger}`, 'unknown-device']]);
  const points = await brink.get<{ items: { id: string; values: Record<string, { value: unknown }> }[] }>('/points');
  const panel = points.items.find(({ id }) => id === 'panel')?.values;
  expect(panel?.alive?.value).toBe(true);
  expect(panel?.reported_by?.value).toBe('1-00000009 no. 7');
});

test('Modbus RTU: a modem says who it is, its units are asked for what the profile names, nobody else is', async () => {
  const area = 'town';
  const own = {
    family: 'waterlogging',
    metrics: { level: { unit: 'm', range: [-1, 25] } },
    protocol: {
      modbus: { every: '1s', units: [{ unit: 3, metrics: { level: { at: 40, type: 'f32', order: 'CDAB' } } }] },
    },
  };
  const spec = {
    profiles: { gauge: own },
    site: {
      areas: [{ id: area }],
      devices: [{ id: 'modbus-861234567890123', profile: 'gauge', points: [{ id: 'sump', area }] }],
    },
    thresholds: [{ point: 'sump', rules: { high: { metric: 'level', levels: { red: { above: 2 } } } } }],
  };
  const brink = await startBrink(spec, { flags: ['--modbus', '0'] });
  const port = portOf(brink.app.lines.modbus);
  const profile = { id: 'gauge', ...profileSchema.parse(own) };
  const stranger = await lineClient(port);
  stranger.send('IMEI:999999999999999');
  const modem = await lineClient(port);
  let requests = 0;
  modem.socket.on('data', (text: string) => {
    const { answers } = answerRequests(Buffer.from(text, 'latin1'), profile, new Map([['level', 2.5]]));
    requests += answers.length;
    // The modem says its name before each packet, and the line brings an answer in two.
    for (const answer of answers) {
      modem.send('861234567890123');
      modem.send(answer.subarray(0, 5));
      modem.send(answer.subarray(5));
    }
  });
  modem.send('REG:861234567890123\r\n');
  await until('the next round', () => requests >= 2);
  expect(await brink.alerts('active')).toMatchObject([{ point: 'sump', level: 'red', value: 2.5 }]);
  expect((await brink.get<{ items: unknown[] }>('/quarantine')).items).toEqual([]);
  expect(stranger.heard()).toBe('');
  expect((await brink.call('DELETE', '/devices/modbus-861234567890123')).ok).toBe(true);
  await until('the end', () => !modem.isOpen());
});

test('Modbus RTU: units behind one modem are devices of their own, a dead one among them is no matter of the others', async () => {
  const area = 'town';
  const own = {
    family: 'waterlogging',
    metrics: { level: { unit: 'm', range: [-1, 25] } },
    reportEvery: '1h',
    protocol: { modbus: { every: '1s', timeout: '1s', units: [{ metrics: { level: { at: 0, scale: 0.01 } } }] } },
  };
  const device = (id: string, point: string) => ({ id, profile: 'gauge', points: [{ id: point, area }] });
  const spec = {
    profiles: { gauge: own },
    site: {
      areas: [{ id: area }],
      devices: [device('modbus-DTU7-3', 'sump'), device('dtu7-12', 'well'), device('DTU7-40', 'dead')],
    },
  };
  const brink = await startBrink(spec, { flags: ['--modbus', '0'] });
  const modem = await lineClient(portOf(brink.app.lines.modbus));
  const levels: Record<number, number> = { 3: 250, 12: 71 };
  const asked: number[] = [];
  modem.socket.on('data', (text: string) => {
    const [unit = 0] = Buffer.from(text, 'latin1');
    asked.push(unit);
    const level = levels[unit];
    if (level === undefined) return;
    const body = Buffer.of(unit, 3, 2, level >> 8, level & 0xff);
    const crc = crc16(body);
    modem.send(Buffer.concat([body, Buffer.of(crc & 0xff, crc >> 8)]));
  });
  modem.send('DTU7');
  type Point = { id: string; values: Record<string, { value: number }> };
  const levelOf = async (point: string) =>
    (await brink.get<{ items: Point[] }>('/points')).items.find(({ id }) => id === point)?.values.level?.value;
  await until('the dead one was asked', () => asked.includes(40));
  await until('both levels', async () => (await levelOf('sump')) === 2.5 && (await levelOf('well')) === 0.71);
  expect(await levelOf('dead')).toBeUndefined();
  const { items } = await brink.get<{ items: { id: string; online: boolean }[] }>('/devices');
  expect(Object.fromEntries(items.map(({ id, online }) => [id, online]))).toEqual({
    'modbus-DTU7-3': true,
    'dtu7-12': true,
    'DTU7-40': false,
  });
  expect((await brink.get<{ items: unknown[] }>('/quarantine')).items).toEqual([]);
});

test('what is no frame, and connections beyond their number, end by themselves and nothing else does', async () => {
  const names = ['hj212', 'sl651', 'gbt26875', 'modbus'] as const;
  const flags = [...names.flatMap((name) => [`--${name}`, '0']), '--connections-per-address-max', '2'];
  const brink = await startBrink(plainSite(1, {}), { flags });
  for (const name of names) {
    const opened = () => {
      const socket = connect(portOf(brink.app.lines[name]), '127.0.0.1');
      socket.on('error', () => {});
      afterTest(() => void socket.destroy());
      return socket.resume();
    };
    const [first, second] = [opened(), opened()];
    await Promise.all([once(first, 'connect'), once(second, 'connect')]);
    const third = opened();
    await until('the end of the first, over which no device speaks', () => first.closed);
    if (name === 'modbus') continue;
    second.write('#~@'.repeat(60_000));
    await until('the end of what speaks no protocol', () => second.closed);
    expect([name, third.destroyed]).toEqual([name, false]);
  }
  const { status, checks } = await brink.get<Health>('/health');
  expect([status, checks.listeners]).toMatchObject(['ok', { status: 'ok', listeners: 4, messages: 0 }]);
  const { sources } = await brink.get<System>('/system');
  expect(sources.map(({ kind, name, trouble }) => [kind, name, trouble?.words])).toEqual([
    ['listener', 'hj212', 'it speaks another protocol'],
    ['listener', 'sl651', 'it speaks another protocol'],
    ['listener', 'gbt26875', 'it speaks another protocol'],
    ['listener', 'modbus', 'connection ended: it had named no device, and others came'],
  ]);
});
