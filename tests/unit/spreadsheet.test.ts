import fc from 'fast-check';
import readXlsxFile from 'read-excel-file/universal';
import { describe, expect, test } from 'vitest';
import { compilePoint } from '../../src/evaluate/compile.ts';
import { drawSecret } from '../../src/lib/draw-secret.ts';
import { directionOf, durationOf, numberOf } from '../../src/model/cell-text.ts';
import { LEVELS } from '../../src/model/level.ts';
import type { SiteDevice } from '../../src/model/site.ts';
import type { SheetPlan } from '../../src/model/spreadsheet.ts';
import { type Rule, ruleSchema, type ThresholdDocument, thresholdDocumentSchema } from '../../src/model/threshold.ts';
import { openRegistry } from '../../src/registry/open-registry.ts';
import { readFile } from '../../src/spreadsheet/read-file.ts';
import { createSpreadsheets } from '../../src/spreadsheet/spreadsheet.ts';
import { cellName, guarded, unguarded } from '../../src/spreadsheet/table.ts';
import type { FileWork } from '../../src/spreadsheet/threads.ts';
import { writeFile } from '../../src/spreadsheet/write-file.ts';
import { rounds } from '../support/long.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { rawRow, rawXlsx } from '../support/xlsx.ts';

const PROFILE = {
  id: 'gauge',
  family: 'waterlogging' as const,
  reportEvery: '60s',
  metrics: {
    depth: { type: 'number' as const, unit: 'cm', name: { zh: '积水深度', en: 'Water depth' } },
    o2: { type: 'number' as const, unit: '%VOL' },
    fault: { type: 'boolean' as const },
  },
};
const AREAS = [{ id: 'town', name: { zh: '正阳街道', en: 'Zhengyang' } }, { id: 'market' }];

/** Files are packed and unpacked in this thread: starting one for each is most of the work. Threads are tested elsewhere. */
const HERE: FileWork = {
  read: readFile,
  write: async (sources, format) => {
    const tables = sources.map((source) => ({ ...source, rows: [...source.rows] }));
    // Bytes of their own, as a thread hands them over, rather than a part of what Node has for all its buffers.
    return Uint8Array.from(await writeFile(tables, format));
  },
};

/** A site of devices with a point each, in a registry and behind the sheets. */
function siteOf(
  documents: readonly ThresholdDocument[],
  points: readonly Partial<SiteDevice['points'][number]>[] = [],
) {
  const registry = openRegistry({
    path: `${temporaryFolder()}/registry.db`,
    hashKey: Buffer.alloc(32, 7),
    validate: (definition) => {
      const compiled = compilePoint(definition);
      return 'problems' in compiled ? compiled.problems : [];
    },
  });
  const devices = documents.map((_, i) => ({
    id: `dev-${i}`,
    profile: 'gauge',
    points: [{ id: `pt-${i}`, area: 'town', name: { zh: `测点${i}`, en: `Point ${i}` }, ...points[i] }],
  }));
  registry.apply(
    {
      profiles: [PROFILE],
      site: { areas: AREAS, devices },
      thresholds: documents.map((document, i) => ({ point: `pt-${i}`, ...document })),
    },
    'test',
    0,
  );
  const sheets = createSpreadsheets({ ...registry, device: registry.siteDevice }, HERE);
  const plan = async (
    file: Uint8Array | string,
    format: 'xlsx' | 'csv' = 'csv',
    language: 'zh' | 'en' = 'en',
    isOfDevices = false,
  ) => {
    const bytes = typeof file === 'string' ? Buffer.from(file) : file;
    const read = await sheets.plan(Uint8Array.from(bytes), { format, language, isOfDevices });
    if (!read.ok) throw new Error(read.message);
    return read.plan;
  };
  const write = (
    format: 'xlsx' | 'csv',
    language: 'zh' | 'en' = 'en',
    sheet: 'limits' | 'points' | 'devices' = 'limits',
  ) => sheets.write({ format, language, sheet, points: [...registry.points()], isWhole: true });
  return { registry, sheets, plan, write };
}

const DEPTH: Rule = {
  metric: 'depth',
  unit: 'cm',
  deadband: 2,
  recoverFor: '5m',
  levels: {
    blue: { above: 10 },
    yellow: { above: 15, for: '60s' },
    orange: { any: [{ above: 25 }, { rise: 8, within: '10m' }] },
  },
};
const OXYGEN: Rule = { metric: 'o2', levels: { red: { above: 23.5, below: 19.5 } } };

function nothing({ points, errors, conflicts, warnings }: SheetPlan) {
  return { points, errors, conflicts, warnings };
}
const NOTHING = { points: [], errors: [], conflicts: [], warnings: [] };

