import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createIntake } from '../../src/decode/intake.ts';
import { createEvaluator, type Evaluator } from '../../src/evaluate/evaluator.ts';
import type { PointDefinition } from '../../src/model/definition.ts';
import { decodeEntries, EntryWriter, type MessageEntry } from '../../src/model/entry.ts';
import { msOf, ordinalOf, stepped } from '../../src/model/instant.ts';
import { BAD, type Value } from '../../src/model/reading.ts';
import type { DeviceRecord } from '../../src/model/registry.ts';
import { INSTANT_VALUES_MAX } from '../../src/model/sequence.ts';
import type { Connection } from '../../src/model/source.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { NATIVE } from '../support/native-route.ts';

const T0 = Date.UTC(2026, 5, 1);
const TS = T0 - 1_000;

const device: DeviceRecord = {
  id: 'dev',
  profile: 'fire',
  family: 'fire',
  name: { zh: '', en: '' },
  reportEveryMs: 30_000,
  hasSecret: true,
  grantedAlerts: false,
  points: ['p'],
  fields: [
    { field: 'smoke', metric: { type: 'boolean' }, series: [1] },
    { field: 'level', metric: { type: 'number' }, series: [2] },
    { field: 'state', metric: { type: 'string', values: ['ok', 'alarm', 'test'] }, series: [3] },
    { field: 'silent', metric: { type: 'number' }, series: [4] },
  ],
};

function definition(rules: PointDefinition['document']['rules']): PointDefinition {
  const metrics = Object.fromEntries(
    device.fields.map(({ field, metric, series }) => [field, { ...metric, series: series[0] ?? 0 }]),
  );
  return {
    id: 1,
    point: 'p',
    area: 'a',
    family: 'fire',
    device: 'dev',
    reportEveryMs: 30_000,
    metrics,
    revision: 1,
    document: { rules } as unknown as PointDefinition['document'],
  };
}

const RULES = {
  smoke: { metric: 'smoke', levels: { red: { equals: true } } },
  level: { metric: 'level', levels: { red: { above: 10 } } },
  state: { metric: 'state', levels: { red: { equals: 'alarm' } } },
  held: { metric: 'silent', levels: { red: { above: 10, for: '60s' } } },
} as unknown as PointDefinition['document']['rules'];

/** Intake and evaluation as they are wired, without a disk between. */
function connected(rules = RULES, evaluator: Evaluator = createEvaluator(), from = 1) {
  const clock = createFakeClock(T0);
  if (from === 1) evaluator.define(definition(rules), 1, T0 - 60_000);
  let position = from;
  const made: MessageEntry[] = [];
  const startIntake = () =>
    createIntake({
      clock,
      device: () => device,
      devicesVersion: () => 1,
      futureMaxMs: 60_000,
      newestMs: evaluator.newestMs,
      newestInstant: evaluator.newestInstant,
    });
  let intake = startIntake();
  let connection: { endedWell: boolean } = { endedWell: false };
  return {
    clock,
    evaluator,
    made,
    send(payload: unknown, how: { readonly dup?: boolean; readonly connection?: Connection | null } = {}): string[] {
      const over = how.connection === null ? {} : { connection: how.connection ?? connection };
      const entries = intake.entries({
        device: 'dev',
        route: NATIVE,
        topic: 'telemetry/dev',
        payload: Buffer.from(JSON.stringify(payload)),
        isDuplicate: how.dup === true,
        ...over,
      });
      return entries.flatMap((entry) => {
        if (entry.kind !== 'message') return ['quarantined'];
        made.push(entry);
        const told = evaluator.message(entry.readings, entry.receivedAtMs, ++position);
        return told.map(({ rule, type, atMs }) => `${rule} ${type} @${atMs - T0}`);
      });
    },
    reconnect(endedWell = false): void {
      connection.endedWell = endedWell;
      connection = { endedWell: false };
    },
    /** The server again: what intake knew is gone, what evaluation knew comes from its checkpoint. */
    restart() {
      const [state] = evaluator.takeDirty(1);
      const again = createEvaluator();
      again.restore(definition(rules), state?.state ?? '', position);
      return connected(rules, again, position);
    },
    again: () => {
      intake = startIntake();
    },
    value: (metric: string): Value | undefined => evaluator.values('p')[metric]?.value,
    /** The readings that are different ones, by their times: value by value. */
    kept: (series: number): Value[] => {
      const byTime = new Map<number, Value>();
      for (const { readings } of made) {
        for (const one of readings) if (one.series === series && !byTime.has(one.tsMs)) byTime.set(one.tsMs, one.value);
      }
      return [...byTime].sort(([a], [b]) => a - b).map(([, value]) => value);
    },
  };
}

