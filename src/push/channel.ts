import type { Alert, AlertEvent } from '../model/alert.ts';

/**
 * The seam of channels: whoever tells of alerts beyond the console, a siren on the same network or a robot in a chat. A
 * channel is a follower of the alert log: it is handed every entry, in order and without a gap, at least once, and knows
 * nothing of readings. How far it has come, its *place*, is kept with the log. channel-follower.ts does the following; a
 * channel itself holds to what stands here.
 *
 * Lifecycle, the same for all of them:
 * - *At a start* it is called with `begin` and what is open as the log ends, before anything else, and again until that has
 *   succeeded. Then it is handed the entries behind its place: what happened while nobody told of it, or was under way when
 *   the server ended, perhaps a second time.
 * - *In another log* (a backup that was restored, a data folder that was copied) or without a place (a new channel) nothing
 *   is told of what was before: nobody knows what of it was told already, and its sequence numbers mean other entries.
 *   `begin` says what is open, and the channel goes on at the end of the log.
 * - *While it runs* one call is under way at a time. `deliver` resolves when all the entries are told as well as the channel
 *   can know; from then on they count as told. It may take as long as it needs; others wait for nothing of it.
 * - *When it fails* (`begin` or `deliver` reject) its place stays, /health names it with its error and how many entries wait,
 *   and the same entries come again after a pause, for as long as it takes. It must not give up by itself, unless it says so
 *   to people another way, and it skips nothing. An entry that it has nothing to say of it takes in silence.
 * - *When the alert log cannot be written* entries come all the same, from memory: people first.
 *
 * Because an entry may come twice, what a channel sends must do no harm twice: it states how things are, or bears the name
 * of the log and the `seq` as its key. A channel whose effects are rows of its own keeps its place among them instead, in
 * the same transaction, and passes over what it has.
 */
export interface Channel {
  /** What its place is kept by, so it is never changed. */
  readonly name: string;
  begin(open: readonly Alert[]): Promise<void>;
  deliver(events: readonly AlertEvent[]): Promise<void>;
}

/** How a channel fares. */
export interface ChannelState {
  readonly name: string;
  /** Entries of the log that it has not told of yet. */
  readonly waiting: number;
  /** Null when well, otherwise what is wrong, in words. */
  readonly failure: string | null;
}
