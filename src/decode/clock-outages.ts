import { commonStepMs, STEP_MOST_MS } from './clock-steps.ts';

/** Of each kind of messages of a device, when it was not heard and may have stored what it sends later. */
export interface Outages {
  /** Remembers that nothing is known of a time. */
  note(stream: number, gap: Gap): void;
  /** Whether a time is one of an outage, from which data is still missing. `newestMs`: the newest time that was sent. */
  hold(stream: number, tsMs: number, newestMs: number): boolean;
  /** What a device stored may come in messages of another kind than those it sends live: of the same outages, whole. */
  copy(from: number, to: number): void;
  forget(stream: number): void;
}

export interface Gap {
  /** The newest time that was sent before it. */
  readonly newestMs: number;
  readonly toMs: number;
  /** A shorter one is none. */
  readonly leastMs: number;
  readonly reportEveryMs: number;
}

/** A time, by the device's clock, of which it may have stored data that it could not send. What was sent since is cut off. */
interface Outage {
  readonly beganMs: number;
  fromMs: number;
  readonly toMs: number;
}

/** Longer steps are not expected of a time in an outage, which may be one on the hour by chance. */
const STEP_USUAL_MS = 300_000;
/** A device that sends what it had stored may begin by so much, or by a report, too early: with what was not acknowledged. */
const SENT_AGAIN_MS = 60_000;
/** Outages that are remembered of a stream: the longest. */
const OUTAGES_MAX = 8;

export function createOutages(): Outages {
  const outagesOf = new Map<number, Outage[]>();
  return {
    note(stream, { newestMs, toMs, leastMs, reportEveryMs }) {
      const missingMs = toMs - newestMs;
      if (newestMs === Number.NEGATIVE_INFINITY || missingMs <= leastMs) return;
      const outages = outagesOf.get(stream) ?? [];
      if (outages.length === 0) outagesOf.set(stream, outages);
      else if (outages.some((known) => known.toMs === toMs)) return;
      const beganMs = newestMs - Math.min(missingMs, Math.max(SENT_AGAIN_MS, reportEveryMs));
      outages.push({ beganMs, fromMs: beganMs, toMs });
      if (outages.length <= OUTAGES_MAX) return;
      const lengths = outages.map((outage) => outage.toMs - outage.fromMs);
      outages.splice(lengths.indexOf(Math.min(...lengths)), 1);
    },

    hold(stream, tsMs, newestMs) {
      const outages = outagesOf.get(stream);
      if (outages === undefined) return false;
      // A clock that goes by steps says a time from before the outage until it goes on.
      const stepMs = Math.min(commonStepMs(commonStepMs(STEP_MOST_MS, newestMs), tsMs), STEP_USUAL_MS);
      const outage = outages.find(({ fromMs, toMs }) => tsMs + stepMs > fromMs && tsMs < toMs);
      if (outage === undefined) return false;
      // What was stored is sent in its order.
      outage.fromMs = Math.max(outage.fromMs, tsMs);
      return true;
    },

    copy(from, to) {
      const outages = outagesOf.get(from);
      if (outages === undefined) return;
      outagesOf.set(
        to,
        outages.map((outage) => ({ ...outage, fromMs: outage.beganMs })),
      );
    },

    forget: (stream) => void outagesOf.delete(stream),
  };
}
