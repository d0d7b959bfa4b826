import { appliesAt, boundariesOf, compileCalendar, LOOK_AHEAD_DAYS } from '../model/calendar.ts';
import type { Report } from '../model/problem.ts';
import type { ScheduleEntry } from '../model/threshold.ts';
import { DAY_MS } from '../model/time.ts';
import type { CompiledLevels, Schedule } from './compiled.ts';

export function compileSchedule(
  entries: readonly ScheduleEntry[],
  compileLevels: (entry: ScheduleEntry, index: number) => CompiledLevels,
  report: Report,
): Schedule {
  const variants = entries.map((entry, index) => ({
    levels: compileLevels(entry, index),
    ...compileCalendar(entry, (field, problem) => report(['schedule', index, field], problem)),
  }));
  return { variants };
}

/** Index of the variant in force at a time; -1 when the rule's own levels are. */
export function variantAt(schedule: Schedule, atMs: number): number {
  return schedule.variants.findIndex((variant) => appliesAt(variant, atMs));
}

/**
 * The first time after `atMs` at which another variant may be in force; at the latest 32 days on, where it may turn out
 * that none is.
 */
export function nextSwitchMs(schedule: Schedule, atMs: number): number {
  const now = variantAt(schedule, atMs);
  for (const candidateMs of boundariesOf(schedule.variants, atMs)) {
    if (variantAt(schedule, candidateMs) !== now) return candidateMs;
  }
  return atMs + LOOK_AHEAD_DAYS * DAY_MS;
}
