import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import i18next from 'i18next';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { en } from '../../src/console/i18n/en.ts';
import { levelLabel } from '../../src/console/i18n/level-labels.ts';
import { sourceLine, sourceWords } from '../../src/console/i18n/source-words.ts';
import { zh } from '../../src/console/i18n/zh.ts';
import { waitText } from '../../src/console/session/wait-text.ts';
import { formatElapsed, formatNumber } from '../../src/console/ui/format.ts';

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
type Source = {
  readonly standard?: string;
  readonly clause?: string;
  readonly note?: string | { readonly en: string };
};

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

test('where the shipped limits come from has Chinese words, and what a site wrote stays as it is', () => {
  const templates = shipped.filter((name) => name.startsWith('templates')).map(read) as {
    standard: string;
    source: Source;
  }[];
  const documents = shipped
    .filter((name) => !name.startsWith('templates'))
    .flatMap((name) => read(name) as { source?: Source }[]);
  const sources = [
    ...templates.map(({ standard, source }) => ({ ...source, standard })),
    ...documents.map(({ source }) => source ?? {}),
  ];
  // A document takes the note of its template in English.
  const written = new Set(
    sources.flatMap(({ standard, clause, note }) => [
      standard,
      clause,
      typeof note === 'object' ? note.en.trim() : note,
    ]),
  );
  expect(written.size).toBeGreaterThan(60);
  for (const text of written) {
    // A number of a standard or of a clause is the same in both.
    if (text === undefined || /^[A-Z]{2,4}(\/T)? ?[\d.-]+$|^[\d.]+$/.test(text)) continue;
    expect(sourceWords(text, 'zh'), text).toMatch(/\p{Script=Han}/u);
    expect(sourceWords(text, 'en')).toBe(text);
  }
  expect(sourceWords('The colours are ours. See the minutes.', 'zh')).toBe('The colours are ours. See the minutes.');
  expect(sourceLine({ standard: 'DIN 4150-3', edition: '2016', clause: 'table 1, line 2' }, 'zh')).toBe(
    'DIN 4150-3 2016 表 1 第 2 行',
  );
});

test('how long the login waits is what the server says, never less', () => {
  const t = i18next.createInstance({ lng: 'zh', resources: { zh: { translation: zh } }, initAsync: false });
  void t.init();
  const waits = [1, 12.3, 59.9, 60, 61, 300, null].map((seconds) => waitText(seconds, t.t));
  expect(waits).toEqual(['1 秒', '13 秒', '60 秒', '1 分钟', '2 分钟', '5 分钟', '1 分钟']);
});

test('what the shipped levels are called has English words, and what a site made up stays as it is', () => {
  const labels = shipped
    .flatMap((name) => [...readFileSync(join('thresholds', name), 'utf8').matchAll(/label: ([^,}\n]+?) *[,}\n]/g)])
    .map(([, label = '']) => label.trim());
  expect(labels.length).toBeGreaterThan(20);
  for (const label of labels) {
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
