import fc from 'fast-check';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { crc16 } from '../../src/gateways/line/crc16.ts';
import { findReply, type Request, requestBytes } from '../../src/gateways/modbus/frame.ts';
import { createMaster, type Poll } from '../../src/gateways/modbus/master.ts';
import { createModbusSource } from '../../src/gateways/modbus/modbus-source.ts';
import { modbusFrames, requestsOf } from '../../src/gateways/modbus/values.ts';
import { createRefusedNames } from '../../src/lib/refused-names.ts';
import { dialectSchema } from '../../src/model/dialect.ts';
import type { DeviceRecord } from '../../src/model/registry.ts';
import type { Route } from '../../src/model/route.ts';
import { afterTest } from '../support/after-test.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { lineClient } from '../support/line-client.ts';
import { rounds } from '../support/long.ts';
import { until } from '../support/until.ts';

const withSum = (...bytes: number[]): Buffer => {
  const crc = crc16(Buffer.of(...bytes));
  return Buffer.of(...bytes, crc & 0xff, crc >> 8);
};
const ask = (address: number, count: number, unit = 1, func = 3): Request => ({ unit, func, address, count });
const words = (unit: number, ...values: number[]) =>
  withSum(unit, 3, 2 * values.length, ...values.flatMap((word) => [(word >> 8) & 0xff, word & 0xff]));

test('a request is as the standard has it', () => {
  // The example of MODBUS over serial line, 6.3: read holding registers 108 to 110 of unit 17.
  expect(Buffer.from(requestBytes(ask(0x6b, 3, 0x11))).toString('hex')).toBe('1103006b00037687');
});

describe('values', () => {
  const dialect = (metrics: object, func = 3) => dialectSchema.parse({ modbus: { units: [{ func, metrics }] } });
  const read = (metrics: object, request: Request, reply: Uint8Array) => {
    const opened = modbusFrames.open(Buffer.concat([requestBytes(request), reply]), '86001');
    expect(opened.parts[0]?.devices).toContain('modbus-86001');
    return opened.parts[0]?.read(dialect(metrics, request.func), 0, '').items[0]?.values;
  };

  test('come in every order of words and bytes, signed, scaled, and as bits', () => {
    // 3.14 is 4048F5C3.
    const orders = { ABCD: [0x4048, 0xf5c3], CDAB: [0xf5c3, 0x4048], BADC: [0x4840, 0xc3f5], DCBA: [0xc3f5, 0x4840] };
    for (const [order, pair] of Object.entries(orders)) {
      const values = read({ v: { at: 7, type: 'f32', order } }, ask(7, 2), words(1, ...pair));
      expect(values?.v).toBe(3.14);
    }
    expect(
      read(
        {
          small: { at: 0, type: 'i16', scale: 0.1 },
          plain: { at: 0 },
          large: { at: 1, type: 'i32', offset: 1 },
          unsigned: { at: 1, type: 'u32' },
          alarm: { at: 3, type: 'bit', bit: 4 },
          off: { at: 3, type: 'bit', bit: 5 },
          beyond: { at: 3, type: 'u32' },
        },
        ask(0, 4),
        words(1, 0xfffd, 0xffff, 0xfffe, 0x0010),
      ),
    ).toEqual({ small: -0.3, plain: 65_533, large: -1, unsigned: 4_294_967_294, alarm: true, off: false });
    expect(read({ door: { at: 9, type: 'bit' } }, ask(0, 10, 1, 1), withSum(1, 1, 2, 0, 2))).toEqual({ door: true });
  });

  test('are asked for in as few requests as their registers allow', () => {
    const metrics = { a: { at: 100 }, b: { at: 0, type: 'f32' }, c: { at: 10 }, d: { at: 101 }, e: { at: 300 } };
    expect(requestsOf(dialect(metrics))).toEqual([ask(0, 11), ask(100, 2), ask(300, 1)]);
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`m${at}`, { at }]));
    expect(requestsOf(dialect(many)).map(({ count }) => count)).toEqual([120, 120, 60]);
  });
});

