import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createEvaluator } from '../../src/evaluate/evaluator.ts';
import { adviceSchema, type JudgedAlert, type ThresholdAdvice } from '../../src/model/advice.ts';
import type { Columns } from '../../src/model/columns.ts';
import type { PointDefinition } from '../../src/model/definition.ts';
import type { Incident } from '../../src/model/preview.ts';
import { thresholdDocumentSchema } from '../../src/model/threshold.ts';
import { advise } from '../../src/preview/advice/advice.ts';
import { deadbandCandidates, delayCandidates, withOnDelay } from '../../src/preview/advice/candidates.ts';
import { kneeOf } from '../../src/preview/advice/knee.ts';
import { textureOf } from '../../src/preview/advice/noise.ts';
import { incidentsUnder } from '../../src/preview/preview.ts';
import { rounds } from '../support/long.ts';

const START = Date.UTC(2026, 5, 1);

function columnsOf(values: readonly number[], everyMs: number, startMs = START): Columns {
  return {
    tsMs: Float64Array.from(values, (_, i) => startMs + i * everyMs),
    values: Float64Array.from(values),
    flags: new Uint8Array(values.length).fill(1),
    texts: [],
  };
}

function definitionWith(rules: Record<string, unknown>, more: Partial<PointDefinition> = {}): PointDefinition {
  return {
    id: 1,
    point: 'p',
    area: 'a',
    family: 'waterlogging',
    device: 'd',
    reportEveryMs: 10_000,
    metrics: { v: { type: 'number', unit: 'cm', series: 1 } },
    revision: 2,
    document: thresholdDocumentSchema.parse({ rules }),
    ...more,
  };
}

function adviceOn(
  definition: PointDefinition,
  columns: Columns,
  {
    verdicts = [],
    createEvaluation = createEvaluator,
  }: { readonly verdicts?: readonly JudgedAlert[]; readonly createEvaluation?: typeof createEvaluator } = {},
): ThresholdAdvice {
  const work = advise(createEvaluation, {
    definition,
    rule: 'v',
    period: { fromMs: columns.tsMs[0] ?? 0, toMs: (columns.tsMs.at(-1) ?? 0) + 1 },
    readings: [{ series: 1, columns }],
    verdicts,
  });
  for (let step = work.next(); ; step = work.next()) if (step.done === true) return adviceSchema.parse(step.value);
}

