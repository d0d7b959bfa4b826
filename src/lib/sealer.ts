import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/**
 * Seals secrets that the server must have in plain text, so that the database alone, a stolen disk or a backup without the
 * key of the installation, opens none: AES-256-GCM under a key that HKDF (RFC 5869) draws from the installation's for one
 * purpose alone.
 */
export interface Sealer {
  /** `place`: what the secret belongs to. It is part of what is sealed, so that no secret can be put in the place of another. */
  seal(place: string, secret: string): string;
  /** Undefined when it was sealed with another key, for another place, or was changed. */
  open(place: string, sealed: string): string | undefined;
}

const VERSION = 'v1';
const IV_BYTES = 12;
const TAG_BYTES = 16;

export function createSealer(installationKey: Uint8Array, purpose: string): Sealer {
  const key = Buffer.from(hkdfSync('sha256', installationKey, '', purpose, 32));
  return {
    seal(place, secret) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(place));
      const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
      return `${VERSION}.${Buffer.concat([iv, cipher.getAuthTag(), text]).toString('base64url')}`;
    },

    open(place, sealed) {
      const [version, data = ''] = sealed.split('.');
      const bytes = Buffer.from(data, 'base64url');
      if (version !== VERSION || bytes.length < IV_BYTES + TAG_BYTES) return undefined;
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES })
        .setAAD(Buffer.from(place))
        .setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      try {
        return decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
      } catch {
        return undefined;
      }
    },
  };
}
