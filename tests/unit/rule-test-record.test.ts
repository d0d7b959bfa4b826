import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type RuleTest, ruleTestFileSchema, runRuleTest } from '../../src/evaluate/rule-test.ts';
import { type RecordedTest, recordRuleTest } from '../../src/evaluate/rule-test-record.ts';
import { parseSeries } from '../../src/evaluate/rule-test-series.ts';
import { writeSeries } from '../../src/evaluate/rule-test-write.ts';
import { checkShape, parseStructured } from '../../src/lib/structured-file.ts';
import { type Columns, FALSE, MARKS_SHIFT, NUMBER, TEXT, TRUE } from '../../src/model/columns.ts';
import type { PointDefinition } from '../../src/model/definition.ts';
import { BAD, LATE } from '../../src/model/reading.ts';
import { seldomIntervalMs } from '../../src/preview/interval.ts';
import { pointWith } from '../support/evaluation.ts';
import { rounds } from '../support/long.ts';

/** 2026-06-01 08:00 in China. */
const START = Date.UTC(2026, 5, 1);

type Raw = readonly [seconds: number, value: number | boolean | string, marks?: number];

function columns(samples: readonly Raw[]): Columns {
  const texts: string[] = [];
  const typed = samples.map(([, value]) =>
    typeof value === 'number'
      ? ([NUMBER, value] as const)
      : typeof value === 'boolean'
        ? ([value ? TRUE : FALSE, Number(value)] as const)
        : ([TEXT, texts.push(value) - 1] as const),
  );
  return {
    tsMs: Float64Array.from(samples, ([seconds]) => START + Math.round(seconds * 1_000)),
    values: Float64Array.from(typed, ([, value]) => value),
    flags: Uint8Array.from(typed, ([type], i) => type | ((samples[i]?.[2] ?? 0) << MARKS_SHIFT)),
    texts,
  };
}

function record(
  definition: PointDefinition,
  samples: Record<string, readonly Raw[]>,
  lengthS: number,
  resets: { atMs: number; rule: string }[] = [],
  seldomMs?: number,
): RecordedTest {
  const readings = Object.entries(samples).map(([metric, raw]) => ({
    series: definition.metrics[metric]?.series ?? 0,
    columns: columns(raw),
  }));
  const period = { fromMs: START, toMs: START + lengthS * 1_000 };
  return recordRuleTest({
    definition,
    readings,
    ...period,
    resets,
    name: 'a lesson',
    comment: 'kept\nby li',
    ...(seldomMs === undefined ? {} : { seldomMs }),
  });
}

function parse(text: string): RuleTest[] {
  const read = parseStructured('lesson.test.yaml', text);
  if ('problems' in read) throw new Error(JSON.stringify(read.problems));
  const checked = checkShape(read.parsed, [], read.parsed.value, ruleTestFileSchema);
  if ('problems' in checked) throw new Error(JSON.stringify(checked.problems));
  return checked.value;
}

function failuresOf(definition: PointDefinition, { text }: RecordedTest) {
  return parse(text).flatMap((one) => runRuleTest(one, definition));
}

const depth = (more: object = {}) =>
  pointWith({ depth: { metric: 'v', levels: { yellow: { above: 10 }, red: { above: 20, for: '30s' } }, ...more } });

