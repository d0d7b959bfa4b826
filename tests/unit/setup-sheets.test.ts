import { describe, expect, test } from 'vitest';
import { emptySetup, type NotifySetup, notifySetupSchema } from '../../src/model/notify/setup.ts';
import type { SetupSheetPlan } from '../../src/model/notify/setup-sheet.ts';
import { readFile } from '../../src/spreadsheet/read-file.ts';
import { createSetupSheets } from '../../src/spreadsheet/setup-sheets.ts';
import { writeFile } from '../../src/spreadsheet/write-file.ts';
import { rawRow, rawXlsx } from '../support/xlsx.ts';

/** Contact sheets and lists of days off: what a file would change of a setup, row by row, and where it is wrong. */

const AREAS = [
  { id: 'market', parent: null, name: { zh: '集市社区', en: 'Market' } },
  { id: 'river', parent: null, name: { zh: '滨江社区', en: 'River' } },
];
/** In this thread: what packs and unpacks is the same. */
const sheets = createSetupSheets(() => AREAS as unknown as ReturnType<Parameters<typeof createSetupSheets>[0]>, {
  read: (bytes, format) => readFile(bytes, format),
  write: (tables, format) =>
    writeFile(
      tables.map((table) => ({ ...table, rows: [...table.rows] })),
      format,
    ),
});

const SETUP: NotifySetup = notifySetupSchema.parse({
  people: [
    { id: 'zhou', name: '周明', role: '值班长', phone: '13800000001', by: ['sms', 'chat'], note: '=1+1' },
    { id: 'wu', name: '吴静', phone: '+86 138 0000 0002', areas: ['market'] },
    { id: 'zhang-1', name: '张伟' },
    { id: 'zhang-2', name: '张伟' },
  ],
  teams: [{ id: 'leaders', name: '带班领导', members: ['zhou', 'wu'] }],
  channels: [
    { id: 'sms', kind: 'aliyun-sms', name: '值班短信' },
    { id: 'chat', kind: 'wecom', name: '值班群' },
  ],
  calendar: { off: ['2026-10-01'], working: ['2026-10-10'] },
});

const bytesOf = (text: string) => Uint8Array.from(Buffer.from(text));

async function planOf(
  sheet: 'people' | 'days',
  text: string | Uint8Array,
  format: 'csv' | 'xlsx' | 'ics' = 'csv',
  language: 'zh' | 'en' = 'en',
): Promise<SetupSheetPlan> {
  const bytes = typeof text === 'string' ? bytesOf(text) : Uint8Array.from(text);
  const outcome = await sheets.plan(sheet, SETUP, { bytes, format, language });
  if (!outcome.ok) throw new Error(outcome.message);
  return outcome.plan;
}

const fates = ({ rows }: SetupSheetPlan) => rows.map(({ id, fate }) => `${id}: ${fate}`);
const found = ({ errors }: SetupSheetPlan) => errors.map(({ place, message }) => `${place} ${message}`);

