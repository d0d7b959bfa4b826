import type { Clock, Uptime } from '../../lib/clock.ts';
import { MINUTE_MS } from '../../model/time.ts';
import { rowsAfterClockSet } from '../decide/clock-set.ts';
import type { Desk } from './desk.ts';
import { readMemory } from './memory.ts';

/**
 * Finds that somebody set the clock, and moves with it what is so long after something: deadlines, the next attempts, what was
 * used of budgets, how long a channel is left alone. Otherwise a clock that is set back by an hour would keep the next
 * step of a ladder for an hour, and one that is set forward would climb it at once, send what the gateway counts as too much, and
 * give up what has waited for a minute.
 */

/** Clocks are never exact; what they are apart by less, or drift by, moves nothing. */
const SET_MIN_MS = 2_000;
/** After a start of the machine it is known to this, how late it was. */
const KEEP_EVERY_MS = MINUTE_MS;

export function createClockWatch(desk: Desk, clock: Clock, uptime: Uptime) {
  const { store } = desk;
  /** What the clock shows when the machine starts, as it is set. */
  const originMs = () => Math.round(clock.nowMs() - uptime.ms());
  let knownMs = knownAtStart();
  /** What is known once the transaction is on disk. */
  let nextMs = knownMs;
  let keptAtMs = Number.NEGATIVE_INFINITY;
  let nextKeptAtMs = keptAtMs;

  /** Across a start of the server the machine's own time tells; across one of the machine only that time never runs back. */
  function knownAtStart(): number {
    const kept = store.clock();
    if (kept === undefined) return originMs();
    // A container may have a time of its own, which begins anew with it while the machine goes on.
    const hasGoneOn = uptime.ms() >= kept.atMs - kept.originMs - SET_MIN_MS;
    if (kept.boot !== '' && kept.boot === uptime.boot && hasGoneOn) return kept.originMs;
    return originMs() - Math.min(0, clock.nowMs() - kept.atMs);
  }

  /** By how much the clock was set since it was looked at; 0: it was not. */
  function setByMs(): number {
    const byMs = originMs() - knownMs;
    return Math.abs(byMs) < SET_MIN_MS ? 0 : byMs;
  }

  return {
    isSet: () => setByMs() !== 0,

    /** Moves all rows with the clock, if it was set. To be called within the transaction, before anything of them is used. */
    follow(): void {
      const byMs = setByMs();
      const nowMs = clock.nowMs();
      nextMs = knownMs + byMs;
      // What changes nothing else writes nothing, most of the time: each write waits for the disk.
      if (byMs !== 0 || Math.abs(nowMs - keptAtMs) >= KEEP_EVERY_MS) {
        store.keepClock({ boot: uptime.boot, originMs: nextMs, atMs: nowMs });
        nextKeptAtMs = nowMs;
      }
      if (byMs === 0) return;
      store.keepDecided(rowsAfterClockSet(desk.memory.state.rows(), byMs, nowMs));
      store.moveTimes(byMs, nowMs);
      desk.memory = readMemory(store);
      for (const id of [...desk.memory.waiting.keys(), ...desk.memory.open.keys()]) desk.touched.add(id);
    },

    /** The transaction is on disk. */
    done(): void {
      knownMs = nextMs;
      keptAtMs = nextKeptAtMs;
    },
  };
}