const smoke = (value: boolean, ts = TS) => ({ ts, values: { smoke: value } });
const [OFF, ON] = [smoke(false), smoke(true)];

describe('two values with one time', () => {
  test.each([
    ['a boolean', 'smoke', 1, [false, true, false]],
    ['a number', 'level', 2, [1, 11, 2]],
    ['a text', 'state', 3, ['ok', 'alarm', 'ok']],
  ] as const)('%s: each is a reading, judged in the order of arrival', (_what, field, series, [calm, alarm, after]) => {
    for (const form of ['nested', 'flat', 'batch', 'history'] as const) {
      const line = connected();
      const payloads = [calm, alarm, after].map((value) => {
        if (form === 'nested') return { ts: TS, values: { [field]: value } };
        if (form === 'flat') return { ts: TS, [field]: value };
        return value;
      });
      const items = [calm, alarm, after].map((value) => ({ ts: TS, [field]: value }));
      const told =
        form === 'batch'
          ? line.send(items)
          : form === 'history'
            ? line.send({ history: items })
            : payloads.flatMap((payload) => line.send(payload));
      expect(told).toEqual([`${field} raised @-1000`, `${field} cleared @-1000`]);
      expect(line.kept(series)).toEqual([calm, alarm, after]);
      expect(line.value(field)).toBe(after);
    }
  });

  test('the last value again is no other reading', () => {
    const line = connected();
    expect([OFF, OFF, ON, ON].flatMap((payload) => line.send(payload))).toEqual(['smoke raised @-1000']);
    expect(line.kept(1)).toEqual([false, true]);
  });

  test('over two connections that are both there', () => {
    const line = connected();
    const [one, other] = [{ endedWell: false }, { endedWell: false }];
    const sent = [OFF, ON, OFF, ON].map((payload, n) => line.send(payload, { connection: n % 2 === 0 ? one : other }));
    expect(sent.flat()).toEqual(['smoke raised @-1000', 'smoke cleared @-1000', 'smoke raised @-1000']);
    expect(line.kept(1)).toEqual([false, true, false, true]);
  });

  test('of several metrics each goes its own way', () => {
    const line = connected();
    line.send({ ts: TS, values: { smoke: false, level: 3 } });
    expect(line.send({ ts: TS, values: { smoke: true, level: 3 } })).toEqual(['smoke raised @-1000']);
    expect([line.kept(1), line.kept(2)]).toEqual([[false, true], [3]]);
  });
});

