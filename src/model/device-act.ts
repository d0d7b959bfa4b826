import type { Alert } from './alert.ts';
import { metricsOfRule, pointMetrics } from './consistency.ts';
import type { Metric, Profile, SiteDevice } from './site.ts';
import type { ThresholdDocument } from './threshold.ts';

/** What renaming, moving, replacing a device or giving it another profile means for its points, told before it is done. */

/** One point, as far as it differs. */
export interface PointEffect {
  readonly point: string;
  /** `ends`: it is measured no longer; `added`: it was not measured before. */
  readonly fate: 'stays' | 'added' | 'ends';
  readonly device: { readonly before: string | null; readonly after: string | null };
  readonly gained: readonly string[];
  readonly lost: readonly string[];
  /** Metrics that keep their name, and are of another unit, type or range. */
  readonly changed: readonly { readonly metric: string; readonly before: string; readonly after: string }[];
}

/** A rule that counts another point in a vote. */
export interface CountingRule {
  readonly point: string;
  readonly rule: string;
  readonly counts: string;
}

/** Points cannot go, because votes of points that stay count on them. */
export class PointsInUseError extends Error {
  override readonly name = 'PointsInUseError';
  readonly votes: readonly CountingRule[];

  constructor(votes: readonly CountingRule[]) {
    super(votes.map(({ point, rule, counts }) => `${counts}: ${point}/${rule}`).join(', '));
    this.votes = votes;
  }
}

/** What an act means. */
export interface ActEffect {
  readonly points: readonly (PointEffect & {
    /** Rules that can't be evaluated there any more, and go. */
    readonly ends: readonly string[];
    /** Rules the point has afterwards. */
    readonly rules: readonly string[];
    /** Alerts that clear by it. */
    readonly clears: readonly Pick<Alert, 'id' | 'rule' | 'level'>[];
  })[];
  /** Rules of other points that count one that ends: they have to be changed first. */
  readonly counted: readonly CountingRule[];
  readonly needsApproval: boolean;
}

interface Held {
  readonly device: string;
  readonly metrics: ReadonlyMap<string, Metric>;
}

function heldBy(devices: readonly SiteDevice[], profiles: ReadonlyMap<string, Profile>): Map<string, Held> {
  const held = new Map<string, Held>();
  for (const device of devices) {
    const profile = profiles.get(device.profile);
    for (const point of device.points) {
      const metrics = profile === undefined ? [] : pointMetrics(profile, point);
      held.set(point.id, {
        device: device.id,
        metrics: new Map(metrics.map(({ name, metric }) => [name, metric])),
      });
    }
  }
  return held;
}

/** The points that are not as they were, by their ids. */
export function pointEffects(
  before: readonly SiteDevice[],
  after: readonly SiteDevice[],
  profiles: ReadonlyMap<string, Profile>,
): PointEffect[] {
  const old = heldBy(before, profiles);
  const now = heldBy(after, profiles);
  const effects = [...new Set([...old.keys(), ...now.keys()])].sort().map((point): PointEffect => {
    const [was, is] = [old.get(point), now.get(point)];
    const names = (held: Held | undefined) => [...(held?.metrics.keys() ?? [])];
    const isBoth = was !== undefined && is !== undefined;
    return {
      point,
      fate: is === undefined ? 'ends' : was === undefined ? 'added' : 'stays',
      device: { before: was?.device ?? null, after: is?.device ?? null },
      gained: isBoth ? names(is).filter((name) => !was.metrics.has(name)) : [],
      lost: isBoth ? names(was).filter((name) => !is.metrics.has(name)) : [],
      changed: names(isBoth ? is : undefined).flatMap((metric) => {
        const [then, next] = [was?.metrics.get(metric), is?.metrics.get(metric)];
        if (then === undefined || next === undefined) return [];
        const [first, second] = [metricText(then), metricText(next)];
        return first === second ? [] : [{ metric, before: first, after: second }];
      }),
    };
  });
  return effects.filter(
    ({ fate, device, gained, lost, changed }) =>
      fate !== 'stays' || device.before !== device.after || gained.length + lost.length + changed.length > 0,
  );
}

/** `cm, 0 to 300`: what of a metric matters to limits. */
function metricText({ type, unit, range, values }: Metric): string {
  const parts = [
    type === 'number' ? (unit ?? '') : type,
    range === undefined ? '' : `${range[0]}–${range[1]}`,
    (values ?? []).join('/'),
  ];
  return parts.filter((part) => part !== '').join(', ') || type;
}

/** The ids of rules that name a metric the point has not. */
export function rulesWithout({ rules }: ThresholdDocument, metrics: ReadonlySet<string>): string[] {
  return Object.entries(rules)
    .filter(([, rule]) => metricsOfRule(rule).some(({ metric }) => !metrics.has(metric)))
    .map(([id]) => id);
}

/** The document without these rules. */
export function withoutRules(document: ThresholdDocument, ended: ReadonlySet<string>): ThresholdDocument {
  const rules = Object.fromEntries(Object.entries(document.rules).filter(([id]) => !ended.has(id)));
  return { ...document, rules };
}
