import type { ServerFrame } from '../../wire/live.ts';

/** What this console listens to: it says nothing that could be misunderstood. */
export type HeardFrame = Exclude<ServerFrame, { type: 'error' }>;

const KNOWN: ReadonlySet<unknown> = new Set(['snapshot', 'event', 'readings', 'heartbeat', 'notice']);

/** The frame of a message, or undefined for what this console does not know (a newer server may say more). */
export function parseFrame(text: string): HeardFrame | undefined {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof frame !== 'object' || frame === null || !('type' in frame)) return undefined;
  const { type } = frame;
  return KNOWN.has(type) ? (frame as HeardFrame) : undefined;
}