describe('cells', () => {
  test('are named as spreadsheet programs name them', () => {
    expect([0, 25, 26, 701, 702].map((column) => cellName(column, 0))).toEqual(['A1', 'Z1', 'AA1', 'ZZ1', 'AAA1']);
  });

  test('text that a program would run gets an apostrophe, and loses it again', () => {
    const risky = [
      '=1+1',
      '+1',
      '-x',
      '@x',
      "'x",
      '＝1',
      '＋1',
      '－x',
      '＠x',
      '﹦1',
      ' =1',
      '　＝1',
      '\t1',
      '\r1',
      '\n1',
    ];
    expect(risky.map(guarded)).toEqual(risky.map((text) => `'${text}`));
    expect(['x', '1-2', 'a=b', ''].map(guarded)).toEqual(['x', '1-2', 'a=b', '']);
    fc.assert(fc.property(fc.string(), (text) => unguarded(guarded(text)) === text));
  });

  test('numbers, durations and directions as people write them; nothing is guessed', () => {
    expect(
      ['12', ' 1.5 ', '１２．５', '-3', '－3', '1e3', '25厘米', '1,000', '10²', '①', '1e999', '20%', '', 'x'].map(
        numberOf,
      ),
    ).toEqual([
      12,
      1.5,
      12.5,
      -3,
      -3,
      1000,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(['60s', '5分钟', '1 小时 30 分', '5 min', '2天', '60', 'soon'].map(durationOf)).toEqual([
      '60s',
      '5m',
      '1h30m',
      '5m',
      '2d',
      undefined,
      undefined,
    ]);
    expect(['≥', '>=', '高于', '＞', '≤', '低限', '='].map(directionOf)).toEqual([
      'above',
      'above',
      'above',
      'above',
      'below',
      'below',
      undefined,
    ]);
  });
});

describe('what was exported', () => {
  const documents: ThresholdDocument[] = [
    { rules: { depth: DEPTH, o2: OXYGEN, silent: { noData: { after: '15m', level: 'yellow' } } } },
    { rules: { fault: { metric: 'fault', levels: { red: { equals: true } }, latch: true } }, noData: false },
    { rules: {} },
  ];

  test.each([
    'xlsx',
    'csv',
  ] as const)('as %s changes nothing when it comes back, in either language', async (format) => {
    const { plan, write } = siteOf(documents, [
      { location: [108.75, 29.52] },
      { metrics: { depth: 'depth', fault: 'fault' } },
    ]);
    for (const language of ['zh', 'en'] as const) {
      const other = language === 'zh' ? 'en' : 'zh';
      expect(nothing(await plan(await write(format, language), format, other))).toEqual(NOTHING);
      if (format === 'csv') {
        expect(nothing(await plan(await write('csv', language, 'points'), 'csv', other))).toEqual(NOTHING);
      }
    }
  });

  test('has labels and sources in the reader’s language, and comes back in the other one without a warning', async () => {
    const label = { zh: '封闭道路', en: 'Close the road' };
    const source = { standard: { zh: '沈阳市道路做法', en: 'Shenyang road practice' }, clause: '2' };
    const { plan, write } = siteOf([{ rules: { depth: { ...DEPTH, levels: { red: { above: 27, label } } } }, source }]);
    const text = async (language: 'zh' | 'en') => Buffer.from(await write('csv', language)).toString();
    expect(await text('zh')).toMatch(/红：封闭道路.*,沈阳市道路做法 2/);
    expect(await text('en')).toMatch(/red: Close the road.*,Shenyang road practice 2/);
    expect(nothing(await plan(await write('csv', 'en'), 'csv', 'zh'))).toEqual(NOTHING);
  });

  test('has numbers as numbers, a row for each direction, words for what a number cannot say, and guarded text', async () => {
    const { write } = siteOf(documents, [{ name: { zh: '=HYPERLINK("x")', en: '-1' } }]);
    const text = Buffer.from(await write('csv', 'zh')).toString();
    expect(text.startsWith('\ufeff测点,名称,')).toBe(true);
    const rows = text
      .trim()
      .split('\r\n')
      .map((line) => line.split(','));
    const head = rows[0] ?? [];
    const cell = (row: number, title: string) => rows[row]?.[head.indexOf(title)];
    expect(
      [1, 2, 3].map((row) => [cell(row, '规则'), cell(row, '方向'), cell(row, '蓝色限值'), cell(row, '橙色限值')]),
    ).toEqual([
      ['depth', '≥', '10', '≥ 25 或 10m 内上升 ≥ 8'],
      ['o2', '≥', '', ''],
      ['o2', '≤', '', ''],
    ]);
    expect([cell(2, '红色限值'), cell(3, '红色限值')]).toEqual(['23.5', '19.5']);
    expect(text).toContain('"\'=HYPERLINK(""x"")"');
  });

  test('in XLSX too: numbers are numbers, text is text, and what would be a formula is guarded', async () => {
    const { plan, write } = siteOf(documents, [{ name: { zh: '=1+1', en: "'quoted" } }]);
    const file = await write('xlsx', 'zh');
    const sheets = await readXlsxFile(Uint8Array.from(file).buffer);
    expect(sheets.map(({ sheet }) => sheet)).toEqual(['限值', '测点']);
    const [head = [], first = []] = sheets[0]?.data ?? [];
    const at = (title: string) => first[head.indexOf(title)];
    expect([at('名称'), at('蓝色限值'), at('回差'), at('恢复延时'), at('版本')]).toEqual(["'=1+1", 10, 2, '5m', 1]);
    expect(sheets[1]?.data[1]?.slice(1, 3)).toEqual(["'=1+1", "''quoted"]);
    expect(nothing(await plan(file, 'xlsx'))).toEqual(NOTHING);
  });

  test('names that every object has, and text that looks like an escape, come back as they were', async () => {
    const names = ['__proto__', 'constructor', 'toString', 'valueOf', 'a_x0041_b', '\u0001x'];
    const document = { rules: { constructor: DEPTH } };
    const { registry, plan, write } = siteOf(
      names.map(() => document),
      names.map((name) => ({ name: { zh: name, en: name } })),
    );
    for (const id of ['__proto__', 'constructor']) {
      const points = [{ id, area: 'town', metrics: { depth: 'depth' } }];
      registry.putDevice({ id, profile: 'gauge', points }, 'test', 1);
    }
    for (const format of ['xlsx', 'csv'] as const) {
      expect(nothing(await plan(await write(format), format))).toEqual(NOTHING);
    }
    const sheets = await readXlsxFile(Uint8Array.from(await write('xlsx')).buffer);
    const column = (sheets[1]?.data ?? []).map((row) => row[1]);
    expect(column).toEqual(expect.arrayContaining(names));
    const renamed = await plan('point,rule,direction,blue\nconstructor,valueOf,≥,3\n__proto__,,≥,4\n');
    expect(renamed.errors).toEqual([]);
    expect(renamed.documents.map(({ point, document: { rules } }) => [point, Object.keys(rules)])).toEqual([
      ['constructor', ['valueOf']],
      ['__proto__', ['depth']],
    ]);
  });

  test('random documents: nothing changes, in both formats and languages', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(documentArbitrary, { minLength: 1, maxLength: 4 }),
        fc.constantFrom('xlsx' as const, 'csv' as const),
        fc.constantFrom('zh' as const, 'en' as const),
        async (some, format, language) => {
          const { registry, plan, write } = siteOf(some);
          expect(nothing(await plan(await write(format, language), format))).toEqual(NOTHING);
          registry.close();
        },
      ),
      { numRuns: rounds(5, 100) },
    );
  });

  test('random changes of limits arrive as they were typed and leave everything else alone', async () => {
    await fc.assert(
      fc.asyncProperty(documentArbitrary, fc.double({ min: -1e6, max: 1e6, noNaN: true }), async (document, value) => {
        const { registry, plan, write } = siteOf([document]);
        const rows = Buffer.from(await write('csv'))
          .toString()
          .trim()
          .split('\r\n');
        const head = rows[0]?.split(',') ?? [];
        const red = head.indexOf('red');
        const edited = rows.map((line, index) => {
          const cells = line.split(',');
          // Only rows whose red cell is a number or blank, and which are rules of limits.
          const isPlain = index > 0 && !line.includes('"') && cells[head.indexOf('direction')] !== '';
          if (!isPlain || !/^(-?[\d.]+(e[-+]?\d+)?)?$/.test(cells[red] ?? '')) return line;
          cells[red] = String(value);
          return cells.join(',');
        });
        const { documents: planned, errors } = await plan(edited.join('\r\n'));
        expect(errors).toEqual([]);
        const after = planned[0]?.document ?? document;
        for (const [id, rule] of Object.entries(document.rules)) {
          const next = after.rules[id];
          const reds = [next?.levels?.red?.above, next?.levels?.red?.below].filter((one) => one !== undefined);
          const { red: _red, ...levels } = next?.levels ?? {};
          const { red: _before, ...before } = rule.levels ?? {};
          expect({ ...next, levels }).toEqual({ ...rule, levels: before });
          // A level that a number cannot say stands there in words, which nobody typed over.
          const isChanged = JSON.stringify(next?.levels?.red) !== JSON.stringify(rule.levels?.red);
          if (rule.levels?.red !== undefined && isChanged) expect(reds).toContain(value);
        }
        registry.close();
      }),
      { numRuns: rounds(5, 100) },
    );
  });
});