describe('what is delivered again', () => {
  test.each([
    ['the first two of three', [OFF, ON, OFF], [OFF, ON], false, [false, true, false]],
    ['all', [OFF, ON], [OFF, ON], true, [false, true]],
    ['the second alone', [OFF, ON], [ON], true, [false, true]],
    ['all, and one more', [OFF, ON], [OFF, ON, OFF], false, [false, true, false]],
    ['the second, and one more', [OFF, ON], [ON, OFF], false, [false, true, false]],
    ['one, and others', [OFF], [OFF, ON, OFF], false, [false, true, false]],
  ])('%s after a lost connection, with DUP or without: the state is what the device meant', (...given) => {
    const [, first, later, state, kept] = given;
    for (const dup of [false, true]) {
      const line = connected();
      const before = first.flatMap((payload) => line.send(payload));
      line.reconnect();
      const after = later.flatMap((payload, i) => line.send(payload, { dup: dup && i < 2 }));
      expect(line.kept(1)).toEqual(kept);
      expect(line.value('smoke')).toBe(state);
      // Each change of state is told once.
      expect([...before, ...after]).toHaveLength(kept.length - 1);
    }
  });

  test('twice, over two connections that were lost', () => {
    const line = connected();
    const told = [OFF, ON].flatMap((payload) => line.send(payload));
    for (let again = 0; again < 2; again++) {
      line.reconnect();
      told.push(...[OFF, ON].flatMap((payload) => line.send(payload)));
    }
    expect(told).toEqual(['smoke raised @-1000']);
  });

  test('over a connection that was ended in order nothing is sent again', () => {
    const line = connected();
    const told = [OFF, ON, OFF].flatMap((payload) => {
      line.reconnect(true);
      return line.send(payload);
    });
    expect(told).toEqual(['smoke raised @-1000', 'smoke cleared @-1000']);
  });

  test('DUP over the same connection, and what is new after it', () => {
    const line = connected();
    for (const payload of [OFF, ON]) line.send(payload);
    expect([OFF, ON].flatMap((payload) => line.send(payload, { dup: true }))).toEqual([]);
    expect(line.send(OFF)).toEqual(['smoke cleared @-1000']);
  });

  test('a batch, over any connection or none, also one that goes on', () => {
    for (const over of [undefined, null]) {
      const line = connected();
      const how = over === null ? { connection: null } : {};
      expect(line.send([OFF, ON], how)).toEqual(['smoke raised @-1000']);
      expect(line.send([OFF, ON], how)).toEqual([]);
      expect(line.send([OFF, ON, OFF], how)).toEqual(['smoke cleared @-1000']);
      expect(line.kept(1)).toEqual([false, true, false]);
    }
  });

  test('after the server was killed: what intake knew comes back from the checkpoint', () => {
    const before = connected();
    expect([OFF, ON].flatMap((payload) => before.send(payload))).toEqual(['smoke raised @-1000']);
    const line = before.restart();
    expect([OFF, ON].flatMap((payload) => line.send(payload, { dup: true }))).toEqual([]);
    expect(line.send(OFF)).toEqual(['smoke cleared @-1000']);
  });

  test('a message whose first copy never reached the journal is taken when its second comes', () => {
    const line = connected();
    line.send(OFF);
    // Intake has seen it, but nobody else has: the disk failed.
    const lost = connected();
    lost.send(OFF);
    lost.send(ON);
    const [, entry] = lost.made;
    expect(line.evaluator.message(entry?.readings ?? [], T0, 9)).toMatchObject([{ type: 'raised' }]);
  });

  test('any stretch of what was sent, again after a lost connection, is nothing new', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 12 }), fc.nat(), (list, seed) => {
        // Every value once, so that it is plain which one is meant.
        const values = [...new Set(list)];
        const line = connected();
        for (const level of values) line.send({ ts: TS, level });
        line.reconnect();
        for (const level of values.slice(seed % values.length)) line.send({ ts: TS, level });
        line.send({ ts: TS, level: 42 });
        expect(line.kept(2)).toEqual([...values, 42]);
        expect(line.value('level')).toBe(42);
      }),
    );
  });

  test('late: another value at a known time is told, and a repetition of it is not', () => {
    const line = connected();
    line.send(smoke(false, TS - 600_000));
    line.send(OFF);
    expect(line.send(smoke(true, TS - 600_000))).toEqual(['smoke retrospective @-601000']);
    expect(line.send(smoke(true, TS - 600_000))).toEqual([]);
    expect(line.value('smoke')).toBe(false);
    line.send([smoke(false, TS - 300_000), smoke(true, TS - 300_000), smoke(false, TS - 300_000)]);
    expect(line.made.at(-1)?.readings.map(({ tsMs }) => ordinalOf(tsMs))).toEqual([0, 1, 2]);
  });
});

describe('late values of one time', () => {
  const LATE = TS - 600_000;
  /** The places of what is sent after a reading of now. */
  const placesOf = (send: (line: ReturnType<typeof connected>) => void): number[] => {
    const line = connected();
    line.send(OFF);
    const before = line.made.length;
    send(line);
    return line.made.slice(before).flatMap(({ readings }) => readings.map(({ tsMs }) => ordinalOf(tsMs)));
  };
  const [off, on] = [smoke(false, LATE), smoke(true, LATE)];

  test('one by one: each is a reading, in the order of arrival; the last one again is none', () => {
    expect(placesOf((line) => [off, on, on, off].map((payload) => line.send(payload)))).toEqual([0, 1, 1, 2]);
  });

  test('sent again after a lost connection they are what they were, and go on', () => {
    for (const dup of [false, true]) {
      const places = placesOf((line) => {
        for (const payload of [off, on]) line.send(payload);
        line.reconnect();
        for (const payload of [off, on]) line.send(payload, { dup });
        line.send(off);
      });
      expect(places).toEqual([0, 1, 0, 1, 2]);
    }
  });

  test('a batch that is sent once more is what it was', () => {
    const batch = [off, on, off];
    expect(placesOf((line) => [batch, batch].map((payload) => line.send(payload)))).toEqual([0, 1, 2, 0, 1, 2]);
  });
});

