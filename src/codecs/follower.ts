import type { Clock } from '../lib/clock.ts';
import type { CodecOutcome } from '../model/codec.ts';
import { decodeEntries, type JournalEntry, type UplinkEntry } from '../model/entry.ts';
import { type Answer, type AnswersOptions, createAnswers, type OffCodec } from './answers.ts';
import type { Codecs, CodecUplink } from './codecs.ts';

/**
 * The follower of the journal that has uplinks decoded, in the order in which they arrived, and puts what became of each
 * back into the journal: readings, or why there are none. Nobody waits for it, and it waits for nobody.
 *
 * What it has done already says the journal itself: every answer names the uplink that it is of, answers stand in the order
 * of their uplinks, and all of an answer is committed in one transaction. So the last answer that is on disk says how far it
 * came, and a crash at any instant loses none and gives none twice: an uplink whose answer was not written is decoded anew.
 * The stored position only says from where on that must be looked for. A replay takes the readings as they stand there and
 * asks no codec, so that it gives the same when the codec is another one by then.
 */
export interface CodecFollower {
  /** What was committed, in order and without a gap. */
  committed(batch: { readonly first: number; readonly entries: readonly JournalEntry[] }): void;
  /** The first position that is still needed: of the first uplink without an answer on disk. */
  neededFrom(): number;
  /** The codec of a profile is switched off, and why; undefined while it is not. */
  off(profile: string): OffCodec | undefined;
  /** Looks whether a codec that is switched off was replaced, and stores how far all uplinks are answered. */
  checkpoint(): void;
  stats(): { readonly decoded: number; readonly refused: number; readonly waiting: number };
  close(): Promise<void>;
}

export interface FollowedJournal {
  firstPosition(): number;
  nextPosition(): number;
  read(position: number, bytesMax: number): readonly { first: number; count: number; data: Uint8Array }[];
  append(entry: JournalEntry, done: (error: Error | null) => void): void;
}

export interface CodecFollowerOptions extends AnswersOptions {
  readonly clock: Clock;
  readonly journal: FollowedJournal;
  readonly codecs: Codecs;
  /** Told what an uplink has become, before it is journalled. */
  readonly onAnswer?: (uplink: UplinkEntry, answers: readonly Answer[]) => void;
  /** From where on uplinks may be without an answer; it may be older than the truth, never newer. */
  readonly from: { load(): number; store(position: number): void };
}

/** Read back from the journal in one turn; some ms of work for the thread that acknowledges. */
const READ_BYTES = 512 << 10;
/** Uplinks kept in memory; where more wait they are read back from the journal. */
const QUEUE_MAX = 4_096;
/** Asked about together: some ms of a codec's work, and little enough to be asked about again when a thread has ended. */
const BATCH_MAX = 256;
const RETRY_MS = 1_000;
/** How far the stored position may lag behind: so much is looked through at a start. */
const STORED_LAG_MAX = 10_000;

interface Waiting {
  readonly position: number;
  readonly uplink: UplinkEntry;
}

