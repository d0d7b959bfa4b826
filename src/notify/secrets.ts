import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';

/**
 * Seals the secrets of channels, so that the database alone, a stolen disk or a backup without the key of the installation,
 * opens no robot: AES-256-GCM under a key that HKDF (RFC 5869) draws from the installation's for this purpose alone.
 */
export interface Sealer {
  seal(place: SecretPlace, secret: string): string;
  /** Undefined when it was sealed with another key, for another place, or was changed. */
  open(place: SecretPlace, sealed: string): string | undefined;
}

/** What a secret belongs to. It is part of what is sealed, so that no secret can be put in the place of another. */
export interface SecretPlace {
  readonly channel: string;
  readonly name: string;
}

const VERSION = 'v1';
const IV_BYTES = 12;
const TAG_BYTES = 16;

export function createSealer(installationKey: Uint8Array): Sealer {
  const key = Buffer.from(hkdfSync('sha256', installationKey, '', 'brink notify secrets v1', 32));
  return {
    seal(place, secret) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(nameOf(place));
      const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
      return `${VERSION}.${Buffer.concat([iv, cipher.getAuthTag(), text]).toString('base64url')}`;
    },

    open(place, sealed) {
      const [version, data = ''] = sealed.split('.');
      const bytes = Buffer.from(data, 'base64url');
      if (version !== VERSION || bytes.length < IV_BYTES + TAG_BYTES) return undefined;
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES })
        .setAAD(nameOf(place))
        .setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      try {
        return decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
      } catch {
        return undefined;
      }
    },
  };
}

/** Ids hold no NUL, so that no two places have the same name. */
function nameOf({ channel, name }: SecretPlace): Buffer {
  return Buffer.from(`${channel}\0${name}`);
}

/**
 * The key in the address that a gateway posts to, of each channel its own: 192 bits that nobody can guess, drawn from the
 * installation's key, so that nothing has to be kept and the address stays what was entered at the gateway.
 */
export function createCallbackKeys(installationKey: Uint8Array): (channel: string) => string {
  const key = Buffer.from(hkdfSync('sha256', installationKey, '', 'brink notify callbacks v1', 32));
  return (channel) => createHmac('sha256', key).update(channel).digest().subarray(0, 24).toString('base64url');
}
