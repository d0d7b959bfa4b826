import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

/** The structure of DESIGN.md, executable: who may import whom, and what decision code may not touch. */

const root = fileURLToPath(new URL('..', import.meta.url));

interface Source {
  /** Path from the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly string[];
}

const IMPORT =
  /^\s*(?:import|export)\b[^'"`;]*?from\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm;

/** An import that is there at run time. */
const VALUE_IMPORT = /^\s*(?:import|export)\b(?!\s+type\b)[^'"`;]*?from\s*['"]([^'"]+)['"]/gm;

function sourcesBelow(folder: string): Source[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => {
      const file = join(entry.parentPath, entry.name);
      const text = readFileSync(file, 'utf8');
      const imports = [...text.matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
      return { path: relative(root, file).split(sep).join('/'), text, imports };
    });
}

/** An import as a path from the root; undefined for a package. */
function target(source: Source, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  return normalize(join(dirname(source.path), specifier))
    .split(sep)
    .join('/');
}

const STAGES = [
  'broker',
  'gateways',
  'decode',
  'codecs',
  'journal',
  'evaluate',
  'alerts',
  'push',
  'notify',
  'history',
  'registry',
  'quarantine',
  'preview',
  'spreadsheet',
  'api',
];
const sources = [...sourcesBelow('src'), ...sourcesBelow('simulator')];

/** The folders below src/ (or the file) that a source may import from; undefined: anything but the console. */
function allowed(path: string): readonly string[] | undefined {
  const [top, folder = ''] = path.split('/');
  if (top === 'simulator') return ['simulator/', 'src/model/', 'src/lib/', 'src/registry/site-files.ts'];
  if (path === 'src/main.ts') return ['src/app.ts', 'src/config.ts'];
  if (path === 'src/config.ts') return ['src/model/', 'src/lib/'];
  if (folder === 'model') return ['src/model/'];
  if (folder === 'lib') return ['src/lib/', 'src/model/'];
  if (folder === 'wire') return ['src/wire/', 'src/model/'];
  if (folder === 'push' || folder === 'api') return [`src/${folder}/`, 'src/wire/', 'src/model/', 'src/lib/'];
  if (folder === 'console') return ['src/console/', 'src/wire/', 'src/model/'];
  if (STAGES.includes(folder)) return [`src/${folder}/`, 'src/model/', 'src/lib/'];
  return undefined;
}

/** The console's folders from the ground up; a folder imports from itself and from the floors below it. */
const CONSOLE_FLOORS: readonly (readonly string[])[] = [
  // What each page is made of.
  ['api'],
  ['ui'],
  ['i18n', 'live', 'theme'],
  ['session', 'chart', 'map'],
  // What several pages show or ask.
  ['thresholds', 'places'],
  ['review'],
  ['change'],
  ['import'],
  ['devices'],
  ['areas'],
  ['notify', 'cards'],
  ['alerts', 'first-steps', 'maintenance'],
  ['points', 'sound'],
  // Pages.
  ['admin', 'duty', 'keyboard', 'site', 'system', 'threshold-table', 'thresholds/editor', 'wall'],
  ['templates'],
  // What holds the pages.
  ['app'],
  ['main.tsx', 'vite-env.d.ts'],
];

/** The folder of the console that a path is in; undefined outside of the console. */
function consoleFolder(path: string): string | undefined {
  return /^src\/console\/(thresholds\/editor(?=\/)|[^/]+)/.exec(path)?.[1];
}

describe('imports', () => {
  test('the parser of this test sees imports at all', () => {
    expect(sources.find(({ path }) => path === 'src/app.ts')?.imports.length).toBeGreaterThan(10);
  });

  test('what is imported is there, sheets of style too, which the compiler does not look for', () => {
    const missing = sources.flatMap((source) =>
      source.imports.flatMap((specifier) => {
        const to = target(source, specifier);
        return to === undefined || existsSync(join(root, to)) ? [] : [`${source.path} imports ${to}`];
      }),
    );
    expect(missing).toEqual([]);
  });

  test('each folder imports what it may and nothing else', () => {
    const wrong = sources.flatMap((source) => {
      const may = allowed(source.path);
      return source.imports.flatMap((specifier) => {
        const to = target(source, specifier);
        if (to === undefined) return [];
        const isFine = may === undefined ? !to.startsWith('src/console/') : may.some((prefix) => to.startsWith(prefix));
        return isFine ? [] : [`${source.path} imports ${to}`];
      });
    });
    expect(wrong).toEqual([]);
  });

  test('what the services do is apart: one room of theirs looks into another only where it is listed', () => {
    const roomOf = (path: string) => /^src\/services\/([^/]+)\//.exec(path)?.[1];
    const doors = sources.flatMap((source) =>
      source.imports.flatMap((specifier) => {
        const [from, to] = [roomOf(source.path), roomOf(target(source, specifier) ?? '')];
        return from === undefined || to === undefined || from === to ? [] : [`${from} → ${to}`];
      }),
    );
    // Health tells of the reserve; a backup marks its copy as one.
    expect([...new Set(doors)].sort()).toEqual(['observe → upkeep', 'upkeep → data-folder']);
  });

  test('no route of the API looks into another: what several need lies beside them', () => {
    const isRoute = (path: string | undefined) => path?.startsWith('src/api/routes/') ?? false;
    const lateral = sources
      .filter(({ path }) => isRoute(path))
      .flatMap((source) =>
        source.imports.filter((from) => isRoute(target(source, from))).map((from) => `${source.path} imports ${from}`),
      );
    // MQTT over WebSocket is one route in two files.
    expect(lateral).toEqual(['src/api/routes/mqtt.ts imports ./mqtt-frames.ts']);
  });

  test('the folders of the console stand on floors: none looks up, so that each can be read without those above', () => {
    const floorOf = (path: string) => CONSOLE_FLOORS.findIndex((floor) => floor.includes(consoleFolder(path) ?? ''));
    const wrong = sources
      .filter(({ path }) => consoleFolder(path) !== undefined)
      .flatMap((source) => {
        if (floorOf(source.path) === -1) return [`${source.path} is on no floor`];
        return source.imports.flatMap((specifier) => {
          const to = target(source, specifier) ?? '';
          const folder = consoleFolder(to);
          if (folder === undefined || folder === consoleFolder(source.path)) return [];
          return floorOf(to) < floorOf(source.path) ? [] : [`${source.path} looks up at ${to}`];
        });
      });
    expect(wrong).toEqual([]);
  });

  test('console and command line take types alone from the wire, never what checks the answers', () => {
    const guilty = sources
      .filter(({ path }) => /^src\/(console|cli)\//.test(path))
      .flatMap((source) =>
        [...source.text.matchAll(VALUE_IMPORT)].flatMap(([, from = '']) =>
          target(source, from)?.startsWith('src/wire/') ? [`${source.path} imports ${from}`] : [],
        ),
      );
    expect(guilty).toEqual([]);
  });

  test('model and wire need nothing but zod', () => {
    const packages = sources
      .filter(({ path }) => /^src\/(model|wire)\//.test(path))
      .flatMap(({ path, imports }) =>
        imports.filter((i) => !i.startsWith('.') && i !== 'zod').map((i) => `${path}: ${i}`),
      );
    expect(packages).toEqual([]);
  });

  // The compiler does not look for what is imported for its effect alone, such as styles; the console's build would.
  test('what is imported is there', () => {
    const missing = sources.flatMap((source) =>
      source.imports.flatMap((specifier) => {
        const to = target(source, specifier);
        return to === undefined || existsSync(join(root, to)) ? [] : [`${source.path} imports ${specifier}`];
      }),
    );
    expect(missing).toEqual([]);
  });

  test('there is no cycle', () => {
    const graph = new Map(
      sources.map((source) => [source.path, source.imports.flatMap((i) => target(source, i) ?? [])] as const),
    );
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (path: string, trail: readonly string[]): void => {
      if (trail.includes(path)) {
        cycles.push([...trail.slice(trail.indexOf(path)), path].join(' → '));
        return;
      }
      if (done.has(path)) return;
      for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
      done.add(path);
    };
    for (const path of graph.keys()) visit(path, []);
    expect(cycles).toEqual([]);
  });
});

test('docs/architecture.md names every folder of src/ and every room of the services', () => {
  const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
  const folders = (path: string) =>
    readdirSync(join(root, path), { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? [entry.name] : [],
    );
  const missing = [
    ...folders('src').filter((name) => !page.includes(`\`${name}/\``)),
    ...folders('src/services').filter((name) => !page.includes(`\`${name}\``)),
  ];
  expect(missing).toEqual([]);
});

describe('decision code', () => {
  const PURE = /^src\/(evaluate|decode|model|wire|preview|notify\/decide)\//;
  const BANNED: readonly (readonly [string, RegExp])[] = [
    ['reads the wall clock', /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(/],
    ['sets timers', /\bset(Timeout|Interval|Immediate)\(/],
    ['draws lots', /\bMath\.random\(|\brandomUUID\(|\brandomBytes\(/],
    ['does I/O', /from 'node:(fs|net|http|https|child_process|worker_threads|sqlite|dgram|tls)/],
    ['reads the environment', /\bprocess\.env\b/],
  ];

  test.each(BANNED)('of evaluate, decode, model, wire, preview and notify/decide never %s', (_what, pattern) => {
    const guilty = sources.filter(({ path, text }) => PURE.test(path) && pattern.test(text)).map(({ path }) => path);
    expect(guilty).toEqual([]);
  });

  test('only the programs themselves read the environment', () => {
    const programs = /^(src\/(main|demo|cli|dev|config)\.ts|src\/cli\/|simulator\/main\.ts)/;
    const guilty = sources
      .filter(({ path, text }) => /\bprocess\.env\b/.test(text) && !programs.test(path))
      .map(({ path }) => path);
    expect(guilty).toEqual([]);
  });
});
