import { CLOCK_SKEW, type Reading } from '../model/reading.ts';
import { type Rows, rowAt, withRow } from '../model/rows.ts';
import { type AheadReadings, createAheadReadings } from './ahead-readings.ts';
import { createOutages } from './clock-outages.ts';
import { BEHIND_LEAST_MS, isFound, JITTER_MS, type Run, runOf, type Shown } from './clock-runs.ts';
import { createSentBatch, type SentBatch } from './sent-batch.ts';

/**
 * Finds devices whose clock was set back to a time that is wrong but not implausible. Everything such a device sends is
 * older than what it sent before, so it would be late until its clock has caught up, and raise no live alarm until then.
 *
 * Late data alone is no such case: a device sends what it had stored. Stored data comes in one piece, faster than it was
 * measured, with data of the present in between, or it is of a time in which the device was not heard. A clock that was
 * set back goes on at the pace of ours, through times that were reported already, and nothing newer is ever among it. That
 * is what is looked for; from then on the device's times are taken to be as far behind as they were when it was found.
 *
 * A clock that was a little ahead and is set right is the same in small: its data is late until it has passed what it had
 * reported of the future. What is of the present by our clock needs no proof, and goes right behind that.
 */
export interface ClockWatch {
  /** Forgets a device. */
  release(device: DeviceClock): void;
  /**
   * The readings of a message at the times that they are kept with. They are sorted by time and at least one; the same
   * list comes back when nothing is moved, which is nearly always. Every message is to be shown. A reading whose time does
   * not tell it from others of its series any more has it with `UNTIMED_MS`.
   */
  placed(
    device: DeviceClock,
    reportEveryMs: number,
    readings: readonly Reading[],
    arrivalMs: number,
  ): readonly Reading[];
}

export interface ClockWatchOptions {
  /** The time of the newest reading of a series that was evaluated, ms; undefined when there is none. */
  readonly newestMs: (series: number) => number | undefined;
}

/** What is known of a device's clock, or of the clocks of those that it speaks for. Changed in place. */
export interface DeviceClock {
  /** The kind of messages its last one was of: its row; `NO_STREAM` before the first. */
  stream: number;
  /** What most devices never give cause to know. */
  odd: OddClock | undefined;
}

export const NO_STREAM = -1;

/** What is known of a device that sends messages of several kinds, or any that are late or of the future. */
export interface OddClock {
  /** Whether its last message was moved because the clock is known to be behind. */
  isBehind: boolean;
  /** The rows of all kinds of messages, by the series that they begin with, once there are two. */
  streams: Map<number, number> | undefined;
  /** Late messages that may come of a clock that was set back. */
  runs: Run[];
  /** The clocks that are behind, by the series that bear their times. */
  readonly behind: Map<number, Behind>;
  /** The readings of the future that it has sent, and those of the present that went behind them; made for the first. */
  ahead: AheadReadings | undefined;
  /** What its last batch of each kind of messages held, by their rows; made for the first that was not all news. */
  batches: Map<number, SentBatch> | undefined;
  /** The time that was last given to a reading of the present, because its series had one of the future. */
  putMs: number;
  /** The arrival of that reading. */
  putAtMs: number;
}

/** The row of the messages of a device that begin with the same series: which that is; ... */
const SERIES = 0;
/** ... the newest time in them; ... */
const NEWEST_MS = 1;
/** ... when the last one was heard; ... */
const HEARD_MS = 2;
/** ... for how long it usually is silent between two of them: what it lately was, bursts left out; ... */
const USUAL_MS = 3;
/** ... since when it has been heard without an outage, by our clock; ... */
const SINCE_MS = 4;
/** ... and the mean of the time between two of them that were not late, 0 while none is known. */
const EVERY_MS = 5;

interface Behind {
  ms: number;
}

/** The newest readings of those series of a message that have the same newest time in it, of those that are news. */
interface Part {
  readonly tsMs: number;
  readonly series: number[];
  readonly newest: Reading[];
}

/** So much of the mean time between messages is that of the last two. */
const EVERY_GAIN = 1 / 8;
/** For so many report intervals, and for so long, must data be missing before some of it may have been stored. */
const OUTAGE_REPORTS = 1.5;
const OUTAGE_LEAST_MS = 60_000;
/** So much of the longest silence between messages of late is left with each message. */
const USUAL_KEPT = 0.9;
/**
 * A fraction that no device's time has (decoding rounds it): a time with it is none of the device's own, as when its arrival
 * stands in its place.
 */
