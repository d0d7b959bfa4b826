import { expect, test } from 'vitest';
import { inWords } from '../../src/console/ui/value-words.ts';
import { resolveName } from '../../src/model/resolve-name.ts';
import { metricSchema } from '../../src/model/site.ts';
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
