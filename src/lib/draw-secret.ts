import { randomBytes } from 'node:crypto';

/** 192 random bits: what lets devices' secrets be kept with a fast hash. */
const SECRET_BYTES = 24;

/**
 * A secret for a device, of letters that every configuration takes. It begins with a letter or a digit: what begins with a
 * hyphen is an option on a command line, and a formula in a spreadsheet.
 */
export function drawSecret(): string {
  for (;;) {
    const secret = randomBytes(SECRET_BYTES).toString('base64url');
    if (/^[A-Za-z\d]/.test(secret)) return secret;
  }
}
