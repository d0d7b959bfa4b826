import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stateFromJson, stateToJson } from '../../src/evaluate/state.ts';
import {
  addSample,
  amountOf,
  createWindow,
  cut,
  EXACT_SAMPLES_MAX,
  rowsOf,
  spokenMsOf,
  type Window,
  type WindowKind,
  type WindowSpec,
  windowFromText,
  windowToText,
} from '../../src/evaluate/window.ts';
import { rounds } from '../support/long.ts';

const KINDS: readonly WindowKind[] = ['mean', 'sum', 'lowest', 'highest'];
const kinds = fc.constantFrom(...KINDS);

/** Steps of time to the next sample, and its value. Whole numbers, so that sums are exact in whatever order. */
const stepsOf = (maxLength: number, stepMax: number, gapShare = 50) =>
  fc.array(
    fc.tuple(
      fc.oneof(
        { arbitrary: fc.integer({ min: 1, max: stepMax }), weight: 50 },
        { arbitrary: fc.constantFrom(200, 780, 1_000), weight: gapShare },
      ),
      fc.integer({ min: -50, max: 50 }),
    ),
    { minLength: 1, maxLength, size: 'max' },
  );
const spec = (kind: WindowKind, lengthMs: number, closed: boolean): WindowSpec => ({
  kind,
  lengthMs,
  closed,
  holdMs: Math.max(500, lengthMs / 8),
  reportEveryMs: 100,
});

type Sample = { readonly tsMs: number; readonly value: number; readonly weightMs: number };

function samplesOf(list: readonly (readonly [number, number])[], { holdMs, reportEveryMs }: WindowSpec): Sample[] {
  let tsMs = 0;
  return list.map(([stepMs, value], i) => {
    tsMs += stepMs;
    return { tsMs, value, weightMs: i > 0 && stepMs <= holdMs ? stepMs : reportEveryMs };
  });
}

/** What a window should give, from all samples there ever were. */
function plainly(samples: readonly Sample[], { kind, lengthMs, closed }: WindowSpec) {
  const nowMs = samples.at(-1)?.tsMs ?? 0;
  const inside = samples.filter(({ tsMs }) => (closed ? tsMs >= nowMs - lengthMs : tsMs > nowMs - lengthMs));
  const values = inside.map(({ value }) => value);
  const spokenMs = inside.reduce((sum, { weightMs }) => sum + weightMs, 0);
  if (kind === 'lowest') return { amount: Math.min(...values) };
  if (kind === 'highest') return { amount: Math.max(...values) };
  if (kind === 'sum') return { amount: values.reduce((a, b) => a + b, 0), spokenMs };
  return { amount: inside.reduce((sum, { value, weightMs }) => sum + value * weightMs, 0) / spokenMs, spokenMs };
}

function told(window: Window, of: WindowSpec) {
  const amount = amountOf(window, of);
  return of.kind === 'mean' || of.kind === 'sum' ? { amount, spokenMs: spokenMsOf(window) } : { amount };
}

const fill = (samples: readonly Sample[], of: WindowSpec, from: Window = createWindow()) =>
  samples.reduce((window, { tsMs, value }) => addSample(window, of, tsMs, value), from);

/**
 * The rule of docs/evaluation.md as a list of rows, for windows of more than 128 samples: slow, and written from the
 * words.
 */
