import type { ServerFrame } from '../wire/live.ts';

/** A frame as it goes over the WebSocket, to one client or to all of them. */
export function frameOf(frame: ServerFrame): Buffer {
  return Buffer.from(JSON.stringify(frame));
}
