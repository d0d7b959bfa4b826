import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { en } from '../../src/console/i18n/en.ts';
import { zh } from '../../src/console/i18n/zh.ts';

/** Who reads of a page looks for its name in the console: what docs call a page is what the console calls it. */

type Words = typeof en;

const namesOf = ({ nav, firstSteps, places, sources, table }: Words) => {
  const { main: _main, skip: _skip, ...pages } = nav;
  return [
    ...Object.values(pages),
    firstSteps.title,
    places.title,
    places.tab.areas,
    places.tab.profiles,
    sources.title,
    table.title,
  ];
};
const ENGLISH = namesOf(en);
const CHINESE = namesOf(zh);

const DOCUMENTS = [
  'README.md',
  ...readdirSync('docs').flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : [])),
];

interface Named {
  readonly document: string;
  readonly english: string;
  readonly chinese: string | undefined;
}

/** `page **Limits**`, or `page **Site** (站点)`; a line may end within. */
function pagesOf(document: string): Named[] {
  const text = readFileSync(document, 'utf8').replaceAll(/\s+/g, ' ');
  return [...text.matchAll(/\bpages? \*\*([^*]+)\*\*(?: \((\p{Script=Han}+)\))?/giu)].map(
    ([, english = '', chinese]) => {
      return { document, english, chinese };
    },
  );
}

test('every page that docs name is in the console, under that name and in that language', () => {
  const named = DOCUMENTS.flatMap(pagesOf);
  expect(named.length).toBeGreaterThan(8);
  const wrong = named.filter(({ english, chinese }) => {
    const index = ENGLISH.indexOf(english);
    return index < 0 || (chinese !== undefined && CHINESE[index] !== chinese);
  });
  expect(wrong).toEqual([]);
});

test('pages that the Chinese README names are in the console as well', () => {
  const named = [...readFileSync('README.zh-CN.md', 'utf8').matchAll(/\*\*([^*]+)\*\*页/g)].map(
    ([, name = '']) => name,
  );
  expect(named.length).toBeGreaterThan(0);
  expect(named.filter((name) => !CHINESE.includes(name))).toEqual([]);
});

test('no page is described instead of named', () => {
  const vague = DOCUMENTS.flatMap((document) => {
    const text = readFileSync(document, 'utf8').replaceAll(/\s+/g, ' ');
    const found = text.matchAll(
      /\b(?:pages? of (?!a )[\w ]{1,20}|(?:system|devices|limits|points|tokens|users|alerts) pages?)\b/gi,
    );
    return [...found].map(([words]) => `${document}: ${words}`);
  });
  expect(vague).toEqual([]);
});
