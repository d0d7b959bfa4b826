import { expect, test } from 'vitest';
import { inWords } from '../../src/console/ui/value-words.ts';
import type { Alert } from '../../src/model/alert.ts';
import { resolveName } from '../../src/model/resolve-name.ts';
import { metricSchema } from '../../src/model/site.ts';
import { noticeOf } from '../../src/notify/outbox/notice.ts';
import { readSiteFiles } from '../../src/registry/site-files.ts';

test('what a text metric of a profile can say has a name in both languages', () => {
  const { profiles } = readSiteFiles('devices');
  const nameless = profiles.flatMap(({ id, metrics }) =>
    Object.entries(metrics).flatMap(([metric, { values = [], valueNames = {} }]) =>
      values
        .filter((value) => {
          const name = valueNames[value];
          return typeof name !== 'object' || name.zh === undefined || name.en === undefined;
        })
        .map((value) => `${id}: ${metric} ${value}`),
    ),
  );
  expect(nameless).toEqual([]);
});

test('names are of values that there are', () => {
  const { error } = metricSchema.safeParse({ type: 'string', values: ['a', 'b'], valueNames: { a: '甲', c: '丙' } });
  expect(error?.issues.map(({ path }) => path)).toEqual([['valueNames', 'c']]);
});

test('a text is shown by its name where it has one; numbers and what is named like something else are not', () => {
  const metric = { valueNames: { auto: { zh: '自动', en: 'Auto' } } };
  const zh = (name: Parameters<typeof resolveName>[0]) => resolveName(name, '').zh;
  expect(inWords('auto', metric, zh)).toBe('自动');
  expect(inWords('other', metric, zh)).toBe('other');
  expect(inWords('constructor', metric, zh)).toBe('constructor');
  expect(inWords(3, metric, zh)).toBe(3);
  expect(inWords(undefined, metric, zh)).toBe(undefined);
  expect(inWords('auto', undefined, zh)).toBe('auto');
});

test('who is told of it reads it in words as well', () => {
  const alert = {
    id: 'a',
    point: 'gate',
    area: 'town',
    kind: 'levels',
    level: 'orange',
    label: null,
    state: 'active',
    metric: 'position',
    value: 'open',
    limit: 'open',
    unit: null,
    raisedAt: 0,
    peak: { value: 'open', at: 0, level: 'orange' },
  } as unknown as Alert;
  const open = { zh: '开启', en: 'Open' };
  const metric = { zh: '栏杆位置', en: 'Position' };
  const names = { point: null, area: null, metric, value: open, limit: open };
  const spec = { id: 'n', reasons: ['raised'], alerts: [{ alert, names }], atMs: 0, link: null, code: null } as const;
  const notice = noticeOf({ ...spec, language: 'zh' }, { timezone: 'Asia/Shanghai', templates: [] });
  expect(notice.title).toContain('开启');
  expect(notice.fields).toMatchObject({ value: '开启', limit: '开启' });
  expect(JSON.stringify(notice)).not.toContain('open');
  // What a document calls its level stands beside the colour, never in its place.
  const labelled = { ...alert, label: { zh: '一级报警', en: 'Stage 1' } };
  const title = (language: 'zh' | 'en') =>
    noticeOf({ ...spec, alerts: [{ alert: labelled, names }], language }, { timezone: 'Asia/Shanghai', templates: [] })
      .title;
  expect([title('zh'), title('en')]).toEqual([
    expect.stringContaining('橙色（一级报警）'),
    expect.stringContaining('orange (Stage 1)'),
  ]);
});
