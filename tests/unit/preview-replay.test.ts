import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createEvaluator } from '../../src/evaluate/evaluator.ts';
import { openEngine } from '../../src/history/embedded/engine.ts';
import type { Columns } from '../../src/model/columns.ts';
import type { PointDefinition } from '../../src/model/definition.ts';
import { EntryWriter } from '../../src/model/entry.ts';
import { BAD, type Reading } from '../../src/model/reading.ts';
import { thresholdDocumentSchema } from '../../src/model/threshold.ts';
import type { Transition } from '../../src/model/transition.ts';
import { replay } from '../../src/preview/replay.ts';
import { rounds } from '../support/long.ts';
import { temporaryFolder } from '../support/temporary.ts';

/** Replaying history gives the transitions that live evaluation gave, whatever rules, gaps, late and bad readings. */

const START = Date.UTC(2026, 5, 1);
const DEPTH = 1;
const WET = 2;
const FREQUENCY = 3;
const END = START + 400 * 10_000;

interface Arrival {
  readonly atMs: number;
  readonly readings: readonly Reading[];
}

function definitionWith(rules: Record<string, unknown>): PointDefinition {
  return {
    id: 1,
    point: 'p',
    area: 'a',
    family: 'waterlogging',
    device: 'd',
    reportEveryMs: 10_000,
    metrics: {
      depth: { type: 'number', unit: 'cm', range: [0, 100], series: DEPTH },
      wet: { type: 'boolean', series: WET },
      frequency: { type: 'number', unit: 'Hz', series: FREQUENCY },
    },
    revision: 3,
    document: thresholdDocumentSchema.parse({ rules }),
  };
}

const duration = fc.constantFrom('5s', '10s', '15s', '30s', '45s', '2m');
const criterion = fc.oneof(
  { arbitrary: fc.record({ above: fc.integer({ min: 10, max: 35 }) }), weight: 6 },
  fc.record({ above: fc.integer({ min: 25, max: 35 }), below: fc.integer({ min: 2, max: 8 }) }),
  fc.record({ equals: fc.constantFrom(20, 30) }),
  fc.record({ rise: fc.integer({ min: 5, max: 15 }), within: duration }),
  fc.record({ average: fc.constantFrom('30s', '1m'), above: fc.integer({ min: 15, max: 25 }) }),
  fc.record({ curve: fc.constant({ over: 'frequency', points: [[0, 15] as const, [10, 30] as const] }) }),
  fc.record({ any: fc.constant([{ above: 28 }, { fall: 9, within: '30s' }]) }),
);
const levelWith = fc
  .tuple(criterion, fc.option(duration, { nil: undefined }))
  .map(([test, delay]) => ({ ...test, ...(delay === undefined ? {} : { for: delay }) }));
const depthRule = fc
  .record(
    {
      levels: fc.record({ yellow: levelWith, red: levelWith }, { requiredKeys: ['yellow'] }),
      deadband: fc.integer({ min: 0, max: 6 }),
      recoverFor: duration,
      latch: fc.boolean(),
      schedule: fc.constant([{ hours: ['00:10', '08:20'], levels: { orange: { above: 12 } } }]),
    },
    { requiredKeys: ['levels'] },
  )
  .map((rule) => ({ metric: 'depth', ...rule }));
