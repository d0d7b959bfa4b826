/** ISA-18.2-2016 §16.4, EEMUA 191 (DOMAIN): a flood begins above 10 alarms in 10 minutes and ends below 5. */
export const FLOOD_BEGINS_ABOVE = 10;
const FLOOD_ENDS_BELOW = 5;
const FLOOD_WINDOW_MS = 600_000;

export interface FloodMemory {
  /** Arrival times of the last announcements, oldest first; as many as decide whether a flood begins. */
  readonly times: readonly number[];
  /** Announcements of the flood that is on, those that made it one included; null when none is. */
  readonly count: number | null;
}

export const NO_FLOOD: FloodMemory = { times: [], count: null };

/** One more alert has been put before people at `atMs`. The last eleven times decide, so no more are remembered. */
export function announced({ times, count }: FloodMemory, atMs: number): FloodMemory {
  // Times never run backwards here, even when a deadline in the past comes through late.
  const last = Math.max(atMs, times.at(-1) ?? atMs);
  const recent = [...times, last].slice(-(FLOOD_BEGINS_ABOVE + 1));
  if (count !== null) return { times: recent, count: count + 1 };
  const [eleventh] = recent;
  const begins = recent.length > FLOOD_BEGINS_ABOVE && eleventh !== undefined && eleventh > last - FLOOD_WINDOW_MS;
  return { times: recent, count: begins ? recent.length : null };
}

/** When the flood ends unless more alerts come; undefined when there is none. */
export function floodEndsAtMs({ times, count }: FloodMemory): number | undefined {
  const fifth = times.at(-FLOOD_ENDS_BELOW);
  return count === null || fifth === undefined ? undefined : fifth + FLOOD_WINDOW_MS;
}

/** The server began anew, perhaps with a clock that was set back: nothing was announced in the future. */
export function restarted(flood: FloodMemory, atMs: number): FloodMemory {
  if (!flood.times.some((time) => time > atMs)) return flood;
  return { ...flood, times: flood.times.map((time) => Math.min(time, atMs)) };
}
