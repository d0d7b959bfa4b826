import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const console_ = fileURLToPath(new URL('../../src/console', import.meta.url));

/** What a sheet says outside of `@media print`, which takes the whole page apart, without its remarks. */
function rulesOf(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/@media print \{(?:[^{}]*\{[^{}]*\})*\s*\}/g, '');
}

/** Classes that a sheet defines: what a selector begins with. `.badge.weakens` is a badge of another kind, not the badge. */
function classesOf(text: string): Set<string> {
  const selectors = [...rulesOf(text).matchAll(/([^{};]+)\{/g)].flatMap(([, list = '']) => list.split(','));
  return new Set(selectors.flatMap((selector) => /^\s*\.([\w-]+)(?![\w-]|\.)/.exec(selector)?.[1] ?? []));
}

/** A page's sheet stays once it is loaded, and the later of two definitions wins: on every page, from then on. */
test('no class is defined by the sheets of two folders', () => {
  const folders = new Map<string, Set<string>>();
  for (const entry of readdirSync(console_, { recursive: true, withFileTypes: true })) {
    if (!entry.name.endsWith('.css')) continue;
    const folder = relative(console_, entry.parentPath).split('/')[0] ?? '';
    for (const name of classesOf(readFileSync(join(entry.parentPath, entry.name), 'utf8'))) {
      folders.set(name, (folders.get(name) ?? new Set()).add(folder));
    }
  }
  expect(folders.size).toBeGreaterThan(100);
  expect([...folders].filter(([, where]) => where.size > 1).map(([name, where]) => [name, ...where])).toEqual([]);
});
