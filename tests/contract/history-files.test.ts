import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { afterEach, describe, expect, test } from 'vitest';
import { type EmbeddedHistory, openEmbeddedHistory } from '../../src/history/embedded.ts';
import { csvEncoder } from '../../src/history/files/csv.ts';
import { type ImportSeries, readCsv } from '../../src/history/files/csv-import.ts';
import { type FileEncoder, readingsPages } from '../../src/history/files/pages.ts';
import { parquetEncoder } from '../../src/history/files/parquet.ts';
import { createLog } from '../../src/lib/log.ts';
import { stepped } from '../../src/model/instant.ts';
import { BAD, CLOCK_SKEW, LATE, type Reading } from '../../src/model/reading.ts';
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
  { series: 1, point: 'canteen-gas', metric: 'ch4', unit: '%LEL' },
  { series: 2, point: '食堂', metric: 'state', unit: null },
  { series: 3, point: '-1', metric: '＝x', unit: null },
];
const METRICS: readonly ImportSeries['metric'][] = [
  { type: 'number', unit: '%LEL', range: [0, 100], sentinels: [-200] },
  { type: 'string', values: ['open', '=1+1'] },
  { type: 'number' },
];

function seriesOf(point: string, metric: string): ImportSeries | undefined {
  const at = SERIES.findIndex((one) => one.point === point && one.metric === metric);
  const known = METRICS[at];
  return known === undefined ? undefined : { series: SERIES[at]?.series ?? 0, metric: known };
}

async function fileOf(
  history: EmbeddedHistory,
  encoder: FileEncoder,
  { range = EVER, pageReadings = 10_000 } = {},
): Promise<{ file: Buffer<ArrayBuffer>; pieces: number }> {
  const pieces: Uint8Array[] = [];
  for await (const page of readingsPages(history, SERIES, range, pageReadings)) {
    const piece = encoder.add(page);
    if (piece !== null) pieces.push(piece);
  }
  pieces.push(encoder.end());
  return { file: Buffer.concat(pieces), pieces: pieces.length };
}

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 7) yield bytes.subarray(at, at + 7);
}

async function read(text: string | Uint8Array) {
  const readings: Reading[] = [];
  const outcome = await readCsv({
    input: inPieces(typeof text === 'string' ? Buffer.from(text) : text),
    seriesOf,
    latestMs: NOW + 60_000,
    onReading: (reading) => readings.push(reading),
  });
  return { ...outcome, readings };
}

const MIXED: Reading['value'][] = [
  12.5,
  true,
  '12.5',
  '=cmd|calc',
  "'=1",
  '＝1',
  '　@x',
  '#REF!',
  '-',
  'a,"b"\nc',
  '阀门关',
  '',
  -3,
  false,
  1e-9,
];

const PLAIN = { bom: false, timezone: 'UTC' };

const CHINESE = /\p{Script=Han}/u;

