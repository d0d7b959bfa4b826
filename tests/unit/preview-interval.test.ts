import { describe, expect, test } from 'vitest';
import { createEvaluator } from '../../src/evaluate/evaluator.ts';
import type { ThresholdPreview } from '../../src/model/preview.ts';
import { LATE } from '../../src/model/reading.ts';
import { thresholdDocumentSchema } from '../../src/model/threshold.ts';
import { stretchesOf } from '../../src/preview/interval.ts';
import { previewThresholds } from '../../src/preview/preview.ts';
import type { SeriesColumns } from '../../src/preview/replay.ts';

/** History that comes more seldom than the profile says is judged by the interval it has. */

const FROM = Date.UTC(2026, 3, 1);
const SECOND = 1_000;
const MINUTE = 60_000;
const DAY = 86_400_000;
const PROFILE_MS = 15 * SECOND;

type Place = readonly [ms: number, value: number, marks?: number];

function seriesOf(places: readonly Place[], series = 7): SeriesColumns {
  return {
    series,
    columns: {
      tsMs: Float64Array.from(places, ([at]) => at),
      values: Float64Array.from(places, ([, value]) => value),
      flags: Uint8Array.from(places, ([, , marks]) => 1 | ((marks ?? 0) << 3)),
      texts: [],
    },
  };
}

/** Readings of one interval, from a time on; calm, and above the limit for the first ten minutes of each sixth hour. */
function regular(fromMs: number, toMs: number, everyMs: number, jitterMs = 0): Place[] {
  const places: Place[] = [];
  for (let at = fromMs, i = 0; at < toMs; at += everyMs, i++) {
    places.push([at + ((i * 7_919) % (2 * jitterMs + 1)), (at - FROM) % (6 * 60 * MINUTE) < 10 * MINUTE ? 25 : 5]);
  }
  return places;
}

const rules = (above: number, more: object = {}) =>
  thresholdDocumentSchema.parse({
    rules: { depth: { metric: 'depth', levels: { red: { above } }, recoverFor: '2m', ...more } },
  });

function preview(readings: readonly SeriesColumns[], toMs: number, documents: readonly object[] = []) {
  const [present = rules(20), proposed = rules(30)] = documents as ReturnType<typeof rules>[];
  const definition = {
    id: 1,
    point: 'p',
    area: 'a',
    family: 'waterlogging' as const,
    device: 'd',
    reportEveryMs: PROFILE_MS,
    metrics: {
      depth: { type: 'number' as const, unit: 'cm', series: 7 },
      battery: { type: 'number' as const, unit: '%', series: 8 },
    },
    revision: 1,
    document: present,
  };
  const period = { fromMs: FROM, toMs };
  const work = previewThresholds(createEvaluator, { definition, proposed, period, readings });
  for (let step = work.next(); ; step = work.next()) if (step.done === true) return step.value;
}

const silencesOf = ({ present }: Pick<ThresholdPreview, 'present'>) =>
  present.incidents.filter(({ rule }) => rule === 'noData').map(({ raisedAt, clearedAt }) => [raisedAt, clearedAt]);

describe('the intervals of history', () => {
  const intervals = (...series: SeriesColumns[]) =>
    stretchesOf(series, PROFILE_MS).map(({ fromMs, intervalMs }) => [fromMs, intervalMs]);

  test('readings as often as the profile says, or more often, or a little less, are judged by the profile', () => {
    for (const everyMs of [1_000, 15_000, 20_000, 22_000]) {
      expect(intervals(seriesOf(regular(FROM, FROM + DAY, everyMs)))).toEqual([[Number.NEGATIVE_INFINITY, PROFILE_MS]]);
    }
    expect(intervals()).toEqual([[Number.NEGATIVE_INFINITY, PROFILE_MS]]);
  });

  test('an interval that changes is found at the reading where it does, there and back', () => {
    const [noon, evening] = [FROM + DAY / 2, FROM + 0.75 * DAY];
    const places = [
      ...regular(FROM, noon, MINUTE),
      ...regular(noon, evening, PROFILE_MS),
      ...regular(evening, FROM + DAY, 10 * MINUTE),
    ];
    expect(intervals(seriesOf(places))).toEqual([
      [Number.NEGATIVE_INFINITY, PROFILE_MS],
      [FROM, MINUTE],
      [noon, PROFILE_MS],
      [evening, 10 * MINUTE],
    ]);
  });

  test('gaps and late readings are none of it, and an outage of some reports makes no interval', () => {
    const places = regular(FROM, FROM + DAY, MINUTE)
      .filter(([at]) => at % (40 * MINUTE) > 5 * MINUTE && (at < FROM + DAY / 4 || at > FROM + DAY / 2))
      .flatMap(([at, value]): Place[] => [
        [at, value],
        [at + 1_000, value, LATE],
      ]);
    expect(intervals(seriesOf(places)).map(([, ms]) => ms)).toEqual([PROFILE_MS, MINUTE]);
    const fast = regular(FROM, FROM + DAY, PROFILE_MS).filter((_, i) => i % 100 < 85 || i % 5 === 0);
    expect(intervals(seriesOf(fast))).toEqual([[Number.NEGATIVE_INFINITY, PROFILE_MS]]);
  });

  test('of several metrics the one that comes most often counts, while it comes', () => {
    const noon = FROM + DAY / 2;
    const depth = seriesOf(regular(FROM, FROM + DAY, MINUTE));
    expect(intervals(depth, seriesOf(regular(FROM + 1_000, FROM + DAY, 30 * MINUTE), 8)).at(-1)?.[1]).toBe(MINUTE);
    expect(intervals(depth, seriesOf(regular(noon, FROM + DAY, PROFILE_MS), 8))).toEqual([
      [Number.NEGATIVE_INFINITY, PROFILE_MS],
      [FROM, MINUTE],
      [noon, PROFILE_MS],
    ]);
    // Side by side, a second apart, they come once a minute and not once a second.
    expect(intervals(depth, seriesOf(regular(FROM + 1_000, FROM + DAY, MINUTE), 8)).map(([, ms]) => ms)).toEqual([
      PROFILE_MS,
      MINUTE,
    ]);
  });
});

