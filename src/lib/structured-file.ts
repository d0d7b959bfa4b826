import { readFileSync } from 'node:fs';
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
} from 'yaml';
import type { z } from 'zod';
import { problemsOfIssues, valueAt } from '../model/issue.ts';
import { placeText } from '../model/problem.ts';
import { expectedText } from '../model/problem-words.ts';
import type { Problem } from './errors.ts';

/** Where a value stands inside a file: keys and list positions from the root. */
export type ValuePath = readonly (string | number)[];

/** A YAML or JSON file as plain values, which can still say on which line a value stands. */
export interface StructuredFile {
  readonly file: string;
  readonly value: unknown;
  /** Line, from 1, of the value or of the nearest thing around it that exists. */
  lineOf(path: ValuePath): number | undefined;
}

export type Parsed = { readonly parsed: StructuredFile } | { readonly problems: readonly Problem[] };

/**
 * JSON up to this size is read by the YAML parser too, because that notices a key given twice, which JSON.parse does
 * not. Beyond it the file was written by a program, and JSON.parse is a hundred times faster.
 */
const CAREFUL_JSON_LENGTH_MAX = 128 * 1024;

/** Finding the line in a larger JSON file would take many seconds; its problems are named by their path alone. */
const LINE_LENGTH_MAX = 4 * 1024 * 1024;

/** What aliases may add to a file: this many values, or ten times what is written in it, whichever is more. */
const ALIASED_NODES_MIN = 100_000;
const ALIASED_FACTOR = 10;

/** How deep values may stand within each other; what people write stays below ten. */
const DEPTH_MAX = 100;

/** Whether a file is one of those read here, by its name; on some machines the extension comes in capitals. */
export function isStructuredName(name: string): boolean {
  return /\.(yaml|yml|json)$/i.test(name);
}

/** Rule tests lie beside what they test. */
export function isRuleTestName(name: string): boolean {
  return /\.test\.(yaml|yml|json)$/i.test(name);
}

/** Reads one file. A file that cannot be read, is not UTF-8 or has a syntax error gives problems, never an exception. */
export function readStructuredFile(file: string): Parsed {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    const found = `a file that cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`;
    return { problems: [{ file, path: '', found, expected: 'a readable file' }] };
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return { problems: [{ file, path: '', found: 'bytes that are not UTF-8', expected: 'text in UTF-8' }] };
  }
  return parseStructured(file, text);
}