describe('CSV', () => {
  test('is what a spreadsheet reads', async () => {
    const history = await openWith(
      { series: 1, tsMs: NOW, value: 12.5, marks: 0 },
      { series: 1, tsMs: NOW - 1, value: -1, marks: BAD },
      { series: 2, tsMs: NOW, value: '=1+1', marks: 0 },
      { series: 2, tsMs: NOW + 1, value: '关,"', marks: 0 },
      { series: 2, tsMs: NOW + 10, value: 'x', marks: 0 },
    );
    const range = { fromMs: 0, toMs: NOW + 10 };
    const lines = [
      'point,metric,unit,time,value,type,quality',
      'canteen-gas,ch4,%LEL,2026-06-01T11:59:59.999Z,-1,number,bad late',
      'canteen-gas,ch4,%LEL,2026-06-01T12:00:00.000Z,12.5,number,good',
      "食堂,state,,2026-06-01T12:00:00.000Z,'=1+1,text,good",
      '食堂,state,,2026-06-01T12:00:00.001Z,"关,""",text,good',
      '',
    ].join('\n');
    expect((await fileOf(history, csvEncoder(PLAIN), { range })).file.toString()).toBe(lines);
    expect((await fileOf(history, csvEncoder({ ...PLAIN, bom: true }), { range })).file.toString()).toBe(
      `\uFEFF${lines}`,
    );
  });

  test('several readings of one time come out in their order, page by page, and back in as they were', async () => {
    const values = [1, 11, 1, 1];
    const instant = values.map((value, i) => ({ series: 1, tsMs: stepped(NOW, i), value, marks: 0 }));
    const history = await openWith(...instant, { series: 1, tsMs: NOW + 5, value: 2, marks: 0 });
    const { file } = await fileOf(history, csvEncoder(PLAIN), { pageReadings: 2 });
    const rows = file.toString().split('\n').slice(1, 6);
    expect(rows.map((row) => row.split(',').slice(3, 5).join(' '))).toEqual([
      ...values.map((value) => `2026-06-01T12:00:00.000Z ${value}`),
      '2026-06-01T12:00:00.005Z 2',
    ]);
    const { readings } = await read(file);
    const whole = await history.columns({ series: 1, ...EVER, limit: 100 });
    const other = await openWith();
    for (const into of [history, other]) {
      await into.importReadings(readings);
      await into.importReadings(readings);
      expect(await into.columns({ series: 1, ...EVER, limit: 100 })).toEqual(whole);
    }
  });

  test('names are guarded as values are, and found again; an error of a spreadsheet is no value', async () => {
    const history = await openWith({ series: 3, tsMs: NOW, value: 1, marks: 0 });
    const { file } = await fileOf(history, csvEncoder(PLAIN));
    expect(file.toString().split('\n')[1]).toBe("'-1,'＝x,,2026-06-01T12:00:00.000Z,1,number,good");
    expect((await read(file)).readings).toMatchObject([{ series: 3, value: 1 }]);
    const { readings, problems } = await read(
      `point, metric,time,value\n食堂,state,${NOW},#N/A\ncanteen-gas,ch4,${NOW},#REF!\n`,
    );
    expect([readings, problems.map(({ line }) => line)]).toEqual([[], [2, 3]]);
    const blanks = await read(`point, metric ,time,value\n canteen-gas , ch4,${NOW},5\n`);
    expect([blanks.problems, blanks.readings.length]).toEqual([[], 1]);
  });

  test.each([
    ['Asia/Shanghai', '2026-06-01T20:00:00.000+08:00'],
    ['Asia/Kathmandu', '2026-06-01T17:45:00.000+05:45'],
    ['America/St_Johns', '2026-06-01T09:30:00.000-02:30'],
    ['Europe/London', '2026-06-01T13:00:00.000+01:00'],
    ['Africa/Abidjan', '2026-06-01T12:00:00.000+00:00'],
  ])('times are written by the clock of %s, and mean the same', async (timezone, written) => {
    const history = await openWith({ series: 1, tsMs: NOW, value: 1, marks: 0 });
    const { file } = await fileOf(history, csvEncoder({ bom: false, timezone }));
    expect(file.toString().split('\n')[1]).toContain(`,${written},`);
    expect((await read(file)).readings).toMatchObject([{ tsMs: NOW }]);
  });

  test('times on both sides of a change of the clock are all told apart', async () => {
    // Berlin, 2026-10-25: at 01:00 UTC 03:00 becomes 02:00 again.
    const change = Date.UTC(2026, 9, 25, 1);
    const times = [change - 1_800_000, change - 1, change, change + 1_800_000];
    const history = await openWith(...times.map((tsMs) => ({ series: 1, tsMs, value: 1, marks: 0 })));
    const { file } = await fileOf(history, csvEncoder({ bom: false, timezone: 'Europe/Berlin' }));
    const written = file
      .toString()
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => line.split(',')[3]);
    expect(written).toEqual([
      '2026-10-25T02:30:00.000+02:00',
      '2026-10-25T02:59:59.999+02:00',
      '2026-10-25T02:00:00.000+01:00',
      '2026-10-25T02:30:00.000+01:00',
    ]);
    expect(written.map((time) => Date.parse(time ?? ''))).toEqual(times);
  });

  test('of nothing it is the headings alone', async () => {
    const { file } = await fileOf(await openWith(), csvEncoder(PLAIN));
    expect(file.toString()).toBe('point,metric,unit,time,value,type,quality\n');
  });

  test.each([
    false,
    true,
  ])('read back it is the same readings, in many pages too (byte order mark: %s)', async (bom) => {
    const readings: Reading[] = MIXED.map((value, i) => ({ series: 2, tsMs: NOW - 100 + i, value, marks: i % 4 }));
    for (let i = 0; i < 25_000; i++) readings.push({ series: 1, tsMs: NOW - i * 1000, value: i / 100, marks: 0 });
    readings.push({ series: 1, tsMs: NOW - 500, value: 7, marks: BAD | CLOCK_SKEW });
    const from = await openWith(...readings);
    const { file } = await fileOf(from, csvEncoder({ bom, timezone: 'Asia/Shanghai' }));
    const back = await read(file);
    expect(back).toMatchObject({ problems: [], refused: 0 });
    expect(back.readings).toHaveLength(readings.length);
    const to = await openWith();
    await to.importReadings(back.readings);
    for (const { series } of SERIES) {
      const query = { series, ...EVER, limit: 1e6 };
      expect(await to.samples(query)).toEqual(await from.samples(query));
    }
    expect((await to.samples({ series: 1, fromMs: NOW - 500, toMs: NOW, limit: 1 }))[0]).toEqual({
      tsMs: NOW - 500,
      value: 7,
      marks: BAD | CLOCK_SKEW | LATE,
    });
    expect((await fileOf(to, csvEncoder({ bom, timezone: 'Asia/Shanghai' }))).file.equals(file)).toBe(true);
  });

  test('columns in any order, without type, quality and unit, as another program may write it', async () => {
    const text = [
      '\uFEFFvalue,time,note,metric,point',
      `7.5,${NOW},x,ch4,canteen-gas`,
      '1e1,2026-06-01T20:00:01+08:00,,ch4,canteen-gas',
      '-200,2026-06-01T12:00:02Z,,ch4,canteen-gas',
      '101,2026-06-01T12:00:03Z,,ch4,canteen-gas',
      '7,2026-06-01T12:00:04Z,,state,食堂',
      'open,2026-06-01T12:00:05Z,,state,食堂',
    ];
    const { readings, refused } = await read(text.join('\r\n'));
    expect(refused).toBe(0);
    expect(readings).toEqual([
      { series: 1, tsMs: NOW, value: 7.5, marks: 0 },
      { series: 1, tsMs: NOW + 1000, value: 10, marks: 0 },
      { series: 1, tsMs: NOW + 2000, value: -200, marks: BAD },
      { series: 1, tsMs: NOW + 3000, value: 101, marks: BAD },
      { series: 2, tsMs: NOW + 4000, value: '7', marks: BAD },
      { series: 2, tsMs: NOW + 5000, value: 'open', marks: 0 },
    ]);
  });

  test('a value in another unit is converted, or refused when that cannot be', async () => {
    const line = (unit: string) => `canteen-gas,ch4,${unit},2026-06-01T00:00:00Z,25`;
    const { readings, problems } = await read(
      `point,metric,unit,time,value\n${line('%VOL')}\n${line('')}\n${line('mm')}`,
    );
    // GB/T 50493: 100 %LEL of methane is 5 %VOL.
    expect(readings.map(({ value, marks }) => [value, marks])).toEqual([
      [500, BAD],
      [25, 0],
    ]);
    expect(problems).toMatchObject([
      { line: 4, message: expect.stringContaining('cannot convert mm'), zh: expect.stringContaining('mm') },
    ]);
  });

  test('lines that make no sense are all told with their number', async () => {
    const lines = [
      'point,metric,time,value,type,quality',
      'nowhere,ch4,2026-06-01,1,number,good',
      'canteen-gas,ch4,yesterday,1,number,good',
      'canteen-gas,ch4,2026-06-01 08:00,1,number,good',
      'canteen-gas,ch4,2026-06-01,abc,number,good',
      'canteen-gas,ch4,2026-06-01,1,number,so-so',
      'canteen-gas,ch4,2026-06-01,1,number,good',
      'canteen-gas,ch4,2026-06-01,,,good',
      'canteen-gas,ch4,2026-06-02,1,number,good',
      'canteen-gas,ch4,2026-06-01,1,colour,good',
      'canteen-gas,ch4',
      'canteen-gas,ch4,1780000000,1,number,good',
      'canteen-gas,ch4,1780000000000000,1,number,good',
      'canteen-gas,ch4,1999-12-31,1,number,good',
      'canteen-gas,ch4,2026-02-30,1,number,good',
    ];
    const { readings, refused, problems } = await read(lines.join('\n'));
    expect(readings).toHaveLength(1);
    expect(refused).toBe(13);
    expect(problems.map(({ line }) => line)).toEqual([2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15]);
    expect(problems.filter(({ zh }) => !CHINESE.test(zh))).toEqual([]);
    expect(problems[0]?.message).toMatch(/no metric "ch4" of a point "nowhere"/);
    expect(problems[2]?.message).toMatch(/time zone/);
    expect(problems[6]?.message).toMatch(/in the future/);
    expect(problems.slice(9).map(({ message }) => message)).toEqual([
      expect.stringMatching(/^1780000000 looks like seconds \(2026-05-28T.*\); expected ms since 1970/),
      expect.stringMatching(/^1780000000000000 looks like microseconds/),
      expect.stringMatching(/^1999-12-31 .* expected a time since 2001/),
      expect.stringMatching(/^"2026-02-30" is no time/),
    ]);
  });

  test.each([
    ['a file without the columns', 'a,b\n1,2\n', 1, /lacks the columns point, metric, time, value/],
    ['an empty file', '', 1, /empty/],
    ['a quote in the wrong place', 'point,metric,time,value\n\ncanteen-gas,ch4,2026-06-01,"1"2\n', 3, /Quote/],
    [
      'a quote that is never closed',
      `point,metric,time,value\ncanteen-gas,ch4,2026-06-01,"${'1\n'.repeat(100_000)}`,
      undefined,
      /Max Record Size/,
    ],
  ])('%s is told', async (_name, text, line, message) => {
    const { readings, problems } = await read(text);
    expect(readings).toEqual([]);
    expect(problems).toEqual([
      { line: line ?? expect.any(Number), message: expect.stringMatching(message), zh: expect.stringMatching(CHINESE) },
    ]);
  });

  test('a file in the character set of an old Excel is told as such', async () => {
    const gbk = Buffer.concat([Buffer.from('point,metric,time,value\n'), Buffer.from([0xca, 0xb3, 0xcc, 0xc3, 0x2c])]);
    expect((await read(gbk)).problems[0]?.message).toMatch(/no UTF-8: save the file as “CSV UTF-8”/);
  });

  test('what is told of a line is short, however long its cells are', async () => {
    const long = 'x'.repeat(20_000);
    const at = '2026-06-01T00:00:00Z';
    const lines = [
      'point,metric,unit,time,value,type,quality',
      `${long},${long},,${at},1,,`,
      `canteen-gas,ch4,${long},${at},1,,`,
      `canteen-gas,ch4,,${long},1,,`,
      `canteen-gas,ch4,,${at},${long},,`,
      `canteen-gas,ch4,,${at},1,${long},`,
      `canteen-gas,ch4,,${at},1,,${long}`,
    ];
    const { refused, problems } = await read(lines.join('\n'));
    expect([refused, problems.filter(({ message, zh }) => message.length + zh.length > 1_000)]).toEqual([6, []]);
  });

  test('of many wrong lines the first hundred are told, and all are counted', async () => {
    const text = `point,metric,time,value\n${'nowhere,x,2026-06-01,1\n'.repeat(1_000)}`;
    const { refused, problems } = await read(text);
    expect([refused, problems.length]).toEqual([1_000, 100]);
  });
});