describe('a preview of such history', () => {
  test('60 days at one minute under a profile of 15 s: no silence, the alerts there were, and what a change would lose', () => {
    const toMs = FROM + 60 * DAY;
    for (const jitterMs of [0, 10 * SECOND]) {
      const found = preview([seriesOf(regular(FROM, toMs, MINUTE, jitterMs))], toMs);
      expect(silencesOf(found)).toEqual([]);
      expect(found.present).toMatchObject({ alerts: 240, byLevel: { red: 240 }, rules: { depth: { alerts: 240 } } });
      expect(found.present.longest).toBeLessThan(20 * MINUTE);
      expect(found).toMatchObject({ gainedTotal: 0, lostTotal: 240, proposed: { alerts: 0 } });
      expect(found.data).toMatchObject({ reportEvery: PROFILE_MS, judges: 'all', coarse: [] });
      expect(Math.abs((found.data.interval ?? 0) - MINUTE)).toBeLessThan(10 * SECOND);
      expect(found.data.slower).toHaveLength(1);
    }
  });

  test('a gap is still a silence, from three intervals of the data on', () => {
    const toMs = FROM + DAY;
    const [from, to] = [FROM + 3 * 60 * MINUTE, FROM + 5 * 60 * MINUTE];
    const places = regular(FROM, toMs, MINUTE).filter(([at]) => at <= from || at >= to);
    expect(silencesOf(preview([seriesOf(places)], toMs))).toEqual([[from + 3 * MINUTE, to]]);
    const ended = places.filter(([at]) => at <= from);
    expect(silencesOf(preview([seriesOf(ended)], toMs))).toEqual([[from + 3 * MINUTE, null]]);
  });

  test('where live readings follow what was imported, each is judged by its own', () => {
    const toMs = FROM + 2 * DAY;
    const noon = FROM + DAY;
    const outage = [noon + 60 * MINUTE, noon + 62 * MINUTE] as const;
    const live = regular(noon, toMs, PROFILE_MS).filter(([at]) => at <= outage[0] || at >= outage[1]);
    const found = preview([seriesOf([...regular(FROM, noon, MINUTE), ...live])], toMs);
    expect(silencesOf(found)).toEqual([[outage[0] + 3 * PROFILE_MS, outage[1]]]);
    expect(found.present.rules.depth?.alerts).toBe(8);
    expect(found.data.slower).toEqual([{ from: FROM, to: noon, interval: MINUTE }]);
  });

  test('a silence of the document that no such history could show is none; a longer one is judged as it says', () => {
    const toMs = FROM + DAY;
    const places = regular(FROM, toMs, MINUTE).filter(
      ([at]) => at <= FROM + DAY / 2 || at >= FROM + DAY / 2 + 20 * MINUTE,
    );
    const silent = (after: string) => thresholdDocumentSchema.parse({ rules: { silent: { noData: { after } } } });
    const found = preview([seriesOf(places)], toMs, [silent('30s'), silent('10m')]);
    expect(found.present.incidents.map(({ raisedAt }) => raisedAt)).toEqual([FROM + DAY / 2 + 3 * MINUTE]);
    expect(found.proposed.incidents.map(({ raisedAt }) => raisedAt)).toEqual([FROM + DAY / 2 + 10 * MINUTE]);
    expect(found.data.coarse).toEqual(['silent']);
  });

  test('a mean over some minutes is covered by readings of one minute', () => {
    const toMs = FROM + DAY;
    const mean = thresholdDocumentSchema.parse({
      rules: { depth: { metric: 'depth', levels: { red: { average: '4m', above: 20 } } } },
    });
    const found = preview([seriesOf(regular(FROM, toMs, MINUTE))], toMs, [mean, rules(30)]);
    expect(found.present.rules.depth?.alerts).toBe(4);
  });

  test('it says how much of the period there is to judge', () => {
    const toMs = FROM + 30 * DAY;
    const judges = (...readings: SeriesColumns[]) => preview(readings, toMs).data.judges;
    expect(judges()).toBe('nothing');
    expect(judges(seriesOf(regular(FROM, FROM + 5 * MINUTE, MINUTE)))).toBe('nothing');
    expect(judges(seriesOf(regular(FROM, FROM + DAY, MINUTE)))).toBe('part');
    expect(judges(seriesOf(regular(FROM, toMs, 60 * MINUTE)))).toBe('all');
    expect(preview([], toMs).data).toMatchObject({ interval: null, covered: 0, slower: [] });
  });
});
