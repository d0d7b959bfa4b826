import type { Clock } from '../../lib/clock.ts';
import { findReply, type Reply, type Request, replyBytesMax, requestBytes } from './frame.ts';

export interface MasterOptions {
  readonly clock: Pick<Clock, 'after' | 'steadyMs'>;
  /** What is to be asked for; asked anew before each poll, for profiles may change. Undefined ends it. */
  readonly plan: () => readonly Poll[] | undefined;
  send(bytes: Uint8Array): void;
  /** A request has been answered; `done` when the answer is on disk. */
  readonly onReply: (poll: Poll, request: Request, frame: Uint8Array, done: () => void) => void;
  /** A unit was asked in vain for the first time since it last answered, or refuses to answer. */
  readonly onTrouble: (poll: Poll, what: string) => void;
  /** A unit has not answered so often that it is asked less and less. */
  readonly onSilent: (poll: Poll) => void;
}

/** What is asked of one unit, and how often. */
export interface Poll {
  /** Whose answers they are. */
  readonly device: string;
  readonly unit: number;
  readonly requests: readonly Request[];
  readonly everyMs: number;
  readonly timeoutMs: number;
}

/** Polls the units of one line. */
export interface Master {
  /** What has come in over the line. */
  take(bytes: Uint8Array): void;
  stop(): void;
}

/** After an answer that did not come, so long must nothing come before the next is asked: a late one would be taken for it. */
const QUIET_MS = 1_000;
const QUIET_TRIES = 10;
/** A unit that does not answer is asked less and less, and at least so often. */
const BACK_OFF_MAX_MS = 600_000;
const BACK_OFF_AFTER = 3;
/** What a modem may say beside an answer. */
const NOISE_BYTES_MAX = 4_096;

/** With nothing to ask, so long until it is looked whether there is. */
const IDLE_MS = 30_000;

/** Polls of units that answer, after which one that does not has its turn although others of them are due. */
const ANSWERING_IN_A_ROW_MAX = 10;

interface Unit {
  failures: number;
  /** Whether it has ever answered. */
  isKnown: boolean;
  dueMs: number;
}

/**
 * One request at a time, for answers have no number: what comes in is looked through for an answer of that unit, function
 * and length, and everything else is dropped. The next is asked when the last answer is on disk. Each unit has its own time;
 * one that does not answer comes after those that do, so that they are asked as often as with it gone.
 */
export function createMaster(options: MasterOptions): Master {
  const { clock } = options;
  const units = new Map<number, Unit>();
  /** The unit that is being polled, and what is still to be asked of it. */
  let poll: Poll | undefined;
  let queue: Request[] = [];
  let answeringInARow = 0;
  /** What is being waited for. */
  let asked: Request | undefined;
  let pending: Buffer = Buffer.alloc(0);
  let isQuiet = true;
  let isStopped = false;
  let cancel = () => {};

  function later(ms: number, task: () => void): void {
    cancel();
    cancel = clock.after(ms, task);
  }

  function unitOf({ unit }: Poll): Unit {
    const known = units.get(unit) ?? { failures: 0, isKnown: false, dueMs: clock.steadyMs() };
    units.set(unit, known);
    return known;
  }

  /** Whether a unit may be expected to answer. */
  function isAnswering(of: Poll): boolean {
    const { failures, isKnown } = unitOf(of);
    return isKnown && failures === 0;
  }

  /** Whose turn it is: of those that answer as long as any is due, with a turn for the others now and then. */
  function mostDue(plan: readonly Poll[]): Poll | undefined {
    const nowMs = clock.steadyMs();
    const due = plan.filter((one) => unitOf(one).dueMs <= nowMs).sort((a, b) => unitOf(a).dueMs - unitOf(b).dueMs);
    const [answering, other] = [due.find(isAnswering), due.find((one) => !isAnswering(one))];
    if (answering === undefined || (other !== undefined && answeringInARow >= ANSWERING_IN_A_ROW_MAX)) {
      answeringInARow = 0;
      return other;
    }
    answeringInARow++;
    return answering;
  }

  function next(): void {
    if (isStopped || asked !== undefined) return;
    const request = queue.shift();
    if (request !== undefined && poll !== undefined) {
      asked = request;
      pending = Buffer.alloc(0);
      options.send(requestBytes(request));
      return later(poll.timeoutMs, onTimeout);
    }
    const plan = options.plan();
    if (plan === undefined || isStopped) return;
    const nowMs = clock.steadyMs();
    const due = mostDue(plan);
    if (due === undefined) {
      const firstMs = Math.min(...plan.map((one) => unitOf(one).dueMs), nowMs + IDLE_MS);
      return later(firstMs - nowMs, next);
    }
    poll = due;
    queue = [...due.requests];
    unitOf(due).dueMs = nowMs + due.everyMs;
    later(0, next);
  }

  function onTimeout(): void {
    if (asked === undefined || poll === undefined) return;
    // What has not answered twice, or never, does not answer the rest of the round either.
    if (fail(poll, 'no answer') > 1 || !unitOf(poll).isKnown) queue = [];
    asked = undefined;
    awaitQuiet();
  }

  /** Asks on when nothing has come for a while, or when that never happens. */
  function awaitQuiet(tries = 1): void {
    isQuiet = true;
    later(QUIET_MS, () => (isQuiet || tries === QUIET_TRIES ? next() : awaitQuiet(tries + 1)));
  }

  /** Gives how often in a row the unit has failed. */
  function fail(of: Poll, what: string): number {
    const unit = unitOf(of);
    unit.failures++;
    if (unit.failures === 1) options.onTrouble(of, what);
    if (unit.failures === BACK_OFF_AFTER) options.onSilent(of);
    const beyond = unit.failures - BACK_OFF_AFTER;
    if (beyond < 0) return unit.failures;
    const waitMs = Math.min(BACK_OFF_MAX_MS, of.everyMs * 2 ** Math.min(beyond + 1, 16));
    unit.dueMs = clock.steadyMs() + Math.max(waitMs, of.everyMs);
    return unit.failures;
  }

  function answered(of: Poll, request: Request, reply: Reply): void {
    cancel();
    asked = undefined;
    if (reply.kind === 'exception') {
      fail(of, `exception ${reply.code}`);
      return next();
    }
    Object.assign(unitOf(of), { failures: 0, isKnown: true });
    options.onReply(of, request, Uint8Array.from(reply.frame), next);
  }

  later(0, next);
  return {
    take(bytes) {
      isQuiet = false;
      if (asked === undefined || poll === undefined) return;
      pending = Buffer.concat([pending, bytes]);
      const reply = findReply(pending, asked);
      if (reply !== undefined) return answered(poll, asked, reply);
      const most = NOISE_BYTES_MAX + replyBytesMax(asked);
      if (pending.length > most) pending = Buffer.from(pending.subarray(-replyBytesMax(asked)));
    },
    stop() {
      isStopped = true;
      cancel();
    },
  };
}