test('an answer is found whatever stands around it, and nothing else is taken for it', () => {
  const request = ask(0, 2);
  const reply = words(1, 7, 8);
  const others = [words(2, 7, 8), words(1, 7), withSum(1, 4, 4, 0, 7, 0, 8), Buffer.from('86001 heartbeat')];
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.constantFrom(...others), fc.uint8Array({ maxLength: 12 }))), (noise) => {
      const before = Buffer.concat(noise.map((one) => Buffer.from(one)));
      const found = findReply(Buffer.concat([before, reply, before]), request);
      expect(found?.kind).toBe('data');
      expect(findReply(before.subarray(0, 4), request)).toBeUndefined();
      modbusFrames.open(before, 'x').parts[0]?.read(undefined, 0, '');
    }),
    { numRuns: rounds(1_000, 100_000) },
  );
  const broken = Buffer.from(reply);
  broken[4] = 9;
  expect(findReply(broken, request)).toBeUndefined();
  expect(findReply(withSum(1, 0x83, 2), request)).toEqual({ kind: 'exception', code: 2 });
});

function modems(device: (id: string) => DeviceRecord | undefined) {
  const clock = createFakeClock();
  const refusedNames = createRefusedNames(clock);
  const taken: { readonly device: string; readonly done: (error: Error | null) => void }[] = [];
  const route = { levels: [], format: { name: 'modbus' } } as unknown as Route;
  const source = createModbusSource({
    clock,
    log: pino({ level: 'silent' }),
    refusedNames,
    routeOf: () => route,
    ingest: (message, done) => void taken.push({ device: message.device, done }),
    device,
    devicesVersion: () => 1,
    maySpeak: () => true,
    limits: { connectionsMax: 10, connectionsPerAddressMax: 10 },
  });
  afterTest(() => source.close());
  const connect = async () => lineClient(await listening);
  const listening = source.listen({ host: '127.0.0.1', port: 0 });
  return { clock, refusedNames, taken, connect, source };
}

test('a modem that nobody knows is ended, and its name is offered for registration', async () => {
  const asked = new Set<string>();
  const { clock, refusedNames, connect } = modems((id) => void asked.add(id));
  const modem = await connect();
  modem.send('IMEI:861234567890123\r\n');
  await until('its name', () => asked.has('modbus-861234567890123'));
  clock.advance(60_000);
  await until('the end', () => !modem.isOpen());
  expect(refusedNames.list().map(({ name }) => name)).toEqual(['modbus-IMEI:861234567890123']);
});

test('nothing more is asked before the last answer is on disk, and the line ends where it cannot be written', async () => {
  const protocol = dialectSchema.parse({ modbus: { units: [{ metrics: { a: { at: 0 }, b: { at: 100 } } }] } });
  const record = { id: 'modbus-86001', protocol } as unknown as DeviceRecord;
  const { clock, taken, connect, source } = modems((id) => (id === record.id ? record : undefined));
  const modem = await connect();
  modem.send('86001');
  const asked = () => modem.heard().length / 8;
  await until('the first request', () => {
    clock.advance(0);
    return asked() === 1;
  });
  expect(source.connections('modbus-86001')).toBe(1);
  modem.send(words(1, 5));
  await until('the answer', () => taken.length === 1);
  clock.advance(4_000);
  expect(asked()).toBe(1);
  taken[0]?.done(null);
  await until('the second request', () => {
    clock.advance(0);
    return asked() === 2;
  });
  modem.send(words(1, 6));
  await until('the answer', () => taken.length === 2);
  taken[1]?.done(new Error('no room'));
  await until('the end', () => !modem.isOpen());
  expect(asked()).toBe(2);
});

