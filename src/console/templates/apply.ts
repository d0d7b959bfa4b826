import { type Template, withTemplate } from '../../model/template.ts';
import type { ThresholdDocument } from '../../model/threshold.ts';

/** Figures by parameter; null while a field is empty. */
export type Values = Readonly<Record<string, number | null>>;

/** What is asked of a point: its kind, and what it measures. */
interface Measuring {
  readonly family: string;
  readonly metrics: Readonly<Record<string, unknown>>;
}

/** Which points, with which figures, what that changes: one after the other. */
export const APPLY_STEPS = ['points', 'values', 'difference'] as const;
export type ApplyStep = (typeof APPLY_STEPS)[number];

/** What has been chosen so far of how a template goes onto points. */
export interface ApplyChoice {
  readonly step: ApplyStep;
  /** Ids of points, in the order they were chosen. */
  readonly chosen: readonly string[];
  readonly common: Values;
  /** Points that get figures of their own. */
  readonly own: ReadonlyMap<string, Values>;
  /** The points' metrics, by the template's. */
  readonly metrics: Readonly<Record<string, string>>;
  readonly mode: 'merge' | 'replace';
}

export const NOTHING_CHOSEN: ApplyChoice = {
  step: 'points',
  chosen: [],
  common: {},
  own: new Map(),
  metrics: {},
  mode: 'merge',
};

export type ApplyMove = { readonly go: 'on' | 'back' } | { readonly set: Partial<Omit<ApplyChoice, 'step'>> };

export function applyMove(choice: ApplyChoice, move: ApplyMove): ApplyChoice {
  if ('set' in move) return { ...choice, ...move.set };
  const index = APPLY_STEPS.indexOf(choice.step) + (move.go === 'on' ? 1 : -1);
  return { ...choice, step: APPLY_STEPS[index] ?? choice.step };
}

/** As the server is asked for it, without the reason. */
export function wishesOf({ chosen, common, own, metrics, mode }: ApplyChoice) {
  return {
    points: chosen.map((point) => {
      const parameters = filled(own.get(point) ?? {});
      return Object.keys(parameters).length === 0 ? { point } : { point, parameters };
    }),
    parameters: filled(common),
    metrics,
    mode,
  };
}

/** A point's document under the template, as the server would make it; as it is where that can't be. */
export function documentAfter(
  { common, own, metrics, mode }: ApplyChoice,
  template: Template,
  point: string,
  before: ThresholdDocument,
): ThresholdDocument {
  const parameters = { ...filled(common), ...filled(own.get(point) ?? {}) };
  const made = withTemplate(before, template, { parameters, metrics, mode });
  return made.ok ? made.document : before;
}

/** Whether every point has every figure and every metric that the template asks for. */
export function isComplete(choice: ApplyChoice, template: Template, points: readonly Measuring[]): boolean {
  const { chosen, common, own, metrics } = choice;
  const has = (point: string, id: string) => (own.get(point)?.[id] ?? common[id] ?? null) !== null;
  return (
    template.parameters.every(({ id }) => chosen.every((point) => has(point, id))) &&
    metricGap(template, points, metrics).length === 0
  );
}

/** The metrics of the template that some of the points have neither by name nor by what was said. */
export function metricGap(
  { applies }: Template,
  points: readonly Measuring[],
  metrics: Readonly<Record<string, string>>,
): string[] {
  const needed = [applies.metric, ...(applies.with ?? [])];
  return needed.filter((metric) => points.some((point) => !Object.hasOwn(point.metrics, metrics[metric] ?? metric)));
}

/** The smallest list of documents that holds those of the points, as a query. */
export function narrowest(
  { applies }: Template,
  points: readonly Measuring[],
  metrics: Readonly<Record<string, string>>,
): { readonly metric?: string; readonly family?: string } {
  const metric = metrics[applies.metric] ?? applies.metric;
  if (points.every((point) => Object.hasOwn(point.metrics, metric))) return { metric };
  const [family, other] = new Set(points.map((point) => point.family));
  return family === undefined || other !== undefined ? {} : { family };
}

function filled(values: Values): Record<string, number> {
  return Object.fromEntries(Object.entries(values).filter((entry): entry is [string, number] => entry[1] !== null));
}
