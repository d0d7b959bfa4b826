import type { Control } from '../../model/entry.ts';
import type { Level } from '../../model/level.ts';

/** Something of the server itself that people must see, for as long as it is found. */
export interface FoundCondition {
  readonly detail: string;
  /** When it is over by itself; what is found after it is another matter. */
  readonly untilMs: number;
}

export interface StandingConditionsOptions {
  readonly level: Level;
  /** What the rules of these alerts begin with. */
  readonly beginnings: readonly string[];
  /** What is said when one has passed. */
  readonly over: string;
  /** Conditions of the server itself that stand from before the start. */
  readonly standing: readonly string[];
  readonly send: (control: Control) => void;
}

/** Says what is found anew, and what is found no more, of some conditions that are looked at again and again. */
export function createStandingConditions({ level, beginnings, over, standing, send }: StandingConditionsOptions): {
  /** All of them that are found now. */
  found(conditions: ReadonlyMap<string, FoundCondition>, nowMs: number): void;
} {
  /** Conditions that were said, each with when it is over by itself; undefined: that was before the start. */
  const raised = new Map<string, number | undefined>();
  for (const condition of standing) {
    if (beginnings.some((beginning) => condition.startsWith(beginning))) raised.set(condition, undefined);
  }

  return {
    found(conditions, nowMs) {
      for (const [condition, untilMs] of raised) {
        // What was acknowledged of one shift must not hide the next one.
        if (conditions.has(condition) && (untilMs === undefined || nowMs < untilMs)) continue;
        raised.delete(condition);
        send({ type: 'system', condition, level, active: false, detail: over });
      }
      for (const [condition, { detail, untilMs }] of conditions) {
        if (raised.has(condition)) continue;
        raised.set(condition, untilMs);
        send({ type: 'system', condition, level, active: true, detail });
      }
    },
  };
}
