import type { Once } from '../model/format.ts';

/** What came last of a device over networks that deliver one thing several times. */
export interface Copies {
  /** The newest last. */
  copies: Once[] | undefined;
}

/** Copies of several frames may come one after another, but not of many: a device sends seldom. */
const KEPT_MAX = 4;
/** Copies lie no further apart; and frame counters come round, or begin anew, later than that. */
const APART_MAX_MS = 60_000;

/**
 * The time of the first copy of what came; undefined when this is the first. Nothing is dropped for its sake: a copy is read
 * at that time, so that it is the same readings, and new ones where the first was never written to disk.
 */
export function firstOfCopies(device: Copies, once: Once): number | undefined {
  const known = device.copies?.find(({ key, atMs }) => key === once.key && Math.abs(atMs - once.atMs) <= APART_MAX_MS);
  if (known !== undefined) return known.atMs;
  device.copies = [...(device.copies ?? []).slice(1 - KEPT_MAX), once];
  return undefined;
}
