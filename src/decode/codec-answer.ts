import { brief } from '../lib/brief.ts';
import type { CodecAnswer } from '../model/codec.ts';
import type { Decoded, DeviceToRead, RawUplink } from '../model/format.ts';
import { rejectionOf } from '../model/rejection.ts';
import { isObject } from './gather.ts';
import { readDecoded, type UplinkTime } from './uplink.ts';

const NOTHING_READ: Decoded = { readings: [], rejection: null, clockAheadMs: 0, isRepaired: false };
/** Of the words of a codec so many characters are kept. */
const SAID_LENGTH = 200;

/**
 * The readings in what a codec gave, as in what a network server has decoded; data that is no object is the field `data` of
 * one. What the codec calls an error is said first.
 */
export function readAnswer(
  device: DeviceToRead,
  { data, errors }: CodecAnswer,
  network: RawUplink['network'],
  time: UplinkTime,
): Decoded {
  const isNothing = data === null || data === undefined;
  const decoded = isNothing ? NOTHING_READ : readDecoded(device, isObject(data) ? data : { data }, network, time);
  if (errors.length === 0) return decoded;
  return { ...decoded, rejection: rejectionOf('codec-refused', { said: brief(errors.join('; '), SAID_LENGTH) }) };
}
