import { createRecent } from '../../lib/recent.ts';
import { idsOfAddress } from '../line/ids.ts';
import type { LineProtocol, Taken, TalkContext } from '../line/protocol.ts';
import { ETX, FRAME_BYTES_MAX, type Frame, nextFrame, readFrame } from './frame.ts';
import { askAgain, confirm, isReport, KEEP_ALIVE } from './reply.ts';
import { NAME, openFrames } from './values.ts';

/** Messages in several packets that are being put together, their packets, and their bytes. */
const MESSAGES_MAX = 100;
const PACKETS_MAX = 256;
const MESSAGE_BYTES_MAX = 128 * 1_024;
/** So many packets are asked for again at a time. */
const ASKED_MAX = 16;

interface Message {
  readonly total: number;
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

  talk() {
    const messages = createRecent<Message>(MESSAGES_MAX);

    /** What is to be done about one packet of several: it is kept until all are there. */
    function takePacket(bytes: Uint8Array, frame: Frame, context: TalkContext): Pick<Taken, 'payload' | 'answers'> {
      const { total, index } = frame.packets ?? { total: 0, index: 0 };
      const nothing = { payload: null, answers: [] };
      if (index < 1 || index > total || total > PACKETS_MAX) return { payload: bytes, answers: [] };
      const key = `${frame.station} ${frame.func}`;
      const known = messages.get(key);
      const message = known?.total === total ? known : { total, packets: new Map<number, Uint8Array>(), bytes: 0 };
      messages.put(key, message);
      message.bytes += bytes.length - (message.packets.get(index)?.length ?? 0);
      message.packets.set(index, Uint8Array.from(bytes));
      if (message.bytes > MESSAGE_BYTES_MAX) {
        messages.delete(key);
        return nothing;
      }
      const first = message.packets.get(1);
      // The serial stands in the text of the first packet.
      const serial = first === undefined ? 0 : serialOf(readFrame(first)?.text);
      if (message.packets.size < total) {
        if (index < total && frame.end !== ETX) return nothing;
        const missing = Array.from({ length: total }, (_, i) => i + 1).filter((i) => !message.packets.has(i));
        return {
          payload: null,
          answers: missing.slice(0, ASKED_MAX).map((i) => askAgain(frame, serial, total, i, context.nowMs)),
        };
      }
      messages.delete(key);
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
        if (frame.packets !== undefined) return { ...from, ...takePacket(bytes, frame, context) };
        const serial = serialOf(frame.text);
        if (frame.func === KEEP_ALIVE) {
          const isAnswered = context.dialectOf(from.devices)?.sl651?.keepAlive === 'answer';
          return { ...from, payload: null, answers: isAnswered ? [confirm(frame, serial, context.nowMs, true)] : [] };
        }
        return { ...from, payload: bytes, answers: answersTo(frame, serial, context) };
      },
    };
  },
};

function answersTo(frame: Frame, serial: number, { nowMs, dialectOf }: TalkContext): Uint8Array[] {
  if (!isReport(frame)) return [];
  const stays = dialectOf(idsOfAddress(NAME, frame.station))?.sl651?.afterReport === 'stay';
  return [confirm(frame, serial, nowMs, stays)];
}

function serialOf(text: Uint8Array | undefined): number {
  return ((text?.[0] ?? 0) << 8) | (text?.[1] ?? 0);
}
