import type { Comparison } from '../model/alert.ts';
import type { Value } from '../model/reading.ts';
import type { CompiledCriterion, CompiledLevel, CompiledRule, CurveLeaf, LimitLeaf } from './compiled.ts';

/**
 * How the value of a transition was compared with its limit: from which side, and what of the metric. Null when there
 * was no such comparison, as with a state. Where both sides of a point have the same limit, the value tells them apart.
 */
export function comparisonOf(
  rule: CompiledRule,
  level: CompiledLevel | undefined,
  { value, limit }: { readonly value: Value; readonly limit: Value },
): Comparison | null {
  if (level === undefined || typeof limit !== 'number' || rule.kind !== 'levels') return null;
  const leaves = [...comparingLeaves(level.criterion)];
  const own = leaves.filter((leaf): leaf is LimitLeaf => leaf.kind === 'limit' && leaf.shownLimit === limit);
  const leaf = own.find(({ side }) => typeof value === 'number' && (value - limit) * side >= 0) ?? own[0];
  if (leaf !== undefined) {
    const { quantity } = leaf;
    const windowMs = quantity.of === 'value' ? null : (rule.windows[quantity.window]?.lengthMs ?? null);
    return { side: leaf.side > 0 ? 'above' : 'below', of: quantity.of, windowMs };
  }
  // The limit of a curve is not written anywhere; it depends on the second metric.
  return leaves.some(({ kind }) => kind === 'curve') ? { side: 'above', of: 'value', windowMs: null } : null;
}

function* comparingLeaves(criterion: CompiledCriterion): Generator<LimitLeaf | CurveLeaf> {
  if (criterion.kind === 'limit' || criterion.kind === 'curve') yield criterion;
  else if (criterion.kind === 'any' || criterion.kind === 'all') {
    for (const part of criterion.parts) yield* comparingLeaves(part);
  }
}
