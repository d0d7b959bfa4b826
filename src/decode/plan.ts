import type { DecodePlan, FieldPlan } from '../model/format.ts';
import type { DeviceRecord } from '../model/registry.ts';
import type { Metric } from '../model/site.ts';

/**
 * Samples of one clock follow each other in a batch; where more is missing than this, or than so many reports, what lies
 * on the other side is of another clock, or of the same one before it was set.
 */
const HOLE_MAX_MS = 5 * 60_000;
const HOLE_MAX_REPORTS = 3;

/** Makes the plans of devices. */
export function createPlanner(): (device: DeviceRecord) => DecodePlan {
  /** The fields of each profile, as its devices last had them. */
  const fieldsByProfile = new Map<string, ReadonlyMap<string, FieldPlan>>();
  return (device) => {
    let fields = fieldsByProfile.get(device.profile);
    if (fields === undefined || !areFieldsOf(fields, device)) {
      fields = new Map(device.fields.map(({ field, metric }, index) => [field, planField(metric, index)]));
      fieldsByProfile.set(device.profile, fields);
    }
    const series = device.fields.map((field) => (field.series.length === 1 ? (field.series[0] ?? []) : field.series));
    return { fields, series, holeMaxMs: Math.max(HOLE_MAX_MS, HOLE_MAX_REPORTS * device.reportEveryMs) };
  };
}

function areFieldsOf(fields: ReadonlyMap<string, FieldPlan>, device: DeviceRecord): boolean {
  const isSame = device.fields.every(({ field, metric }, index) => {
    const plan = fields.get(field);
    return plan?.index === index && plan.metric === metric;
  });
  return isSame && device.fields.length === fields.size;
}

function planField(metric: Metric, index: number): FieldPlan {
  const [low, high] = metric.range ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  return { index, metric, low, high, sentinels: metric.sentinels };
}
