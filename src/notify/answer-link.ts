import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

/**
 * The links by which a message is answered without login: whoever has one has been sent it. It names one request to a
 * gateway and when it ends, under a MAC of the installation's key, so that nothing is kept and nobody can make one.
 */
export interface AnswerLinks {
  /** `request`: a UUID. */
  tokenOf(request: string, untilMs: number): string;
  /** `forged` for what was never ours. */
  read(token: string, nowMs: number): { readonly request: string } | 'forged' | 'expired';
}

const REQUEST_BYTES = 16;
const TIME_BYTES = 6;
/** Half of SHA-256; RFC 2104 allows no less. */
const MAC_BYTES = 16;
const TOKEN = /^[A-Za-z0-9_-]{51}$/;

/** The key of links, which is all of the installation's key that the thread that writes messages is given. */
export function answerKeyOf(installationKey: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', installationKey, '', 'brink answer links v1', 32));
}

export function createAnswerLinks(key: Uint8Array): AnswerLinks {
  const macOf = (named: Uint8Array) => createHmac('sha256', key).update(named).digest().subarray(0, MAC_BYTES);
  return {
    tokenOf(request, untilMs) {
      const named = Buffer.alloc(REQUEST_BYTES + TIME_BYTES);
      named.write(request.replaceAll('-', ''), 'hex');
      named.writeUIntBE(Math.floor(untilMs), REQUEST_BYTES, TIME_BYTES);
      return Buffer.concat([named, macOf(named)]).toString('base64url');
    },
    read(token, nowMs) {
      if (!TOKEN.test(token)) return 'forged';
      const bytes = Buffer.from(token, 'base64url');
      // The last letter has bits to spare, and one link has one address.
      if (bytes.toString('base64url') !== token) return 'forged';
      const named = bytes.subarray(0, REQUEST_BYTES + TIME_BYTES);
      if (!timingSafeEqual(bytes.subarray(named.length), macOf(named))) return 'forged';
      if (named.readUIntBE(REQUEST_BYTES, TIME_BYTES) <= nowMs) return 'expired';
      const hex = named.toString('hex', 0, REQUEST_BYTES);
      return { request: hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5') };
    },
  };
}
