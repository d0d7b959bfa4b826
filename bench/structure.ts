import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'vite';
import type { BenchResult, Row } from './report.ts';

/**
 * What the sources of a checkout measure, so that two of them can be compared. A mirror, not a target: a split that makes
 * reading harder is no gain. Only `any` and import circles have a bound, which is none.
 */

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const LONG_LINES = 200;
const MANY_PARAMETERS = 6;

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

interface Source {
  /** From the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly program: Node;
  readonly imports: readonly Import[];
}

interface Import {
  /** The file that is imported, from the root. */
  readonly to: string;
  readonly names: readonly string[];
}

interface Func {
  readonly name: string;
  readonly path: string;
  readonly lines: number;
  readonly parameters: number;
}

/** Measures the checkout in `root`, which is this one unless another is given. */
export async function benchStructure(root = ROOT): Promise<BenchResult> {
  const files = filesBelow(root);
  const sources = files.filter((file) => /\.tsx?$/.test(file)).map((file) => read(root, file));
  const functions = sources.flatMap(functionsOf).sort((a, b) => b.lines - a.lines);
  const outside = functions.filter(({ path }) => path !== 'src/app.ts');
  const [longest] = outside;
  const circles = circlesOf(new Map(sources.map(({ path, imports }) => [path, imports.map(({ to }) => to)])));
  const lines = files.reduce((sum, file) => sum + readFileSync(join(root, file), 'utf8').split('\n').length - 1, 0);
  const row = (what: string, value: number, bound?: Row['bound']): Row => ({ what, value, unit: '', bound });
  const none = { atMost: 0 };
  return {
    bench: 'structure',
    conditions:
      `src of ${root === ROOT ? 'this checkout' : root}; longest: ` +
      outside
        .slice(0, 5)
        .map(({ name, path, lines: long }) => `${name} ${long} (${path})`)
        .join(', '),
    rows: [
      row('lines of src (ts, tsx, css)', lines),
      row('lines of the longest function outside app.ts', longest?.lines ?? 0),
      row(`functions above ${LONG_LINES} lines`, functions.filter((one) => one.lines > LONG_LINES).length),
      row(
        `functions with ${MANY_PARAMETERS} parameters or more`,
        functions.filter(({ parameters }) => parameters >= MANY_PARAMETERS).length,
      ),
      row('wire types written by hand in console and CLI', handWritten(sources)),
      row('regular expressions over English sentences', total(sources, isRegexOverWords)),
      row('places that begin a transaction', total(sources, isBegin)),
      row('import circles', circles, none),
      row(
        'any',
        total(sources, ({ type }) => type === 'TSAnyKeyword'),
        none,
      ),
      row('upward imports between console folders', upwardImports(sources)),
      row('class names of the console that are global', globalClasses(root, files)),
    ],
  };
}

