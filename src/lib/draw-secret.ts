import { randomBytes } from 'node:crypto';

/** 192 random bits: what lets devices' secrets be kept with a fast hash. */
const SECRET_BYTES = 24;

/** A secret for a device, of letters that every configuration takes. */
export function drawSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}