/** The same at every run: a normal distribution, roughly, of standard deviation 1. */
function noise(seed: number): () => number {
  let state = seed;
  const uniform = () => {
    // mulberry32
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return () => Array.from({ length: 12 }, uniform).reduce((sum, one) => sum + one, -6);
}

/** Two days at 10 s: calm around 10, three times for an hour around 20, with noise of the given size throughout. */
function threeHours(sigma: number): number[] {
  const next = noise(1);
  return Array.from({ length: 17_280 }, (_, i) => (i % 5_000 < 360 && i > 4_000 ? 20 : 10) + sigma * next());
}

describe('noise', () => {
  test('is found whatever excursions and drift there are', () => {
    for (const sigma of [0.1, 1, 3]) {
      const drifting = threeHours(sigma).map((value, i) => value + i / 2_000);
      expect(textureOf(columnsOf(drifting, 10_000))?.sigma).toBeCloseTo(sigma, sigma < 1 ? 1 : 0);
    }
  });

  test('of a slow sensor of few digits is its digit, of one that never moves zero, of too few readings unknown', () => {
    const slow = Array.from({ length: 1_000 }, (_, i) => (i % 7 === 0 ? 11 : 10));
    expect(textureOf(columnsOf(slow, 10_000))?.sigma).toBeGreaterThan(0.1);
    expect(textureOf(columnsOf(Array(50).fill(3), 10_000))).toMatchObject({ sigma: 0, intervalMs: 10_000, typical: 3 });
    expect(textureOf(columnsOf([1, 2, 3], 10_000))).toBeUndefined();
  });
});

describe('candidates', () => {
  test('deadbands follow the noise in round steps, none wider than the way to the usual value', () => {
    expect(deadbandCandidates(0.77, 5)).toEqual([0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2, 2.5, 3, 3.5, 4, 5]);
    expect(deadbandCandidates(0, 5)).toEqual([0]);
  });

  test('delays fit the spacing of the readings', () => {
    expect(delayCandidates(10_000).map(({ text }) => text)).toEqual(['10s', '15s', '30s', '1m', '2m', '3m']);
    expect(delayCandidates(300_000).map(({ text }) => text)).toEqual(['5m', '10m', '15m', '30m', '1h', '2h']);
  });

  test('the upper gas level waits for nothing', () => {
    const rule = { metric: 'v', levels: { yellow: { above: 25, for: '5s' }, red: { above: 50 } } };
    expect(withOnDelay(rule, '30s', true)).toEqual({
      metric: 'v',
      for: '30s',
      levels: { yellow: { above: 25 }, red: { above: 50, for: '0s' } },
    });
  });
});

test('the knee is where a curve turns flat', () => {
  const curve = [239, 98, 30, 28, 27, 26].map((alerts, at) => ({ alerts, at }));
  expect(kneeOf(curve, (one) => one)?.alerts).toBe(30);
  const flat = [1, 2].map((at) => ({ at, alerts: 5 }));
  expect(kneeOf(flat, (one) => one)).toBeUndefined();
  const steep = [100, 60, 10].map((alerts, at) => ({ alerts, at }));
  expect(kneeOf(steep, (one) => one)?.alerts).toBe(10);
});

describe('advice', () => {
  const rule = { metric: 'v', levels: { red: { above: 19 } } };

  test('on a noisy excursion is a deadband of some noise, which leaves one alert for each excursion', () => {
    const found = adviceOn(definitionWith({ v: rule }), columnsOf(threeHours(1), 10_000));
    expect(found.bare.alerts).toBeGreaterThan(100);
    expect(found.noise).toBeCloseTo(1, 0);
    expect(found.deadband?.suggested).toBeGreaterThanOrEqual(1.5);
    expect(found.deadband?.suggested).toBeLessThanOrEqual(5);
    expect(found.suggested).toMatchObject({ lost: 0, rule: { deadband: found.deadband?.suggested } });
    expect(found.suggested?.alerts).toBeLessThan(10);
    expect(found.suggested?.document.rules.v).toEqual(found.suggested?.rule);
    expect(found.reasons[0]?.zh).toContain('回差');
  });

  test('judges each variant once: the bare rule, the present one and a deadband of nothing may be the same', () => {
    const judged: unknown[] = [];
    const { deadband, offDelay, onDelay } = adviceOn(definitionWith({ v: rule }), columnsOf(threeHours(1), 10_000), {
      createEvaluation: () => {
        judged.push(1);
        return createEvaluator();
      },
    });
    const tried = (deadband?.curve.length ?? 0) + offDelay.curve.length + onDelay.curve.length;
    expect(deadband?.suggested).not.toBeNull();
    expect(judged).toHaveLength(tried);
  });

  test('is in the unit of the rule', () => {
    const metres = { metric: 'v', unit: 'm', levels: { red: { above: 0.19 } } };
    const found = adviceOn(definitionWith({ v: metres }), columnsOf(threeHours(1), 10_000));
    expect(found.unit).toBe('m');
    expect(found.noise).toBeCloseTo(0.01, 3);
    expect(found.deadband?.suggested).toBeLessThanOrEqual(0.05);
    expect(found.suggested?.alerts).toBeLessThan(10);
  });

  test('is not given where the rule is well as it is', () => {
    const calm = adviceOn(definitionWith({ v: { ...rule, deadband: 5 } }), columnsOf(threeHours(1), 10_000));
    expect(calm).toMatchObject({ suggested: null, deadband: { present: 5, suggested: null } });
    const silent = adviceOn(definitionWith({ v: rule }), columnsOf([], 10_000));
    expect(silent).toMatchObject({ suggested: null, noise: null, excursions: null, deadband: null });
  });

  test('short spikes every hour want an on-delay, except on fire; what an operator called true stays', () => {
    const spikes = Array.from({ length: 17_280 }, (_, i) =>
      i % 120 < 2 ? 25 : i % 8_000 < 700 && i > 1_000 ? 22 : 10,
    );
    const definition = definitionWith({ v: { ...rule, deadband: 1 } });
    const columns = columnsOf(spikes, 10_000);
    const found = adviceOn(definition, columns);
    expect(found.onDelay).toMatchObject({ advisable: true, suggested: '30s' });
    expect(found.suggested?.alerts).toBeLessThan(10);
    expect(found.suggested?.lost).toBeGreaterThan(100);
    const fire = adviceOn({ ...definition, family: 'fire' }, columns);
    expect(fire.onDelay).toEqual({ advisable: false, suggested: null, curve: [] });
    // One of the spikes was the real thing: no delay that would have missed it is suggested.
    const spikeMs = START + 120 * 20 * 10_000;
    const judged = { fromMs: spikeMs, toMs: spikeMs + 20_000, verdict: 'true' as const };
    const others = [10, 30].map((n) => ({
      fromMs: START + 120 * n * 10_000,
      toMs: START + 120 * n * 10_000 + 20_000,
      verdict: 'false' as const,
    }));
    const careful = adviceOn(definition, columns, { verdicts: [judged, ...others] });
    expect(careful.verdicts).toEqual({ true: 1, false: 2, test: 0 });
    expect(careful.onDelay.suggested).toBeNull();
    expect(careful.onDelay.curve.find((one) => one.for === '30s')).toMatchObject({ trueLost: 1, falseRemoved: 2 });
  });

  test('noise around the limit is no reason for an on-delay: the excursion would never be told', () => {
    const next = noise(5);
    const flicker = Array.from({ length: 17_280 }, (_, i) => (i % 3_000 < 700 ? 20 : 10) + 1.5 * next());
    const found = adviceOn(
      definitionWith({ v: { metric: 'v', levels: { red: { above: 20 } } } }),
      columnsOf(flicker, 10_000),
    );
    expect(found.onDelay.curve.at(-1)?.alerts).toBe(0);
    expect(found.onDelay.suggested).toBeNull();
    expect(found.suggested?.lost).toBe(0);
  });

  test('the curves are what the evaluator makes of each variant, and a wider deadband never raises more', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 30, maxLength: 300 }), (values) => {
        const definition = definitionWith({ v: rule });
        const columns = columnsOf(values, 10_000);
        const curve = adviceOn(definition, columns).deadband?.curve ?? [];
        curve.forEach(({ deadband, alerts, lost }, i) => {
          expect(alerts).toBe(alertsWith(definition, columns, { ...rule, deadband }).length);
          expect(alerts).toBeLessThanOrEqual(curve[i - 1]?.alerts ?? Number.POSITIVE_INFINITY);
          expect(lost).toBe(0);
        });
      }),
      { numRuns: rounds(20, 400) },
    );
  });
});

