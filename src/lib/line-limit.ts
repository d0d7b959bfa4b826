import type { Clock } from './clock.ts';

const PERIOD_MS = 60_000;

/**
 * Whether one more line may be logged: so many in a minute, because strangers can make up names faster than anybody can
 * read them. `onUnlogged` says afterwards how many were left out.
 */
export function createLineLimit(
  clock: Pick<Clock, 'steadyMs'>,
  perMinute: number,
  onUnlogged: (lines: number) => void,
): () => boolean {
  let endsAtMs = Number.NEGATIVE_INFINITY;
  let lines = 0;
  return () => {
    const nowMs = clock.steadyMs();
    if (nowMs >= endsAtMs) {
      if (lines > perMinute) onUnlogged(lines - perMinute);
      endsAtMs = nowMs + PERIOD_MS;
      lines = 0;
    }
    lines += 1;
    return lines <= perMinute;
  };
}