describe('what people send', () => {
  test('Chinese headings with a title above, in GB18030, named metrics and points, durations in words', async () => {
    const { plan } = siteOf([{ rules: {} }, { rules: { depth: DEPTH } }]);
    const gb = (text: string) => Buffer.from(encodeGb(text));
    const { points, documents, errors, warnings } = await plan(
      gb(
        '积水监测限值\n测点,指标,方向,黄色限值(cm),红色限值,延时,锁定,备注\n测点0,积水深度,高于,15,30,1分钟,是,新\npt-1,depth,,18,,,,\n',
      ),
      'csv',
      'zh',
    );
    expect(errors).toEqual([]);
    expect(warnings.map(({ place, message }) => [place, message])).toEqual([['H2', '不认识列“备注”，已忽略']]);
    expect(documents.map(({ document }) => document.rules)).toEqual([
      { depth: { metric: 'depth', for: '1m', latch: true, levels: { yellow: { above: 15 }, red: { above: 30 } } } },
      { depth: { ...DEPTH, levels: { ...DEPTH.levels, yellow: { above: 18, for: '60s' } } } },
    ]);
    expect(points.map(({ point }) => point)).toEqual(['pt-0', 'pt-1']);
  });

  test('every cell that is wrong is named with what it holds', async () => {
    const { plan } = siteOf([{ rules: { depth: DEPTH, o2: OXYGEN } }, { rules: {} }]);
    const { errors, points } = await plan(
      [
        'point,metric,rule,direction,blue,yellow,orange,red,for,latch,deadband,recover',
        'pt-0,depth,depth,≥,10,25厘米,≥ 25 or rises by 8 within 10m,,,,2,',
        'pt-9,depth,,≥,1,,,,,,,',
        'pt-1,heat,,≥,1,,,,,,,',
        'pt-1,depth,,,1,,,,,,,',
        'pt-0,o2,o2,≥,,,,23.5,60,maybe,,',
        ',,,,5,,,,,,,',
      ].join('\n'),
    );
    expect(errors.map(({ place, message }) => `${place}: ${message}`)).toEqual([
      "A3: there is no point 'pt-9'",
      'A7: say which point',
      "F2: expected a number, found '25厘米'",
      "I6: expected a duration with its unit, such as 60s, 5m or 1h30m, found '60'",
      "J6: expected yes or no, found 'maybe'",
      "B4: the point has no metric 'heat', but depth, o2, fault",
      'D5: say in which direction: ≥ (high) or ≤ (low)',
    ]);
    expect(points).toEqual([]);
  });

  test('a limit in words cannot be typed over; blank it stays, with a note', async () => {
    const { plan } = siteOf([{ rules: { depth: DEPTH } }]);
    const typed = await plan('point,rule,orange\npt-0,depth,30\n');
    expect(typed.errors).toEqual([{ place: 'C2', message: expect.stringContaining('more than a number') }]);
    const blank = await plan('point,rule,orange\npt-0,depth,\n');
    expect([blank.errors, blank.points, blank.warnings.length]).toEqual([[], [], 1]);
  });

  test('emptied limits take their levels away, all of them their rule; a side turns; units and delays change', async () => {
    const plain: Rule = { metric: 'depth', levels: { blue: { above: 10 }, red: { above: 40, label: '封闭' } } };
    const { plan } = siteOf([{ rules: { depth: plain } }, { rules: { depth: plain } }, { rules: { depth: plain } }]);
    const { documents, errors } = await plan(
      [
        'point,rule,unit,direction,blue,red,red for,recover for',
        'pt-0,depth,m,≥,,40,30s,5m',
        'pt-1,depth,,≥,,,,',
        'pt-2,depth,cm,≤,10,4,,',
      ].join('\n'),
    );
    expect(errors).toEqual([]);
    expect(documents.map(({ document }) => document.rules)).toEqual([
      {
        depth: {
          metric: 'depth',
          unit: 'm',
          levels: { red: { above: 40, label: '封闭', for: '30s' } },
          recoverFor: '5m',
        },
      },
      {},
      { depth: { metric: 'depth', levels: { blue: { below: 10 }, red: { below: 4 } } } },
    ]);
  });

  test('two rows of one rule are one rule; what they disagree on is an error', async () => {
    const { plan } = siteOf([{ rules: { o2: OXYGEN } }]);
    const fine = await plan('point,rule,direction,red,for\npt-0,o2,≥,23,30s\npt-0,o2,≤,19,30s\n');
    expect(fine.documents[0]?.document.rules.o2).toEqual({
      metric: 'o2',
      for: '30s',
      levels: { red: { above: 23, below: 19 } },
    });
    const apart = await plan('point,rule,direction,red,for\npt-0,o2,≥,23.5,30s\npt-0,o2,≤,19.5,40s\n');
    expect(apart.errors).toEqual([{ place: 'E3', message: 'differs from E2, which is the same rule or device' }]);
    const twice = await plan('point,rule,direction,red\npt-0,o2,≥,23\npt-0,o2,≥,24\n');
    expect(twice.errors).toEqual([{ place: 'B3', message: 'the same row as B2' }]);
  });

  test('a row exported before somebody else’s change is a conflict, unless it changes nothing', async () => {
    const { registry, plan, write } = siteOf([{ rules: { depth: DEPTH } }, { rules: { depth: DEPTH } }]);
    const file = Buffer.from(await write('csv')).toString();
    const document = { rules: { depth: { ...DEPTH, deadband: 3 } } };
    registry.putThresholds({ point: 'pt-0', expectedRevision: 1, document, author: 'x', atMs: 1, reason: null });
    const { conflicts, points } = await plan(file);
    expect(points.map(({ point }) => point)).toEqual(['pt-0']);
    expect(conflicts).toEqual([
      {
        point: 'pt-0',
        place: expect.stringMatching(/^W2$/),
        message: expect.stringContaining('revision 1 here, now 2'),
      },
    ]);
  });

  test('what breaks the grammar is told at its cell', async () => {
    const { plan } = siteOf([{ rules: { depth: DEPTH } }]);
    const { errors } = await plan(
      'point,rule,deadband,recover,blue for\npt-0,depth,2,8,\n'.replace('recover,blue for', 'recover,blue'),
    );
    expect(errors).toEqual([{ place: 'D2', message: 'take deadband or recover, not both' }]);
  });

  test('points: names, places, mappings and new ones; what cannot be is told', async () => {
    const { plan } = siteOf([{ rules: {} }, { rules: {} }]);
    const { points, devices, errors, warnings } = await plan(
      [
        '测点,名称,区域,设备,设备类型,经度,纬度,指标映射',
        'pt-0,新名字,正阳街道,dev-0,gauge,108.7,29.5,depth; o2',
        'pt-new,新测点,market,dev-1,,,,',
        'pt-far,远处,market,dev-9,gauge,,,',
      ].join('\n'),
      'csv',
      'zh',
    );
    expect(errors).toEqual([]);
    expect(warnings).toEqual([{ place: 'D4', message: expect.stringContaining('没有密钥') }]);
    expect(devices.map(({ id, points: list }) => [id, list.map((one) => one.id)])).toEqual([
      ['dev-0', ['pt-0']],
      ['dev-1', ['pt-1', 'pt-new']],
      ['dev-9', ['pt-far']],
    ]);
    expect(devices[0]?.points[0]).toEqual({
      id: 'pt-0',
      area: 'town',
      name: { zh: '新名字', en: 'Point 0' },
      location: [108.7, 29.5],
      metrics: { depth: 'depth', o2: 'o2' },
    });
    expect(points.map(({ point, isNew }) => [point, isNew])).toEqual([
      ['pt-0', false],
      ['pt-new', true],
      ['pt-far', true],
    ]);

    const wrong = await plan(
      [
        'point,area,device,profile,longitude,latitude,metrics',
        'pt-0,nowhere,dev-1,,200,29,x=y=z',
        'a b,town,,,,,',
        'pt-2,town,,,,,',
      ].join('\n'),
    );
    expect(wrong.errors.map(({ place }) => place)).toEqual(['B2', 'E2', 'G2', 'C2', 'A3', 'C4']);
    const { errors: swapped } = await plan('point,longitude,latitude\npt-0,29.52,108.75\n');
    expect(swapped).toEqual([{ place: 'C2', message: 'longitude 29.52 and latitude 108.75 look swapped' }]);
  });

  test('a place far outside of the site is told before it is taken', async () => {
    const { plan } = siteOf([{ rules: {} }, { rules: {} }], [{ location: [87.6, 43.8] }]);
    const { errors, warnings, points } = await plan('point,longitude,latitude\npt-0,87.61,43.81\npt-1,43.8,87.6\n');
    expect([errors, points.map(({ point }) => point)]).toEqual([[], ['pt-0', 'pt-1']]);
    expect(warnings).toEqual([
      { place: 'C3', message: expect.stringMatching(/^about \d+ km from the site; .*swapped$/) },
    ]);
  });

  describe('a cell that holds something but no value is an error at its cell, never a blank', () => {
    const xml = (cell: string) => ({ xml: cell });
    const PLAIN: Rule = { metric: 'depth', levels: { blue: { above: 10 }, red: { above: 40 } } };
    const { plan, sheets } = siteOf([{ rules: { depth: PLAIN } }, { rules: { depth: PLAIN } }]);
    const HEADING = rawRow(1, ['point', 'rule', 'direction', 'blue', 'red', 'for', 'latch']);
    const SECOND = rawRow(3, ['pt-1', 'depth', '≥', 10, 40]);

    test.each([
      ['an error', '<c t="e"><v>#REF!</v></c>', 'the error #REF!'],
      ['an error of a formula', '<c t="e"><f>1/0</f><v>#DIV/0!</v></c>', 'the error #DIV/0!'],
      ['an error without its name', '<c t="e"/>', 'the error #VALUE!'],
      ['a formula without its value', '<c><f>B2*1.2</f></c>', 'a formula without its result, =B2*1.2'],
      ['a formula with an empty value', '<c><f>B2*1.2</f><v></v></c>', 'a formula without its result, =B2*1.2'],
      ['a formula with a closed value', '<c><f>B2&lt;3</f><v/></c>', 'a formula without its result, =B2<3'],
      ['a shared formula without its value', '<c><f t="shared" si="0"/></c>', 'a formula without its result'],
      ['a formula of text without its value', '<c t="str"><f>A1</f></c>', 'a formula without its result, =A1'],
      ['a formula whose result is empty', '<c t="str"><f>IF(1,"")</f><v></v></c>', 'a formula whose result is empty'],
      ['a percentage', '<c s="1"><v>0.2</v></c>', '20% = 0.2'],
      ['a number shown in thousands', '<c s="3"><v>15000</v></c>', 'shown as another one, 15000'],
      ['a date', '<c s="2"><v>46096</v></c>', 'a date or time, 2026-03-15'],
      ['the text of an error', '<c t="inlineStr"><is><t>#N/A</t></is></c>', 'the error #N/A'],
      ['the text of an error, full-width', '<c t="inlineStr"><is><t>＃值！</t></is></c>', 'the error ＃值！'],
    ])('%s', async (_, cell, found) => {
      const rows = `${HEADING}${rawRow(2, ['pt-0', 'depth', '≥', xml(cell), 40])}${SECOND}`;
      const { errors, points } = await plan(rawXlsx([{ name: '限值', rows }]), 'xlsx');
      expect(errors).toEqual([{ place: '限值!D2', message: expect.stringContaining(found) }]);
      expect(errors[0]?.message).toMatch(/^expected a number or a blank, found /);
      expect(points).toEqual([]);
    });

    test.each([
      ['a number that the reader passes over', '<c><v><![CDATA[20]]></v></c>'],
      ['a text that it passes over', '<c t="inlineStr"><is><t><![CDATA[20]]></t></is></c>'],
      ['a number of which it takes a part', '<c><v>2<!-- -->0</v></c>'],
    ])('%s makes the file unreadable', async (_, cell) => {
      const rows = `${HEADING}${rawRow(2, ['pt-0', 'depth', '≥', xml(cell), 40])}${SECOND}`;
      await expect(plan(rawXlsx([{ name: 's', rows }]), 'xlsx')).rejects.toThrow(/comments or CDATA within cells/);
    });

    test('in every column and sheet that is read, also where the row holds nothing else; in Chinese too', async () => {
      const bad = xml('<c t="e"><v>#N/A</v></c>');
      const rows = `${HEADING}${rawRow(2, ['pt-0', bad, bad, 10, 40, bad, bad])}${SECOND}${rawRow(4, [bad])}`;
      const places = `${rawRow(1, ['point', 'name (zh)', 'longitude', 'latitude'])}${rawRow(2, ['pt-0', bad, 108, 29])}`;
      const file = rawXlsx([
        { name: 'limits', rows },
        { name: 'points', rows: places },
      ]);
      const { errors, points } = await plan(file, 'xlsx', 'zh');
      expect(errors.map(({ place, message }) => `${place} ${message}`)).toEqual([
        'points!B2 应为文字或空白，实为错误值 #N/A',
        'limits!B2 应为文字或空白，实为错误值 #N/A',
        'limits!C2 应为≥ 或 ≤，实为错误值 #N/A',
        'limits!F2 应为带单位的时长或空白，实为错误值 #N/A',
        'limits!G2 应为“是”、“否”或空白，实为错误值 #N/A',
        'limits!A4 应为文字或空白，实为错误值 #N/A',
      ]);
      expect(points).toEqual([]);
    });

    test('a blank, blanks alone, results, shared formulas, rich text, thousands as a format: what they are', async () => {
      const rich = xml('<c t="inlineStr"><is><r><t>1</t></r><r><rPr><b/></rPr><t>２</t></r></is></c>');
      const rows = `${HEADING}${rawRow(2, ['pt-0', 'depth', '≥', rich, xml('<c s="4"><f t="shared" si="0"/><v>1500</v></c>')])}${rawRow(3, ['pt-1', 'depth', '≥', xml('<c s="1"/>'), xml('<c><f>1+1</f><v>41</v></c>'), '  '])}`;
      const { errors, documents } = await plan(rawXlsx([{ name: 's', rows }]), 'xlsx');
      expect(errors).toEqual([]);
      expect(documents.map(({ document }) => document.rules.depth?.levels)).toEqual([
        { blue: { above: 12 }, red: { above: 1500 } },
        { red: { above: 41 } },
      ]);
    });

    test('a 0 that a program wrote for a formula it cannot calculate is no result', async () => {
      const rows = `${HEADING}${rawRow(2, ['pt-0', 'depth', '≥', xml('<c><f>6*7</f><v>0</v></c>'), xml('<c><f>6*7</f><v>42</v></c>')])}${rawRow(3, ['pt-1', 'depth', '≥', 0, 40])}`;
      const { errors, points } = await plan(rawXlsx([{ name: 's', rows }], { isUncalculated: true }), 'xlsx');
      expect(errors).toEqual([{ place: 's!D2', message: expect.stringContaining('without its result, =6*7') }]);
      expect(points.map(({ point }) => point)).toEqual(['pt-1']);
      expect((await plan(rawXlsx([{ name: 's', rows }]), 'xlsx')).errors).toEqual([]);
    });

    test('what a merged range covers is no blank; an empty range is', async () => {
      const rows = `${HEADING}${rawRow(2, ['pt-0', 'depth', '≥', 12, 40])}${rawRow(3, ['pt-1', 'depth', '≥', undefined, 40])}`;
      const after = '<mergeCells><mergeCell ref="D2:D3"/><mergeCell ref="F2:G3"/></mergeCells>';
      const { errors, points } = await plan(rawXlsx([{ name: 's', rows, after }]), 'xlsx');
      expect(errors).toEqual([{ place: 's!D3', message: expect.stringContaining('a part of the merged cells D2:D3') }]);
      expect(points.map(({ point }) => point)).toEqual(['pt-0']);
    });

    test('a hidden sheet is not read; what breaks the format is named', async () => {
      const old = `${HEADING}${rawRow(2, ['pt-0', 'depth', '≥', 99, 99])}`;
      const now = `${HEADING}${rawRow(2, ['pt-0', 'depth', '≥', 11, 40])}`;
      const both = await plan(
        rawXlsx([
          { name: 'old', rows: old, state: 'hidden' },
          { name: 'now', rows: now },
        ]),
        'xlsx',
      );
      expect(both.warnings).toEqual([{ place: 'old!A1', message: expect.stringContaining('hidden') }]);
      expect(both.documents[0]?.document.rules.depth?.levels?.blue).toEqual({ above: 11 });
      const broken = rawXlsx([
        { name: 's', rows: `${HEADING}${rawRow(2, ['pt-0', 'depth', '≥', xml('<c><v>1,5</v></c>')])}` },
      ]);
      const read = await sheets.plan(Uint8Array.from(broken), { format: 'xlsx', language: 'zh', isOfDevices: false });
      expect(read).toEqual({ ok: false, message: 's!D2：单元格内容无法读取（“1,5”）' });
    });

    test('CSV: errors are text there, and a comma in a number moves everything behind it', async () => {
      const head = 'point,rule,direction,blue,red,for\n';
      const errorText = await plan(`${head}pt-0,depth,≥,#REF!,####,\npt-1,depth,≥,Err:502,40,\n`);
      expect(errorText.errors.map(({ place, message }) => `${place} ${message}`)).toEqual([
        'D2 expected a number or a blank, found the error #REF!',
        'E2 expected a number or a blank, found the error ####',
        'D3 expected a number or a blank, found the error Err:502',
      ]);
      const moved = await plan(`${head}pt-0,depth,≥,12,5,40,\n`);
      expect(moved.errors).toEqual([{ place: 'G2', message: expect.stringContaining('7 cells under 6 headings') }]);
      expect([errorText.points, moved.points]).toEqual([[], []]);
    });
  });

  test.each([
    ['semicolons', ';'],
    ['tabs', '\t'],
  ])('a title, or several, above columns with %s, whatever commas are in it', async (_, sign) => {
    const { plan } = siteOf([{ rules: { depth: DEPTH } }]);
    const table = [
      ['point', 'rule', 'yellow'],
      ['pt-0', 'depth', '18'],
    ];
    const text = `sep=${sign}\n"限值, 汛期, 2026, 第一版"\n\n${table.map((row) => row.join(sign)).join('\n')}\n`;
    const marked = Buffer.from(`\ufeff${text}`, 'utf16le');
    for (const file of [text, marked, Buffer.from(marked).swap16()]) {
      const { points, errors } = await plan(file);
      expect(errors).toEqual([]);
      expect(points[0]?.changes.map(({ place, after }) => `${place} ${after}`)).toEqual(['C5 ≥ 18']);
    }
    const decimals = await plan(text.replace('18', '18,5'));
    expect(decimals.errors).toEqual([{ place: 'C5', message: "expected a number, found '18,5'" }]);
  });

  test('what is no spreadsheet is refused with a word of why', async () => {
    const { sheets } = siteOf([{ rules: {} }]);
    const read = (bytes: Uint8Array, format: 'xlsx' | 'csv') =>
      sheets.plan(Uint8Array.from(bytes), { format, language: 'en', isOfDevices: false });
    expect(await read(Buffer.from('PK nonsense'), 'xlsx')).toEqual({ ok: false, message: 'not an XLSX file' });
    expect(await read(Buffer.from([1, 2, 0, 4]), 'csv')).toEqual({ ok: false, message: 'not a text file' });
    expect(await read(Buffer.from('a,b\n1,2\n'), 'csv')).toMatchObject({
      ok: false,
      message: expect.stringContaining('headings'),
    });
  });
});

