import { createRecent } from '../../lib/recent.ts';
import { addressOf, idsOfAddress } from '../line/ids.ts';
import type { LineProtocol, Taken } from '../line/protocol.ts';
import { FRAME_BYTES_MAX, nextFrame, readFrame } from './frame.ts';
import { readPacket } from './packet.ts';
import { answersTo } from './reply.ts';
import { isAccepted, isMeasured, NAME, openFrames } from './values.ts';

/** First packets of messages in several that are remembered, because what follows may leave out the time. */
const FIRST_PACKETS_MAX = 1_000;

/** HJ 212-2017 over TCP: emission and air monitoring. Each frame names its device and gives its password. */
export const hj212: LineProtocol = {
  name: NAME,
  frameBytesMax: FRAME_BYTES_MAX,
  next: nextFrame,
  open: openFrames,

  talk() {
    const firstPackets = createRecent<Uint8Array>(FIRST_PACKETS_MAX);
    return {
      take(bytes, { nowMs, dialectOf }): Taken {
        const frame = readFrame(bytes);
        if (frame === undefined) return { address: '', devices: [], payload: bytes, answers: [] };
        const packet = readPacket(frame.segment);
        const devices = idsOfAddress(NAME, packet.mn);
        const from = { address: addressOf(packet.mn), devices, secret: packet.pw };
        // What could not be trusted is kept, and sent again by a device that waits for its answer in vain.
        if (!isAccepted(frame, dialectOf(devices))) return { ...from, payload: bytes, answers: [] };
        const answers = answersTo(packet, nowMs);
        if (!isMeasured(packet)) return { ...from, payload: null, answers };
        const { packets, qn } = packet;
        if (packets === undefined || qn === undefined) return { ...from, payload: bytes, answers };
        const key = `${packet.mn} ${qn} ${packet.cn}`;
        if (packets.index === 1) firstPackets.put(key, bytes);
        // Each packet is answered by itself, so each is kept by itself, together with the one that tells its time.
        const first = packet.fields.has('DataTime') ? undefined : firstPackets.get(key);
        return { ...from, payload: first === undefined ? bytes : Buffer.concat([first, bytes]), answers };
      },
    };
  },
};