export function startCodecFollower(options: CodecFollowerOptions): CodecFollower {
  const { clock, log, journal, codecs } = options;
  const answers = createAnswers(options);
  let queue: Waiting[] = [];
  /** Positions of uplinks that were looked at and have no answer on disk yet, in order. */
  let unanswered: number[] = [];
  /** What comes next: all before it are in the queue, or done with. */
  let next = Math.max(Math.min(options.from.load(), journal.nextPosition()), journal.firstPosition());
  /** Entries from `next` on are on disk and must be read from there. */
  let isBehind = true;
  let isRunning = false;
  let running: Promise<void> = Promise.resolve();
  let isClosed = false;
  let stored = next;
  let cancelRetry = (): void => undefined;

  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

  /** Goes on behind the last uplink that was answered before the start. */
  async function passAnswered(): Promise<void> {
    let position = next;
    const end = journal.nextPosition();
    while (position < end && !isClosed) {
      const rows = journal.read(position, READ_BYTES);
      const last = rows.at(-1);
      if (last === undefined) break;
      for (const { data } of rows) {
        for (const entry of decodeEntries(data)) {
          if ('uplink' in entry && entry.uplink !== undefined) next = Math.max(next, entry.uplink + 1);
        }
      }
      position = last.first + last.count;
      await turn();
    }
  }

  function take(first: number, entries: readonly JournalEntry[]): void {
    for (const [index, uplink] of entries.entries()) {
      const position = first + index;
      if (uplink.kind !== 'uplink' || position < next) continue;
      queue.push({ position, uplink });
      unanswered.push(position);
    }
    next = first + entries.length;
  }

  /** Reads on from disk until there is something to do, or the end is reached. */
  async function catchUp(): Promise<void> {
    while (isBehind && queue.length === 0 && !isClosed) {
      const rows = journal.read(next, READ_BYTES);
      for (const { first, data } of rows) take(first, decodeEntries(data));
      // A journal trimmed by force lacks them; decoding goes on with what there is.
      if (rows.length === 0) next = journal.nextPosition();
      if (next >= journal.nextPosition()) isBehind = false;
      else await turn();
    }
  }

  /** Puts an answer into the journal; false when it takes none now. */
  function append({ position }: Waiting, entries: readonly Answer[]): boolean {
    let isTaken = true;
    // Readings come first: whoever finds one of them finds the uplink answered.
    entries.forEach((entry, index) => {
      if (!isTaken) return;
      const isLast = index === entries.length - 1;
      journal.append({ ...entry, uplink: position }, (error) => {
        if (error !== null) isTaken = false;
        else if (isLast) unanswered.shift();
      });
    });
    return isTaken;
  }

  /** Answers them; false where that has to be tried again later. */
  async function decode(batch: readonly Waiting[]): Promise<boolean> {
    const found = batch.map(({ uplink }) => answers.codecFor(uplink));
    const asked = batch.flatMap(({ uplink }, index) => {
      const one = found[index];
      if (one === undefined || 'kind' in one) return [];
      const { fPort, bytes, networkAtMs, receivedAtMs } = uplink;
      return [{ codec: one.codec, uplink: { fPort, bytes, recvTimeMs: networkAtMs ?? receivedAtMs } }];
    });
    const outcomes = asked.length === 0 ? [] : await outcomesOf(asked);
    if (outcomes === undefined) {
      rewind(batch[0]?.position ?? next);
      return false;
    }
    let at = 0;
    for (const [index, waiting] of batch.entries()) {
      const one = found[index];
      if (one === undefined) continue;
      const outcome = 'kind' in one ? undefined : outcomes[at++];
      const answer =
        'kind' in one ? [one] : outcome === undefined ? [] : answers.answerOf(waiting.uplink, one, outcome);
      options.onAnswer?.(waiting.uplink, answer);
      if (append(waiting, answer)) continue;
      rewind(waiting.position);
      return false;
    }
    return true;
  }

  /** Undefined when codecs can't be run. */
  async function outcomesOf(asked: readonly CodecUplink[]): Promise<readonly CodecOutcome[] | undefined> {
    try {
      return await codecs.decode(asked);
    } catch (error) {
      if (!isClosed) log.error({ err: error }, 'payload codecs cannot be run; it is tried again');
      return undefined;
    }
  }

  /** Begins again with this uplink, later. */
  function rewind(position: number): void {
    queue = [];
    unanswered = unanswered.filter((one) => one < position);
    next = position;
    isBehind = true;
  }

  function wake(): void {
    if (!isRunning && !isClosed) running = run().catch(tellBug);
  }

  function tellBug(error: unknown): void {
    log.error({ err: error }, 'uplinks are not decoded any more until something new comes');
  }

  async function run(): Promise<void> {
    isRunning = true;
    try {
      for (;;) {
        await catchUp();
        const batch = queue.splice(0, BATCH_MAX);
        if (batch.length === 0 || isClosed) return;
        if (await decode(batch)) continue;
        if (isClosed) return;
        cancelRetry = clock.after(RETRY_MS, wake);
        return;
      }
    } finally {
      isRunning = false;
    }
  }

  function neededFrom(): number {
    return unanswered[0] ?? next;
  }

  function store(): void {
    stored = neededFrom();
    options.from.store(stored);
  }

  const begun = passAnswered().catch(tellBug).then(wake);

  return {
    committed({ first, entries }) {
      if (isBehind || first !== next || queue.length >= QUEUE_MAX) isBehind = true;
      else take(first, entries);
      if (queue.length > 0 || isBehind) void begun.then(wake);
    },
    neededFrom,
    off: answers.off,
    checkpoint() {
      answers.lookForOthers();
      if (neededFrom() - stored >= STORED_LAG_MAX) store();
    },
    stats: () => ({ ...answers.counts(), waiting: unanswered.length }),
    async close() {
      isClosed = true;
      cancelRetry();
      await codecs.close();
      await begun;
      await running;
      store();
    },
  };
}