describe('people', () => {
  test.each([
    'xlsx',
    'csv',
  ] as const)('what was written as %s is read as no difference, in either language', async (format) => {
    for (const language of ['zh', 'en'] as const) {
      const bytes = await sheets.write('people', SETUP, { format, language });
      const plan = await planOf('people', bytes, format, language);
      expect([plan.errors, plan.warnings, plan.untouched]).toEqual([[], [], 0]);
      expect(fates(plan)).toEqual(['zhou: same', 'wu: same', 'zhang-1: same', 'zhang-2: same']);
      expect(plan.setup).toEqual(SETUP);
    }
  });

  test('a sheet of an office’s own adds and changes by name, and says what becomes of every row', async () => {
    const plan = await planOf(
      'people',
      '正阳街道通讯录,,,,\n姓名,职务,联系电话,班组,通知渠道\n周明,值班长,13800000001,,值班短信、值班群\n李娜,网格员,13900000003,带班领导,值班短信\n',
    );
    expect(found(plan)).toEqual([]);
    expect(fates(plan)).toEqual(['zhou: changed', '李娜: new']);
    expect(plan.rows[0]?.changes).toEqual([{ place: 'D3', what: 'teams', before: '带班领导', after: '' }]);
    expect(plan.untouched).toBe(3);
    // Columns that the sheet does not have stay as they are, and so does whoever is not in it.
    expect(plan.setup.people[0]).toEqual(SETUP.people[0]);
    expect(plan.setup.people.map(({ id }) => id)).toEqual(['zhou', 'wu', 'zhang-1', 'zhang-2', '李娜']);
    expect(plan.setup.people[4]).toMatchObject({ name: '李娜', phone: '13900000003', by: ['sms'] });
    expect(plan.setup.teams[0]?.members).toEqual(['wu', '李娜']);
  });

  test('each cell that cannot be is told where it stands, and a row with one is wrong', async () => {
    const plan = await planOf(
      'people',
      [
        'id,name,phone,email,teams,areas,channels,language',
        'zhou,周明,1.38E+10,a@b.cn,,,,zh',
        'wu,,x,no-mail,,,,fr',
        ',张伟,13800000009,,,,,',
        ',,13800000009,,,,,',
        'a b,甲,,,,,,',
        'new,乙,,,nobody,nowhere,pigeon,',
        'new,丙,,,,,,',
      ].join('\n'),
    );
    expect(found(plan)).toEqual([
      expect.stringMatching(/^C2 the telephone number has the format of a number \(1\.38E\+10\)/),
      "H3 expected zh or en, found 'fr'",
      'B3 say the name',
      expect.stringMatching(/^C3 /),
      expect.stringMatching(/^D3 /),
      "A4 several people are called '张伟'; give the id",
      'B5 say the name',
      expect.stringMatching(/^A6 /),
      "F7 there is no area 'nowhere', but market, river",
      "G7 there is no channel 'pigeon', but sms, chat",
      "E7 there is no team 'nobody', but leaders",
      expect.stringMatching(/^A8 the same person as A7/),
    ]);
    expect(fates(plan)).toEqual([
      'zhou: wrong',
      'wu: wrong',
      ': wrong',
      ': wrong',
      'a b: wrong',
      'new: wrong',
      'new: wrong',
    ]);
  });

  test('a landline as a number has lost its zero, a mobile as a number is whole, and an error is no blank', async () => {
    const heading = rawRow(1, ['id', 'name', 'phone', 'note']);
    const rows = [
      rawRow(2, ['zhou', '周明', 2379310000, '']),
      rawRow(3, ['wu', '吴静', 13800000002, '']),
      rawRow(4, ['zhang-1', '张伟', { xml: '<c t="e"><v>#REF!</v></c>' }]),
    ];
    const plan = await planOf('people', rawXlsx([{ name: 'x', rows: [heading, ...rows].join('') }]), 'xlsx');
    expect(found(plan)).toEqual([
      expect.stringMatching(/^x!C2 .*lost leading zeros/),
      expect.stringMatching(/^x!C4 .*#REF!/),
    ]);
    expect(fates(plan)).toEqual(['zhou: wrong', 'wu: changed', 'zhang-1: wrong']);
  });

  test('a row that was exported before somebody else changed the person is stale when it would change him', async () => {
    const csv = Buffer.from(await sheets.write('people', SETUP, { format: 'csv', language: 'en' })).toString();
    const changed = csv.replaceAll(/v[0-9a-f]{10}/g, 'v0000000000').replace('值班长', '副班长');
    const plan = await planOf('people', changed);
    expect(fates(plan)).toEqual(['zhou: stale', 'wu: same', 'zhang-1: same', 'zhang-2: same']);
    expect(found(plan)).toEqual([expect.stringMatching(/^O2 changed by somebody since it was exported/)]);
  });

  test('what the check of the setup finds wrong with a person is told at his cell', async () => {
    const plan = await planOf('people', 'name,by\n李娜,值班群\n');
    expect(plan.placeOf(['people', 4, 'by', 0])).toBe('B2');
    expect(plan.placeOf(['people', 0, 'by', 0])).toBe('');
    expect(plan.placeOf(['routes', 0])).toBe('');
  });

  test('a file that is no sheet of people says what one needs', async () => {
    const bytes = bytesOf('测点,蓝色限值\na,1\n');
    const read = await sheets.plan('people', emptySetup(), { bytes, format: 'csv', language: 'zh' });
    expect(read).toMatchObject({ ok: false, message: expect.stringContaining('“姓名”') });
  });
});

describe('days off and worked', () => {
  test.each(['xlsx', 'csv'] as const)('what was written as %s is read as no difference', async (format) => {
    const bytes = await sheets.write('days', SETUP, { format, language: 'zh' });
    const plan = await planOf('days', bytes, format, 'zh');
    expect([plan.errors, plan.warnings, plan.untouched]).toEqual([[], [], 0]);
    expect(plan.setup).toEqual(SETUP);
  });

  test('the notice of a year is read as it is published; days that it does not name stay', async () => {
    const plan = await planOf(
      'days',
      '开始日期,结束日期,安排\n2026年10月1日,2026/10/7,放假\n2026.9.20,,上班\n20261010,,平常\n',
    );
    expect(found(plan)).toEqual([]);
    expect(fates(plan)).toEqual(['2026-10-01 – 2026-10-07: new', '2026-09-20: new', '2026-10-10: changed']);
    expect(plan.setup.calendar).toEqual({
      off: [1, 2, 3, 4, 5, 6, 7].map((day) => `2026-10-0${day}`),
      working: ['2026-09-20'],
    });
    expect(plan.rows[2]?.changes).toEqual([
      { place: 'A4', what: '2026-10-10 kind', before: 'working', after: 'usual' },
    ]);
  });

  test('cells with the format of a date are dates', async () => {
    const rows = [rawRow(1, ['日期', '安排']), rawRow(2, [{ xml: '<c s="2"><v>46296</v></c>' }, '休'])];
    const plan = await planOf('days', rawXlsx([{ name: 'x', rows: rows.join('') }]), 'xlsx');
    expect([plan.errors, fates(plan)]).toEqual([[], ['2026-10-01: same']]);
  });

  test('what is no date, no kind, the wrong way round, a whole year or said twice is told at its cell', async () => {
    const plan = await planOf(
      'days',
      [
        'date,to,kind',
        '2026-02-30,,off',
        ',,off',
        '2026-05-01,2026-04-30,off',
        '2026-05-01,2027-05-03,off',
        '2026-05-01,,perhaps',
        '2026-06-01,,off',
        '2026-06-01,,working',
      ].join('\n'),
    );
    expect(found(plan)).toEqual([
      "A2 expected a date such as 2026-10-01, found '2026-02-30'",
      'A3 say the date',
      'B4 ends on 2026-04-30, before it begins on 2026-05-01',
      'B5 lasts 368 days; a row has at most 62',
      "C6 expected off, working or usual, found 'perhaps'",
      'A8 A7 says something else of 2026-06-01',
    ]);
    expect(plan.rows.filter(({ fate }) => fate === 'wrong')).toHaveLength(6);
  });

  test('a list of events is read as calendars of Chinese holidays are handed round', async () => {
    const event = (...lines: string[]) => ['BEGIN:VEVENT', ...lines, 'END:VEVENT'];
    const ics = [
      'BEGIN:VCALENDAR',
      ...event('DTSTART;VALUE=DATE:20261001', 'DTEND;VALUE=DATE:20261008', 'SUMMARY;LANGUAGE=zh_CN:国庆节 假期'),
      ...event('DTSTART;VALUE=DATE:20260920', 'SUMMARY:国庆节（班）'),
      // Folded lines are one (RFC 5545, 3.1).
      ...event('DTSTART;VALUE=DATE:20261010', 'SUMMARY:国庆', ' 节', 'X-APPLE-SPECIAL-DAY:ALTERNATE-WORKDAY'),
      ...event('DTSTART;VALUE=DATE:20260619', 'SUMMARY:端午节'),
      ...event('DTSTART;VALUE=DATE:20260620', 'SUMMARY:端午节 调休'),
      ...event('DTSTART:20260621T080000Z', 'SUMMARY:放假'),
      ...event('DTSTART;VALUE=DATE:20260622', 'RRULE:FREQ=YEARLY', 'SUMMARY:放假'),
      'END:VCALENDAR',
    ].join('\r\n');
    const plan = await planOf('days', ics, 'ics');
    expect(fates(plan)).toEqual([
      '2026-10-01 – 2026-10-07: new',
      '2026-09-20: new',
      '2026-10-10: same',
      ': wrong',
      '2026-06-22: wrong',
    ]);
    expect(plan.rows[2]?.name).toBe('国庆节');
    expect(plan.warnings.map(({ place }) => place)).toEqual(['VEVENT 4', 'VEVENT 5']);
    expect(plan.errors.map(({ place }) => place)).toEqual(['VEVENT 6', 'VEVENT 7']);
    const read = await sheets.plan('days', SETUP, { bytes: bytesOf('no'), format: 'ics', language: 'en' });
    expect(read).toEqual({ ok: false, message: 'not a calendar (iCalendar)' });
  });
});
