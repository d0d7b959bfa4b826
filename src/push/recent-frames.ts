import type { AlertEvent } from '../model/alert.ts';
import { frameOf } from './frame.ts';

/** The frames of a log's events: the last ones from memory, those before from the log. */
export interface RecentFrames {
  /** The frame of an event that has just been published. */
  remember(event: AlertEvent): Buffer;
  /** The next frames after `seq`, at most a page, without a gap; empty when there are none or they can't be had. */
  after(seq: number): Buffer[];
  /** Whether the frame after `seq` can be had, of a log that has one. */
  reachesBackTo(seq: number): boolean;
}

/** Events of a replay sent in one turn; some 150 KB, so that a long replay doesn't hold up the others. */
const REPLAY_PAGE = 200;
/** Events kept in memory, some 800 KB: enough for consoles that were away for a moment. */
const RECENT_EVENTS = 1_024;

/** `events`: entries of the log with seq > after, oldest first, without a gap. */
export function createRecentFrames(events: (after: number, limit: number) => readonly AlertEvent[]): RecentFrames {
  /** By seq. While the log can't be written, on a full disk, only they are here. */
  const recent = new Map<number, Buffer>();
  return {
    remember(event) {
      const frame = frameOf(event);
      recent.set(event.seq, frame);
      recent.delete(event.seq - RECENT_EVENTS);
      return frame;
    },

    after(seq) {
      const page: Buffer[] = [];
      for (let next = recent.get(seq + 1); next !== undefined; next = recent.get(seq + page.length + 1)) {
        page.push(next);
        if (page.length === REPLAY_PAGE) break;
      }
      if (page.length > 0) return page;
      for (const event of events(seq, REPLAY_PAGE)) {
        if (event.seq !== seq + page.length + 1) break;
        page.push(frameOf(event));
      }
      return page;
    },

    reachesBackTo: (seq) => recent.has(seq + 1) || events(seq, 1)[0]?.seq === seq + 1,
  };
}
