import type { ValueChange } from '../../../model/difference.ts';
import { parseDurationMs } from '../../../model/duration.ts';
import { stepsOf } from '../../../model/pointer.ts';
import { RULE_KINDS, type Rule, type RuleKind, type ThresholdDocument } from '../../../model/threshold.ts';

/**
 * A threshold document while it is being edited, as an immutable tree. It has the shape of a document, except that null
 * stands where something was chosen and not yet filled in: `{ above: null }` is a limit without its figure.
 */

export type Path = readonly (string | number)[];
type Tree = { readonly [key: string]: unknown };

export function getAt(tree: unknown, path: Path): unknown {
  let at = tree;
  for (const step of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return undefined;
    at = (at as Record<string | number, unknown>)[step];
  }
  return at;
}

/** The tree with another value at the path; undefined takes the key, or the entry of a list, away. */
export function setAt<T>(tree: T, path: Path, value: unknown): T {
  const [step, ...rest] = path;
  if (step === undefined) return value as T;
  // A list begins with its first entry, a map with its first key.
  const list: readonly unknown[] | undefined = Array.isArray(tree)
    ? tree
    : tree === undefined && typeof step === 'number'
      ? []
      : undefined;
  if (list !== undefined) {
    const index = Number(step);
    if (rest.length === 0 && value === undefined) return list.filter((_, i) => i !== index) as T;
    const copy = [...list];
    copy[index] = setAt(list[index], rest, value);
    return copy as T;
  }
  const map: Tree = typeof tree === 'object' && tree !== null ? (tree as Tree) : {};
  if (rest.length === 0 && value === undefined) {
    const { [String(step)]: _gone, ...others } = map;
    return others as T;
  }
  return { ...map, [step]: setAt(map[step], rest, value) } as T;
}

/** The tree with a key by another name, in the same place of the order. */
export function renameAt<T>(tree: T, path: Path, from: string, to: string): T {
  const map = getAt(tree, path) as Tree;
  const renamed = Object.fromEntries(Object.entries(map).map(([key, value]) => [key === from ? to : key, value]));
  return setAt(tree, path, renamed);
}

/** The tree after these changes were made to it. */
export function withChanges<T>(tree: T, changes: readonly ValueChange[]): T {
  return changes.reduce(
    (before, { path, change, after }) => setAt(before, stepsOf(path), change === 'removed' ? undefined : after),
    tree,
  );
}

/** Without what is not filled in yet: what can be said in words and drawn of an unfinished draft. */
export function filledIn<T>(tree: T): T {
  if (Array.isArray(tree)) return tree.filter((one) => one !== null).map(filledIn) as T;
  if (typeof tree !== 'object' || tree === null) return tree;
  return Object.fromEntries(
    Object.entries(tree)
      .filter(([, value]) => value !== null)
      .map(([key, value]) => [key, filledIn(value)]),
  ) as T;
}

export function ruleKind(rule: Rule): RuleKind {
  return RULE_KINDS.find((kind) => rule[kind] !== undefined) ?? 'levels';
}

/** A rule of a kind with everything that must be said still open. */
export function newRule(kind: RuleKind, metric: string, point: string): Rule {
  const open = null as unknown;
  const rules: Record<RuleKind, unknown> = {
    levels: { metric, levels: { yellow: { above: open } } },
    noData: { noData: { after: open, level: 'blue' } },
    stuck: { metric, stuck: { after: open, level: 'blue' } },
    range: { metric, range: { limits: [open, open], level: 'blue' } },
    vote: { vote: { points: [point], atLeast: 1, level: 'yellow' } },
  };
  return rules[kind] as Rule;
}

/** An id that no rule has: the wish itself, or the wish with a number. */
export function freeId(document: ThresholdDocument, wish: string): string {
  let id = wish;
  for (let n = 2; Object.hasOwn(document.rules, id); n++) id = `${wish}-${n}`;
  return id;
}

const DURATION_UNITS = ['ms', 's', 'm', 'h', 'd'] as const;
export type DurationUnit = (typeof DURATION_UNITS)[number];
const UNIT_MS: Readonly<Record<DurationUnit, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A duration as a figure and one unit: as it is written where that has one unit, otherwise in the largest that fits. */
export function splitDuration(text: string): { readonly amount: number; readonly unit: DurationUnit } | undefined {
  const single = /^(\d+(?:\.\d+)?)(ms|[smhd])$/.exec(text);
  if (single !== null) return { amount: Number(single[1]), unit: single[2] as DurationUnit };
  const ms = parseDurationMs(text);
  if (ms === undefined) return undefined;
  const unit = DURATION_UNITS.findLast((each) => ms % UNIT_MS[each] === 0) ?? 'ms';
  return { amount: ms / UNIT_MS[unit], unit };
}