/** Names of classes that are the same on every page: those of sheets that are no modules, and what modules say of such. */
function globalClasses(root: string, files: readonly string[]): number {
  const names = new Set<string>();
  for (const file of files.filter((path) => /^src\/console\/.*\.css$/.test(path))) {
    const text = readFileSync(join(root, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\//g, '');
    const selectors = [...text.matchAll(/([^{};]+)\{/g)].map(([, list = '']) => list).join(' ');
    const isModule = file.endsWith('.module.css');
    const shared = isModule ? [...selectors.matchAll(/:global\(([^)]*)\)/g)].map(([, one = '']) => one) : [selectors];
    for (const [, name = ''] of shared.join(' ').matchAll(/\.([A-Za-z][\w-]*)/g)) {
      // Of the components that are used, not of the console.
      if (!/^(ant|dsg|maplibregl|u)-/.test(name)) names.add(name);
    }
  }
  return names.size;
}

function filesBelow(root: string): string[] {
  return readdirSync(join(root, 'src'), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.(tsx?|css)$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
}

function read(root: string, path: string): Source {
  const text = readFileSync(join(root, path), 'utf8');
  const program = parseSync(path, text).program as unknown as Node;
  const imports = nodesOf(program).flatMap((node): Import[] => {
    const from = node.source;
    if (!/^(Import|Export)/.test(node.type) || !isNode(from) || typeof from.value !== 'string') return [];
    if (!from.value.startsWith('.')) return [];
    const names = children(node).flatMap(({ local }) => (isNode(local) ? [String(local.name)] : []));
    return [
      {
        to: normalize(join(dirname(path), from.value))
          .split(sep)
          .join('/'),
        names,
      },
    ];
  });
  return { path, text, program, imports };
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Partial<Node>).type === 'string';
}

function children(node: Node): Node[] {
  return Object.values(node).flatMap((value) => (Array.isArray(value) ? value : [value]).filter(isNode));
}

/** The node and everything in it. */
function nodesOf(node: Node): Node[] {
  const found = [node];
  // It grows while it is gone through.
  for (const one of found) found.push(...children(one));
  return found;
}

function total(sources: readonly Source[], isOne: (node: Node) => boolean): number {
  return sources.reduce((sum, { program }) => sum + nodesOf(program).filter(isOne).length, 0);
}

/** Functions that have a body, each by the name it is given where it stands. */
function functionsOf({ path, text, program }: Source): Func[] {
  const found: Func[] = [];
  const visit = (node: Node, name: string): void => {
    if (/^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type)) {
      const own = isNode(node.id) ? String(node.id.name) : name;
      const lines = text.slice(node.start, node.end).split('\n').length;
      const parameters = (node.params as readonly unknown[]).length;
      found.push({ name: own, path, lines, parameters });
    }
    const given = isNode(node.id) ? node.id.name : isNode(node.key) ? node.key.name : undefined;
    for (const child of children(node)) visit(child, typeof given === 'string' ? given : name);
  };
  visit(program, 'anonymous');
  return found;
}

/** `BEGIN IMMEDIATE` and the like, as a statement of its own. */
function isBegin(node: Node): boolean {
  const text = node.type === 'Literal' ? node.value : node.type === 'TemplateElement' ? rawOf(node) : undefined;
  return typeof text === 'string' && /^\s*BEGIN\b(?! *[a-z])/.test(text);
}

function rawOf({ value }: Node): unknown {
  return (value as { readonly raw: string }).raw;
}

/** Two words with a blank between make a sentence that somebody wrote. */
function isRegexOverWords(node: Node): boolean {
  const { regex } = node as { readonly regex?: { readonly pattern: string } };
  return regex !== undefined && /[A-Za-z]{2,} [A-Za-z]{2,}/.test(regex.pattern);
}

/** Answers whose type console or CLI say themselves: by a call's type argument, or by a cast of what came. */
function handWritten(sources: readonly Source[]): number {
  const clients = sources.filter(({ path }) => /^src\/(console|cli)\//.test(path));
  const declared = new Map(clients.map((source) => [source.path, shapesOf(source)]));
  const found = new Set<string>();
  for (const { path, program, imports, text } of clients) {
    for (const type of nodesOf(program).flatMap((node) => answerTypes(node, text))) {
      for (const node of nodesOf(type)) {
        if (node.type === 'TSTypeLiteral') found.add(`${path}:${node.start}`);
        const name = isNode(node.typeName) ? String(node.typeName.name) : undefined;
        if (name === undefined) continue;
        const home = imports.find(({ names }) => names.includes(name))?.to ?? path;
        if (declared.get(home)?.has(name) === true) found.add(`${home}:${name}`);
      }
    }
  }
  return found.size;
}

/** The object types that a file declares. */
function shapesOf({ program }: Source): ReadonlySet<string> {
  return new Set(
    nodesOf(program).flatMap(({ type, id, typeAnnotation }) => {
      const isShape =
        type === 'TSInterfaceDeclaration' ||
        (type === 'TSTypeAliasDeclaration' && isNode(typeAnnotation) && typeAnnotation.type === 'TSTypeLiteral');
      return isShape && isNode(id) ? [String(id.name)] : [];
    }),
  );
}

function answerTypes(node: Node, text: string): Node[] {
  if (node.type === 'CallExpression' && isNode(node.callee) && node.callee.name === 'request') {
    return isNode(node.typeArguments) ? [node.typeArguments] : [];
  }
  if (node.type !== 'TSAsExpression' || !isNode(node.expression) || !isNode(node.typeAnnotation)) return [];
  const said = text.slice(node.expression.start, node.expression.end);
  return /(\bbody|\.json\(\)\)?)$/.test(said) ? [node.typeAnnotation] : [];
}

/** Sets of files that reach one another. */
function circlesOf(graph: ReadonlyMap<string, readonly string[]>): number {
  const done = new Set<string>();
  let circles = 0;
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) circles++;
    if (trail.includes(path) || done.has(path)) return;
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return circles;
}

/**
 * Imports from one folder of the console into another that stands above it. The order is the one that is found by taking away,
 * again and again, the folder that the others need most beyond what it needs of them (Eades, Lin and Smyth).
 */
function upwardImports(sources: readonly Source[]): number {
  const folderOf = (path: string) => /^src\/console\/([^/]+)\//.exec(path)?.[1];
  const edges = sources.flatMap(({ path, imports }) =>
    imports.flatMap(({ to }) => {
      const [from, into] = [folderOf(path), folderOf(to)];
      return from === undefined || into === undefined || from === into ? [] : [{ from, into }];
    }),
  );
  let left = new Set(edges.flatMap(({ from, into }) => [from, into]));
  const floors = new Map<string, number>();
  while (left.size > 0) {
    const among = edges.filter(({ from, into }) => left.has(from) && left.has(into));
    const surplus = (folder: string) => {
      const needs = among.filter(({ from }) => from === folder).length;
      return needs === 0 ? Number.POSITIVE_INFINITY : among.filter(({ into }) => into === folder).length - needs;
    };
    const [ground = ''] = [...left].sort((a, b) => surplus(b) - surplus(a) || (a < b ? -1 : 1));
    floors.set(ground, floors.size);
    left = new Set([...left].filter((folder) => folder !== ground));
  }
  return edges.filter(({ from, into }) => (floors.get(into) ?? 0) > (floors.get(from) ?? 0)).length;
}
