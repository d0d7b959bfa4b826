import type { Dialect } from '../../model/dialect.ts';
import type { FrameItem, FrameReadings, OpenedFrames } from '../../model/protocol.ts';
import { type Rejection, rejectionOf } from '../../model/rejection.ts';
import { idsOfAddress } from '../line/ids.ts';
import { type Frame, nextFrame, readFrame } from './frame.ts';
import { type Packet, readPacket, timeOf } from './packet.ts';

export const NAME = 'hj212';
const WORDS = { protocol: 'HJ 212' };

/**
 * Commands whose contents are measured values, and what stands before the names of their fields: `a01001-Rtd` as it is,
 * `minute.a01001-Avg`, since minute, hour and day bring the same names.
 */
const MEASURED: Readonly<Record<string, string>> = {
  '2011': '',
  // State and running time of equipment: `SB1-RS`, `SB1-RT`.
  '2021': '',
  '2031': 'day.',
  '2041': 'day.',
  '2051': 'minute.',
  '2061': 'hour.',
};
/** What a factor says beside its values. */
const NO_VALUES = new Set(['Flag', 'EFlag', 'SampleTime', 'Info']);
/**
 * Flags of table 8 after which a value is not to be relied on: out of service, maintenance, fault, calibration, communication
 * broken. N is normal, S set by hand; T is above the instrument's range, which must not be put aside as a fault.
 */
const DOUBTFUL = new Set(['F', 'M', 'D', 'C', 'B']);

export function isMeasured(packet: Packet): boolean {
  return Object.hasOwn(MEASURED, packet.cn);
}

/** Whether a frame is read under a dialect. */
export function isAccepted({ checksum, isLengthRight }: Frame, dialect: Dialect | undefined): boolean {
  return (checksum === 'hj' && isLengthRight) || dialect?.hj212?.checksum === 'lenient';
}

/** What a message of one frame, or of several that belong together, holds. */
export function openFrames(payload: Uint8Array): OpenedFrames {
  const found: { readonly frame: Frame; readonly packet: Packet }[] = [];
  for (let rest = payload; ; ) {
    const next = nextFrame(rest);
    if (next.kind === 'more') break;
    const frame = readFrame(rest.subarray(next.start, next.end));
    if (frame !== undefined) found.push({ frame, packet: readPacket(frame.segment) });
    rest = rest.subarray(next.end);
  }
  const [first] = found;
  if (first === undefined) return { parts: [], rejection: rejectionOf('no-frame', WORDS) };
  const devices = idsOfAddress(NAME, first.packet.mn);
  if (devices.length === 0) return { parts: [], rejection: rejectionOf('no-device', {}) };
  return { rejection: null, parts: [{ devices, read: (dialect) => readAll(found, dialect) }] };
}

function readAll(
  found: readonly { readonly frame: Frame; readonly packet: Packet }[],
  dialect: Dialect | undefined,
): FrameReadings {
  const items: FrameItem[] = [];
  let rejection: Rejection | null = null;
  let before: Packet | undefined;
  for (const { frame, packet } of found) {
    if (isAccepted(frame, dialect)) items.push(...itemsOf(packet, before));
    else rejection ??= refusalOf(frame);
    before = packet;
  }
  return { items, rejection };
}

function refusalOf({ isLengthRight }: Frame): Rejection {
  return rejectionOf(isLengthRight ? 'wrong-checksum' : 'wrong-length', WORDS);
}

/** The values of a packet, and when they were: as it says, or the packet that it goes on from, or when it was sent. */
function itemsOf(packet: Packet, before: Packet | undefined): FrameItem[] {
  const prefix = MEASURED[packet.cn];
  if (prefix === undefined || packet.factors.length === 0) return [];
  const told = packet.fields.get('DataTime') ?? (before?.qn === packet.qn ? before?.fields.get('DataTime') : undefined);
  const tsMs = timeOf(told) ?? timeOf(packet.qn);
  const values: Record<string, string> = {};
  const bad = new Set<string>();
  for (const { code, values: ofCode, flag = '' } of packet.factors) {
    for (const [suffix, value] of ofCode) {
      if (NO_VALUES.has(suffix)) continue;
      const name = `${prefix}${code}-${suffix}`;
      values[name] = value;
      if (DOUBTFUL.has(flag.toUpperCase())) bad.add(name);
    }
  }
  return [{ tsMs, values, bad: bad.size === 0 ? undefined : bad }];
}