/** GB18030 of the characters that the test uses, found by decoding every two-byte code. */
function encodeGb(text: string): Uint8Array {
  const codes = new Map<string, readonly number[]>();
  const decoder = new TextDecoder('gb18030');
  for (let high = 0x81; high <= 0xfe; high++) {
    for (let low = 0x40; low <= 0xfe; low++) codes.set(decoder.decode(Uint8Array.of(high, low)), [high, low]);
  }
  return Uint8Array.from([...text].flatMap((one) => (one < '\u0080' ? [one.charCodeAt(0)] : (codes.get(one) ?? [63]))));
}

const limit = fc.oneof(fc.integer({ min: -1000, max: 1000 }), fc.double({ min: -1e6, max: 1e6, noNaN: true }));
const duration = fc.constantFrom('500ms', '30s', '90s', '5m', '1h30m', '8h');
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

const criterion = fc.oneof(
  { weight: 4, arbitrary: fc.record({ above: limit }) },
  { weight: 2, arbitrary: fc.record({ below: limit }) },
  fc.record({ above: limit, below: limit }),
  fc.record({ average: duration, above: limit, coverage: fc.constantFrom(0.25, 1) }),
  fc.record({ rise: fc.integer({ min: 1, max: 50 }), within: duration }),
  fc.record({ any: fc.array(fc.record({ above: limit }), { minLength: 1, maxLength: 3 }) }),
  fc.record({ equals: fc.boolean() }),
  fc.constant({
    curve: {
      over: 'o2',
      points: [
        [10, 5],
        [50, 15],
      ] as [number, number][],
    },
  }),
);
const level = fc
  .tuple(
    criterion,
    fc.record({ for: maybe(duration), label: maybe(fc.constantFrom('一级报警', '=1+1')), recoverFor: maybe(duration) }),
  )
  .map(([one, more]) => defined({ ...one, ...more }));
