import { createHash, timingSafeEqual } from 'node:crypto';

/** How platforms prove to be who they say: a key in their address, or OneNET's signature (its manual of HTTP push). */

/** Whether two texts are the same; how long it takes says nothing of where they differ. */
export function isSame(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

/** OneNET's signature: Base64 of the MD5 of token, nonce and message. */
export function signatureOf(token: string, nonce: string, msg: string): string {
  return createHash('md5').update(token).update(nonce).update(msg).digest('base64');
}

/** Whether a push of OneNET is signed with the token: `{msg, msg_signature, nonce}`, with a model of things `signature`. */
export function isSigned(payload: Uint8Array, token: string): boolean {
  const text = Buffer.from(payload).toString();
  const push = parsed(text);
  if (typeof push !== 'object' || push === null) return false;
  const { msg, enc_msg, nonce, ...rest } = push as Record<string, unknown>;
  const signature = rest.msg_signature ?? rest.signature;
  if (typeof signature !== 'string' || typeof nonce !== 'string') return false;
  // What is signed is the text as it was made there, which parsing loses where numbers or escapes are written otherwise.
  const signed = [enc_msg, msg].flatMap((one) => (typeof one === 'string' ? [one] : []));
  if (typeof msg === 'object') signed.push(valueText(text, 'msg') ?? '', JSON.stringify(msg));
  return signed.some((one) => isSame(signature, signatureOf(token, nonce, one)));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s"{}[\]:,]+/g;

/** The text of the value that stands under a key of an object, in JSON that was parsed before. */
function valueText(text: string, key: string): string | undefined {
  let depth = 0;
  let from: number | undefined;
  let last = '';
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (depth === 1 && from !== undefined && (token === ',' || token === '}')) return text.slice(from, index).trim();
    if (depth === 1 && from === undefined && token === ':' && last === `"${key}"`) from = index + 1;
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    last = token;
  }
  return undefined;
}
