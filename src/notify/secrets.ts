import { createHmac, hkdfSync } from 'node:crypto';
import { createSealer as sealerOf } from '../lib/sealer.ts';

/** Seals the secrets of channels (lib/sealer.ts). */
export interface Sealer {
  seal(place: SecretPlace, secret: string): string;
  /** Undefined when it was sealed with another key, for another place, or was changed. */
  open(place: SecretPlace, sealed: string): string | undefined;
}

/** What a secret belongs to. */
export interface SecretPlace {
  readonly channel: string;
  readonly name: string;
}

export function createSealer(installationKey: Uint8Array): Sealer {
  const { seal, open } = sealerOf(installationKey, 'brink notify secrets v1');
  return {
    seal: (place, secret) => seal(nameOf(place), secret),
    open: (place, sealed) => open(nameOf(place), sealed),
  };
}

/** Ids hold no NUL, so that no two places have the same name. */
function nameOf({ channel, name }: SecretPlace): string {
  return `${channel}\0${name}`;
}

/**
 * The key in the address that a gateway posts to, of each channel its own: 192 bits that nobody can guess, drawn from the
 * installation's key, so that nothing has to be kept and the address stays what was entered at the gateway.
 */
export function createCallbackKeys(installationKey: Uint8Array): (channel: string) => string {
  const key = Buffer.from(hkdfSync('sha256', installationKey, '', 'brink notify callbacks v1', 32));
  return (channel) => createHmac('sha256', key).update(channel).digest().subarray(0, 24).toString('base64url');
}
