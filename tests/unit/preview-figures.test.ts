import { describe, expect, test } from 'vitest';
import { createEvaluator } from '../../src/evaluate/evaluator.ts';
import type { Incident } from '../../src/model/preview.ts';
import { previewSchema } from '../../src/model/preview.ts';
import { LATE } from '../../src/model/reading.ts';
import { thresholdDocumentSchema } from '../../src/model/threshold.ts';
import { compareIncidents } from '../../src/preview/compare.ts';
import { INCIDENTS_LISTED_MAX, previewThresholds, warmUpMs } from '../../src/preview/preview.ts';
import { statisticsOf } from '../../src/preview/statistics.ts';

const DAY = 86_400_000;
const incident = (raisedAt: number, clearedAt: number | null, more: Partial<Incident> = {}): Incident => ({
  rule: 'depth',
  kind: 'levels',
  level: 'yellow',
  raisedAt,
  clearedAt,
  breachAt: raisedAt,
  metric: 'depth',
  unit: 'cm',
  limit: 10,
  peak: { value: 11, at: raisedAt },
  unverified: false,
  latched: false,
  ...more,
});

describe('figures of a period', () => {
  const period = { fromMs: 1_000_000, toMs: 1_000_000 + 10 * DAY };
  const at = (seconds: number) => period.fromMs + seconds * 1_000;

  test('alerts that overlap count their time once, and those from before count no alert', () => {
    const before = incident(at(-100), at(20));
    const during = incident(at(10), at(50), { rule: 'other', level: 'red' });
    const open = incident(period.toMs - 5_000, null);
    expect(statisticsOf([before, during, open], period)).toMatchObject({
      alerts: 2,
      byLevel: { blue: 0, yellow: 1, orange: 0, red: 1 },
      alertsPerDay: 0.2,
      timeInAlarm: 55_000,
      longest: 40_000,
      fleeting: 0,
    });
  });

  test('nothing at all gives zeros and no delay', () => {
    expect(statisticsOf([], period)).toMatchObject({ alerts: 0, timeInAlarm: 0, longest: 0, delay: null });
  });

  test('the delay is from the first breach, whatever the rule', () => {
    const delays = [0, 10_000, 90_000].map((delay, i) =>
      incident(at(i * 1_000) + delay, at(i * 1_000 + 500), { breachAt: at(i * 1_000) }),
    );
    expect(statisticsOf(delays, period).delay).toEqual({ median: 10_000, longest: 90_000 });
    expect(statisticsOf(delays.slice(0, 2), period).delay).toEqual({ median: 5_000, longest: 10_000 });
  });

  test('three raises of one rule within a minute are one episode of chattering, however long it goes on', () => {
    const raises = (...seconds: number[]) => seconds.map((s) => incident(at(s), at(s + 1)));
    expect(statisticsOf(raises(0, 30, 61), period).chatteringEpisodes).toBe(0);
    expect(statisticsOf(raises(0, 30, 60), period).chatteringEpisodes).toBe(1);
    expect(statisticsOf(raises(0, 20, 40, 60, 80, 100), period).chatteringEpisodes).toBe(1);
    expect(statisticsOf(raises(0, 20, 40, 500, 520, 540), period).chatteringEpisodes).toBe(2);
    const two = raises(0, 20).concat(raises(40).map((one) => ({ ...one, rule: 'other' })));
    expect(statisticsOf(two, period).chatteringEpisodes).toBe(0);
    expect(statisticsOf(raises(0, 30, 60), period).fleeting).toBe(3);
  });
});

describe('comparing incidents', () => {
  test('two that the other side joins are not lost', () => {
    const proposed = [incident(0, 50)];
    expect(compareIncidents([incident(0, 10), incident(40, 45)], proposed)).toEqual({
      gained: [],
      lost: [],
      levelChanged: [],
    });
  });

  test('one that nobody else sees is lost or gained, whatever other rules see', () => {
    const seen = incident(100, 120);
    const other = incident(100, 120, { rule: 'other' });
    const both = incident(0, 10);
    expect(compareIncidents([both, seen], [both, other])).toEqual({ gained: [other], lost: [seen], levelChanged: [] });
  });

  test('a delay that ends within the breach finds the same incident', () => {
    const delayed = incident(60, 100, { breachAt: 0 });
    expect(compareIncidents([incident(0, 50)], [delayed])).toMatchObject({ gained: [], lost: [] });
    expect(compareIncidents([incident(0, 50)], [incident(60, 100, { breachAt: 51 })])).toMatchObject({
      gained: [{ raisedAt: 60 }],
      lost: [{ raisedAt: 0 }],
    });
  });

  test('a different level is told with both', () => {
    const present = [incident(0, 10, { level: 'red' }), incident(20, 30), incident(40, null)];
    const proposed = [incident(0, 30, { level: 'orange' }), incident(41, null, { level: 'blue' })];
    expect(compareIncidents(present, proposed).levelChanged).toEqual([
      { rule: 'depth', raisedAt: 0, present: 'red', proposed: 'orange' },
      { rule: 'depth', raisedAt: 41, present: 'yellow', proposed: 'blue' },
    ]);
  });
});