describe('Parquet', () => {
  const arrayBufferOf = (file: Buffer<ArrayBuffer>): ArrayBuffer =>
    file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength);

  test('another reader finds each type of value in its own column, and times as times', async () => {
    const history = await openWith(
      { series: 1, tsMs: NOW, value: 12.5, marks: 0 },
      { series: 2, tsMs: NOW + 1, value: true, marks: BAD | CLOCK_SKEW },
      { series: 2, tsMs: NOW + 2, value: '开', marks: 0 },
      { series: 2, tsMs: NOW + 3, value: false, marks: 0 },
      { series: 2, tsMs: NOW + 4, value: -1e300, marks: 0 },
    );
    const file = arrayBufferOf((await fileOf(history, parquetEncoder())).file);
    const none = { number: null, boolean: null, text: null };
    const state = { point: '食堂', metric: 'state', unit: null };
    expect(await parquetReadObjects({ file })).toEqual([
      {
        point: 'canteen-gas',
        metric: 'ch4',
        unit: '%LEL',
        time: new Date(NOW),
        ...none,
        number: 12.5,
        quality: 'good',
      },
      { ...state, time: new Date(NOW + 1), ...none, boolean: true, quality: 'bad clock-skew' },
      { ...state, time: new Date(NOW + 2), ...none, text: '开', quality: 'good' },
      { ...state, time: new Date(NOW + 3), ...none, boolean: false, quality: 'good' },
      { ...state, time: new Date(NOW + 4), ...none, number: -1e300, quality: 'good' },
    ]);
    const time = parquetMetadata(file).schema.find(({ name }) => name === 'time');
    expect(time).toMatchObject({ logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' } });
  });

  test('many readings are written in pieces, none of them lost; no readings are a file too', async () => {
    const readings = Array.from({ length: 230_000 }, (_, i) => ({
      series: 1 + (i % 2),
      tsMs: NOW + i,
      value: i / 10,
      marks: 0,
    }));
    const history = await openWith();
    await history.importReadings(readings);
    const { file, pieces } = await fileOf(history, parquetEncoder(), { pageReadings: 50_000 });
    expect(pieces).toBe(3);
    const rows = await parquetReadObjects({ file: arrayBufferOf(file) });
    expect(rows).toHaveLength(230_000);
    const values = new Set(rows.map(({ number }) => number));
    expect(values.size).toBe(230_000);
    const empty = await fileOf(await openWith(), parquetEncoder());
    expect(await parquetReadObjects({ file: arrayBufferOf(empty.file) })).toEqual([]);
  });
});
