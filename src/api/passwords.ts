import { randomBytes } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';

/**
 * Argon2id with the library's defaults, which are OWASP's first recommendation (19 MiB, 2 passes, 1 lane). Hashing runs
 * on the thread pool, two at a time: each costs 19 MiB and tens of ms of a core, and the core is needed for readings.
 */
const RUNNING_MAX = 2;
/** More than this many waiting is not people logging in. It holds for known ones and for others by themselves. */
const WAITING_MAX = 64;

/** Too many passwords are being checked at once; try again in a moment. */
export class TooBusyError extends Error {
  constructor() {
    super('too many passwords are being checked');
    this.name = 'TooBusyError';
  }
}

export interface Passwords {
  /** The PHC string to store. Throws TooBusyError. */
  hash(password: string): Promise<string>;
  /**
   * Whether the password is the one that was hashed. Takes as long for `undefined`, a user that does not exist, so that
   * the time of an answer does not tell which names exist. Those who are known from before (`isKnown`) come before the
   * others, so that a crowd of strangers keeps nobody out. Throws TooBusyError.
   */
  verify(hashed: string | undefined, password: string, isKnown?: boolean): Promise<boolean>;
}

export function createPasswords(): Passwords {
  let running = 0;
  const known: (() => void)[] = [];
  const others: (() => void)[] = [];
  let decoy: Promise<string> | undefined;

  async function inTurn<T>(isKnown: boolean, task: () => Promise<T>): Promise<T> {
    if (running >= RUNNING_MAX) {
      const waiting = isKnown ? known : others;
      if (waiting.length >= WAITING_MAX) throw new TooBusyError();
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else {
      running += 1;
    }
    try {
      return await task();
    } finally {
      // The turn is handed on rather than given back, so that nobody slips in between.
      const next = known.shift() ?? others.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  }

  return {
    // Who sets a password is logged in already.
    hash: (password) => inTurn(true, () => hash(prepared(password))),
    verify: (hashed, password, isKnown = false) =>
      inTurn(isKnown, async () => {
        decoy ??= hash(randomBytes(16).toString('hex'));
        const against = hashed ?? (await decoy);
        for (const form of new Set([prepared(password), password, password.normalize('NFD')])) {
          if (await verify(against, form)) return hashed !== undefined;
        }
        return false;
      }),
  };
}

/**
 * The form a password is hashed in (OpaqueString of RFC 8265): the same letters are the same characters, whether a
 * keyboard gives é as one or as e with an accent, and every kind of space is a space. Passwords set before that were
 * hashed as they were typed, so what was typed, and what another keyboard would have given, is tried as well.
 */
function prepared(password: string): string {
  return password.replace(/\p{Zs}/gu, ' ').normalize('NFC');
}
