import { createHmac, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto';

/** A device's secret as it is kept. */
export interface SecretHash {
  readonly salt: Uint8Array;
  readonly hash: Uint8Array;
}

/**
 * Secrets are kept as HMAC-SHA-256 under the key of the installation, with a salt for each device. Not a slow hash
 * such as argon2 on purpose: after a power cut 5,000 devices reconnect within seconds, and at 50 ms each a slow hash
 * would lock up the server for minutes in the very storm it is there for. Whoever steals the database alone learns
 * nothing without the key, and secrets of devices are drawn by machines, not thought up by people. The key is a
 * KeyObject because one made from bytes anew for each check would take 20 µs of the 23.
 */
export function hashSecret(key: KeyObject, secret: Uint8Array | string): SecretHash {
  const salt = randomBytes(16);
  return { salt, hash: keyedHash(key, salt, secret) };
}

const NOBODY: SecretHash = { salt: new Uint8Array(16), hash: new Uint8Array(32) };

/** Takes the same time for a device that is unknown or has no secret (`undefined`), for which it is always false. */
export function secretMatches(key: KeyObject, kept: SecretHash | undefined, secret: Uint8Array | string): boolean {
  const { salt, hash } = kept ?? NOBODY;
  return timingSafeEqual(keyedHash(key, salt, secret), hash) && kept !== undefined;
}

function keyedHash(key: KeyObject, salt: Uint8Array, secret: Uint8Array | string): Uint8Array {
  return createHmac('sha256', key).update(salt).update(secret).digest();
}