function byTheWords(samples: readonly Sample[], of: WindowSpec) {
  type Row = { fromMs: number; toMs: number; amount: number; spokenMs: number };
  let rows: Row[] = [];
  const { kind, lengthMs, closed, holdMs } = of;
  const isExtreme = kind === 'lowest' || kind === 'highest';
  const worse = (a: number, b: number) => (kind === 'lowest' ? a >= b : a <= b);
  const cell = (ms: number) => Math.floor(ms / (lengthMs / 128));
  const joins = (a: Row, b: Row) => cell(a.toMs) === cell(b.toMs) && (isExtreme || b.toMs - a.fromMs <= holdMs);
  const joined = (a: Row, b: Row): Row => ({
    fromMs: a.fromMs,
    toMs: b.toMs,
    amount: isExtreme ? a.amount : a.amount + b.amount,
    spokenMs: a.spokenMs + b.spokenMs,
  });
  let before = Number.NEGATIVE_INFINITY;
  for (const { tsMs, value, weightMs } of samples) {
    const edgeMs = tsMs - lengthMs;
    rows = rows.filter(({ toMs }) => (closed ? toMs >= edgeMs : toMs > edgeMs));
    const fromMs = rows.length === 0 ? tsMs - weightMs : before;
    const row = { fromMs, toMs: tsMs, amount: kind === 'mean' ? value * weightMs : value, spokenMs: weightMs };
    before = tsMs;
    if (isExtreme) while (rows.length > 0 && worse(rows.at(-1)?.amount ?? 0, value)) rows.pop();
    if (rows.length >= 128) {
      const swept: Row[] = [];
      for (const next of rows) {
        const last = swept.at(-1);
        if (last !== undefined && joins(last, next)) swept[swept.length - 1] = joined(last, next);
        else swept.push(next);
      }
      rows = swept;
      const last = rows.at(-1);
      if (last !== undefined && joins(last, row)) {
        rows[rows.length - 1] = joined(last, row);
        continue;
      }
    }
    rows.push(row);
  }
  const sum = rows.reduce((total, { amount }) => total + amount, 0);
  const spokenMs = rows.reduce((total, row) => total + row.spokenMs, 0);
  if (isExtreme) return { amount: rows[0]?.amount };
  return { amount: kind === 'sum' ? sum : sum / spokenMs, spokenMs };
}