function alertsWith(definition: PointDefinition, columns: Columns, rule: object): Incident[] {
  const work = incidentsUnder(createEvaluator(), {
    stretches: [],
    definition: { ...definition, document: thresholdDocumentSchema.parse({ rules: { v: rule } }) },
    period: { fromMs: columns.tsMs[0] ?? 0, toMs: (columns.tsMs.at(-1) ?? 0) + 1 },
    readings: [{ series: 1, columns }],
  });
  for (let step = work.next(); ; step = work.next()) {
    if (step.done === true) return step.value.filter((incident) => incident.rule === 'v');
  }
}

const SERIES = new URL('../../../shared/series/nab_machine_temperature_system_failure.csv', import.meta.url);

describe.runIf(existsSync(SERIES))('on the temperature of a machine that failed', () => {
  const rows = existsSync(SERIES)
    ? readFileSync(SERIES, 'utf8')
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => line.split(','))
    : [];
  const columns: Columns = {
    tsMs: Float64Array.from(rows, ([time = '']) => Date.parse(`${time.replace(' ', 'T')}Z`)),
    values: Float64Array.from(rows, ([, value]) => Number(value)),
    flags: new Uint8Array(rows.length).fill(1),
    texts: [],
  };
  const rule = { metric: 'v', levels: { red: { above: 100 } } };
  const definition = definitionWith(
    { v: rule },
    { reportEveryMs: 300_000, metrics: { v: { type: 'number', unit: '℃', series: 1 } } },
  );
  const LABELLED = ['2013-12-11T06:00Z', '2013-12-16T17:25Z', '2014-01-28T13:55Z', '2014-02-08T14:30Z'];
  /** As far from the label as the published windows of the data set reach at least. */
  const NEAR_MS = 24 * 3_600_000;

  test('a deadband of about 2 takes 239 alerts to about 30, and none of the labelled events is lost', () => {
    const found = adviceOn(definition, columns);
    expect(found.bare.alerts).toBe(239);
    expect(found.deadband?.suggested).toBeGreaterThanOrEqual(1.75);
    expect(found.deadband?.suggested).toBeLessThanOrEqual(2.5);
    expect(found.suggested?.alerts).toBeLessThanOrEqual(32);
    expect(found.suggested?.lost).toBe(0);
    expect(found.deadband?.curve.find(({ deadband }) => deadband === 1)?.alerts).toBe(98);
    expect(found.deadband?.curve.find(({ deadband }) => deadband === 2)?.alerts).toBe(30);

    const bare = alertsWith(definition, columns, rule);
    const suggested = alertsWith(definition, columns, found.suggested?.rule ?? {});
    const caughtBy = (incidents: readonly Incident[]) =>
      LABELLED.filter((label) => {
        const at = Date.parse(label);
        return incidents.some(
          ({ raisedAt, clearedAt }) => raisedAt <= at + NEAR_MS && (clearedAt ?? at) >= at - NEAR_MS,
        );
      });
    expect(caughtBy(bare).length).toBeGreaterThanOrEqual(2);
    expect(caughtBy(suggested)).toEqual(caughtBy(bare));
  });
});
