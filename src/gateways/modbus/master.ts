import type { Clock } from '../../lib/clock.ts';
import { findReply, type Reply, type Request, replyBytesMax, requestBytes } from './frame.ts';

export interface MasterOptions {
  readonly clock: Pick<Clock, 'after' | 'steadyMs'>;
  /** What is to be asked for, and how; asked anew for each round, for a profile may change. Undefined ends it. */
  readonly plan: () => Plan | undefined;
  send(bytes: Uint8Array): void;
  /** A request has been answered; `done` when the answer is on disk. */
  readonly onReply: (request: Request, frame: Uint8Array, done: () => void) => void;
  /** A unit was asked in vain for the first time since it last answered, or refuses to answer. */
  readonly onTrouble: (request: Request, what: string) => void;
}

export interface Plan {
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

interface Unit {
  failures: number;
  notBeforeMs: number;
}

/**
 * One request at a time, for answers have no number: what comes in is looked through for an answer of that unit, function
 * and length, and everything else is dropped. The next is asked when the last answer is on disk.
 */
export function createMaster(options: MasterOptions): Master {
  const { clock } = options;
  const units = new Map<number, Unit>();
  let queue: Request[] = [];
  let plan: Plan | undefined;
  let dueMs = clock.steadyMs();
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

  function next(): void {
    if (isStopped || asked !== undefined) return;
    const nowMs = clock.steadyMs();
    for (let request = queue.shift(); request !== undefined; request = queue.shift()) {
      if ((units.get(request.unit)?.notBeforeMs ?? 0) > nowMs) continue;
      asked = request;
      pending = Buffer.alloc(0);
      options.send(requestBytes(request));
      later(plan?.timeoutMs ?? 0, onTimeout);
      return;
    }
    if (nowMs < dueMs) return later(dueMs - nowMs, next);
    plan = options.plan();
    if (plan === undefined || isStopped) return;
    queue = [...plan.requests];
    dueMs = nowMs + plan.everyMs;
    // With nothing to ask, or nobody who answers, the next round comes when it is due.
    later(0, next);
  }

  function onTimeout(): void {
    if (asked === undefined) return;
    fail(asked, 'no answer');
    asked = undefined;
    awaitQuiet();
  }

  /** Asks on when nothing has come for a while, or when that never happens. */
  function awaitQuiet(tries = 1): void {
    isQuiet = true;
    later(QUIET_MS, () => (isQuiet || tries === QUIET_TRIES ? next() : awaitQuiet(tries + 1)));
  }

  function fail(request: Request, what: string): void {
    const unit = units.get(request.unit) ?? { failures: 0, notBeforeMs: 0 };
    units.set(request.unit, unit);
    unit.failures++;
    if (unit.failures === 1) options.onTrouble(request, what);
    const beyond = unit.failures - BACK_OFF_AFTER;
    if (beyond < 0) return;
    const waitMs = Math.min(BACK_OFF_MAX_MS, (plan?.everyMs ?? 0) * 2 ** Math.min(beyond + 1, 16));
    unit.notBeforeMs = clock.steadyMs() + waitMs;
  }

  function answered(request: Request, reply: Reply): void {
    cancel();
    asked = undefined;
    if (reply.kind === 'exception') {
      fail(request, `exception ${reply.code}`);
      return next();
    }
    units.delete(request.unit);
    options.onReply(request, Uint8Array.from(reply.frame), next);
  }

  later(0, next);
  return {
    take(bytes) {
      isQuiet = false;
      if (asked === undefined) return;
      pending = Buffer.concat([pending, bytes]);
      const reply = findReply(pending, asked);
      if (reply !== undefined) return answered(asked, reply);
      const most = NOISE_BYTES_MAX + replyBytesMax(asked);
      if (pending.length > most) pending = Buffer.from(pending.subarray(-replyBytesMax(asked)));
    },
    stop() {
      isStopped = true;
      cancel();
    },
  };
}