export const UNTIMED_MS = 0.5;
/** What arrives within so long of its time is of the present. */
const PRESENT_MS = 10_000;

export function createClockWatch({ newestMs }: ClockWatchOptions): ClockWatch {
  const never = Number.NEGATIVE_INFINITY;
  /** The streams of all devices. */
  let rows: Rows = new Float64Array(0);
  let rowCount = 0;
  /** Rows that are free again. */
  const free: number[] = [];
  const outages = createOutages();

  /** The row of the messages that begin with that series. */
  function streamOf(device: DeviceClock, readings: readonly Reading[], series: number): number {
    const present = device.stream;
    if (present !== NO_STREAM && rows[rowAt(present) + SERIES] === series) return present;
    const stream = device.odd?.streams?.get(series) ?? newStream(device, readings, series);
    device.stream = stream;
    return stream;
  }

  function newStream(device: DeviceClock, readings: readonly Reading[], series: number): number {
    let knownMs = never;
    for (const reading of readings) knownMs = Math.max(knownMs, newestMs(reading.series) ?? never);
    const stream = free.pop() ?? rowCount++;
    rows = withRow(rows, stream);
    const at = rowAt(stream);
    rows[at + SERIES] = series;
    rows[at + NEWEST_MS] = knownMs;
    rows[at + HEARD_MS] = never;
    rows[at + USUAL_MS] = 0;
    rows[at + SINCE_MS] = 0;
    rows[at + EVERY_MS] = 0;
    const present = device.stream;
    if (present === NO_STREAM) return stream;
    outages.copy(present, stream);
    const odd = oddOf(device);
    odd.streams ??= new Map([[rows[rowAt(present) + SERIES] ?? 0, present]]);
    odd.streams.set(series, stream);
    return stream;
  }

  /** Whether readings of that time are older than all that is known of their series. */
  function isLate(series: readonly number[], tsMs: number): boolean {
    let isAnyKnown = false;
    for (const each of series) {
      const knownMs = newestMs(each);
      if (knownMs === undefined) continue;
      if (tsMs >= Math.floor(knownMs)) return false;
      isAnyKnown = true;
    }
    return isAnyKnown;
  }

  /** The message of a device that is not simply newer than all before. */
  function looked(
    device: OddClock,
    stream: number,
    readings: readonly Reading[],
    reportEveryMs: number,
    arrivalMs: number,
  ): readonly Reading[] {
    const sentBefore = hasSeveralOfOne(readings) ? batchOf(device, stream) : undefined;
    // What stood in the batch before is no news of the clock, and stays where it was put.
    const movedBefore = sentBefore?.movesOf(readings);
    const moves = new Map<number, number>();
    const parts = partsOf(readings, movedBefore);
    if (parts.length > 0) device.isBehind = false;
    for (const part of parts) {
      const behindMs = behindOf(device, stream, part, reportEveryMs, arrivalMs);
      if (behindMs > 0) device.isBehind = true;
      const tsMs = part.tsMs + behindMs;
      for (const reading of part.newest) {
        const movedMs = presentOf(device, reading, tsMs, arrivalMs) - part.tsMs;
        if (movedMs > 0) moves.set(reading.series, movedMs);
      }
    }
    let isAnyMoved = moves.size > 0;
    const moveOf = (index: number, series: number): number => {
      const before = movedBefore?.[index] ?? Number.NaN;
      return Number.isNaN(before) ? (moves.get(series) ?? 0) : before;
    };
    if (sentBefore !== undefined) isAnyMoved = sentBefore.note(readings, moveOf);
    if (!isAnyMoved) return readings;
    const moved = readings.map((reading, i) => {
      const byMs = moveOf(i, reading.series);
      return byMs === 0 ? reading : { ...reading, tsMs: reading.tsMs + byMs, marks: reading.marks | CLOCK_SKEW };
    });
    return moved.sort((a, b) => a.tsMs - b.tsMs);
  }

  /** How far a part's readings are to be moved forward because their clock is behind, ms. */
  function behindOf(device: OddClock, stream: number, part: Part, reportEveryMs: number, arrivalMs: number): number {
    const { tsMs, series } = part;
    const agoMs = arrivalMs - tsMs;
    let clock = knownClock(device, series, agoMs);
    if (clock !== undefined) {
      if (agoMs <= BEHIND_LEAST_MS && !isLate(series, tsMs)) {
        forget(device, clock);
        clock = undefined;
      } else {
        // Set forward, though not far enough; or a message that came faster. No event is later than its arrival.
        clock.ms = Math.min(clock.ms, Math.max(0, agoMs));
        for (const each of series) device.behind.set(each, clock);
      }
    }
    const movedMs = clock?.ms ?? 0;
    const run = runOf(device, shownBy(stream, part, movedMs, reportEveryMs, arrivalMs));
    if (run === undefined || !isFound(run)) return movedMs;
    const found: Behind = { ms: agoMs };
    for (const each of run.series) device.behind.set(each, found);
    device.runs = device.runs.filter((other) => other !== run);
    return agoMs;
  }

  /** What a part shows of its clock, which is known to be behind by `movedMs`. */
  function shownBy(stream: number, part: Part, movedMs: number, reportEveryMs: number, arrivalMs: number): Shown {
    const { series } = part;
    const tsMs = part.tsMs + movedMs;
    const late = isLate(series, tsMs);
    const isOld = arrivalMs - tsMs > BEHIND_LEAST_MS;
    const at = rowAt(stream);
    const isEvidence = isOld && late && !outages.hold(stream, tsMs, rows[at + NEWEST_MS] ?? 0);
    return { stream, everyMs: rows[at + EVERY_MS] || reportEveryMs, series, tsMs, arrivalMs, isLate: late, isEvidence };
  }

  /** Notes that nothing is known of the time between the newest reading and `untilMs`, as far as nothing was heard. */
  function noteOutage(stream: number, untilMs: number, leastMs: number, reportEveryMs: number): void {
    const at = rowAt(stream);
    const toMs = Math.min(untilMs, rows[at + SINCE_MS] ?? 0);
    outages.note(stream, { newestMs: rows[at + NEWEST_MS] ?? never, toMs, leastMs, reportEveryMs });
  }

  /** The time of a reading of the present whose series has one of the future; any other keeps `tsMs`. */
  function presentOf(device: OddClock, reading: Reading, tsMs: number, arrivalMs: number): number {
    const knownMs = newestMs(reading.series);
    const isPresent = tsMs <= arrivalMs && tsMs >= arrivalMs - PRESENT_MS;
    if (knownMs === undefined || knownMs <= arrivalMs || !isPresent) return tsMs;
    // Sent when the clock was still ahead, and delivered again now that this time has come.
    if (device.ahead?.has(reading) === true) return tsMs;
    noteAhead(device, [reading], Number.NEGATIVE_INFINITY, arrivalMs);
    // Later by no more than our clock has gone on, or the times of one that sends a lot would run further ahead.
    const isPutNow = device.putAtMs === arrivalMs && device.putMs >= knownMs;
    device.putMs = isPutNow ? device.putMs : Math.max(knownMs, device.putMs) + 1;
    device.putAtMs = arrivalMs;
    return device.putMs + UNTIMED_MS;
  }

  return {
    release({ stream, odd }) {
      const streams = odd?.streams?.values() ?? (stream === NO_STREAM ? [] : [stream]);
      for (const each of streams) {
        free.push(each);
        outages.forget(each);
      }
    },

    placed(device, reportEveryMs, readings, arrivalMs) {
      const oldest = readings[0];
      const newest = readings[readings.length - 1];
      if (oldest === undefined || newest === undefined) return readings;
      const stream = streamOf(device, readings, oldest.series);
      const at = rowAt(stream);
      const usualMs = rows[at + USUAL_MS] ?? 0;
      const outageMs = Math.max(OUTAGE_LEAST_MS, OUTAGE_REPORTS * Math.max(reportEveryMs, usualMs));
      const silentMs = arrivalMs - (rows[at + HEARD_MS] ?? never);
      rows[at + HEARD_MS] = arrivalMs;
      if (silentMs > outageMs) {
        rows[at + SINCE_MS] = arrivalMs;
        noteOutage(stream, arrivalMs, outageMs, reportEveryMs);
        rows[at + USUAL_MS] = Math.min(silentMs, 2 * Math.max(reportEveryMs, usualMs));
      } else rows[at + USUAL_MS] = Math.max(silentMs, USUAL_KEPT * usualMs);
      let kept = readings;
      const knownMs = rows[at + NEWEST_MS] ?? never;
      // Nearly every message is newer than all before, of a device whose clock is right.
      if (oldest.tsMs <= knownMs || isSuspected(device)) {
        kept = looked(oddOf(device), stream, readings, reportEveryMs, arrivalMs);
      }
      if (newest.tsMs > arrivalMs) noteAhead(oddOf(device), readings, arrivalMs, arrivalMs);
      const newestKeptMs = Math.floor(kept[kept.length - 1]?.tsMs ?? newest.tsMs);
      if (newestKeptMs > knownMs) {
        if (newestKeptMs - knownMs > outageMs) {
          noteOutage(stream, kept[0]?.tsMs ?? newestKeptMs, outageMs, reportEveryMs);
        }
        rows[at + NEWEST_MS] = newestKeptMs;
      }
      if (newestKeptMs >= knownMs && silentMs <= outageMs) {
        const everyMs = rows[at + EVERY_MS] ?? 0;
        rows[at + EVERY_MS] = everyMs === 0 ? silentMs : everyMs + EVERY_GAIN * (silentMs - everyMs);
      }
      return kept;
    },
  };
}

