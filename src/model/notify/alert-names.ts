import type { Alert } from '../alert.ts';
import { areasAbove } from '../areas-above.ts';
import type { Name } from '../names.ts';
import { ownOf } from '../own.ts';
import type { AreaRecord, PointRecord } from '../registry.ts';
import { resolveName } from '../resolve-name.ts';

/** What people call what an alert is about; null: nothing else than its id. */
export interface AlertNames {
  readonly point: Name | null;
  readonly area: Name | null;
  readonly metric: Name | null;
  /** Of what is measured or compared as a text, where its metric has a name for it. */
  readonly value?: Name | undefined;
  readonly limit?: Name | undefined;
}

/** What the registry knows of an alert's point: the areas it lies in, nearest first, and what people call it. */
export function createNaming(registry: {
  point(id: string): PointRecord | undefined;
  areas(): readonly AreaRecord[];
}): (alert: Alert) => { readonly areas: readonly string[]; readonly names: AlertNames } {
  return ({ point: id, area, metric, value, limit }) => {
    const byId = new Map(registry.areas().map((one) => [one.id, one]));
    const point = registry.point(id);
    const own = metric === null || point === undefined ? undefined : ownOf(point.metrics, metric);
    const metricName = own?.name === undefined || metric === null ? null : resolveName(own.name, metric);
    const wordOf = (said: Alert['value']) => {
      const name = typeof said === 'string' ? ownOf(own?.valueNames ?? {}, said) : undefined;
      return name === undefined || typeof said !== 'string' ? undefined : resolveName(name, said);
    };
    return {
      areas: areasAbove(byId.values(), area),
      names: {
        point: point?.name ?? null,
        area: byId.get(area)?.name ?? null,
        metric: metricName,
        value: wordOf(value),
        limit: wordOf(limit),
      },
    };
  };
}