const levelled = fc
  .record({
    metric: fc.constantFrom('depth', 'o2'),
    unit: maybe(fc.constantFrom('cm', 'm')),
    for: maybe(duration),
    deadband: maybe(fc.integer({ min: 0, max: 9 })),
    recoverFor: maybe(duration),
    latch: maybe(fc.boolean()),
    labels: maybe(fc.constant({ floor: '2' })),
    levels: fc
      .tuple(...LEVELS.map(() => maybe(level)))
      .map((all) => Object.fromEntries(LEVELS.flatMap((name, i) => (all[i] === undefined ? [] : [[name, all[i]]])))),
  })
  .map(defined)
  .filter((rule) => ruleSchema.safeParse(rule).success);
const otherRule = fc.constantFrom<unknown>(
  { noData: false },
  { noData: { after: '15m' } },
  { metric: 'depth', stuck: { after: '6h', tolerance: 0.1 } },
  { metric: 'depth', range: { limits: [0, 100] } },
  { vote: { points: ['pt-0'], atLeast: 1, level: 'red' } },
);
const documentArbitrary = fc
  .record({
    rules: fc.dictionary(
      fc.constantFrom('a', 'b', 'o2', 'depth', '-x'),
      fc.oneof({ weight: 4, arbitrary: levelled }, otherRule),
    ),
  })
  // Units that do not fit and the like: the registry refuses them.
  .map((document) => thresholdDocumentSchema.parse(document))
  .filter((document) =>
    Object.values(document.rules).every((rule) => rule.unit === undefined || rule.metric === 'depth'),
  )
  .filter((document) => evaluable(document));