describe('a period as a test', () => {
  test('judges silence by the interval of readings that come more seldom than the profile says', () => {
    const definition = pointWith({ silent: { noData: {} } }, { reportEveryMs: 15_000 });
    const minutes = Array.from({ length: 60 }, (_, i): Raw => [i * 60, 5]);
    const byProfile = record(definition, { v: minutes }, 3_600);
    expect(byProfile.log.length).toBeGreaterThan(20);
    const seldomMs = seldomIntervalMs([{ columns: columns(minutes) }], definition.reportEveryMs);
    expect(seldomMs).toBe(60_000);
    const recorded = record(definition, { v: minutes }, 3_600, [], seldomMs);
    expect(recorded).toMatchObject({ log: [], text: expect.stringContaining('\n  reportEvery: 1m\n') });
    expect(failuresOf(definition, recorded)).toEqual([]);
  });

  test('reads like one that a person wrote, and passes', () => {
    const definition = depth({ latch: true });
    const level = (i: number) => (i < 30 ? 5 : i < 40 ? 5 + (i - 30) * 2 : i < 46 ? 23 : 4);
    const samples = Array.from({ length: 60 }, (_, i): Raw => [i * 10 + (i % 3) * 0.2, level(i)]);
    const recorded = record(definition, { v: samples }, 600, [
      { atMs: START + 550_000, rule: 'depth' },
      { atMs: START + 1_000, rule: 'depth' },
    ]);
    expect(recorded.text).toBe(`# kept
# by li
- name: "a lesson"
  point: p
  start: "2026-06-01T08:00:00+08:00"
  every: 10s
  input:
    v: >-
      5x31 7+2x9 23x6 4x14
  resets:
    - { at: 9m10s, rule: depth }
  expect:
    - { at: 10m, alerts: {} }
  log:
    - 5m30s depth raised yellow
    - 6m50s depth escalated red
    - 7m40s depth recovered red
`);
    expect(recorded).toMatchObject({ samples: 60, everyMs: 10_000, isExact: false });
    expect(failuresOf(definition, recorded)).toEqual([]);
    // It is a test: under other values it fails.
    expect(failuresOf(depth(), recorded).length).toBeGreaterThan(0);
  });

  test('where the nearest place would tell another story every sample keeps its own time', () => {
    const definition = depth();
    // Red is reached just before the level falls, not at the moment it does.
    const samples: Raw[] = [
      [0, 25],
      [10, 25],
      [20, 25],
      [30.4, 5],
      [40, 5],
      [50, 5],
    ];
    const near = record(definition, { v: samples }, 60);
    expect(near.log).toEqual(['0s depth raised yellow', '30s depth escalated red', '30s400ms depth cleared red']);
    expect(near.text).toContain('5@+400ms>400ms');
    expect(near.isExact).toBe(true);
    expect(failuresOf(definition, near)).toEqual([]);
  });

  test('late readings are left out, bad ones say so, gaps stay gaps, and what ends after the last sample is waited for', () => {
    const definition = pointWith(
      {
        depth: { metric: 'v', levels: { red: { above: 20, for: '5m' } } },
        'a.b:c': { metric: 'w', levels: { blue: { equals: 'fault' } } },
      },
      { metrics: { v: { range: [0, 100] }, w: { type: 'string' }, x: {} }, noData: undefined },
    );
    const recorded = record(
      definition,
      {
        v: [
          [0, 1],
          [60, 200, BAD],
          [120, 3, BAD],
          [180, 4],
          [30, 99, LATE],
          [600, 25],
        ],
        w: [
          [0, 'ok'],
          [600, 'fault'],
        ],
        x: [[0, 1]],
      },
      1_200,
    );
    expect(recorded.text).toContain('1 200 bad 4 _x6 25');
    expect(recorded.text).toContain("'ok' _x9 'fault'");
    expect(recorded.text).not.toContain('x: >-');
    expect(recorded.log).toContain('15m depth raised red');
    expect(failuresOf(definition, recorded)).toEqual([]);
  });

  test('a period without a reading is a test of silence', () => {
    const definition = pointWith({}, { noData: undefined });
    const recorded = record(definition, {}, 600);
    expect(recorded.log).toEqual(['3m noData raised blue']);
    expect(failuresOf(definition, recorded)).toEqual([]);
  });
});

describe('properties', () => {
  const value = fc.oneof(
    fc.integer({ min: -5, max: 30 }),
    fc.double({ min: -5, max: 30, noNaN: true }).map((x) => Number(x.toFixed(3))),
  );
  const samples = fc.array(
    fc.tuple(fc.constantFrom(10, 10, 10, 10.3, 9.8, 0.5, 70), value, fc.constantFrom(0, 0, 0, 0, BAD)),
    { maxLength: 60 },
  );
  const rule = fc
    .tuple(
      fc.integer({ min: 5, max: 15 }),
      fc.constantFrom({}, { for: '20s' }),
      fc.constantFrom({}, { deadband: 2 }, { recoverFor: '30s' }),
      fc.boolean(),
    )
    .map(([above, wait, back, latch]) => ({
      metric: 'v',
      latch,
      levels: { yellow: { above, ...wait }, red: { above: above + 6 } },
      ...back,
    }));

  test('whatever happened, the test that is written passes when it is run', () => {
    fc.assert(
      fc.property(
        rule,
        samples,
        fc.array(fc.nat({ max: 600 }), { maxLength: 2 }),
        fc.boolean(),
        (depthRule, steps, resets, silence) => {
          const definition = pointWith(
            { depth: depthRule },
            { metrics: { v: { range: [-4, 28] } }, noData: silence ? undefined : false },
          );
          let at = 0;
          const raw = steps.map(([step, each, marks]): Raw => {
            at += step;
            const bad = each < -4 || each > 28 ? BAD : marks;
            return [at, each, bad];
          });
          const recorded = record(
            definition,
            { v: raw },
            700,
            resets.map((s) => ({ atMs: START + s * 1_000, rule: 'depth' })),
          );
          expect(failuresOf(definition, recorded)).toEqual([]);
        },
      ),
      { numRuns: rounds(100, 5_000) },
    );
  });

  test('a series that is written reads back as it was', () => {
    const place = fc.record({
      gap: fc.constantFrom(0, 0, 0, 1, 5),
      value: fc.oneof(
        fc.integer({ min: -9, max: 9 }),
        fc.constantFrom(0.1, 0.2, 0.3, 1e-7),
        fc.boolean(),
        fc.constantFrom('a b', 'x'),
      ),
      shiftMs: fc.constantFrom(0, 0, 250),
    });
    fc.assert(
      fc.property(fc.array(place, { maxLength: 40 }), (list) => {
        let next = 0;
        const places = list.map(({ gap, ...rest }) => {
          next += gap;
          return { ...rest, place: next++ };
        });
        const read = parseSeries(writeSeries(places), 1_000);
        if ('problem' in read) throw new Error(read.problem);
        expect(
          read.samples.map(({ tsMs, arrivesMs, value: each }) => [
            tsMs,
            arrivesMs,
            typeof each === 'object' ? each?.text : each,
          ]),
        ).toEqual(
          places.map(({ place: at, value: each, shiftMs }) => [at * 1_000 + shiftMs, at * 1_000 + shiftMs, each]),
        );
      }),
    );
  });
});
