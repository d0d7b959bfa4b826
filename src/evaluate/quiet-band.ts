import type { Value } from '../model/reading.ts';
import type { CompiledCriterion, CompiledLevels } from './compiled.ts';

/** Numbers between the two, ends excluded, and any other values, unless they are `alarming`. */
export interface QuietBand {
  readonly above: number;
  readonly below: number;
  readonly alarming: readonly Value[];
}

/** The band in which no limit is breached; undefined when a criterion looks at more than the value. */
export function calmBandOf(levels: CompiledLevels): QuietBand | undefined {
  let [above, below] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const alarming: Value[] = [];
  const visit = (criterion: CompiledCriterion): boolean => {
    if (criterion.kind === 'any') return criterion.parts.every(visit);
    if (criterion.kind === 'equals') alarming.push(criterion.value);
    else if (criterion.kind !== 'limit' || criterion.quantity.of !== 'value') return false;
    else if (criterion.side > 0) below = Math.min(below, criterion.limit);
    else above = Math.max(above, criterion.limit);
    return true;
  };
  return levels.every((level) => level === undefined || visit(level.criterion))
    ? { above, below, alarming }
    : undefined;
}