function oddOf(device: DeviceClock): OddClock {
  device.odd ??= {
    isBehind: false,
    streams: undefined,
    runs: [],
    behind: new Map(),
    ahead: undefined,
    batches: undefined,
    putMs: 0,
    putAtMs: 0,
  };
  return device.odd;
}

/** Whether its clock is behind, or may be. */
function isSuspected({ odd }: DeviceClock): boolean {
  return odd !== undefined && (odd.runs.length > 0 || odd.behind.size > 0);
}

function batchOf(device: OddClock, stream: number): SentBatch {
  device.batches ??= new Map();
  const known = device.batches.get(stream) ?? createSentBatch();
  device.batches.set(stream, known);
  return known;
}

/** Whether a message has readings of a series at different times or, of a coarse clock, several of one. */
function hasSeveralOfOne(readings: readonly Reading[]): boolean {
  const seen = new Set<number>();
  for (const { series } of readings) {
    if (seen.has(series)) return true;
    seen.add(series);
  }
  return false;
}

/** Of readings that are known to be repeated `movedBefore` has a number. */
function partsOf(readings: readonly Reading[], movedBefore: Float64Array | undefined): Part[] {
  const newest = new Map<number, Reading>();
  for (let i = 0; i < readings.length; i++) {
    const reading = readings[i];
    if (reading !== undefined && Number.isNaN(movedBefore?.[i] ?? Number.NaN)) newest.set(reading.series, reading);
  }
  const parts = new Map<number, Part>();
  for (const reading of newest.values()) {
    const { tsMs, series } = reading;
    const part = parts.get(tsMs) ?? { tsMs, series: [], newest: [] };
    parts.set(tsMs, part);
    part.series.push(series);
    part.newest.push(reading);
  }
  return [...parts.values()];
}

/** The clock that some series are known to go by, or another of the device that is behind by as much. */
function knownClock(device: OddClock, series: readonly number[], agoMs: number): Behind | undefined {
  if (device.behind.size === 0) return undefined;
  for (const each of series) {
    const clock = device.behind.get(each);
    if (clock !== undefined) return clock;
  }
  for (const clock of device.behind.values()) {
    if (agoMs > BEHIND_LEAST_MS && Math.abs(clock.ms - agoMs) <= JITTER_MS) return clock;
  }
  return undefined;
}

function forget(device: OddClock, clock: Behind): void {
  for (const [series, other] of device.behind) if (other === clock) device.behind.delete(series);
}

/** Remembers readings later than `afterMs`, and forgets those that nothing of the present can be any more. */
function noteAhead(device: OddClock, readings: readonly Reading[], afterMs: number, arrivalMs: number): void {
  const ahead = device.ahead ?? createAheadReadings();
  device.ahead = ahead;
  ahead.forgetBefore(arrivalMs - PRESENT_MS);
  for (const reading of readings) if (reading.tsMs > afterMs) ahead.note(reading);
}
