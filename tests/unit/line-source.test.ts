import { createSocket } from 'node:dgram';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { createRouteTable } from '../../src/decode/routes.ts';
import { frameOf } from '../../src/gateways/hj212/frame.ts';
import { hj212 } from '../../src/gateways/hj212/hj212.ts';
import { crc16 } from '../../src/gateways/line/crc16.ts';
import { createLineSource, type LineLimits } from '../../src/gateways/line/line-source.ts';
import type { LineProtocol } from '../../src/gateways/line/protocol.ts';
import { sl651 } from '../../src/gateways/sl651/sl651.ts';
import { createRefusedNames } from '../../src/lib/refused-names.ts';
import { newBucket, type TokenBucket } from '../../src/lib/token-bucket.ts';
import type { DeviceRecord } from '../../src/model/registry.ts';
import type { DeviceMessage } from '../../src/model/source.ts';
import { afterTest } from '../support/after-test.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { lineClient } from '../support/line-client.ts';
import { until } from '../support/until.ts';

/** The bounds of connections that speak a line protocol. */

const frame = (n = 1) =>
  frameOf(`QN=20260701080000000;ST=22;CN=2011;PW=123456;MN=dev;Flag=5;CP=&&DataTime=20260701080000;LA-Rtd=${n}&&`);
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const DEVICE: DeviceRecord = {
  id: '',
  profile: 'station',
  family: 'gas',
  name: { zh: '站', en: 'station' },
  reportEveryMs: MINUTE_MS,
  hasSecret: false,
  grantedAlerts: false,
  points: [],
  fields: [],
};

async function started(
  limits: Partial<LineLimits> = {},
  protocol: LineProtocol = hj212,
  registered: readonly string[] = [],
) {
  const clock = createFakeClock();
  const taken: { readonly message: DeviceMessage; readonly done: (error: Error | null) => void }[] = [];
  const refusedNames = createRefusedNames(clock);
  const noted: string[] = [];
  const bucket: TokenBucket = newBucket();
  const source = createLineSource({
    clock,
    log: pino({ level: 'silent' }),
    protocol,
    routeOf: createRouteTable({ futureMaxMs: 60_000, protocols: [protocol] }, { profiles: () => [], version: () => 0 }),
    ingest: (message, done) => void taken.push({ message, done }),
    device: (id) => (registered.includes(id) ? { ...DEVICE, id } : undefined),
    maySpeak: () => true,
    bucketOf: () => bucket,
    refusedNames: {
      note(name = '', ...more) {
        noted.push(name);
        refusedNames.note(name, ...more);
      },
    },
    limits: { connectionsMax: 100, connectionsPerAddressMax: 100, publishesPerSecondMax: 10_000, ...limits },
  });
  afterTest(() => source.close());
  const port = await source.listen({ host: '127.0.0.1', port: 0 });
  const connect = async () => {
    const before = source.size();
    const client = await lineClient(port);
    await until('the connection', () => {
      // The door lets the next ones in.
      clock.advance(4);
      return source.size() > before;
    });
    return client;
  };
  return { clock, taken, source, port, connect, refusedNames, noted };
}

