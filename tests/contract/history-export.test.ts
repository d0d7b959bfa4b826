import { afterEach, expect, test } from 'vitest';
import { type EmbeddedHistory, openEmbeddedHistory } from '../../src/history/embedded.ts';
import { csvOf, importCsv, readingsPages } from '../../src/history/export.ts';
import { createLog } from '../../src/lib/log.ts';
import { BAD, LATE, type Reading } from '../../src/model/reading.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createJournalFeed } from '../support/journal-feed.ts';
import { temporaryFolder } from '../support/temporary.ts';

const NOW = Date.UTC(2026, 5, 1, 12);
const EVER = { fromMs: 0, toMs: NOW * 2 };
const opened: EmbeddedHistory[] = [];

afterEach(async () => {
  for (const history of opened.splice(0)) await history.close();
});

async function openWith(...readings: Reading[]): Promise<EmbeddedHistory> {
  const feed = createJournalFeed();
  const clock = createFakeClock(NOW);
  const options = { dir: temporaryFolder(), clock, log: createLog('silent'), journal: feed.range };
  const history = await openEmbeddedHistory(options);
  opened.push(history);
  feed.attach(history);
  if (readings.length > 0) feed.readings(...readings);
  return history;
}

const SERIES = [
  { series: 1, point: 'canteen-gas', metric: 'ch4' },
  { series: 2, point: 'canteen-gas', metric: 'state' },
];
const seriesOf = (point: string, metric: string): number | undefined =>
  SERIES.find((one) => one.point === point && one.metric === metric)?.series;

async function exported(history: EmbeddedHistory, range = EVER): Promise<string> {
  let text = '';
  for await (const piece of csvOf(readingsPages(history, SERIES, range))) text += piece;
  return text;
}

async function* inPieces(text: string): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += 7) yield bytes.subarray(at, at + 7);
}

const values: Reading['value'][] = [
  12.5,
  true,
  '12.5',
  '=cmd|calc',
  "'=1",
  '-',
  'a,"b"\nc',
  '阀门关',
  '',
  -3,
  false,
  1e-9,
];

test('is what a spreadsheet reads', async () => {
  const history = await openWith(
    { series: 1, tsMs: NOW, value: 12.5, marks: 0 },
    { series: 1, tsMs: NOW - 1, value: -1, marks: BAD },
    { series: 2, tsMs: NOW, value: '=1+1', marks: 0 },
    { series: 2, tsMs: NOW + 10, value: 'x', marks: 0 },
  );
  expect(await exported(history, { fromMs: 0, toMs: NOW + 10 })).toBe(
    [
      'point,metric,time,value,type,quality',
      'canteen-gas,ch4,2026-06-01T11:59:59.999Z,-1,number,bad late',
      'canteen-gas,ch4,2026-06-01T12:00:00.000Z,12.5,number,good',
      "canteen-gas,state,2026-06-01T12:00:00.000Z,'=1+1,text,good",
      '',
    ].join('\n'),
  );
});

test('read back into an empty history it is the same readings, in many pages too', async () => {
  const readings: Reading[] = values.map((value, i) => ({ series: 2, tsMs: NOW + i, value, marks: i % 3 }));
  for (let i = 0; i < 25_000; i++) readings.push({ series: 1, tsMs: NOW + i * 1000, value: i / 100, marks: 0 });
  readings.push({ series: 1, tsMs: NOW + 500, value: 7, marks: BAD });
  const from = await openWith(...readings);
  const text = await exported(from);
  const to = await openWith();
  const outcome = await importCsv({ history: to, seriesOf, input: inPieces(text) });
  expect(outcome).toEqual({ readings: readings.length, problems: [], refused: 0 });
  for (const { series } of SERIES) {
    const query = { series, ...EVER, limit: 1e6 };
    expect(await to.samples(query)).toEqual(await from.samples(query));
  }
  expect(await to.samples({ series: 1, fromMs: NOW + 1, toMs: NOW + 1000, limit: 9 })).toEqual([
    { tsMs: NOW + 500, value: 7, marks: BAD | LATE },
  ]);
  expect(await exported(to)).toBe(text);
});

test('columns in any order, without type and quality, with a byte order mark', async () => {
  const history = await openWith();
  const text = `﻿value,time,metric,point\r\n7.5,${NOW},ch4,canteen-gas\r\ntrue,2026-06-01T20:00:01+08:00,ch4,canteen-gas\r\nopen,2026-06-01T12:00:02Z,ch4,canteen-gas\r\n`;
  expect((await importCsv({ history, seriesOf, input: inPieces(text) })).readings).toBe(3);
  expect(await history.samples({ series: 1, ...EVER, limit: 9 })).toEqual([
    { tsMs: NOW, value: 7.5, marks: 0 },
    { tsMs: NOW + 1000, value: true, marks: 0 },
    { tsMs: NOW + 2000, value: 'open', marks: 0 },
  ]);
});

test('lines that make no sense are told with their number, and the others are stored', async () => {
  const history = await openWith();
  const lines = [
    'point,metric,time,value,type,quality',
    'nowhere,ch4,2026-06-01,1,number,good',
    'canteen-gas,ch4,yesterday,1,number,good',
    'canteen-gas,ch4,2026-06-01,abc,number,good',
    'canteen-gas,ch4,2026-06-01,1,number,so-so',
    'canteen-gas,ch4,2026-06-01,1,number,good',
    'canteen-gas,ch4,2026-06-01,,,good',
  ];
  const outcome = await importCsv({ history, seriesOf, input: inPieces(lines.join('\n')) });
  expect(outcome.readings).toBe(1);
  expect(outcome.refused).toBe(5);
  expect(outcome.problems.map(({ line }) => line)).toEqual([2, 3, 4, 5, 7]);
  expect(outcome.problems[0]?.problem).toMatch(/no metric "ch4" of a point "nowhere"/);
  await expect(importCsv({ history, seriesOf, input: inPieces('a,b\n1,2\n') })).rejects.toThrow(
    /lacks the columns point/,
  );
});
