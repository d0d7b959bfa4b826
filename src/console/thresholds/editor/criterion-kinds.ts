import { isOneOf } from '../../../model/own.ts';
import type { Criterion } from '../../../model/threshold.ts';
import { OPEN } from './draft.ts';

/** What a criterion can be, for choosing; `mixed` is one that joins several of them with "or" in one line. */
export const CRITERION_KINDS = [
  'limit',
  'change',
  'average',
  'maximum',
  'minimum',
  'sum',
  'curve',
  'equals',
  'any',
  'all',
] as const;
export type CriterionKind = (typeof CRITERION_KINDS)[number];

export const AGGREGATES = ['average', 'maximum', 'minimum', 'sum'] as const;
export type AggregateKind = (typeof AGGREGATES)[number];

const KEYS = [
  'above',
  'below',
  'equals',
  'rise',
  'fall',
  'within',
  ...AGGREGATES,
  'coverage',
  'curve',
  'any',
  'all',
] as const satisfies readonly (keyof Criterion)[];

export function aggregateOf(criterion: Criterion): AggregateKind | undefined {
  return AGGREGATES.find((key) => criterion[key] !== undefined);
}

/** The parts that are shown of a criterion, each with fields of its own. */
export function partsOf(criterion: Criterion): readonly ('limit' | 'change' | 'curve' | 'equals' | 'any' | 'all')[] {
  if (criterion.any !== undefined) return ['any'];
  if (criterion.all !== undefined) return ['all'];
  const parts: ('limit' | 'change' | 'curve' | 'equals')[] = [];
  if (criterion.above !== undefined || criterion.below !== undefined || aggregateOf(criterion) !== undefined) {
    parts.push('limit');
  }
  if (criterion.rise !== undefined || criterion.fall !== undefined || criterion.within !== undefined) {
    parts.push('change');
  }
  if (criterion.curve !== undefined) parts.push('curve');
  if (criterion.equals !== undefined) parts.push('equals');
  return parts;
}

export function kindOf(criterion: Criterion): CriterionKind | 'mixed' {
  const [part = 'limit', ...others] = partsOf(criterion);
  if (others.length > 0) return 'mixed';
  return part === 'limit' ? (aggregateOf(criterion) ?? 'limit') : part;
}

/** The keys of the criterion alone: a level has delays and a label beside it. */
export function criterionOf(value: Criterion): Criterion {
  return Object.fromEntries(KEYS.flatMap((key) => (value[key] === undefined ? [] : [[key, value[key]]]))) as Criterion;
}

/**
 * The same level or criterion with another kind of test. Figures that mean the same there stay: limits between the value
 * and its averages, all of it as the first part of `any` and `all`. What stands beside the criterion stays as it is.
 */
export function withKind<T extends Criterion>(value: T, kind: CriterionKind, over: string | undefined): T {
  const rest = Object.fromEntries(Object.entries(value).filter(([key]) => !isOneOf(KEYS, key)));
  return { ...criterionOfKind(kind, criterionOf(value), over), ...rest } as T;
}

function criterionOfKind(kind: CriterionKind, before: Criterion, over: string | undefined): Criterion {
  const group = before.any ?? before.all;
  if (kind === 'any' || kind === 'all') return { [kind]: group ?? [before, { above: OPEN }] };
  const from = group?.find((part) => part.any === undefined && part.all === undefined) ?? before;
  const { above, below } = from;
  const limits = above === undefined && below === undefined ? { above: OPEN } : defined({ above, below });
  switch (kind) {
    case 'limit':
      return limits;
    case 'average':
    case 'maximum':
    case 'minimum':
    case 'sum': {
      const window = aggregateOf(from);
      return { [kind]: window === undefined ? OPEN : from[window], ...limits };
    }
    case 'change':
      return from.within === undefined
        ? { rise: OPEN, within: OPEN }
        : defined({ rise: from.rise, fall: from.fall, within: from.within });
    case 'curve':
      return {
        curve: from.curve ?? { over: over ?? OPEN, points: [OPEN_POINT, OPEN_POINT] },
      };
    case 'equals':
      return { equals: from.equals === undefined ? OPEN : from.equals };
  }
}

const OPEN_POINT: [number, number] = [OPEN, OPEN];

function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as T;
}
