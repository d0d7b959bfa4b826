import { createHash, createHmac, randomBytes } from 'node:crypto';
import { addressGroup } from '../lib/address.ts';
import { createRecent, type Recent } from '../lib/recent.ts';
import { MINUTE_MS } from '../model/time.ts';

/**
 * Slows down guessing of passwords, without letting a stranger lock anybody out. An attempt counts for
 *
 * - the browser, if the user has logged in there before, and for nothing else;
 * - otherwise the address and the name together, if the user has logged in from there since the start;
 * - otherwise that, the name from wherever, and the address whatever the name.
 *
 * Where one of these has had too many failures, passwords are still looked at, but seldom: so somebody with the right one
 * gets in where a stranger behind the same proxy has used up the attempts. A password that was found wrong does not take
 * such a turn a second time. A name that exists and one that does not are treated alike; but what is counted for those
 * that exist is kept apart, so that no number of made-up names makes it forgotten. An attempt counts as a failure from
 * its beginning until it has succeeded, so a volley gains nothing.
 */
export interface LoginGuard {
  attempt(attempt: LoginAttempt): Admission;
}

export interface LoginAttempt {
  readonly address: string;
  /** The name as it was typed. */
  readonly name: string;
  /** The user of that name; undefined when there is none. */
  readonly user: string | undefined;
  /** The browser (or its session), if the user has logged in there before. */
  readonly device: string | undefined;
  readonly password: string;
}

export type Admission =
  | {
      readonly allowed: true;
      /** Whether the user has been here before. */
      readonly isKnown: boolean;
      succeeded(): void;
      /** The password was wrong. Gives how long to wait, ms, when it was one of the seldom looks. */
      failed(): number | undefined;
      /** The password was not looked at after all. */
      unchecked(): void;
    }
  | {
      readonly allowed: false;
      readonly retryAfterMs: number;
      /** Whether this is the first refusal, which is worth a line in the log. */
      readonly isFirst: boolean;
    };

/** How many failures are too many, in which time, and what holds then. */
interface Limit {
  readonly failuresMax: number;
  readonly windowMs: number;
  /** A window that follows on one that was full is twice as long, up to this. */
  readonly windowMaxMs: number;
  /** The pause between two looks in a full window, as a part of its length. */
  readonly pause: number;
}

/** OWASP asks for a limit, NIST SP 800-63B for at most 100 failures of an account. */
const OF_PAIR: Limit = { failuresMax: 20, windowMs: 5 * MINUTE_MS, windowMaxMs: 60 * MINUTE_MS, pause: 1 / 10 };
const OF_NAME: Limit = { failuresMax: 100, windowMs: 60 * MINUTE_MS, windowMaxMs: 240 * MINUTE_MS, pause: 1 / 60 };
/**
 * Failures of an address, whatever the names, and how many come back in a second. This keeps the rest of the processor
 * for others; the accounts are protected by the limits above.
 */
const OF_ADDRESS = { failuresMax: 100, perSecond: 2 };

/** Counters remembered of what strangers can make up; beyond it the oldest are forgotten. */
const REMEMBERED_MAX = 10_000;
const MADE_UP_NAMES_MAX = 1_000;
/** Addresses remembered for one name. The name's own count holds for all of them. */
const ADDRESSES_MAX = { ofUser: 256, ofMadeUp: 4 };
/** Wrong passwords remembered for one address and name. */
const WRONG_MAX = 32;

interface Window {
  readonly limit: Limit;
  lengthMs: number;
  endsAtMs: number;
  failures: number;
  /** When the next password is looked at though the window is full. */
  nextLookMs: number;
  isTold: boolean;
}

interface Address {
  /** Failures that it has left, at `atMs`. */
  left: number;
  atMs: number;
  isTold: boolean;
}

interface Pair {
  readonly window: Window;
  /** Fingerprints, under a key that only this process has. */
  readonly wrong: number[];
}

interface Name {
  readonly total: Window;
  readonly pairs: Recent<Pair>;
}

