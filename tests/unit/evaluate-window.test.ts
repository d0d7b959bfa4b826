import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addSample,
  aggregatesOf,
  bucketsOf,
  EMPTY_WINDOW,
  EXACT_SAMPLES_MAX,
  shorten,
  type Window,
  type WindowSpec,
  windowFromJson,
  windowToJson,
} from '../../src/evaluate/window.ts';

const steps = fc.array(
  fc.tuple(
    fc.oneof(fc.integer({ min: 1, max: 400 }), fc.constantFrom(100, 200, 1_000)),
    fc.integer({ min: -50, max: 50 }),
  ),
  { minLength: 1, maxLength: 120 },
);
const spec = (lengthMs: number, closed: boolean): WindowSpec => ({ lengthMs, closed, holdMs: 500, reportEveryMs: 100 });

type Sample = { readonly tsMs: number; readonly value: number; readonly weightMs: number };

function samplesOf(list: readonly (readonly [number, number])[], { holdMs, reportEveryMs }: WindowSpec): Sample[] {
  let tsMs = 0;
  return list.map(([stepMs, value], i) => {
    tsMs += stepMs;
    return { tsMs, value, weightMs: i > 0 && stepMs <= holdMs ? stepMs : reportEveryMs };
  });
}

/** What a window should give, from all samples there ever were. */
function model(samples: readonly Sample[], { lengthMs, closed }: WindowSpec) {
  const nowMs = samples.at(-1)?.tsMs ?? 0;
  const inside = samples.filter(({ tsMs }) => (closed ? tsMs >= nowMs - lengthMs : tsMs > nowMs - lengthMs));
  return {
    min: Math.min(...inside.map(({ value }) => value)),
    max: Math.max(...inside.map(({ value }) => value)),
    sum: inside.reduce((sum, { value }) => sum + value, 0),
    weightedSum: inside.reduce((sum, { value, weightMs }) => sum + value * weightMs, 0),
    weightMs: inside.reduce((sum, { weightMs }) => sum + weightMs, 0),
  };
}

describe('a window', () => {
  test('is exact up to 128 samples, with and without its edge', () => {
    fc.assert(
      fc.property(steps, fc.constantFrom(100, 1_000, 5_000), fc.boolean(), (list, lengthMs, closed) => {
        const of = spec(lengthMs, closed);
        const samples = samplesOf(list, of);
        let window: Window = EMPTY_WINDOW;
        samples.forEach(({ tsMs, value }, i) => {
          window = addSample(window, of, tsMs, value);
          expect(aggregatesOf(window)).toEqual(model(samples.slice(0, i + 1), of));
        });
      }),
    );
  });

  test('comes back from a checkpoint with the same sums to the last bit', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.nat({ max: 900 }),
            fc.double({ noNaN: true, min: -1, max: 1 }).filter((x) => !Object.is(x, -0)),
          ),
          { maxLength: 300 },
        ),
        fc.nat(),
        (list, at) => {
          const of = spec(5_000, false);
          let [plain, restored] = [EMPTY_WINDOW, EMPTY_WINDOW];
          let tsMs = 0;
          list.forEach(([stepMs, value], i) => {
            tsMs += stepMs + 1;
            plain = addSample(plain, of, tsMs, value);
            restored = addSample(restored, of, tsMs, value);
            if (i === at % list.length) restored = windowFromJson(JSON.parse(JSON.stringify(windowToJson(restored))));
            expect(aggregatesOf(restored)).toEqual(aggregatesOf(plain));
          });
        },
      ),
    );
  });

  test('holds at most 256 buckets at any rate, and counts a sample for at most 1/128 of its length too long', () => {
    const of = { ...spec(128_000, false), holdMs: 10_000 };
    const samples: Sample[] = [];
    let window: Window = EMPTY_WINDOW;
    for (let i = 0; i < 30_000; i++) {
      const [tsMs, value] = [i * 50, (i * 7_919) % 1_000];
      samples.push({ tsMs, value, weightMs: 50 });
      window = addSample(window, of, tsMs, value);
      expect(bucketsOf(window)).toBeLessThanOrEqual(2 * EXACT_SAMPLES_MAX);
      if (i < 5_000 || i % 500 !== 0) continue;
      const { sum, weightMs, min, max } = aggregatesOf(window) ?? { sum: 0, weightMs: 0, min: 0, max: 0 };
      const recent = samples.slice(-4_000);
      const exact = model(recent, of);
      const longest = model(recent, { ...of, lengthMs: of.lengthMs * (1 + 1 / EXACT_SAMPLES_MAX) + 50 });
      expect(sum).toBeGreaterThanOrEqual(exact.sum);
      expect(sum).toBeLessThanOrEqual(longest.sum);
      expect(weightMs - exact.weightMs).toBeLessThanOrEqual(of.lengthMs / EXACT_SAMPLES_MAX + 50);
      expect([min <= exact.min, max >= exact.max]).toEqual([true, true]);
    }
  });

  test('cut to a shorter length it is what a window of that length would be', () => {
    fc.assert(
      fc.property(steps, (list) => {
        const [long, short] = [spec(10_000, false), spec(2_000, false)];
        const samples = samplesOf(list, long);
        const window = samples.reduce((w, { tsMs, value }) => addSample(w, long, tsMs, value), EMPTY_WINDOW);
        expect(aggregatesOf(shorten(window, short))).toEqual(model(samples, short));
      }),
    );
  });

  test('is a value: what is made of it does not change it, whatever order they are made in', () => {
    fc.assert(
      fc.property(steps, steps, fc.nat(), (list, other, cut) => {
        const of = spec(1_000, false);
        const samples = samplesOf(list, of);
        const windows = [EMPTY_WINDOW];
        for (const { tsMs, value } of samples) windows.push(addSample(windows.at(-1) ?? EMPTY_WINDOW, of, tsMs, value));
        const seen = windows.map(aggregatesOf);
        // Another future of one of them.
        const index = cut % windows.length;
        let branch = windows[index] ?? EMPTY_WINDOW;
        let tsMs = samples[index - 1]?.tsMs ?? 0;
        for (const [stepMs, value] of other) {
          tsMs += stepMs;
          branch = addSample(branch, of, tsMs, value);
        }
        expect(windows.map(aggregatesOf)).toEqual(seen);
        const again = samples
          .slice(index)
          .reduce((w, s) => addSample(w, of, s.tsMs, s.value), windows[index] ?? EMPTY_WINDOW);
        expect(aggregatesOf(again)).toEqual(seen.at(-1));
      }),
    );
  });

  test('a sample that is not newer changes nothing', () => {
    const of = spec(1_000, true);
    const window = addSample(EMPTY_WINDOW, of, 5, 1);
    expect(addSample(window, of, 5, 9)).toBe(window);
    expect(addSample(window, of, 4, 9)).toBe(window);
  });
});