const extraRules = {
  wet: fc.constant({ metric: 'wet', levels: { red: { equals: true } }, latch: true }),
  silent: fc.record({ noData: fc.record({ after: fc.constantFrom('12s', '30s', '2m') }, { requiredKeys: [] }) }),
  range: fc.constant({ metric: 'depth', range: { limits: [1, 38], sentinels: [13] } }),
};
const anyRules = fc.record(
  {
    depth: depthRule,
    other: depthRule,
    stuck: fc.constant({ metric: 'depth', stuck: { after: '40s' } }),
    ...extraRules,
  },
  { requiredKeys: ['depth'] },
);
/** Of the kind most points have, for which a replay passes over what is quiet. */
const plainRules = fc.record(
  {
    depth: fc.record(
      {
        metric: fc.constant('depth'),
        levels: fc.record(
          {
            yellow: fc.record({ above: fc.integer({ min: 10, max: 25 }), for: duration }, { requiredKeys: ['above'] }),
            red: fc.record({ above: fc.integer({ min: 26, max: 35 }), for: duration }, { requiredKeys: ['above'] }),
          },
          { requiredKeys: ['yellow'] },
        ),
        deadband: fc.integer({ min: 0, max: 6 }),
        recoverFor: duration,
        latch: fc.boolean(),
      },
      { requiredKeys: ['metric', 'levels'] },
    ),
    low: fc.constant({ metric: 'depth', levels: { blue: { below: 3 }, orange: { equals: 7 } } }),
    ...extraRules,
  },
  { requiredKeys: ['depth'] },
);
const rulesArbitrary = fc.oneof(plainRules, anyRules);

/** What the point sends: mostly a calm depth, excursions, gaps, bad values, late readings with a fresh one, duplicates. */
const stepArbitrary = fc.record({
  gap: fc.oneof(
    { arbitrary: fc.constant(10_000), weight: 12 },
    fc.constantFrom(1_000, 30_000, 30_001, 45_000, 300_000),
  ),
  depth: fc.oneof(
    { arbitrary: fc.integer({ min: 8, max: 12 }), weight: 8 },
    { arbitrary: fc.integer({ min: 0, max: 45 }), weight: 4 },
    fc.constant(null),
  ),
  wet: fc.option(
    fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    { nil: undefined, freq: 3 },
  ),
  frequency: fc.option(fc.integer({ min: 0, max: 12 }), { nil: undefined, freq: 2 }),
  late: fc.option(fc.tuple(fc.integer({ min: 1, max: 60_000 }), fc.integer({ min: 0, max: 45 })), {
    nil: undefined,
    freq: 12,
  }),
});

/** After how many steps a metric that came with each of them comes no more. */
const stop = fc.option(fc.integer({ min: 14, max: 60 }), { nil: undefined });

type Step = typeof stepArbitrary extends fc.Arbitrary<infer One> ? One : never;

function stopping(steps: readonly Step[], at: number): Step[] {
  const all = Array.from({ length: at + 40 }, (_, i) => steps[i % steps.length] as Step);
  return all.map((step, i) => ({ ...step, frequency: i < at ? 5 : undefined }));
}

function arrivalsOf(steps: readonly Step[]): Arrival[] {
  let atMs = START;
  let newestMs: number | undefined;
  return steps.map(({ gap, depth, wet, frequency, late }) => {
    atMs += gap;
    const readings: Reading[] = [];
    if (late !== undefined && newestMs !== undefined)
      readings.push({ series: DEPTH, tsMs: newestMs - late[0], value: late[1], marks: 0 });
    // History keeps no nulls, so one that comes alone would be a sign of life that only live evaluation saw.
    const value = depth === null && wet === undefined ? 10 : depth;
    readings.push({ series: DEPTH, tsMs: atMs, value, marks: value !== null && value > 40 ? BAD : 0 });
    if (value !== null) newestMs = atMs;
    if (wet !== undefined) readings.push({ series: WET, tsMs: atMs, value: wet, marks: 0 });
    if (frequency !== undefined) readings.push({ series: FREQUENCY, tsMs: atMs, value: frequency, marks: 0 });
    return { atMs, readings };
  });
}

/** As the server does it: a tick at each deadline, each message when it comes. */
function live(definition: PointDefinition, arrivals: readonly Arrival[], startMs: number): Transition[] {
  const evaluator = createEvaluator();
  const out: Transition[] = [];
  let position = 0;
  const take = (transitions: readonly Transition[]) => {
    for (const transition of transitions) {
      if (transition.type === 'retrospective') continue;
      out.push(transition);
      if (transition.type === 'recovered') evaluator.reset('p', transition.rule, transition.receivedAtMs, ++position);
    }
  };
  const tickUntil = (beforeMs: number) => {
    for (let due = evaluator.nextDeadlineMs(); due !== undefined && due < beforeMs; due = evaluator.nextDeadlineMs()) {
      take(evaluator.tick(due, ++position));
    }
  };
  evaluator.define(definition, ++position, startMs);
  for (const { atMs, readings } of arrivals) {
    tickUntil(atMs);
    take(evaluator.message(readings, atMs, ++position));
  }
  tickUntil(END);
  return out;
}