export function createLoginGuard({ steadyMs }: { readonly steadyMs: () => number }): LoginGuard {
  /** As many as there are users: nothing a stranger can do adds one. */
  const users = new Map<string, Name>();
  const madeUp = createRecent<Name>(MADE_UP_NAMES_MAX);
  const addresses = createRecent<Address>(REMEMBERED_MAX);
  const devices = createRecent<Pair>(REMEMBERED_MAX);
  /** Addresses with users who have logged in from there. */
  const seen = createRecent<true>(REMEMBERED_MAX);
  const key = randomBytes(32);

  function newWindow(limit: Limit): Window {
    const endsAtMs = Number.NEGATIVE_INFINITY;
    return { limit, lengthMs: limit.windowMs, endsAtMs, failures: 0, nextLookMs: endsAtMs, isTold: false };
  }

  const newPair = (): Pair => ({ window: newWindow(OF_PAIR), wrong: [] });

  function newName(addressesMax: number): Name {
    return { total: newWindow(OF_NAME), pairs: createRecent(addressesMax) };
  }

  function nameOf(name: string, user: string | undefined): Name {
    if (user === undefined) return madeUp.take(digest(name), () => newName(ADDRESSES_MAX.ofMadeUp));
    const found = users.get(user) ?? newName(ADDRESSES_MAX.ofUser);
    users.set(user, found);
    return found;
  }

  /** Begins the next window if this one is over. */
  function renew(window: Window): void {
    const nowMs = steadyMs();
    if (nowMs < window.endsAtMs) return;
    const { limit } = window;
    const goesOn = window.failures >= limit.failuresMax && nowMs < window.endsAtMs + window.lengthMs;
    window.lengthMs = goesOn ? Math.min(2 * window.lengthMs, limit.windowMaxMs) : limit.windowMs;
    window.endsAtMs = nowMs + window.lengthMs;
    window.failures = 0;
    window.isTold = false;
  }

  const isFull = ({ failures, limit }: Window) => failures >= limit.failuresMax;
  const pauseMs = ({ lengthMs, limit }: Window) => lengthMs * limit.pause;

  /** Fills up what the address has left. */
  function refill(address: Address): void {
    const nowMs = steadyMs();
    const more = ((nowMs - address.atMs) / 1_000) * OF_ADDRESS.perSecond;
    address.left = Math.min(OF_ADDRESS.failuresMax, address.left + more);
    address.atMs = nowMs;
    if (address.left === OF_ADDRESS.failuresMax) address.isTold = false;
  }

  function refused(of: readonly { isTold: boolean }[], waitMs: number): Admission {
    const isFirst = of.some(({ isTold }) => !isTold);
    for (const one of of) one.isTold = true;
    return { allowed: false, retryAfterMs: Math.max(1, waitMs), isFirst };
  }

  return {
    attempt({ address, name, user, device, password }) {
      const from = addressGroup(address);
      const place = `${from} ${user ?? ''}`;
      const isSeen = user !== undefined && seen.get(place) !== undefined;
      const isKnown = device !== undefined || isSeen;
      const newAddress = () => ({ left: OF_ADDRESS.failuresMax, atMs: steadyMs(), isTold: false });
      const ofAddress = isKnown ? undefined : addresses.take(from, newAddress);
      if (ofAddress !== undefined) {
        refill(ofAddress);
        // Nothing is remembered of what is not even looked at.
        if (ofAddress.left < 1) return refused([ofAddress], ((1 - ofAddress.left) / OF_ADDRESS.perSecond) * 1_000);
      }
      let pair: Pair;
      const windows: Window[] = [];
      if (device !== undefined) {
        pair = devices.take(`${device} ${user ?? ''}`, newPair);
      } else {
        const counted = nameOf(name, user);
        pair = counted.pairs.take(from, newPair);
        if (!isSeen) windows.push(counted.total);
      }
      windows.push(pair.window);
      for (const window of windows) renew(window);

      const full = windows.filter(isFull);
      const fingerprint = createHmac('sha256', key).update(password).digest().readUIntBE(0, 6);
      if (full.length > 0) {
        const isDue = full.every(({ nextLookMs }) => steadyMs() >= nextLookMs);
        if (!isDue || pair.wrong.includes(fingerprint)) {
          return refused(full, Math.max(...full.map(({ nextLookMs }) => nextLookMs - steadyMs())));
        }
        for (const window of full) window.nextLookMs = steadyMs() + pauseMs(window);
      }
      const counting = windows.filter((window) => !full.includes(window));
      for (const window of counting) window.failures += 1;
      if (ofAddress !== undefined) ofAddress.left -= 1;
      const uncount = () => {
        for (const window of counting) window.failures = Math.max(0, window.failures - 1);
        if (ofAddress !== undefined) ofAddress.left += 1;
      };
      return {
        allowed: true,
        isKnown,
        succeeded() {
          uncount();
          for (const window of full) window.nextLookMs = steadyMs();
          if (user !== undefined) seen.take(place, () => true);
        },
        failed() {
          pair.wrong.push(fingerprint);
          if (pair.wrong.length > WRONG_MAX) pair.wrong.shift();
          return full.length === 0 ? undefined : Math.max(...full.map(pauseMs));
        },
        unchecked: uncount,
      };
    },
  };
}

function digest(name: string): string {
  return createHash('sha256').update(name.normalize('NFKC').toLowerCase()).digest('base64url');
}
