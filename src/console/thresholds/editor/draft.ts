import type { ValueChange } from '../../../model/difference.ts';
import { parseDurationMs } from '../../../model/duration.ts';
import { valueAt } from '../../../model/issue.ts';
import { stepsOf } from '../../../model/pointer.ts';
import { RULE_KINDS, type Rule, type RuleKind, type ThresholdDocument } from '../../../model/threshold.ts';

/**
 * A threshold document while it is being edited, as an immutable tree. It has the shape of a document, except that null
 * stands where something was chosen and not yet filled in: `{ above: null }` is a limit without its figure.
 */

/** Not filled in yet. */
export const OPEN = null as never;

export type Path = readonly (string | number)[];
type Tree = { readonly [key: string]: unknown };

/** What stands at a path; `T` is what a document has there, of which nothing else is written to a draft. */
export function getAt<T = unknown>(tree: unknown, path: Path): T | undefined {
  return valueAt(tree, path) as T | undefined;
}

/** The tree with another value at the path; undefined takes the key, or the entry of a list, away. */
export function setAt<T>(tree: T, path: Path, value: unknown): T {
  return changed(tree, path, value) as T;
}

function changed(tree: unknown, [step, ...rest]: Path, value: unknown): unknown {
  if (step === undefined) return value;
  // A list begins with its first entry, a map with its first key.
  const list: readonly unknown[] | undefined = Array.isArray(tree)
    ? tree
    : tree === undefined && typeof step === 'number'
      ? []
      : undefined;
  const isGone = rest.length === 0 && value === undefined;
  if (list !== undefined) {
    const index = Number(step);
    if (isGone) return list.filter((_, i) => i !== index);
    const copy = [...list];
    copy[index] = changed(list[index], rest, value);
    return copy;
  }
  const map: Tree = typeof tree === 'object' && tree !== null ? { ...tree } : {};
  if (!isGone) return { ...map, [step]: changed(map[step], rest, value) };
  const { [String(step)]: _gone, ...others } = map;
  return others;
}

/** The tree with a key by another name, in the same place of the order. */
export function renameAt<T>(tree: T, path: Path, from: string, to: string): T {
  const map = getAt<Tree>(tree, path) ?? {};
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
  return filled(tree) as T;
}

function filled(tree: unknown): unknown {
  if (Array.isArray(tree)) return tree.filter((one) => one !== null).map(filled);
  if (typeof tree !== 'object' || tree === null) return tree;
  return Object.fromEntries(
    Object.entries(tree)
      .filter(([, value]) => value !== null)
      .map(([key, value]) => [key, filled(value)]),
  );
}

export function ruleKind(rule: Rule): RuleKind {
  return RULE_KINDS.find((kind) => rule[kind] !== undefined) ?? 'levels';
}

/** A rule of a kind with everything that must be said still open. */
export function newRule(kind: RuleKind, metric: string, point: string): Rule {
  const rules: Record<RuleKind, Rule> = {
    levels: { metric, levels: { yellow: { above: OPEN } } },
    noData: { noData: { after: OPEN, level: 'blue' } },
    stuck: { metric, stuck: { after: OPEN, level: 'blue' } },
    range: { metric, range: { limits: [OPEN, OPEN], level: 'blue' } },
    vote: { vote: { points: [point], atLeast: 1, level: 'yellow' } },
  };
  return rules[kind];
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