describe('a connection', () => {
  test('that says nothing, or never comes to the end of a frame however it dribbles, is ended', async () => {
    const { clock, connect, taken, source } = await started();
    const silent = await connect();
    clock.advance(MINUTE_MS);
    await until('the end of the silent one', () => !silent.isOpen());

    const slow = await connect();
    slow.send(frame());
    await until('a whole frame', () => taken.length === 1);
    // Bytes that come in bit by bit are waited for no longer than those that come at once.
    slow.send('##9999QN=');
    let dribbled = 0;
    await until('its end', () => {
      slow.send(' ');
      clock.advance(5_000);
      return !slow.isOpen() || ++dribbled === 1_000;
    });
    expect(slow.isOpen()).toBe(false);
    expect(taken).toHaveLength(1);
    await until('no connection', () => source.size() === 0);
  });

  test('that has reported may be silent for hours', async () => {
    const { clock, connect, taken } = await started();
    const station = await connect();
    station.send(frame());
    await until('the frame', () => taken.length === 1);
    clock.advance(2 * HOUR_MS);
    station.send(frame(2));
    await until('the next', () => taken.length === 2);
    clock.advance(3 * HOUR_MS);
    await until('the end', () => !station.isOpen());
  });

  test('over which no device speaks makes room for the next, and takes no place from those over which one does', async () => {
    const { connect, taken, source } = await started({ connectionsPerAddressMax: 2 }, hj212, ['hj212-dev']);
    const [first, second] = [await connect(), await connect()];
    first.send(frame());
    second.send(frame(2));
    await until('their frames', () => taken.length === 2);
    const silent = [await connect(), await connect(), await connect()];
    await until('the end of the first silent one', () => !silent[0]?.isOpen());
    expect([first, second, silent[1], silent[2]].map((one) => one?.isOpen())).toEqual([true, true, true, true]);
    silent[2]?.send(frame(3));
    await until('the end of a third one of devices', () => !silent[2]?.isOpen());
    first.socket.destroy();
    await until('a place', () => source.size() === 2);
    silent[1]?.send(frame(4));
    await until('its frame', () => taken.length === 4);
    expect([second.isOpen(), silent[1]?.isOpen()]).toEqual([true, true]);
  });

  test('waits for its turn unread when many come at once, and is then served', async () => {
    const { clock, port, source, taken } = await started();
    const all = await Promise.all(Array.from({ length: 10 }, () => lineClient(port)));
    for (const client of all) client.send(frame());
    await until('the first', () => source.size() > 0);
    for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect([source.size(), taken.length]).toEqual([2, 2]);
    for (let n = 2; n <= 5; n++) {
      clock.advance(4);
      await until('the next', () => taken.length === 2 * n);
      expect(source.size()).toBe(2 * n);
    }
  });

  test('that speaks something else is ended, one whose modem says something between frames is not', async () => {
    const { connect, taken } = await started();
    const modem = await connect();
    for (let n = 1; n <= 30; n++) {
      modem.send('x'.repeat(8_000));
      modem.send(frame(n));
      await until('the frame', () => taken.length === n);
    }
    const stranger = await connect();
    stranger.send('GET / HTTP/1.1\r\n'.repeat(5_000));
    await until('the end', () => !stranger.isOpen());
    expect(modem.isOpen()).toBe(true);
  });

  test('whose frames wait for the disk is read no further until they are there', async () => {
    const { connect, taken } = await started();
    const device = await connect();
    const frames = Buffer.concat(Array.from({ length: 1_000 }, (_, n) => frame(n)));
    device.send(frames);
    await until('as many as may wait', () => taken.length === 64);
    for (let n = 0; n < 1_000; n++) {
      await until('the next', () => taken.length > n);
      expect(taken.length - n).toBeLessThanOrEqual(64);
      taken[n]?.done(null);
    }
    await until('the answers', () => device.heard().split('CN=9014').length === 1_001);
  });

  test('that says a thousand times in one read that it is there leaves the others their turn', async () => {
    const { connect, noted } = await started();
    const [busy, other] = [await connect(), await connect()];
    const hello = (mn: string) => frameOf(`ST=22;CN=9012;PW=123456;MN=${mn};CP=&&ExeRtn=1&&`);
    busy.send(Buffer.concat(Array.from({ length: 1_000 }, () => hello('busy'))));
    other.send(hello('other'));
    await until('all of them', () => noted.length === 1_001);
    // One read brings some nine hundred of them.
    expect(noted.indexOf('hj212-other')).toBeLessThan(500);
  });

  test('of a device that is too fast is read at its rate, and nothing of it is dropped', async () => {
    const { clock, connect, taken } = await started({ publishesPerSecondMax: 2 });
    const device = await connect();
    device.send(Buffer.concat(Array.from({ length: 15 }, (_, n) => frame(n))));
    await until('the burst', () => taken.length === 11);
    for (const one of taken) one.done(null);
    clock.advance(500);
    await until('one more', () => taken.length === 12);
    clock.advance(10_000);
    await until('the rest', () => taken.length >= 13);
    await until('all', () => {
      clock.advance(500);
      return taken.length === 15;
    });
  });

  test('of an unknown device that only says that it is there is offered for registration', async () => {
    const { connect, refusedNames } = await started();
    const device = await connect();
    device.send(frameOf('ST=22;CN=9012;PW=123456;MN=NEW1;CP=&&ExeRtn=1&&'));
    await until('its name', () => refusedNames.list().length === 1);
    expect(refusedNames.list()).toMatchObject([{ name: 'hj212-NEW1', clientId: 'hj212' }]);
  });
});

test('a datagram is answered when it is on disk, not before, and never where it could not be written', async () => {
  const { taken, port } = await started({}, sl651);
  const station = createSocket('udp4');
  afterTest(() => void station.close());
  const heard: string[] = [];
  station.on('message', (bytes) => heard.push(bytes.toString('hex')));
  const report =
    '7e7e010051000001246832002b020001260701080003f1f1005100000148f0f0260701080020190001252619012345392300003456381212670314d7';
  const send = () => station.send(Buffer.from(report, 'hex'), port, '127.0.0.1');
  send();
  await until('the first', () => taken.length >= 1);
  taken[0]?.done(new Error('no room'));
  send();
  await until('the second', () => taken.length >= 2);
  expect(heard).toEqual([]);
  taken[1]?.done(null);
  await until('its answer', () => heard.length > 0);
  expect(heard).toHaveLength(1);
});

test('a station that speaks over UDP is asked where it spoke from, and not when that was long ago', async () => {
  const id = 'sl651-0051000001';
  const { clock, source, port } = await started({}, sl651, [id]);
  const station = createSocket('udp4');
  afterTest(() => void station.close());
  const asked: number[] = [];
  station.on('message', (bytes) => asked.push(bytes[10] ?? 0));
  const news: string[] = [];
  const ask = () => source.commands?.tell(id, { kind: 'read', what: 'version' }, ({ kind }) => void news.push(kind));
  expect(ask()).toBe('not-connected');
  const frame = (hex: string) => {
    const bytes = Buffer.from(`7e7e0100510000011234${hex}030000`, 'hex');
    bytes.writeUInt16BE(crc16(bytes.subarray(0, -2)), bytes.length - 2);
    return bytes;
  };
  await until('the station', () => {
    station.send(frame('2f0008020001260701080003'), port, '127.0.0.1');
    return source.commands?.commandable(id) !== undefined;
  });
  expect(ask()).toBeUndefined();
  await until('the question', () => asked.length === 1);
  expect(asked).toEqual([0x45]);
  await until('its answer', () => {
    station.send(frame('45000f020002260701080004f1f10051000001'), port, '127.0.0.1');
    return news.length > 0;
  });
  expect(news).toEqual(['answered']);
  clock.advance(10 * MINUTE_MS);
  expect(ask()).toBe('not-connected');
});
