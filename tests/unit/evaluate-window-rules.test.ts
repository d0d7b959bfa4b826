import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Criterion } from '../../src/model/threshold.ts';
import { type Entry, evaluate, pointWith, reading, T0 } from '../support/evaluation.ts';
import { rounds } from '../support/long.ts';

/** Rules over windows against docs/evaluation.md read literally, from the whole series at every reading. */

const REPORT_MS = 1_000;
const LIMIT = 10;

type Kind = 'average' | 'sum' | 'maximum' | 'minimum' | 'rise' | 'fall';
interface Case {
  readonly kind: Kind;
  readonly side: 'above' | 'below';
  readonly lengthMs: number;
  readonly coverage: number | undefined;
}
interface Sample {
  readonly tsMs: number;
  readonly value: number;
}

const cases: fc.Arbitrary<Case> = fc.record({
  kind: fc.constantFrom<Kind>('average', 'sum', 'maximum', 'minimum', 'rise', 'fall'),
  side: fc.constantFrom('above', 'below'),
  lengthMs: fc.constantFrom(4_000, 10_000, 60_000),
  coverage: fc.constantFrom(undefined, 0, 0.3, 1),
});
const series = fc
  .array(
    fc.tuple(
      fc.oneof(fc.integer({ min: 1, max: 2_000 }), fc.constantFrom(1_000, 2_000, 3_001, 7_501, 20_000)),
      fc.integer({ min: -3, max: 16 }),
    ),
    { maxLength: 120 },
  )
  .map((list) => {
    let tsMs = T0;
    return list.map(([stepMs, value]): Sample => {
      tsMs += stepMs;
      return { tsMs, value };
    });
  });

function criterionOf({ kind, side, lengthMs, coverage }: Case): Criterion {
  const length = `${lengthMs}ms`;
  const covered = coverage === undefined ? {} : { coverage };
  if (kind === 'rise' || kind === 'fall') return { [kind]: LIMIT, within: length, ...covered };
  return { [kind]: length, [side]: LIMIT, ...covered };
}

/** Breached, recovered, or undefined: not judged. */
function judged({ kind, side, lengthMs, coverage }: Case, samples: readonly Sample[]): boolean | undefined {
  const now = samples.at(-1) as Sample;
  const isChange = kind === 'rise' || kind === 'fall';
  const edgeMs = now.tsMs - lengthMs;
  const holdMs = Math.max(3 * REPORT_MS, lengthMs / 8);
  const inside = samples
    .map((sample, i) => ({ ...sample, gapMs: sample.tsMs - (samples[i - 1]?.tsMs ?? Number.NEGATIVE_INFINITY) }))
    .map((sample) => ({ ...sample, weightMs: sample.gapMs <= holdMs ? sample.gapMs : REPORT_MS }))
    .filter(({ tsMs }) => tsMs > edgeMs || (isChange && tsMs === edgeMs));
  const values = inside.map(({ value }) => value);
  const spokenMs = inside.reduce((sum, { weightMs }) => sum + weightMs, 0);
  const absenceHelps = { minimum: 'above', maximum: 'below', sum: 'below' } as Readonly<Record<string, string>>;
  const wanted = coverage ?? (kind === 'average' || absenceHelps[kind] === side ? 0.5 : 0);
  if (spokenMs < wanted * lengthMs) return undefined;
  const measured = {
    average: inside.reduce((sum, { value, weightMs }) => sum + value * weightMs, 0) / spokenMs,
    sum: values.reduce((a, b) => a + b, 0),
    maximum: Math.max(...values),
    minimum: Math.min(...values),
    rise: now.value - Math.min(...values),
    fall: Math.max(...values) - now.value,
  }[kind];
  return isChange || side === 'above' ? measured >= LIMIT : measured <= LIMIT;
}

test('are what the words say, at every reading', () => {
  fc.assert(
    fc.property(cases, series, (of, samples) => {
      const rules = { r: { metric: 'v', levels: { red: criterionOf(of) } } };
      const entries: Entry[] = [
        { do: 'define', at: T0, definition: pointWith(rules, { reportEveryMs: REPORT_MS }) },
        ...samples.map((s): Entry => ({ do: 'message', at: s.tsMs, readings: [reading(1, s.tsMs, s.value)] })),
      ];
      const expected: string[] = [];
      let isOpen = false;
      samples.forEach(({ tsMs }, i) => {
        const breach = judged(of, samples.slice(0, i + 1));
        if (breach === undefined || breach === isOpen) return;
        isOpen = breach;
        expected.push(`${breach ? 'raised' : 'cleared'} ${tsMs - T0}`);
      });
      expect(evaluate(entries).map(({ type, atMs }) => `${type} ${atMs - T0}`)).toEqual(expected);
    }),
    { numRuns: rounds(200, 10_000) },
  );
});
