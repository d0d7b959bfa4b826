import type { MessageRule } from '../model/messages.ts';
import type { Value } from '../model/reading.ts';
import type { Profile } from '../model/site.ts';
import { UNUSED_FIELDS_MAX, type UnusedField } from '../model/trial.ts';
import { isObject, type JsonObject } from './gather.ts';

/** What lies deeper is no field of a sensor. */
const DEPTH_MAX = 4;

/**
 * The fields of what a decoder gave that a profile does not name: a sensor whose level is called otherwise than in the profile
 * would be registered, report its battery, and never its level.
 */
export function unusedFields(said: JsonObject, { metrics, messages = [] }: Profile): readonly UnusedField[] {
  const rules = messages.filter(({ format }) => format === 'uplink');
  const named =
    rules.length === 0 ? Object.keys(metrics) : rules.flatMap((rule) => pathsOf(rule, Object.keys(metrics)));
  const isNamed = (path: string) => named.some((name) => name === path || path.endsWith(`.${name}`));
  return [...leavesOf(said, '', 0)].filter(({ name }) => !isNamed(name)).slice(0, UNUSED_FIELDS_MAX);
}

/** The paths that a rule reads; without metrics of its own, each field by the name of a metric. */
function pathsOf({ metrics }: MessageRule, fields: readonly string[]): readonly string[] {
  if (metrics === undefined) return fields;
  return Object.values(metrics).flatMap((value) => {
    const path = typeof value === 'string' || Array.isArray(value) ? value : value.at;
    if (path === undefined) return [];
    return [typeof path === 'string' ? path.replace(/^\$\./, '') : path.join('.')];
  });
}

function* leavesOf(value: unknown, path: string, depth: number): Generator<UnusedField> {
  if (isObject(value)) {
    if (depth === DEPTH_MAX) return;
    for (const [key, one] of Object.entries(value))
      yield* leavesOf(one, path === '' ? key : `${path}.${key}`, depth + 1);
  } else if (isValue(value)) yield { name: path, value };
}

function isValue(value: unknown): value is Value {
  return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string';
}
