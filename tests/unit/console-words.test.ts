import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import i18next from 'i18next';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { en } from '../../src/console/i18n/en.ts';
import { zh } from '../../src/console/i18n/zh.ts';
import { waitText } from '../../src/console/session/wait-text.ts';
import { formatElapsed, formatNumber } from '../../src/console/ui/format.ts';
import { sourceLine } from '../../src/model/source-line.ts';

type Tree = { readonly [key: string]: string | Tree };

/** Every text by its path. */
function texts(tree: Tree, path = ''): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string' ? [[`${path}${key}`, value] as [string, string]] : texts(value, `${path}${key}.`),
  );
}

/** The files of templates and of the sample site, which come with the program. */
const shipped = readdirSync('thresholds', { recursive: true, encoding: 'utf8' }).filter(
  (name) => name.endsWith('.yaml') && !name.includes('.test.'),
);
const read = (name: string): unknown => parse(readFileSync(join('thresholds', name), 'utf8'));
const placeholders = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name).sort();

describe('the words of the console', () => {
  const chinese = new Map(texts(zh));
  const english = new Map(texts(en));

  test('both languages say the same things and fill in the same figures', () => {
    expect([...english.keys()].sort()).toEqual([...chinese.keys()].sort());
    for (const [path, text] of chinese) expect(placeholders(english.get(path) ?? ''), path).toEqual(placeholders(text));
  });

  test('nothing calls itself a public warning, which is for authorised bodies alone', () => {
    for (const [path, text] of chinese) expect(text, path).not.toContain('预警');
    for (const [path, text] of english) expect(text, path).not.toMatch(/\bwarning\b/i);
  });

  test('Chinese punctuation in Chinese, none of it in English', () => {
    for (const [path, text] of chinese)
      expect(text, path).not.toMatch(/[\u4e00-\u9fff][,:;?!()]|[,:;?!()][\u4e00-\u9fff]/);
    for (const [path, text] of english) {
      if (path !== 'setting.language' && path !== 'setting.languageTitle') {
        expect(text, path).not.toMatch(/[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]/);
      }
    }
  });
});

test('figures: enough digits to see a change, no more', () => {
  expect([0.0713, Math.PI, 27.5, 123.456, 4_321.9, -0.5].map(formatNumber)).toEqual([
    '0.071',
    '3.14',
    '27.5',
    '123.5',
    '4322',
    '-0.5',
  ]);
  expect([45_000, 723_000, 11_045_000].map(formatElapsed)).toEqual(['0:45', '12:03', '3:04:05']);
});

test('how long the login waits is what the server says, never less', () => {
  const t = i18next.createInstance({ lng: 'zh', resources: { zh: { translation: zh } }, initAsync: false });
  void t.init();
  const waits = [1, 12.3, 59.9, 60, 61, 300, null].map((seconds) => waitText(seconds, t.t));
  expect(waits).toEqual(['1 秒', '13 秒', '60 秒', '1 分钟', '2 分钟', '5 分钟', '1 分钟']);
});

test('levels and sources of the shipped limits are in both languages, but what has no words', () => {
  const found: [file: string, words: unknown][] = [];
  const look = (file: string, value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (['label', 'standard', 'clause', 'note'].includes(key)) found.push([file, inner]);
      else look(file, inner);
    }
  };
  for (const name of shipped) look(name, read(name));
  expect(found.length).toBeGreaterThan(150);
  for (const [file, words] of found) {
    // Numbers of standards and clauses, and what is abbreviated so in both.
    if (typeof words === 'string') expect(words, file).toMatch(/^[A-Z]{2,4}(\/T)? ?T?[\d.-]+$|^[\d.]+$|^PC-\w+$/);
    else {
      expect(words, file).toEqual({
        zh: expect.stringMatching(/\p{Script=Han}/u),
        en: expect.not.stringMatching(/\p{Script=Han}/u),
      });
    }
  }
});

test('a source on a line: by language, what is in one alone for everybody', () => {
  const source = { standard: 'DIN 4150-3', edition: '2016', clause: { zh: '表 1 第 2 行', en: 'table 1, line 2' } };
  expect(sourceLine(source)).toEqual({ zh: 'DIN 4150-3 2016 表 1 第 2 行', en: 'DIN 4150-3 2016 table 1, line 2' });
  expect(sourceLine({ standard: { zh: '设计文件' } })).toEqual({ zh: '设计文件', en: '设计文件' });
  expect(sourceLine({})).toEqual({ zh: '', en: '' });
});
