import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * Browsers in which a user has logged in before, known by a signed cookie that they keep after logging out. It lets
 * nobody in; it only tells such a browser's mistyped passwords from the guesses of strangers (OWASP's device cookies).
 * The mark names no user: it is a number of the browser, and a signature for each of the last users who logged in there.
 */
export interface KnownDevices {
  /** The browser's number, if the user has logged in there before. */
  known(cookie: string | undefined, user: string): string | undefined;
  /** The cookie of a browser in which a user has just logged in. */
  mark(cookie: string | undefined, user: string): string;
}

const MARK = /^[\w-]{22}(\.[\w-]{22}){1,16}$/;
/** A desk has that many people at the most; then the one who has not been there for the longest is forgotten. */
const USERS_MAX = 16;
const SIGNATURE_BYTES = 16;

export function createKnownDevices(key: Uint8Array): KnownDevices {
  function signature(device: string, user: string): string {
    const whole = createHmac('sha256', key).update(`${device}\n${user}`).digest();
    return whole.subarray(0, SIGNATURE_BYTES).toString('base64url');
  }

  function read(cookie: string | undefined): { device: string; signatures: string[] } | undefined {
    if (cookie === undefined || !MARK.test(cookie)) return undefined;
    const [device = '', ...signatures] = cookie.split('.');
    return { device, signatures };
  }

  return {
    known(cookie, user) {
      const found = read(cookie);
      if (found === undefined) return undefined;
      const own = Buffer.from(signature(found.device, user));
      return found.signatures.some((one) => timingSafeEqual(Buffer.from(one), own)) ? found.device : undefined;
    },

    mark(cookie, user) {
      const { device, signatures } = read(cookie) ?? { device: randomBytes(16).toString('base64url'), signatures: [] };
      const own = signature(device, user);
      const others = signatures.filter((one) => one !== own).slice(-(USERS_MAX - 1));
      return [device, ...others, own].join('.');
    },
  };
}