describe('a preview', () => {
  const FROM = Date.UTC(2026, 5, 1);
  const documentWith = (levels: object, more: object = {}) =>
    thresholdDocumentSchema.parse({ rules: { depth: { metric: 'depth', levels, ...more } } });
  const definition = {
    id: 1,
    point: 'p',
    area: 'a',
    family: 'waterlogging' as const,
    device: 'd',
    reportEveryMs: 10_000,
    metrics: { depth: { type: 'number' as const, unit: 'cm', series: 7 } },
    revision: 4,
    document: documentWith({ yellow: { above: 10 } }),
  };
  const readings = (values: readonly number[], fromMs = FROM, flags: readonly number[] = []) => [
    {
      series: 7,
      columns: {
        tsMs: Float64Array.from(values, (_, i) => fromMs + i * 10_000),
        values: Float64Array.from(values),
        flags: Uint8Array.from(values, (_, i) => 1 | ((flags[i] ?? 0) << 3)),
        texts: [],
      },
    },
  ];
  function preview(values: readonly number[], proposed: object, options: { fromMs?: number; flags?: number[] } = {}) {
    const work = previewThresholds(createEvaluator, {
      definition,
      proposed: documentWith({ yellow: { above: 10 } }, proposed),
      period: { fromMs: FROM, toMs: FROM + 10_000 * values.length },
      readings: readings(values, options.fromMs, options.flags),
    });
    for (let step = work.next(); ; step = work.next()) if (step.done === true) return step.value;
  }

  test('puts both sides next to each other and is what its schema says', () => {
    const found = preview([5, 11, 9.5, 11, 5, 12, 5, 5], { deadband: 2, for: '10s' });
    // The rule tests that were kept of the point are added where they are stored.
    expect(previewSchema.omit({ lessons: true }).parse(found)).toEqual(found);
    expect(found).toMatchObject({
      point: 'p',
      revision: 4,
      data: { readings: 8, bad: 0, late: 0, first: FROM, last: FROM + 70_000 },
      present: { alerts: 3, delay: { median: 0 }, rules: { depth: { alerts: 3 } } },
      proposed: { alerts: 0, rules: {} },
      gained: [],
      lostTotal: 3,
    });
    expect(preview([5, 11, 9.5, 11, 5, 12, 5, 5], { deadband: 2 })).toMatchObject({
      proposed: {
        alerts: 2,
        incidents: [{ raisedAt: FROM + 10_000, clearedAt: FROM + 40_000, peak: { value: 11 } }, {}],
      },
      lostTotal: 0,
    });
  });

  test('an alert from before the period that goes on is there, but not counted', () => {
    const found = preview([11, 12, 13, 14, 5, 5], {}, { fromMs: FROM - 20_000 });
    expect(found.present).toMatchObject({
      alerts: 0,
      timeInAlarm: 20_000,
      incidents: [{ raisedAt: FROM - 20_000, peak: { value: 14 } }],
    });
  });

  test('late readings are counted and change nothing', () => {
    const found = preview([5, 50, 5, 5], {}, { flags: [0, LATE, 0, 0] });
    expect(found).toMatchObject({ data: { readings: 3, late: 1 }, present: { alerts: 0 } });
  });

  test('a late reading before all others does not begin a silence', () => {
    const late = Array.from({ length: 30 }, () => LATE);
    const found = preview([5, ...late.map(() => 50), 5, 5], {}, { flags: [LATE, ...late] });
    expect(found).toMatchObject({ data: { readings: 2, late: 31 }, present: { alerts: 0 } });
  });

  test('more incidents than anyone looks at are counted and the newest listed', () => {
    const values = Array.from({ length: 2 * INCIDENTS_LISTED_MAX + 20 }, (_, i) => (i % 2 === 0 ? 5 : 11));
    const found = preview(values, { deadband: 20 });
    expect(found.present).toMatchObject({ alerts: INCIDENTS_LISTED_MAX + 10, incidentsLeftOut: 10 });
    expect(found.present.incidents.length).toBe(INCIDENTS_LISTED_MAX);
    expect(found.proposed.alerts).toBe(1);
  });

  test('a latched alert counts as reset when it could be', () => {
    expect(preview([5, 11, 5, 11, 5], { latch: true }).proposed).toMatchObject({
      alerts: 2,
      incidents: [{ latched: true, clearedAt: FROM + 20_000 }, { clearedAt: FROM + 40_000 }],
    });
  });

  test('without readings nothing is judged', () => {
    expect(preview([], {})).toMatchObject({ data: { readings: 0, first: null }, present: { alerts: 0 } });
  });

  test('evaluation begins early enough for the longest duration of either document', () => {
    const long = documentWith({ yellow: { above: 10 }, red: { any: [{ average: '30h', above: 9 }] } });
    expect(warmUpMs([definition.document])).toBe(DAY);
    expect(warmUpMs([definition.document, long])).toBe(60 * 3_600_000);
  });
});
