import { createRecent } from '../../lib/recent.ts';
import { idsOfAddress } from '../line/ids.ts';
import type { LineProtocol, Taken, TalkContext, Told } from '../line/protocol.ts';
import { COMMANDABLE, repliesOf, toldTo } from './commands.ts';
import { FRAME_BYTES_MAX, nextFrame, readFrame } from './frame.ts';
import { ETX, type Frame, LENGTH_MAX } from './marks.ts';
import { type Addressed, askAgain, confirm, isReport, isSelfReport, KEEP_ALIVE, PICTURE } from './reply.ts';
import { isMeasured, NAME, openFrames } from './values.ts';

/** Messages in several packets that are being put together, their packets, and their bytes. */
const MESSAGES_MAX = 100;
const PACKETS_MAX = 256;
const MESSAGE_BYTES_MAX = 128 * 1_024;
/** Stations of which something is remembered. */
const KNOWN_MAX = 10_000;
const NO_BYTES = new Uint8Array(0);
/** So many packets are asked for again at a time. */
const ASKED_MAX = 16;

interface Message {
  readonly total: number;
  /** Of its first packet. */
  serial: number;
  readonly packets: Map<number, Uint8Array>;
  bytes: number;
}

/** SL 651-2014 over TCP and UDP: hydrological stations. The password of two bytes is the secret, in four hex digits. */
export const sl651: LineProtocol = {
  name: NAME,
  frameBytesMax: FRAME_BYTES_MAX,
  hasDatagrams: true,
  next: nextFrame,
  open: openFrames,
  commandable: () => COMMANDABLE,

  talk() {
    const messages = createRecent<Message>(MESSAGES_MAX);
    /** How each station is addressed, by its last frame. */
    const heard = createRecent<Addressed>(KNOWN_MAX);
    let serial = 0;

    /** What is to be done about one packet of several: it is kept until all are there. */
    function takePacket(bytes: Uint8Array, frame: Frame, context: TalkContext): Pick<Taken, 'payload' | 'answers'> {
      const { total, index } = frame.packets ?? { total: 0, index: 0 };
      const nothing = { payload: null, answers: [] };
      const isPicture = frame.func === PICTURE;
      const most = isPicture ? LENGTH_MAX : PACKETS_MAX;
      if (index < 1 || index > total || total > most) return { payload: isPicture ? null : bytes, answers: [] };
      const key = `${frame.station} ${frame.func}`;
      const known = messages.get(key);
      const message =
        known?.total === total ? known : { total, serial: 0, packets: new Map<number, Uint8Array>(), bytes: 0 };
      messages.put(key, message);
      // Nothing is read of a picture: that all of it has come is all that is known, however large it is.
      const kept = isPicture ? NO_BYTES : Uint8Array.from(bytes);
      message.bytes += kept.length - (message.packets.get(index)?.length ?? 0);
      message.packets.set(index, kept);
      // The serial stands in the text of the first packet.
      if (index === 1) message.serial = serialOf(frame);
      if (message.bytes > MESSAGE_BYTES_MAX) {
        messages.delete(key);
        return nothing;
      }
      const { serial } = message;
      if (message.packets.size < total) {
        if (index < total && frame.end !== ETX) return nothing;
        const missing = Array.from({ length: total }, (_, i) => i + 1).filter((i) => !message.packets.has(i));
        return {
          payload: null,
          answers: missing.slice(0, ASKED_MAX).map((i) => askAgain(frame, serial, total, i, context.nowMs)),
        };
      }
      messages.delete(key);
      if (isPicture) return { payload: null, answers: answersTo(frame, serial, context) };
      const packets = [...message.packets].sort(([a], [b]) => a - b).map(([, packet]) => packet);
      return { payload: Buffer.concat(packets), answers: answersTo(frame, serial, context) };
    }

    return {
      take(bytes, context): Taken {
        const frame = readFrame(bytes);
        if (frame === undefined) return { address: '', devices: [], payload: bytes, answers: [] };
        const { station, password } = frame;
        const from = { address: station, devices: idsOfAddress(NAME, station), secret: password };
        // What could not be trusted is kept, and sent again by a station that waits for its answer in vain.
        if (!frame.isChecksumRight) return { ...from, payload: bytes, answers: [] };
        if (!frame.isUplink) return { ...from, payload: null, answers: [] };
        const { form, center, func } = frame;
        heard.put(station, { form, station, center, password, func });
        const replies = () => repliesOf(frame, context.nowMs);
        if (frame.packets !== undefined) return { ...from, ...takePacket(bytes, frame, context) };
        const number = serialOf(frame);
        if (frame.func === KEEP_ALIVE) {
          const isAnswered = context.dialectOf(from.devices)?.sl651?.keepAlive === 'answer';
          return { ...from, payload: null, answers: isAnswered ? [confirm(frame, number, context.nowMs, true)] : [] };
        }
        const answers = answersTo(frame, number, context);
        // Settings, clocks, events: known, and nothing of a sensor.
        return { ...from, payload: isMeasured(frame) ? bytes : null, answers, replies };
      },

      tell(address, command, { nowMs }): Told | undefined {
        const to = heard.get(address);
        if (to === undefined) return undefined;
        serial = (serial % 0xffff) + 1;
        return toldTo(to, command, serial, nowMs);
      },
    };
  },
};

function answersTo(frame: Frame, serial: number, { nowMs, dialectOf }: TalkContext): Uint8Array[] {
  if (!isReport(frame) && !isSelfReport(frame)) return [];
  const stays = dialectOf(idsOfAddress(NAME, frame.station))?.sl651?.afterReport === 'stay';
  return [confirm(frame, serial, nowMs, stays)];
}

function serialOf({ form, text }: Frame): number {
  if (form === 'binary') return ((text[0] ?? 0) << 8) | (text[1] ?? 0);
  const digits = Buffer.from(text.subarray(0, 4)).toString('latin1');
  return /^[0-9a-fA-F]{4}$/.test(digits) ? Number.parseInt(digits, 16) : 0;
}
