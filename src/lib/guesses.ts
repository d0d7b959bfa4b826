import { createHash } from 'node:crypto';
import { addressGroup } from './address.ts';
import type { Clock } from './clock.ts';
import { createRecent } from './recent.ts';

/**
 * Slows down guessing of devices' secrets. Nobody is refused for what others have tried: whoever comes from an address
 * from which too many wrong secrets came, for the same name or for any, has to wait for the answer, with the right
 * secret as with a wrong one, so that waiting tells nothing and only wrong ones make the wait longer. From any other
 * address the device gets in at once.
 */
export interface Guesses {
  /** How long the answer to a log-in must wait, ms; `isRight` whether it will be a good one. */
  waitMs(address: string, name: string, isRight: boolean): number;
  /** Addresses and pairs of address and name that are remembered. */
  remembered(): number;
}

interface Pace {
  /** Wrong secrets that cost nothing: somebody has mistyped, or a whole site has old secrets. */
  readonly free: number;
  readonly firstMs: number;
  /** The step doubles with each so many wrong secrets. */
  readonly doubling: number;
  readonly stepMaxMs: number;
}

const OF_NAME: Pace = { free: 10, firstMs: 100, doubling: 5, stepMaxMs: 2_000 };
const OF_ADDRESS: Pace = { free: 200, firstMs: 20, doubling: 200, stepMaxMs: 500 };
/** No device gives up a connection sooner than that. */
const WAIT_MAX_MS = 10_000;
/** After so long without a wrong secret all is forgotten. */
const FORGET_MS = 600_000;
const REMEMBERED_MAX = 10_000;

interface Tries {
  wrong: number;
  lastMs: number;
  /** When the answer to the last one is due. */
  dueMs: number;
}

export function createGuesses(clock: Clock): Guesses {
  const addresses = createRecent<Tries>(REMEMBERED_MAX);
  const pairs = createRecent<Tries>(REMEMBERED_MAX);

  function waited(tries: Tries, pace: Pace, isRight: boolean, nowMs: number): number {
    if (nowMs - tries.lastMs > FORGET_MS) tries.wrong = 0;
    if (!isRight) {
      tries.wrong += 1;
      tries.lastMs = nowMs;
      const beyond = tries.wrong - pace.free;
      const stepMs = beyond <= 0 ? 0 : Math.min(pace.stepMaxMs, pace.firstMs * 2 ** (beyond / pace.doubling));
      tries.dueMs = Math.min(nowMs + WAIT_MAX_MS, Math.max(nowMs, tries.dueMs) + stepMs);
    }
    return Math.max(0, tries.dueMs - nowMs);
  }

  return {
    waitMs(address, name, isRight) {
      const from = addressGroup(address);
      const nowMs = clock.steadyMs();
      const make = (): Tries => ({ wrong: 0, lastMs: nowMs, dueMs: nowMs });
      // The right secret leaves no trace, so a fleet that connects does not push out what is remembered of guessing.
      const ofAddress = isRight ? addresses.get(from) : addresses.take(from, make);
      if (ofAddress === undefined) return 0;
      const key = `${from} ${createHash('sha256').update(name).digest('base64url')}`;
      const ofPair = isRight ? pairs.get(key) : pairs.take(key, make);
      const byName = ofPair === undefined ? 0 : waited(ofPair, OF_NAME, isRight, nowMs);
      return Math.max(byName, waited(ofAddress, OF_ADDRESS, isRight, nowMs));
    },
    remembered: () => addresses.size + pairs.size,
  };
}