/** Parses YAML 1.2 or JSON. `file` is only named in problems. */
export function parseStructured(file: string, text: string): Parsed {
  if (text.length > CAREFUL_JSON_LENGTH_MAX && /^\s*[[{]/.test(text) && !text.includes('__proto__')) {
    const value = parseLargeJson(text);
    // What is no JSON may still be YAML in flow style; the YAML parser says so, or gives the better error.
    if (value !== undefined) return { parsed: { file, value, lineOf: lineFinder(text) } };
  }
  let yaml: Yaml;
  try {
    yaml = parseYaml(text);
  } catch {
    // The parser calls itself for each level, so what is nested without end ends its stack.
    return { problems: [{ file, path: '', ...TOO_DEEP }] };
  }
  if (yaml.document.errors.some(({ message }) => message.includes('call stack'))) {
    return { problems: [{ file, path: '', ...TOO_DEEP }] };
  }
  if (yaml.document.errors.length > 0) {
    const problems = yaml.document.errors.map((error) => ({
      file,
      path: '',
      line: yaml.lines.linePos(error.pos[0]).line,
      found: error.message.split('\n')[0] ?? error.message,
      expected: validWords(file),
    }));
    return { problems };
  }
  const excess = excessOf(yaml.document, validWords(file));
  if (excess !== undefined) {
    const line = excess.offset === undefined ? undefined : yaml.lines.linePos(excess.offset).line;
    return { problems: [{ file, path: '', line, ...excess.words }] };
  }
  try {
    // How much the aliases amount to has been looked at.
    const value: unknown = yaml.document.toJS({ maxAliasCount: -1 });
    return { parsed: { file, value, lineOf: (path) => yamlLineOf(yaml, path) } };
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return { problems: [{ file, path: '', found, expected: 'YAML 1.2 whose aliases resolve' }] };
  }
}

function validWords(file: string): string {
  return /\.json$/i.test(file) ? 'valid JSON' : 'valid YAML 1.2';
}

function parseLargeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Parses the text once more to find lines, and only when there is something to report. */
function lineFinder(text: string): StructuredFile['lineOf'] {
  if (text.length > LINE_LENGTH_MAX) return () => undefined;
  let yaml: Yaml | undefined;
  return (path) => {
    yaml ??= parseYaml(text);
    return yamlLineOf(yaml, path);
  };
}

type Excess = {
  readonly offset: number | undefined;
  readonly words: { readonly found: string; readonly expected: string };
};

const TOO_DEEP = { found: 'values nested without end', expected: `at most ${DEPTH_MAX} levels of them` };

/**
 * What no schema may see. It makes a small file a huge one: aliases of aliases, which double what they stand for with
 * every line, and an anchor that holds itself. Or it would be left out without a word: a key called `__proto__`, or one that is given twice.
 * Undefined when there is nothing of the kind; then aliases have given way to what they stand for. Every value is looked at once, however often it stands there.
 */
function excessOf({ contents }: Document.Parsed, valid: string): Excess | undefined {
  // An alias means the anchor of its name that was written last before it, so a walk in order meets each in time.
  const anchors = new Map<string, unknown>();
  const sizes = new Map<unknown, number>();
  const open = new Set<unknown>();
  let written = 0;
  let worst: { readonly size: number; readonly offset: number | undefined } = { size: 0, offset: undefined };
  let excess: Excess | undefined;
  // The library looks an alias up among all that come before it, which takes minutes for a site of 20,000 of them.
  const targetOf = (node: unknown) => (isAlias(node) ? (anchors.get(node.source) ?? node) : node);
  const sizeOf = (node: unknown, depth: number): number => {
    if (excess !== undefined) return 0;
    if (open.has(node)) {
      const words = {
        found: 'an anchor whose value contains itself',
        expected: 'aliases of what is written elsewhere',
      };
      excess = { offset: offsetOf(node), words };
      return 0;
    }
    if (depth > DEPTH_MAX) {
      excess = { offset: offsetOf(node), words: TOO_DEEP };
      return 0;
    }
    if (isAlias(node)) {
      const size = sizeOf(anchors.get(node.source), depth);
      if (size > worst.size) worst = { size, offset: offsetOf(node) };
      return size;
    }
    const known = sizes.get(node);
    if (known !== undefined) return known;
    written += 1;
    if (isNode(node) && !isAlias(node) && node.anchor !== undefined) anchors.set(node.anchor, node);
    if (!isMap(node) && !isSeq(node)) return 1;
    open.add(node);
    const keys = new Set<string>();
    let size = 1;
    for (const [index, item] of node.items.entries()) {
      if (isPair(item)) {
        const key = keyOf(item.key);
        // The parser compares each key with all before it, which takes minutes for a long file.
        if (isScalar(item.key) && keys.size === keys.add(key).size) {
          excess = { offset: offsetOf(item.key), words: { found: 'Map keys must be unique', expected: valid } };
          return 0;
        }
        if (key === '__proto__') {
          const words = { found: 'the key "__proto__"', expected: 'another name: every object has that one' };
          excess = { offset: offsetOf(item.key), words };
          return 0;
        }
        size += sizeOf(item.key, depth + 1) + sizeOf(item.value, depth + 1);
        item.value = targetOf(item.value);
      } else {
        size += sizeOf(item, depth + 1);
        node.items[index] = targetOf(item) as typeof item;
      }
    }
    open.delete(node);
    sizes.set(node, size);
    return size;
  };
  const size = sizeOf(contents, 0);
  if (excess !== undefined) return excess;
  const most = Math.max(ALIASED_NODES_MIN, ALIASED_FACTOR * written);
  if (size - written <= most) return undefined;
  const words = { found: `aliases that stand for ${size} values`, expected: `at most ${most} values from aliases` };
  return { offset: worst.offset, words };
}

interface Yaml {
  readonly document: Document.Parsed;
  readonly lines: LineCounter;
}

function parseYaml(text: string): Yaml {
  const lines = new LineCounter();
  const document = parseDocument(text, { version: '1.2', lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  return { document, lines };
}

function yamlLineOf({ document, lines }: Yaml, path: ValuePath): number | undefined {
  let node: unknown = document.contents;
  let offset = offsetOf(node);
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && keyOf(item.key) === String(step));
      if (pair === undefined) break;
      offset = offsetOf(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(node) && typeof step === 'number') {
      node = node.items[step];
      offset = offsetOf(node) ?? offset;
    } else break;
  }
  return offset === undefined ? undefined : lines.linePos(offset).line;
}

function keyOf(key: unknown): string {
  return isScalar(key) ? String(key.value) : String(key);
}

function offsetOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}

/** A problem at a place of a file, with its line. `at` is the file's own place of what `path` starts from. */
export function problemAt(
  source: StructuredFile,
  path: ValuePath,
  words: { readonly found: string; readonly expected: string },
): Problem {
  return { file: source.file, path: placeText(path), line: source.lineOf(path), ...words };
}

/**
 * The value at `path` checked against a schema: its parsed form, or one problem for each thing wrong, with its line,
 * what stands there and what should.
 */
export function checkShape<T>(
  source: StructuredFile,
  path: ValuePath,
  value: unknown,
  schema: z.ZodType<T>,
): { readonly value: T } | { readonly problems: readonly Problem[] } {
  const outcome = schema.safeParse(value);
  if (outcome.success) return { value: outcome.data };
  const problems = problemsOfIssues(outcome.error.issues, value).flatMap((problem) => {
    const at = (below: ValuePath, words: { readonly found: string; readonly expected: string }) =>
      problemAt(source, [...path, ...problem.path, ...below], words);
    if (problem.code === 'unknown-keys') {
      return problem.values.keys.map((key) =>
        at([key], { found: `the unknown key "${key}"`, expected: 'no such key here' }),
      );
    }
    const found = describeValue(valueAt(value, problem.path));
    return [at([], { found, expected: expectedText(problem) })];
  });
  return { problems };
}

/** What stands there, short enough for one line. */
export function describeValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'an empty value';
  if (Array.isArray(value)) return value.length > 4 ? `a list of ${value.length}` : shorten(JSON.stringify(value));
  if (typeof value === 'object') return `a map with ${shorten(Object.keys(value).join(', ') || 'nothing in it')}`;
  return shorten(typeof value === 'string' ? JSON.stringify(value) : String(value));
}

function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
