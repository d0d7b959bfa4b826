import type { Decoded, RawUplink } from '../../../model/format.ts';
import type { FrameRule } from '../../../model/messages.ts';
import { type ExpectedValue, rejectionOf } from '../../../model/rejection.ts';
import { foundOf, numberOf, rejected } from '../../gather.ts';
import { type Getter, getterOf } from './paths.ts';

/** What of an item of a message is for the profile's codec: a frame, or why there is none. */
export type FrameOf = (root: unknown, item: unknown) => RawUplink | Decoded;

const HEX = /^(?:[\da-f]{2})+$/i;
const BASE64 = /^[\w+/-]+={0,2}$/;
/** As many bytes as the largest frame that any of these networks carries, many times over. */
const FRAME_BYTES_MAX = 4_096;
const F_PORT_MAX = 255;

/** Compiles where a frame stands. It bears no time of its own: it is of the moment of its arrival. */
export function compileFrame({ bytes, encoding, fPort }: FrameRule): FrameOf {
  const get = getterOf(bytes);
  const portOf: Getter = typeof fPort === 'number' ? () => fPort : getterOf(fPort);
  return (root, item) => {
    const raw = get(root, item);
    const read = bytesOf(raw, encoding);
    if (read === undefined) return bad('bytes', { kind: encoding === 'base64' ? 'base64' : 'hex' }, raw);
    const said = portOf(root, item);
    const port = numberOf(said);
    if (port === undefined || !Number.isInteger(port) || port < 0 || port > F_PORT_MAX) {
      return bad('fPort', { kind: 'number' }, said);
    }
    return { fPort: port, bytes: read, receivedAtMs: undefined, fCnt: undefined, network: {} };
  };
}

function bytesOf(raw: unknown, encoding: FrameRule['encoding']): Uint8Array | undefined {
  if (raw instanceof Uint8Array) return raw.length <= FRAME_BYTES_MAX ? raw : undefined;
  // Many write the bytes of a frame with blanks between them.
  const text = typeof raw === 'string' && raw.length <= FRAME_BYTES_MAX * 3 ? raw.replaceAll(/\s/g, '') : '';
  if (encoding === 'base64') return BASE64.test(text) ? Buffer.from(text, 'base64') : undefined;
  return HEX.test(text) && text.length <= 2 * FRAME_BYTES_MAX ? Buffer.from(text, 'hex') : undefined;
}

function bad(name: string, expected: ExpectedValue, found: unknown): Decoded {
  return rejected(rejectionOf('bad-value', { name, expected, found: foundOf(found) }));
}
