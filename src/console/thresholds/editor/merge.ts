import { differencesOf } from '../../../model/difference.ts';
import { stepsOf } from '../../../model/pointer.ts';
import type { ThresholdDocument } from '../../../model/threshold.ts';
import { getAt, setAt } from './draft.ts';

/** One place that both have changed, each to something else. Values are undefined where there is nothing. */
export interface MergeConflict {
  /** JSON pointer to the whole of what is in dispute. */
  readonly path: string;
  readonly base: unknown;
  readonly theirs: unknown;
  readonly mine: unknown;
}

export interface Merge {
  /** Their document with my changes on it; where both changed the same, mine. */
  readonly document: ThresholdDocument;
  readonly conflicts: readonly MergeConflict[];
}

/** Puts my changes of `base` on top of theirs. */
export function mergeOnto(base: ThresholdDocument, theirs: ThresholdDocument, mine: ThresholdDocument): Merge {
  const ofTheirs = differencesOf(base, theirs).map(({ path }) => path);
  const ofMine = differencesOf(base, mine).map(({ path }) => path);
  const inDispute = new Set<string>();
  for (const path of ofMine) {
    for (const other of ofTheirs) {
      // The one that reaches higher up holds all of the other.
      if (isWithin(path, other)) inDispute.add(other);
      else if (isWithin(other, path)) inDispute.add(path);
    }
  }
  const outermost = [...inDispute].filter(
    (path) => ![...inDispute].some((other) => other !== path && isWithin(path, other)),
  );
  const places = new Set([...outermost, ...ofMine.filter((path) => !outermost.some((other) => isWithin(path, other)))]);
  let document = theirs;
  for (const path of places) document = setAt(document, stepsOf(path), getAt(mine, stepsOf(path)));
  const conflicts = outermost.map((path) => ({
    path,
    base: getAt(base, stepsOf(path)),
    theirs: getAt(theirs, stepsOf(path)),
    mine: getAt(mine, stepsOf(path)),
  }));
  return { document, conflicts: conflicts.filter(({ theirs: a, mine: b }) => differencesOf(a, b).length > 0) };
}

function isWithin(path: string, outer: string): boolean {
  return path === outer || path.startsWith(`${outer}/`);
}
