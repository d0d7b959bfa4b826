import type { z } from 'zod';
import type { Alert } from '../model/alert.ts';
import { rankOf } from '../model/level.ts';
import { ownOf } from '../model/own.ts';
import type { PointRecord } from '../model/registry.ts';
import { resolveName } from '../model/resolve-name.ts';
import type { Metric } from '../model/site.ts';
import type { PointState, pointSchema } from '../wire/points.ts';
import type { metricSchema } from '../wire/shapes.ts';
import type { ApiDeps } from './deps.ts';
import { ProblemError } from './problems.ts';

/** Throws the problem `unknown-point`. */
export function knownPoint(deps: ApiDeps, id: string): PointRecord {
  const point = deps.registry.point(id);
  if (point === undefined) throw new ProblemError('unknown-point', { detail: id });
  return point;
}

/** A point as the API shows it, with its open alerts. */
export function shownPoint(deps: ApiDeps, id: string): z.infer<typeof pointSchema> {
  const point = knownPoint(deps, id);
  const alerts = deps.alerts.open().filter((alert) => alert.point === point.id);
  return pointView(deps, point, alerts);
}

export function pointView(deps: ApiDeps, point: PointRecord, alerts: Alert[]): z.infer<typeof pointSchema> {
  const { online } = deps.live.device(point.device);
  const live = deps.live.values(point.id);
  const values: z.infer<typeof pointSchema>['values'] = {};
  const metrics: z.infer<typeof pointSchema>['metrics'] = {};
  for (const [name, metric] of Object.entries(point.metrics)) {
    metrics[name] = metricView(name, metric);
    const newest = ownOf(live, name);
    if (newest === undefined) continue;
    values[name] = { value: newest.value, unit: metric.unit ?? null, ts: newest.tsMs, quality: newest.quality };
  }
  const { id, name, area, family, device, location, labels, reportEveryMs } = point;
  return {
    id,
    name,
    area,
    family,
    device,
    location: location === null ? null : [...location],
    labels,
    reportEveryMs,
    online,
    state: stateOf(online, alerts),
    hasLimits: deps.registry.hasLimits(id),
    metrics,
    values,
    alerts,
  };
}

export function stateOf(online: boolean, alerts: readonly Alert[]): PointState {
  const [worst] = alerts
    .filter((alert) => alert.state === 'active')
    .map((alert) => alert.level)
    .sort((a, b) => rankOf(b) - rankOf(a));
  return worst ?? (online ? 'normal' : 'offline');
}

/** A metric as the API shows it, with all its names in both languages. */
export function metricView(name: string, metric: Metric): z.infer<typeof metricSchema> {
  const { type, unit, range, values } = metric;
  const named = Object.entries(metric.valueNames ?? {}).map(([value, words]) => [value, resolveName(words, value)]);
  const valueNames = named.length === 0 ? undefined : Object.fromEntries(named);
  return { type, unit, range, values, valueNames, name: resolveName(metric.name, name) };
}
