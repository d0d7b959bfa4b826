/**
 * Slows down guessing. Failures are counted for each address and for each user name over a window; beyond the limit
 * further attempts are refused without looking at the password. An address from which a user has logged in before is
 * not stopped by the count of the user's name, so that a stranger on the network can't lock an operator out of the
 * duty desk. An attempt counts as a failure from its beginning until it has succeeded, so a volley gains nothing.
 */
export interface LoginGuard {
  attempt(
    address: string,
    user: string,
  ): { readonly allowed: true; succeeded(): void } | { readonly allowed: false; readonly retryAfterMs: number };
}

export interface LoginGuardOptions {
  readonly steadyMs: () => number;
  /** Failures allowed in one window, for each address and for each name. OWASP asks for a limit, NIST for at most 100. */
  readonly failuresMax?: number;
  readonly windowMs?: number;
}

/** Remembered counters; beyond it the oldest are forgotten, so that an attacker can't fill the memory. */
const REMEMBERED_MAX = 10_000;

export function createLoginGuard({ steadyMs, failuresMax = 20, windowMs = 300_000 }: LoginGuardOptions): LoginGuard {
  const windows = new Map<string, { failures: number; endsAtMs: number }>();
  const known = new Map<string, true>();

  function windowOf(key: string): { failures: number; endsAtMs: number } {
    const found = windows.get(key);
    if (found !== undefined && found.endsAtMs > steadyMs()) return found;
    const fresh = { failures: 0, endsAtMs: steadyMs() + windowMs };
    windows.delete(key);
    remember(windows, key, fresh);
    return fresh;
  }

  return {
    attempt(address, user) {
      const pair = `${address} ${user}`;
      const counted = [windowOf(`address ${address}`)];
      if (known.has(pair)) counted.push(windowOf(`pair ${pair}`));
      else counted.push(windowOf(`user ${user}`));
      const full = counted.filter((window) => window.failures >= failuresMax);
      if (full.length > 0) {
        return { allowed: false, retryAfterMs: Math.max(...full.map((window) => window.endsAtMs)) - steadyMs() };
      }
      for (const window of counted) window.failures += 1;
      return {
        allowed: true,
        succeeded() {
          for (const window of counted) window.failures -= 1;
          known.delete(pair);
          remember(known, pair, true);
        },
      };
    },
  };
}

function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.set(key, value);
  if (map.size <= REMEMBERED_MAX) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
