import type { DeviceToRead, FieldPlan } from '../../../model/format.ts';
import { type MessageRule, parseSparkplugPath } from '../../../model/messages.ts';
import { rejectionOf } from '../../../model/rejection.ts';
import type { NamedSparkplugMetric } from '../../../model/sparkplug.ts';
import { type Collector, numberOf } from '../../gather.ts';
import { compileRule } from '../mapped/rule.ts';
import { type TypedValue, typedValue } from './types.ts';

/** Which metrics of Sparkplug are which of a profile, as its rules say, or by their own names where it has none. */

/** One metric of a profile that a metric of Sparkplug is read as. */
interface Target {
  readonly field: string;
  /** Puts a value in its place; an array of which an element is meant is given as its elements. */
  readonly fill: (collector: Collector, device: DeviceToRead, value: unknown, tsMs: number) => void;
  readonly isElement: boolean;
}

export function isOfProfile(device: DeviceToRead, name: string): boolean {
  return rulesOf(device)?.has(name) ?? device.fields.has(name);
}

/** Reads a metric into all that it is in the device's profile. */
export function readMetric(
  collector: Collector,
  device: DeviceToRead,
  metric: NamedSparkplugMetric,
  tsMs: number,
): void {
  const rules = rulesOf(device);
  const typed = typedValue(metric);
  const own = rules === undefined ? device.fields.get(metric.name) : undefined;
  if (own !== undefined) put(collector, metric.name, own, typed, tsMs);
  for (const { field: name, fill, isElement } of rules?.get(metric.name) ?? []) {
    const field = device.fields.get(name);
    if (field === undefined) continue;
    if ('value' in typed && (!isElement || typed.value === null)) fill(collector, device, { v: typed.value }, tsMs);
    else if ('elements' in typed && isElement) fill(collector, device, { v: typed.elements }, tsMs);
    else if ('value' in typed) {
      collector.bad(field, tsMs);
      collector.refuse(() => rejectionOf('no-array', { name }));
    } else put(collector, name, field, typed, tsMs);
  }
}

/** The metrics of a profile that metrics of these names are; undefined names: all. */
export function fieldsOf(device: DeviceToRead, names: ReadonlySet<string> | undefined): readonly FieldPlan[] {
  const rules = rulesOf(device);
  if (names === undefined) return [...device.fields.values()];
  const own =
    rules === undefined ? [...names] : [...names].flatMap((name) => rules.get(name)?.map(({ field }) => field) ?? []);
  return [...new Set(own)].flatMap((name) => device.fields.get(name) ?? []);
}

/** What is no single value is said to be none, and the rest of its message is read. */
function put(collector: Collector, name: string, field: FieldPlan, typed: TypedValue, tsMs: number): void {
  if ('value' in typed) return collector.value(name, field, typed.value, tsMs);
  const type = 'unreadable' in typed ? typed.unreadable : typed.type;
  collector.bad(field, tsMs);
  collector.refuse(() => rejectionOf('no-single-value', { name, type }));
}

/** The list of rules is the same object for all devices of a profile. */
const compiled = new WeakMap<readonly MessageRule[], ReadonlyMap<string, readonly Target[]> | null>();

function rulesOf({ record: { messages } }: DeviceToRead): ReadonlyMap<string, readonly Target[]> | undefined {
  if (messages === undefined) return undefined;
  let rules = compiled.get(messages);
  if (rules === undefined) {
    rules = compile(messages);
    compiled.set(messages, rules);
  }
  return rules ?? undefined;
}

/** Null: the profile says nothing of it. */
function compile(messages: readonly MessageRule[]): ReadonlyMap<string, readonly Target[]> | null {
  const own = messages.filter(({ format, metrics }) => format === 'sparkplug' && metrics !== undefined);
  if (own.length === 0) return null;
  const targets = new Map<string, Target[]>();
  for (const { metrics = {}, ...rule } of own) {
    for (const [field, value] of Object.entries(metrics)) {
      const given = typeof value === 'string' || Array.isArray(value) ? { at: value } : value;
      const path = given.at === undefined ? undefined : parseSparkplugPath(given.at);
      if (path === undefined) continue;
      const { name, index } = path;
      const at = index === undefined ? ['v'] : ['v', index];
      const { fill } = compileRule({ ...rule, metrics: { [field]: { ...given, at } } }, true);
      const target: Target = {
        field,
        isElement: index !== undefined,
        fill: (collector, device, item, tsMs) => fill(collector, device, item, item, tsMs),
      };
      targets.set(name, [...(targets.get(name) ?? []), target]);
    }
  }
  return targets;
}

/** What somebody would have a device do in the words of its profile, in those of Sparkplug; names that the profile has not stay. */
export function toSparkplug(
  messages: readonly MessageRule[] | undefined,
  field: string,
  value: unknown,
): { readonly name: string; readonly value: unknown } {
  for (const { format, metrics } of messages ?? []) {
    const given = format === 'sparkplug' ? metrics?.[field] : undefined;
    if (given === undefined) continue;
    if (typeof given === 'string' || Array.isArray(given)) return { name: nameAt(given) ?? field, value };
    const name = given.at === undefined ? undefined : nameAt(given.at);
    return { name: name ?? field, value: backwards(given, value) };
  }
  return { name: field, value };
}

/** The name of a metric that is a value as a whole: an element of an array can't be told to change. */
function nameAt(path: string | (string | number)[]): string | undefined {
  const { name, index } = parseSparkplugPath(path) ?? {};
  return index === undefined ? name : undefined;
}

type ValueRule = Exclude<NonNullable<MessageRule['metrics']>[string], string | unknown[]>;

function backwards({ values, scale = 1, offset = 0 }: ValueRule, value: unknown): unknown {
  if (values !== undefined) {
    const [key] = Object.entries(values).find(([, meant]) => meant === value) ?? [];
    return key === undefined ? undefined : valueOfKey(key);
  }
  return typeof value === 'number' ? Number(((value - offset) / scale).toPrecision(12)) : value;
}

/** A table's keys are texts, whatever the device sends. */
function valueOfKey(key: string): unknown {
  if (key === 'true' || key === 'false') return key === 'true';
  return numberOf(key) ?? key;
}
