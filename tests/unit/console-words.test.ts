import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { en } from '../../src/console/i18n/en.ts';
import { levelLabel } from '../../src/console/i18n/level-labels.ts';
import { zh } from '../../src/console/i18n/zh.ts';
import { formatElapsed, formatNumber } from '../../src/console/ui/format.ts';

type Tree = { readonly [key: string]: string | Tree };

/** Every text by its path. */
function texts(tree: Tree, path = ''): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string' ? [[`${path}${key}`, value] as [string, string]] : texts(value, `${path}${key}.`),
  );
}

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

test('what the shipped levels are called has English words, and what a site made up stays as it is', () => {
  const shipped = readdirSync('thresholds', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yaml') && !name.includes('.test.'))
    .flatMap((name) => [...readFileSync(join('thresholds', name), 'utf8').matchAll(/label: ([^,}\n]+?) *[,}\n]/g)])
    .map(([, label = '']) => label.trim());
  expect(shipped.length).toBeGreaterThan(20);
  for (const label of shipped) {
    expect(levelLabel(label, 'en'), label).not.toMatch(/\p{Script=Han}/u);
    expect(levelLabel(label, 'zh')).toBe(label);
  }
  expect(levelLabel('老王的警戒线', 'en')).toBe('老王的警戒线');
});

test('the notes of the shipped templates are in both languages', () => {
  const files = readdirSync('thresholds/templates', { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.yaml') && !name.includes('.test.'),
  );
  expect(files.length).toBeGreaterThan(30);
  for (const name of files) {
    const text = readFileSync(join('thresholds/templates', name), 'utf8');
    expect(text, name).toMatch(/^ {2}note:\n {4}zh: .*\p{Script=Han}.*\n {4}en: /mu);
  }
});