describe('without a time', () => {
  test('each is a reading, at its arrival, whatever the rate: event time never runs ahead', () => {
    const line = connected();
    for (let ms = 0; ms < 2_000; ms++) {
      line.clock.setWall(T0 + ms);
      for (let i = 0; i < 5; i++) expect(line.send({ silent: 11 })).toEqual([]);
    }
    const times = line.made.flatMap(({ readings }) => readings.map(({ tsMs }) => tsMs));
    expect(new Set(times).size).toBe(10_000);
    expect(line.made.every(({ receivedAtMs, readings }) => msOf(readings[0]?.tsMs ?? 0) === receivedAtMs)).toBe(true);
    expect(line.evaluator.tick(T0 + 59_999, 20_000)).toEqual([]);
    expect(line.evaluator.tick(T0 + 60_000, 20_001)).toMatchObject([
      { rule: 'held', type: 'raised', atMs: T0 + 60_000 },
    ]);
  });

  test('a batch of them is as many readings', () => {
    const line = connected();
    line.send([{ level: 5 }, { level: 5 }, { level: 11 }]);
    expect(line.kept(2)).toEqual([5, 5, 11]);
  });
});

test('what the journal holds gives the same readings, and an old journal keeps its times', () => {
  const line = connected();
  for (const payload of [OFF, ON, OFF]) line.send(payload);
  const writer = new EntryWriter();
  for (const entry of line.made) writer.write(entry);
  expect(decodeEntries(writer.take())).toEqual(line.made);
  expect(line.made.flatMap(({ readings }) => readings.map(({ tsMs }) => tsMs))).toEqual([
    TS,
    stepped(TS, 1),
    stepped(TS, 2),
  ]);
});

test('a device that repeats one time for ever takes no more memory, and loses nothing', () => {
  const line = connected();
  for (let i = 0; i < 2_500; i++) line.send({ ts: TS, level: i % 2 });
  expect(line.kept(2)).toHaveLength(2_500);
  const instant = line.evaluator.newestInstant(2);
  expect(instant?.values.length).toBeLessThanOrEqual(INSTANT_VALUES_MAX);
  expect(msOf(instant?.tsMs ?? 0) - TS).toBe(2);
  line.send({ ts: TS + 1, level: 7 });
  expect(line.value('level')).toBe(7);
});

test('a value that cannot be read is a state of its own', () => {
  const line = connected();
  line.send({ ts: TS, values: { level: 5 } });
  line.send({ ts: TS, values: { level: 'no number' } });
  expect(line.evaluator.values('p').level).toMatchObject({ value: null, marks: BAD });
});

describe('windows, with several samples of one time', () => {
  const rules = (criterion: object) =>
    ({ window: { metric: 'level', levels: { red: criterion } } }) as unknown as PointDefinition['document']['rules'];
  test.each([
    [
      'they share in a mean what their time speaks for',
      { average: '60s', above: 15, coverage: 0 },
      [
        [0, 10],
        [30, 10],
        [30, 20],
        [30, 30],
      ],
      '@',
    ],
    [
      'they add up',
      { sum: '60s', above: 3 },
      [
        [0, 1],
        [0, 2],
      ],
      'raised',
    ],
    [
      'the lowest of them counts',
      { rise: 5, within: '60s' },
      [
        [0, 9],
        [0, 1],
        [1, 6],
      ],
      'raised',
    ],
  ] as const)('%s', (_what, criterion, samples, expected) => {
    const line = connected(rules(criterion));
    const told = samples.flatMap(([s, level]) => line.send({ ts: TS - 100_000 + s * 1_000, level }));
    expect(told.join() === '' ? '@' : told.join()).toContain(expected);
  });

  test('the mean of them is exact, also after a checkpoint', () => {
    for (const above of [14.999, 15.001]) {
      let line = connected(rules({ average: '60s', above, coverage: 0 }));
      const at = (s: number, level: number) => line.send({ ts: TS - 100_000 + s * 1_000, level });
      at(0, 10);
      at(30, 10);
      at(30, 20);
      line = line.restart();
      // The first speaks for one interval, the others share the second: (10 + (10 + 20 + 30) / 3) / 2.
      expect(at(30, 30)).toHaveLength(above < 15 ? 1 : 0);
    }
  });
});