describe('a window', () => {
  test('is exact up to 128 samples, with and without its edge', () => {
    fc.assert(
      fc.property(
        stepsOf(EXACT_SAMPLES_MAX, 400),
        kinds,
        fc.constantFrom(100, 1_000, 5_000),
        fc.boolean(),
        (list, kind, lengthMs, closed) => {
          const of = spec(kind, lengthMs, closed);
          const samples = samplesOf(list, of);
          let window = createWindow();
          samples.forEach(({ tsMs, value }, i) => {
            window = addSample(window, of, tsMs, value);
            expect(told(window, of)).toEqual(plainly(samples.slice(0, i + 1), of));
          });
        },
      ),
    );
  });

  test('of more samples is what the words say', () => {
    fc.assert(
      fc.property(
        stepsOf(900, 60, 1),
        kinds,
        fc.constantFrom(2_000, 6_400, 20_000),
        fc.boolean(),
        (list, kind, lengthMs, closed) => {
          const of = spec(kind, lengthMs, closed);
          const samples = samplesOf(list, of);
          let filled = createWindow();
          samples.forEach(({ tsMs, value }, i) => {
            filled = addSample(filled, of, tsMs, value);
            if (i % 50 !== 0 && i !== samples.length - 1) return;
            expect(told(filled, of)).toEqual(byTheWords(samples.slice(0, i + 1), of));
          });
        },
      ),
      { numRuns: rounds(30, 1_000) },
    );
  });

  test('counts a sample less than 1/128 of its length too long and never too short, in about as many rows', () => {
    const everyMs = 50;
    const samples: Sample[] = [];
    for (let i = 0; i < 12_000; i++) samples.push({ tsMs: i * everyMs, value: (i * 7_919) % 1_000, weightMs: everyMs });
    for (const kind of KINDS) {
      const of = { ...spec(kind, 128_000, false), holdMs: 16_000 };
      const longer = { ...of, lengthMs: of.lengthMs * (1 + 1 / EXACT_SAMPLES_MAX) };
      let window = createWindow();
      samples.forEach(({ tsMs, value }, i) => {
        window = addSample(window, of, tsMs, value);
        expect(rowsOf(window)).toBeLessThanOrEqual(EXACT_SAMPLES_MAX + 2);
        if (i < 5_000 || i % 500 !== 0) return;
        const recent = samples.slice(i - 3_000, i + 1);
        const [exact, longest, found] = [plainly(recent, of), plainly(recent, longer), told(window, of)];
        if (found.spokenMs === undefined) {
          expect(found).toEqual(exact);
          return;
        }
        expect(found.spokenMs).toBeGreaterThanOrEqual(exact.spokenMs ?? 0);
        expect(found.spokenMs).toBeLessThanOrEqual(longest.spokenMs ?? 0);
        if (kind === 'mean') expect(Math.abs(found.amount - exact.amount)).toBeLessThan(1_000 / 128);
        else expect([found.amount >= exact.amount, found.amount <= longest.amount]).toEqual([true, true]);
      });
    }
  });

  test('comes back from a checkpoint with the same sums to the last bit', () => {
    const floats = fc.double({ noNaN: true, min: -1, max: 1 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat({ max: 90 }), floats), { minLength: 1, maxLength: 500 }),
        kinds,
        fc.nat(),
        (list, kind, at) => {
          const of = spec(kind, 5_000, false);
          let [plain, restored] = [createWindow(), createWindow()];
          let tsMs = 1_800_000_000_000;
          list.forEach(([stepMs, value], i) => {
            tsMs += stepMs + 1;
            plain = addSample(plain, of, tsMs, value);
            restored = addSample(restored, of, tsMs, value);
            if (i === at % list.length) restored = windowFromText(windowToText(restored));
            expect(told(restored, of)).toEqual(told(plain, of));
          });
        },
      ),
    );
  });

  test('cut to a shorter length is what a window of that length would be, and leaves the long one alone', () => {
    fc.assert(
      fc.property(stepsOf(120, 400), stepsOf(60, 400), kinds, (list, more, kind) => {
        const holdMs = 1_250;
        const [long, short] = [
          { ...spec(kind, 10_000, false), holdMs },
          { ...spec(kind, 2_000, false), holdMs },
        ];
        const samples = samplesOf([...list, ...more], long);
        const [first, rest] = [samples.slice(0, list.length), samples.slice(list.length)];
        const window = fill(first, long);
        const shortened = cut(window, long, short);
        expect(told(shortened, short)).toEqual(plainly(first, short));
        expect(told(fill(rest, short, shortened), short)).toEqual(plainly(samples, short));
        expect(told(fill(rest, long, window), long)).toEqual(plainly(samples, long));
      }),
    );
  });

  test('taken over by a longer one has samples speak for as long as they may there', () => {
    const [short, long] = [spec('mean', 1_000, false), { ...spec('mean', 10_000, false), holdMs: 1_250 }];
    const samples: Sample[] = [
      { tsMs: 100, value: 10, weightMs: 100 },
      // After 800 ms, which is a gap for the short one (500 ms) alone.
      { tsMs: 900, value: 20, weightMs: 100 },
    ];
    const window = fill(samples, short);
    expect(told(window, short)).toEqual({ amount: 15, spokenMs: 200 });
    expect(told(cut(window, short, long), long)).toEqual({ amount: (10 * 100 + 20 * 800) / 900, spokenMs: 900 });
  });

  test('a sample that is not newer changes nothing', () => {
    const of = spec('sum', 1_000, true);
    const window = addSample(createWindow(), of, 5, 1);
    for (const tsMs of [5, 4]) expect(told(addSample(window, of, tsMs, 9), of)).toEqual({ amount: 1, spokenMs: 100 });
  });

  test('is found again by what it is of; what another version of the program stored otherwise begins anew', () => {
    const [sum, mean] = [spec('sum', 1_000, true), spec('mean', 1_000, false)];
    const samples = samplesOf(
      [
        [100, 3],
        [200, 5],
      ],
      sum,
    );
    const state = { ...stateFromJson({}, []), windows: [fill(samples, sum), fill(samples, mean)] };
    const json = JSON.parse(JSON.stringify(stateToJson(state, [sum, mean])));
    expect(stateFromJson(json, [sum, mean])).toEqual(state);
    const other = stateFromJson(json, [mean, spec('lowest', 1_000, true)]).windows;
    expect(other.map((window) => rowsOf(window))).toEqual([2, 0]);
    expect(told(other[0] ?? createWindow(), mean)).toEqual(plainly(samples, mean));
    for (const stored of [[{ front: [[5, 5, 1, 1, 1, 100, 100]], back: [], newestMs: 5 }], ['AAAA']]) {
      expect(stateFromJson({ windows: stored }, [sum]).windows.map(rowsOf)).toEqual([0]);
    }
  });
});
