import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const console_ = fileURLToPath(new URL('../../src/console', import.meta.url));

/** Classes that any page may use or speak of: the ground rules, the levels, the frame of all pages, and the map. */
const GLOBAL_MAX = 46;

/** Of the components that are used, not of the console. */
const FOREIGN = /^(ant|dsg|maplibregl|u)-/;

const files = readdirSync(console_, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name));
const textOf = (file: string) => readFileSync(file, 'utf8');
const modules = files.filter((file) => file.endsWith('.module.css'));
const plainSheets = files.filter((file) => file.endsWith('.css') && !file.endsWith('.module.css'));
const sources = files.filter((file) => file.endsWith('.tsx'));

/** What stands before the braces of a sheet's rules. */
function selectorsOf(sheet: string): string {
  const rules = textOf(sheet).replaceAll(/\/\*[\s\S]*?\*\//g, '');
  return [...rules.matchAll(/([^{};]+)\{/g)].map(([, list = '']) => list).join(' ');
}

function namesIn(text: string): Set<string> {
  const names = [...text.matchAll(/\.([A-Za-z][\w-]*)/g)].map(([, name = '']) => name);
  return new Set(names.filter((name) => !FOREIGN.test(name)));
}

/** Classes of a module that are its own. */
const ownOf = (sheet: string) => namesIn(selectorsOf(sheet).replaceAll(/:global\([^)]*\)/g, ''));
const globalOf = (sheet: string) =>
  namesIn([...selectorsOf(sheet).matchAll(/:global\(([^)]*)\)/g)].map(([, one = '']) => one).join(' '));

const globals = new Set(plainSheets.flatMap((sheet) => [...namesIn(selectorsOf(sheet))]));
for (const sheet of modules) for (const name of globalOf(sheet)) globals.add(name);

/** Classes of modules that sources use, as `path of the sheet` and `name`. */
const used = new Map<string, Set<string>>(modules.map((sheet) => [sheet, new Set()]));
const unknown: string[] = [];
for (const source of sources) {
  const text = textOf(source);
  for (const [, as = '', from = ''] of text.matchAll(/^import (\w+) from '(\.[^']+\.module\.css)';$/gm)) {
    const sheet = join(dirname(source), from);
    const own = existsSync(sheet) ? ownOf(sheet) : new Set<string>();
    for (const [, name = ''] of text.matchAll(new RegExp(`\\b${as}\\.(\\w+)`, 'g'))) {
      if (!own.has(name)) unknown.push(`${relative(console_, source)}: ${as}.${name}`);
      used.get(sheet)?.add(name);
    }
  }
}

describe('sheets of style', () => {
  test('a class that is used is there, and one that is there is used', () => {
    expect(modules.length).toBeGreaterThan(20);
    expect(unknown).toEqual([]);
    const idle = [...used].flatMap(([sheet, names]) =>
      [...ownOf(sheet)].filter((name) => !names.has(name)).map((name) => `${relative(console_, sheet)}: ${name}`),
    );
    expect(idle).toEqual([]);
  });

  test('what is named without a sheet is one of the few classes that are everybody’s', () => {
    const strange = sources.flatMap((source) =>
      [...textOf(source).matchAll(/\bclassName="([^"]*)"/g)]
        .flatMap(([, names = '']) => names.split(' '))
        .filter((name) => !globals.has(name))
        .map((name) => `${relative(console_, source)}: ${name}`),
    );
    expect(strange).toEqual([]);
    expect(globals.size).toBeLessThanOrEqual(GLOBAL_MAX);
  });
});