function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as T;
}

function evaluable(document: ThresholdDocument): boolean {
  const { metrics, family } = PROFILE;
  const numbered = Object.fromEntries(
    Object.entries(metrics).map(([name, metric], i) => [name, { ...metric, series: i }]),
  );
  const definition = {
    id: 1,
    point: 'pt-0',
    area: 'town',
    family,
    device: 'dev-0',
    reportEveryMs: 60_000,
    metrics: numbered,
    revision: 1,
    document,
  };
  return !('problems' in compilePoint(definition));
}

describe('a sheet of devices', () => {
  const HEADING = 'device,device name (zh),profile,point,point name (zh),area,secret\n';
  const told = ({ errors }: SheetPlan) => errors.map(({ place, message }) => `${place}: ${message}`);
  const planned = (plan: SheetPlan) =>
    plan.plannedDevices.map(({ device, isNew, secret, changes }) => [device, isNew, secret, changes.length]);

  test('comes back without a difference, in either format and language, with no secret in it', async () => {
    const { write, plan, registry } = siteOf([{ rules: {} }, { rules: {} }], [{ location: [108.75, 29.52] }]);
    registry.putDevice({ id: 'spare', profile: 'gauge', secret: 'sesame-sesame', points: [] }, 'test', 1);
    for (const format of ['xlsx', 'csv'] as const) {
      for (const language of ['zh', 'en'] as const) {
        const file = await write(format, language, 'devices');
        const text = Buffer.from(file).toString();
        if (format === 'csv') {
          expect(text).not.toContain('sesame');
          expect(
            text
              .trim()
              .split('\r\n')
              .slice(1)
              .map((line) => line.split(',')[0]),
          ).toEqual(['dev-0', 'dev-1', 'spare']);
        }
        const found = await plan(file, format, language);
        expect([found.plannedDevices, found.points, found.errors, found.conflicts, found.warnings]).toEqual([
          [],
          [],
          [],
          [],
          [],
        ]);
        expect(found.rowsRead).toBe(3);
      }
    }
  });

  test('says of devices that a gateway speaks for them; one that is there keeps its secret', async () => {
    const { plan } = siteOf([{ rules: {} }]);
    const found = await plan(`${HEADING}g-1,,gauge,inlet,,town,无\ng-1,,,outlet,,market,none\ng-2,,gauge,,,,none\n`);
    expect(told(found)).toEqual([]);
    expect(found.devices.map(({ id, secret }) => [id, secret])).toEqual([
      ['g-1', undefined],
      ['g-2', undefined],
    ]);
    expect(found.plannedDevices.map(({ secret, changes }) => [secret, changes.at(-1)?.after])).toEqual([
      [null, expect.stringMatching(/^none, as a gateway/)],
      [null, expect.stringMatching(/^none, as a gateway/)],
    ]);
    const wrong = await plan(`${HEADING}dev-0,闸口,,,,,无\ng-3,,gauge,a,,town,无\ng-3,,,b,,town,生成\n`);
    expect(told(wrong).length).toBe(2);
  });

  test('adds devices with points or none; a secret is drawn, given, or stays', async () => {
    const { plan } = siteOf([{ rules: {} }]);
    const found = await plan(
      `${HEADING}g-1,一号,gauge,inlet,进水口,town,\ng-2,,gauge,,,,given-by-hand\ng-1,,,outlet,,market,\ndev-0,闸口,,pt-0,测点0,,生成\n`,
    );
    expect(told(found)).toEqual([]);
    expect(planned(found)).toEqual([
      ['g-1', true, 'drawn', 4],
      ['g-2', true, 'given', 3],
      ['dev-0', false, 'drawn', 2],
    ]);
    expect(found.devices).toEqual([
      {
        id: 'g-1',
        profile: 'gauge',
        name: { zh: '一号' },
        points: [
          { id: 'inlet', area: 'town', name: { zh: '进水口' } },
          { id: 'outlet', area: 'market' },
        ],
      },
      { id: 'g-2', profile: 'gauge', secret: 'given-by-hand', points: [] },
      expect.objectContaining({ id: 'dev-0', name: { zh: '闸口' } }),
    ]);
    expect(found.points.map(({ point, isNew }) => [point, isNew])).toEqual([
      ['inlet', true],
      ['outlet', true],
    ]);
    expect(JSON.stringify([found.plannedDevices, found.points])).not.toContain('given-by-hand');
  });

  test('headings as people have them, in Chinese and by other names', async () => {
    const { plan } = siteOf([{ rules: {} }]);
    const found = await plan(
      '设备台账\n用户名,设备名称,型号,监测点,测点名称,街道,口令\ng-1,一号,gauge,inlet,进水口,正阳街道,\n',
      'csv',
      'zh',
    );
    expect([told(found), planned(found)]).toEqual([[], [['g-1', true, 'drawn', 4]]]);
    // Without a column of secrets it is one of points, unless it was sent as one of devices.
    const bare = '设备编号,名称,型号,测点,区域\ng-1,一号,gauge,inlet,town\n';
    expect((await plan(bare)).plannedDevices).toEqual([]);
    const asked = await plan(bare, 'csv', 'zh', true);
    expect([told(asked), planned(asked)]).toEqual([[], [['g-1', true, 'drawn', 4]]]);
    expect((await plan('device,profile\ng-1,gauge\n')).plannedDevices).toHaveLength(1);
  });

  test('everything that is wrong is told at its cell', async () => {
    const { plan } = siteOf([{ rules: {} }, { rules: {} }]);
    const rows = [
      ',,gauge,,,,',
      'a b,,gauge,,,,',
      'g-1,,,inlet,,town,',
      'g-2,,nothing,inlet,,town,',
      'g-3,,gauge,inlet,,,',
      'g-4,,gauge,inlet-4,,moon,',
      'g-5,,gauge,pt-0,,,',
      'g-6,,gauge,,只有名称,,',
      'g-7,,gauge,,,,demo-g-7',
      'g-8,,gauge,,,,one',
      'g-8,,,,,,two',
      `g-9,,gauge,,,,${'x'.repeat(257)}`,
      'dev-1,,other,,,,',
      'dev-0,,gauge,pt-0,测点0,,#REF!',
    ];
    const found = await plan(`${HEADING}${rows.join('\n')}\n`);
    expect(told(found).map((text) => text.split(': ')[0])).toEqual([
      'A2',
      'A3',
      'C4',
      'C5',
      'D9',
      'G10',
      'G12',
      'G13',
      'C14',
      'G15',
      'F6',
      'F7',
      'A8',
    ]);
    const number = [
      {
        name: 's',
        rows: `${rawRow(1, ['device', 'profile', 'secret'])}${rawRow(2, ['g-1', 'gauge', { xml: '<c><v>12345678</v></c>' }])}`,
      },
    ];
    expect(told(await plan(rawXlsx(number), 'xlsx'))).toEqual([
      expect.stringContaining('s!C2: a secret in the format of a number'),
    ]);
    // What a spreadsheet program makes of it in CSV: the digits are gone.
    expect(told(await plan('device,profile,secret\ng-1,gauge,1.23457E+11\ng-2,gauge,012345678901\n'))).toEqual([
      expect.stringContaining('C2: a secret in the format of a number'),
    ]);
  });

  test('a row that somebody has changed since it was exported is a conflict, when it would change anything', async () => {
    const { write, plan, registry } = siteOf([{ rules: {} }, { rules: {} }]);
    const text = Buffer.from(await write('csv', 'en', 'devices')).toString();
    const present = registry.siteDevice('dev-0');
    if (present === undefined) throw new Error('dev-0 is there');
    registry.putDevice({ ...present, name: 'by somebody else' }, 'anna', 1);
    const cells = text.split('\r\n').map((line) => line.split(','));
    const version = cells[1]?.at(-1);
    const edit = (device: string, zh: string) =>
      `device,device name (zh),version,secret\n${device},${zh},${version},\n`;
    const mine = await plan(edit('dev-0', '闸口'));
    expect(mine.conflicts).toEqual([
      { point: 'dev-0', place: 'C2', message: expect.stringContaining('export it again') },
    ]);
  });

  test('in one workbook with points: those may stand at the devices that are new', async () => {
    const { plan } = siteOf([{ rules: {} }]);
    const sheet = (name: string, rows: readonly (readonly string[])[]) => ({
      name,
      rows: rows.map((row, i) => rawRow(i + 1, [...row])).join(''),
    });
    const file = rawXlsx([
      sheet('p', [
        ['point', 'area', 'device', 'longitude', 'latitude'],
        ['inlet', 'town', 'g-1'],
      ]),
      sheet('d', [
        ['device', 'profile', 'secret'],
        ['g-1', 'gauge', 'a-good-secret'],
      ]),
    ]);
    const found = await plan(file, 'xlsx');
    expect(told(found)).toEqual([]);
    expect(found.warnings).toEqual([]);
    expect(found.devices).toEqual([
      { id: 'g-1', profile: 'gauge', secret: 'a-good-secret', points: [{ id: 'inlet', area: 'town' }] },
    ]);
  });

  test('what is handed out says what a technician needs, secrets as they are and nothing that could run', async () => {
    const { sheets } = siteOf([{ rules: {} }]);
    const file = await sheets.writeHandout({
      format: 'xlsx',
      language: 'en',
      devices: [{ device: 'g-1', name: '=cmd()', profile: 'gauge', points: ['inlet', 'outlet'], secret: drawSecret() }],
      broker: { host: 'brink.example', plain: 1883, tls: 8883 },
    });
    const [sheet] = await readXlsxFile(file.slice().buffer);
    expect(sheet?.data).toEqual([
      [
        ...[
          'device',
          'device name',
          'profile',
          'points',
          'server',
          'MQTT port',
          'MQTT port (TLS)',
          'user name',
          'secret',
        ],
        'topic to publish to',
      ],
      [
        ...['g-1', "'=cmd()", 'gauge', 'inlet, outlet', 'brink.example', 1883, 8883, 'g-1'],
        expect.stringMatching(/^[A-Za-z\d][\w-]{31}$/),
        'telemetry/g-1',
      ],
    ]);
    for (let i = 0; i < 500; i++) expect(drawSecret()).toMatch(/^[A-Za-z\d]/);
  });
});
