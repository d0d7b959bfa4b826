import type { Row } from './state.ts';

/**
 * Rows as they are after somebody set the server's clock by `byMs`, which it shows as `atMs` now. A deadline is so long after
 * something: after the step before, the last repetition, the first of a group. So it moves with the clock. Quiet hours are hours
 * of the clock, and are looked at anew. A silence ends when it says, and never later than was meant: it moves when the clock is set
 * back, for otherwise it would last as much longer.
 */
export function rowsAfterClockSet(
  rows: Iterable<readonly [string, Row]>,
  byMs: number,
  atMs: number,
): Map<string, Row> {
  const moved = (time: number | null) => (time === null ? null : time + byMs);
  const after = new Map<string, Row>();
  for (const [key, row] of rows) {
    // The same time may come a second time, and what is told then is not what was told before.
    const again = { clockSets: (row.clockSets ?? 0) + 1 };
    if (row.kind === 'alert') {
      const tracks = row.tracks.map((track) => ({
        ...track,
        stepAtMs: moved(track.stepAtMs),
        repeatAtMs: moved(track.repeatAtMs),
      }));
      after.set(key, { ...row, ...again, tracks, dueAtMs: moved(row.dueAtMs) });
    } else if (row.kind === 'group') after.set(key, { ...row, ...again, dueAtMs: moved(row.dueAtMs) });
    else if (row.kind === 'quiet') after.set(key, { ...row, ...again, dueAtMs: atMs });
    else if (byMs < 0) {
      const { fromMs, untilMs } = row.silence;
      const silence = { ...row.silence, fromMs: fromMs + byMs, untilMs: untilMs + byMs };
      after.set(key, { ...row, ...again, silence, dueAtMs: moved(row.dueAtMs), movedMs: (row.movedMs ?? 0) + byMs });
    }
  }
  return after;
}
