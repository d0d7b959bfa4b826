import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Columns, decodeBlock, encodeBlock, mergeColumns, samplesOf } from '../../src/history/shared/columns.ts';
import { append, createChunk, decodeChunk, encodeChunk, seriesIn } from '../../src/history/shared/recent.ts';
import { stepped } from '../../src/model/instant.ts';
import { rounds } from '../support/long.ts';

const number = fc.oneof(
  fc.integer(),
  fc.integer({ min: -1e6, max: 1e6 }).map((n) => n / 1000),
  fc.double().map((n) => n + 0),
);
const row = fc.record({
  tsMs: fc
    .oneof(fc.integer({ min: -(2 ** 45), max: 2 ** 49 }), fc.double({ min: -1e12, max: 1e12, noNaN: true }))
    .map((ts) => ts + 0),
  value: fc.oneof({ weight: 8, arbitrary: number }, fc.boolean(), fc.string({ unit: 'grapheme' })),
  marks: fc.nat(7),
});
const rows = fc.oneof(
  fc.array(row, { maxLength: 300 }),
  fc.array(row.map((one) => ({ ...one, value: Number(one.value) || 0 }))),
);

function columnsOf(list: readonly { tsMs: number; value: number | boolean | string; marks: number }[]): Columns {
  const texts: string[] = [];
  const flags = list.map(({ value, marks }) => {
    const type = typeof value === 'number' ? 1 : typeof value === 'string' ? 4 : value ? 3 : 2;
    return type | (marks << 3);
  });
  const values = list.map(({ value }) => (typeof value === 'string' ? texts.push(value) - 1 : Number(value)));
  return {
    tsMs: Float64Array.from(list, ({ tsMs }) => tsMs),
    values: Float64Array.from(values),
    flags: Uint8Array.from(flags),
    texts,
  };
}

test('a block gives back exactly what was put in', () => {
  fc.assert(
    fc.property(rows, (list) => {
      expect(samplesOf(decodeBlock(encodeBlock(columnsOf(list))))).toEqual(list);
    }),
    { numRuns: rounds(200, 20_000) },
  );
});

test('any changed byte of a block is noticed', () => {
  const block = encodeBlock(
    columnsOf(Array.from({ length: 400 }, (_, i) => ({ tsMs: i * 7919, value: i / 7, marks: 0 }))),
  );
  fc.assert(
    fc.property(fc.nat(block.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const damaged = block.slice();
      damaged[at] = (damaged[at] ?? 0) ^ change;
      expect(() => decodeBlock(damaged)).toThrow(RangeError);
    }),
  );
  expect(() => decodeBlock(block.subarray(0, 3))).toThrow(RangeError);
});

test('a chunk gives back exactly what was put in', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(row, fc.nat(0xffff_ffff)), { maxLength: 100 }), (list) => {
      const chunk = createChunk(0);
      for (const [{ tsMs, value, marks }, series] of list) {
        const type = typeof value === 'number' ? 1 : typeof value === 'string' ? 4 : value ? 3 : 2;
        append(
          chunk,
          series,
          tsMs,
          typeof value === 'string' ? chunk.texts.push(value) - 1 : Number(value),
          type,
          marks,
        );
      }
      const again = decodeChunk(encodeChunk(chunk));
      for (const [, series] of list) {
        const found = samplesOf(seriesIn([again], series, -Infinity, Infinity));
        expect(found).toEqual(samplesOf(seriesIn([chunk], series, -Infinity, Infinity)));
        expect(found.length).toBeGreaterThan(0);
      }
    }),
  );
});

test('merging keeps the first of each time and value, in time order, with times of their own', () => {
  const small = fc.array(
    row.map((one) => ({ ...one, tsMs: Math.abs(Math.round(one.tsMs)) % 20 })),
    { maxLength: 15 },
  );
  fc.assert(
    fc.property(fc.array(small, { maxLength: 4 }), (runs) => {
      const rows: (typeof runs)[number] = [];
      for (const one of runs.flat()) {
        const ofMs = rows.filter(({ tsMs }) => Math.floor(tsMs) === one.tsMs);
        if (ofMs.some(({ value }) => value === one.value)) continue;
        rows.push({ ...one, tsMs: stepped(one.tsMs, ofMs.length) });
      }
      const wanted = rows.sort((a, b) => a.tsMs - b.tsMs);
      expect(samplesOf(mergeColumns(runs.map(columnsOf)))).toEqual(wanted);
    }),
  );
});

test('decimals with noise take less than three bytes a reading, doubles with noise less than nine', () => {
  let seed = 1;
  const random = (): number => {
    seed = (seed * 48_271) % 0x7fff_ffff;
    return seed / 0x7fff_ffff;
  };
  const bytesFor = (value: () => number): number =>
    encodeBlock(
      columnsOf(
        Array.from({ length: 8640 }, (_, i) => ({
          tsMs: 1.78e12 + i * 10_000 + Math.round(random() * 40),
          value: value(),
          marks: 0,
        })),
      ),
    ).length / 8640;
  expect(bytesFor(() => Math.round(2000 + random() * 50) / 100)).toBeLessThan(3);
  expect(bytesFor(() => 20 + random())).toBeLessThan(9);
});
