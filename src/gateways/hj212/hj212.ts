import { createRecent } from '../../lib/recent.ts';
import type { Dialect } from '../../model/dialect.ts';
import { addressOf, idsOfAddress } from '../line/ids.ts';
import type { LineProtocol, Taken, Told } from '../line/protocol.ts';
import { COMMANDABLE, repliesOf, toldTo } from './commands.ts';
import { FRAME_BYTES_MAX, nextFrame, readFrame } from './frame.ts';
import { type Packet, readPacket, timeOf } from './packet.ts';
import { type Addressed, answersTo, setTime } from './reply.ts';
import { isAccepted, isMeasured, NAME, openFrames } from './values.ts';

/** A clock that is further off than this is set, where the profile says so; not again before so long. */
const CLOCK_OFF_MS = 60_000;
const CLOCK_SET_EVERY_MS = 3_600_000;
/** Real-time values. */
const REAL_TIME = '2011';
/** Characters of what addresses a station; the standard has 37. */
const ADDRESSED_LENGTH_MAX = 200;
/** Stations of which something is remembered. */
const KNOWN_MAX = 10_000;
/** First packets of messages in several that are remembered, because what follows may leave out the time. */
const FIRST_PACKETS_MAX = 1_000;

/** HJ 212-2017 over TCP: emission and air monitoring. Each frame names its device and gives its password. */
export const hj212: LineProtocol = {
  name: NAME,
  frameBytesMax: FRAME_BYTES_MAX,
  next: nextFrame,
  open: openFrames,
  commandable: () => COMMANDABLE,

  talk() {
    const firstPackets = createRecent<Uint8Array>(FIRST_PACKETS_MAX);
    /** When each device's clock was set last. */
    const clocksSet = createRecent<number>(KNOWN_MAX);
    /** How each station is addressed, by its last packet. */
    const heard = createRecent<Addressed>(KNOWN_MAX);

    /** Sets a clock that is wrong, by when a packet of real-time values was made: others may come late for good reasons. */
    function setClock(packet: Packet, dialect: Dialect | undefined, nowMs: number): Uint8Array[] {
      const madeAtMs = timeOf(packet.qn);
      if (dialect?.hj212?.clock !== 'set' || madeAtMs === undefined || packet.cn !== REAL_TIME) return [];
      const lastMs = clocksSet.get(packet.mn) ?? Number.NEGATIVE_INFINITY;
      if (Math.abs(madeAtMs - nowMs) <= CLOCK_OFF_MS || nowMs - lastMs < CLOCK_SET_EVERY_MS) return [];
      clocksSet.put(packet.mn, nowMs);
      return [setTime(packet, nowMs)];
    }

    return {
      take(bytes, { nowMs, dialectOf }): Taken {
        const frame = readFrame(bytes);
        if (frame === undefined) return { address: '', devices: [], payload: bytes, answers: [] };
        const packet = readPacket(frame.segment);
        const devices = idsOfAddress(NAME, packet.mn);
        const from = { address: addressOf(packet.mn), devices, secret: packet.pw };
        // What could not be trusted is kept, and sent again by a device that waits for its answer in vain.
        const dialect = dialectOf(devices);
        if (!isAccepted(frame, dialect)) return { ...from, payload: bytes, answers: [] };
        const { st, pw, mn, flag } = packet;
        // What answers names the system that talks, not the one it is about.
        const isShort = st.length + pw.length + mn.length <= ADDRESSED_LENGTH_MAX;
        if (isShort && (isMeasured(packet) || heard.get(from.address) === undefined)) {
          heard.put(from.address, { st, pw, mn, flag });
        }
        const answers = answersTo(packet, nowMs);
        const replies = () => repliesOf(packet, nowMs);
        if (!isMeasured(packet)) return { ...from, payload: null, answers, replies };
        answers.push(...setClock(packet, dialect, nowMs));
        const { packets, qn } = packet;
        if (packets === undefined || qn === undefined) return { ...from, payload: bytes, answers };
        const key = `${packet.mn} ${qn} ${packet.cn}`;
        if (packets.index === 1) firstPackets.put(key, bytes);
        // Each packet is answered by itself, so each is kept by itself, together with the one that tells its time.
        const first = packet.fields.has('DataTime') ? undefined : firstPackets.get(key);
        return { ...from, payload: first === undefined ? bytes : Buffer.concat([first, bytes]), answers };
      },

      tell(address, command, { nowMs }): Told | undefined {
        const device = heard.get(address);
        return device === undefined ? undefined : toldTo(device, command, nowMs);
      },
    };
  },
};