describe('the master of a line', () => {
  const poll = (unit: number, ...requests: Request[]): Poll => ({
    device: `d${unit}`,
    unit,
    requests,
    everyMs: 30_000,
    timeoutMs: 5_000,
  });

  function polling(plan: readonly Poll[] = [poll(1, ask(0, 1)), poll(2, ask(0, 1, 2))]) {
    const clock = createFakeClock();
    const sent: string[] = [];
    const replies: { readonly request: Request; readonly done: () => void }[] = [];
    const trouble: string[] = [];
    const silent: string[] = [];
    const master = createMaster({
      clock,
      plan: () => plan,
      send: (bytes) => void sent.push(Buffer.from(bytes).toString('hex').slice(0, 4)),
      onReply: (_poll, request, _frame, done) => void replies.push({ request, done }),
      onTrouble: ({ unit }, what) => void trouble.push(`${unit}: ${what}`),
      onSilent: ({ device }) => void silent.push(device),
    });
    clock.advance(0);
    return { clock, sent, replies, trouble, silent, master };
  }

  test('asks one unit at a time, and on when the answer is on disk; a round begins when it is due', () => {
    const { clock, sent, replies, master } = polling();
    expect(sent).toEqual(['0103']);
    master.take(words(1, 5).subarray(0, 4));
    expect(replies).toEqual([]);
    master.take(words(1, 5).subarray(4));
    clock.advance(10_000);
    expect(sent).toEqual(['0103']);
    replies[0]?.done();
    clock.advance(0);
    expect(sent).toEqual(['0103', '0203']);
    master.take(words(2, 6));
    replies[1]?.done();
    clock.advance(19_000);
    expect(sent).toHaveLength(2);
    clock.advance(1_000);
    expect(sent).toEqual(['0103', '0203', '0103']);
    master.stop();
    clock.advance(600_000);
    expect(sent).toHaveLength(3);
  });

  test('drops an answer that comes too late, so that it is not taken for the next', () => {
    const { clock, sent, replies, master } = polling([poll(1, ask(20, 1), ask(0, 1), ask(50, 1))]);
    master.take(words(1, 1));
    replies.pop()?.done();
    clock.advance(5_500);
    // Of the first request, and as long as what the second one is answered with.
    master.take(words(1, 111));
    clock.advance(500);
    expect(sent).toHaveLength(2);
    clock.advance(1_000);
    expect(sent).toHaveLength(3);
    master.take(words(1, 222));
    expect(replies.map(({ request }) => request.address)).toEqual([50]);
  });

  test('asks a unit that does not answer less and less, and the others as before', () => {
    const { clock, sent, replies, trouble, silent, master } = polling();
    const asked = () => sent.filter((one) => one === '0203').length;
    let answered = 0;
    const pass = (ms: number) => {
      for (let at = 0; at < ms; at += 500) {
        clock.advance(500);
        if (sent.at(-1) !== '0103') continue;
        master.take(words(1, 1));
        for (; answered < replies.length; answered++) replies[answered]?.done();
      }
    };
    pass(3_600_000);
    expect(sent.length - asked()).toBeGreaterThan(100);
    expect(asked()).toBeGreaterThan(6);
    expect(asked()).toBeLessThan(20);
    expect(trouble).toEqual(['2: no answer']);
    expect(silent).toEqual(['d2']);
  });

  test('with many dead units asks those that live as often as without them, and finds one that is back', () => {
    const dead = Array.from({ length: 20 }, (_, i) => poll(i + 2, ask(0, 1, i + 2), ask(50, 1, i + 2)));
    const { clock, sent, replies, master } = polling([poll(1, ask(0, 1)), ...dead]);
    let answered = 0;
    let isBack = false;
    const times: number[] = [];
    let seen = 0;
    const pass = (ms: number) => {
      for (let at = 0; at < ms; at += 500) {
        clock.advance(500);
        for (; seen < sent.length; seen++) {
          const one = sent[seen];
          if (one === '0103') times.push(clock.steadyMs());
          if (one === '0103') master.take(words(1, 1));
          if (one === '0303' && isBack) master.take(words(3, 7));
        }
        for (; answered < replies.length; answered++) replies[answered]?.done();
      }
    };
    pass(3_600_000);
    const gaps = times.slice(1).map((at, i) => at - (times[i] ?? 0));
    // One timeout and the silence after it is all that a dead one takes of the line at a time.
    expect(Math.max(...gaps)).toBeLessThanOrEqual(30_000 + 5_000 + 1_000 + 1_000);
    expect(times.length).toBeGreaterThan(100);
    isBack = true;
    pass(3_600_000);
    expect(replies.filter(({ request }) => request.unit === 3).length).toBeGreaterThan(90);
  });

  test('goes on after an exception', () => {
    const { clock, sent, trouble, master } = polling();
    master.take(withSum(1, 0x83, 2));
    clock.advance(0);
    expect(sent).toEqual(['0103', '0203']);
    expect(trouble).toEqual(['1: exception 2']);
  });
});
