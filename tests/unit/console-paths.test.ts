import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PAGES, pathTo, routeOf } from '../../src/console/ui/paths.ts';

const CONSOLE = new URL('../../src/console/', import.meta.url).pathname;

const sources = readdirSync(CONSOLE, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.tsx?$/.test(file) && !file.startsWith('i18n/'))
  .map((file) => ({ file, text: readFileSync(join(CONSOLE, file), 'utf8') }));

describe('pages of the console', () => {
  test('ids and questions are escaped on their way into an address', () => {
    expect(pathTo('point', { id: '测点/1' })).toBe('/points/%E6%B5%8B%E7%82%B9%2F1');
    expect(pathTo('pointThresholds', { id: 'a', query: { rule: 'b&c' } })).toBe('/points/a/thresholds?rule=b%26c');
    expect([pathTo('duty'), pathTo('devices', { query: { q: null } })]).toEqual(['/', '/devices']);
    expect(routeOf('proposal')).toBe('/review/:id');
  });

  test('each has one route, and there is no other', () => {
    const routes = sources.find(({ file }) => file === 'app/routes.tsx')?.text ?? '';
    const routed = [...routes.matchAll(/\bpage\('(\w+)', \(\) => import/g)].map(([, name]) => name);
    // The first one comes with the first load.
    expect(routes).toContain('index: true');
    expect(['duty', ...routed].sort()).toEqual(Object.keys(PAGES).sort());
  });

  test('links are made by name: none is written out', () => {
    const pages = [...new Set(Object.values(PAGES).map((path) => path.split('/')[1]))].filter((part) => part !== '');
    const written = new RegExp(`\\bto=["{]\\W*/|navigate\\(['"\`]|['"\`]/(${pages.join('|')})(/\\$|\\?)`);
    const guilty = sources.flatMap(({ file, text }) =>
      text
        .split('\n')
        .flatMap((line) => (written.test(line) && file !== 'ui/paths.ts' ? [`${file}: ${line.trim()}`] : [])),
    );
    expect(guilty).toEqual([]);
  });
});