/** The real store, so that its marks and its way with duplicates are what is replayed. */
function historyOf(
  arrivals: readonly Arrival[],
  seriesWanted: readonly number[],
): { series: number; columns: Columns }[] {
  const dir = temporaryFolder();
  const engine = openEngine({
    dir,
    nowMs: START,
    retention: { rawMs: 1e14, minuteMs: 1e14, hourMs: 1e14 },
    journal: { first: 0, next: Number.MAX_SAFE_INTEGER },
  });
  const writer = new EntryWriter();
  for (const { atMs, readings } of arrivals) writer.write({ kind: 'message', receivedAtMs: atMs, readings });
  engine.ingest(0, arrivals.length, writer.take());
  const found = seriesWanted.map((series) => {
    const read = engine.samples({ series, fromMs: 0, toMs: END, limit: 1e9 });
    for (let step = read.next(); ; step = read.next()) if (step.done === true) return { series, columns: step.value };
  });
  engine.close();
  return found;
}

function replayed(definition: PointDefinition, arrivals: readonly Arrival[], startMs: number): Transition[] {
  const out: Transition[] = [];
  const work = replay(createEvaluator(), {
    definition,
    readings: historyOf(
      arrivals,
      Object.values(definition.metrics).map(({ series }) => series),
    ),
    startMs,
    endMs: END,
    onTransition: (transition) => out.push(transition),
  });
  while (work.next().done !== true);
  return out;
}

const withoutPositions = (transitions: readonly Transition[]) =>
  transitions.map((transition) => ({ ...transition, position: 0 }));

describe('a replay of history', () => {
  test('gives the transitions that live evaluation gave', () => {
    let [raised, stopped] = [0, 0];
    fc.assert(
      fc.property(
        rulesArbitrary,
        fc.array(stepArbitrary, { minLength: 5, maxLength: 120 }),
        stop,
        (rules, given, at) => {
          const definition = definitionWith(rules);
          const steps = at === undefined ? given : stopping(given, at);
          const arrivals = arrivalsOf(steps).filter(({ atMs }) => atMs < END);
          const expected = live(definition, arrivals, START);
          raised += expected.filter(({ type }) => type === 'raised').length;
          stopped += expected.filter(({ type, rule }) => type === 'raised' && rule === 'range-frequency').length;
          expect(withoutPositions(replayed(definition, arrivals, START))).toEqual(withoutPositions(expected));
        },
      ),
      { numRuns: rounds(40, 2_000) },
    );
    expect(raised).toBeGreaterThan(20);
    expect(stopped).toBeGreaterThan(2);
  });

  test('gives them of a point with one metric too', () => {
    let raised = 0;
    fc.assert(
      fc.property(plainRules, fc.array(stepArbitrary, { minLength: 5, maxLength: 120 }), (rules, given) => {
        const { wet: _, ...ofDepth } = rules;
        const whole = definitionWith(ofDepth);
        const metrics = Object.fromEntries(Object.entries(whole.metrics).filter(([name]) => name === 'depth'));
        const definition = { ...whole, metrics };
        const steps = given.map((step) => ({ ...step, wet: undefined, frequency: undefined }));
        const arrivals = arrivalsOf(steps).filter(({ atMs }) => atMs < END);
        const expected = live(definition, arrivals, START);
        raised += expected.filter(({ type }) => type === 'raised').length;
        expect(withoutPositions(replayed(definition, arrivals, START))).toEqual(withoutPositions(expected));
      }),
      { numRuns: rounds(40, 2_000) },
    );
    expect(raised).toBeGreaterThan(20);
  });
});
