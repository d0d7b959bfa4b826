import type { Clock } from '../../lib/clock.ts';
import type { CallerSocket, IngestOutcome } from '../../model/http-ingest.ts';
import type { DeviceMessage, Ingest, ReadSummary } from '../../model/source.ts';

/** What calls wait for: their turn, and the disk. */

/** Calls that wait for the same reason at the same time. */
const WAITING_MAX = 2_000;
/** Why a call waits: each has places of its own, so that whoever guesses takes none from those who are known. */
type Wait = 'is-wrong' | 'is-guessed-at' | 'is-fast';
/** A disk that takes so long fails. The message is not given up, but the device must not count on it. */
const STORED_WITHIN_MS = 10_000;

const NOT_STORED: IngestOutcome = { ok: false, error: 'not-stored' };

/** Gives what resolves after that time; false when too many wait, or when the connection ends before. */
export function createWaits(clock: Clock): (ms: number, why: Wait, socket: CallerSocket) => Promise<boolean> {
  const waiting: Record<Wait, number> = { 'is-wrong': 0, 'is-guessed-at': 0, 'is-fast': 0 };
  return (ms, why, socket) => {
    if (ms === 0) return Promise.resolve(true);
    if (waiting[why] >= WAITING_MAX || socket.destroyed) return Promise.resolve(false);
    waiting[why]++;
    return new Promise((resolve) => {
      const end = (isDue: boolean) => {
        waiting[why]--;
        cancel();
        socket.off('close', onClose);
        resolve(isDue);
      };
      const onClose = () => end(false);
      const cancel = clock.after(ms, () => end(true));
      socket.once('close', onClose);
    });
  };
}

/** Gives what resolves when a message is on disk, or is not in time, or nobody is there any more to be told. */
export function createStoring(
  clock: Clock,
  ingest: Ingest,
): (socket: CallerSocket, message: DeviceMessage) => Promise<IngestOutcome> {
  return (socket, message) =>
    new Promise((resolve) => {
      let read: ReadSummary = { readings: 0, quarantined: null };
      const end = (outcome: IngestOutcome) => {
        cancel();
        socket.off('close', giveUp);
        resolve(outcome);
      };
      const giveUp = () => end(NOT_STORED);
      const cancel = clock.after(STORED_WITHIN_MS, giveUp);
      socket.once('close', giveUp);
      const onRead = (summary: ReadSummary) => {
        read = summary;
      };
      ingest({ ...message, onRead }, (error) => end(error === null ? { ok: true, read } : NOT_STORED));
    });
}
