import type { LineProtocol } from '../../src/gateways/line/protocol.ts';
import type { Dialect } from '../../src/model/dialect.ts';
import type { FrameItem } from '../../src/model/protocol.ts';

/** What became of bytes that a device has sent. */
export interface Heard {
  readonly messages: {
    readonly address: string;
    readonly items: readonly FrameItem[];
    readonly devices: readonly string[];
    readonly reason: string | undefined;
  }[];
  readonly answers: Uint8Array[];
  readonly frames: Uint8Array[];
  /** What is left that may become a frame. */
  readonly rest: Uint8Array;
}

export const HEARD_AT_MS = Date.parse('2026-07-01T08:00:07.250+08:00');

/** Feeds bytes to a protocol as a connection does, piece by piece. */
export function hear(protocol: LineProtocol, pieces: readonly Uint8Array[], dialect?: Dialect): Heard {
  const talk = protocol.talk();
  const heard = { messages: [] as Heard['messages'], answers: [] as Uint8Array[], frames: [] as Uint8Array[] };
  let pending = Buffer.alloc(0);
  for (const piece of pieces) {
    pending = Buffer.concat([pending, piece]);
    for (;;) {
      const next = protocol.next(pending);
      if (next.kind === 'more') {
        pending = pending.subarray(next.keepFrom);
        break;
      }
      const frame = pending.subarray(next.start, next.end);
      pending = pending.subarray(next.end);
      heard.frames.push(frame);
      const taken = talk.take(frame, { nowMs: HEARD_AT_MS, dialectOf: () => dialect });
      heard.answers.push(...taken.answers);
      // What it may say to somebody is as total as the rest of it.
      taken.replies?.();
      if (taken.payload === null) continue;
      const { parts, rejection } = protocol.open(taken.payload, taken.address);
      const read = parts.map((part) => part.read(dialect, HEARD_AT_MS, part.devices.at(-1) ?? ''));
      heard.messages.push({
        address: taken.address,
        items: read.flatMap(({ items }) => items),
        devices: parts.flatMap(({ devices }) => devices.slice(0, 1)),
        reason: rejection?.reason ?? read.find((one) => one.rejection !== null)?.rejection?.reason,
      });
    }
  }
  return { ...heard, rest: pending };
}
