import { setTimeout as sleep } from 'node:timers/promises';
import type { Load } from './load.ts';
import { cpuMs } from './usage.ts';

/** What a server did with a load, over a stretch of steady state. */
export interface Stretch {
  readonly messages: number;
  readonly messagesPerS: number;
  /** CPU of the server, all its threads, user and kernel, µs. */
  readonly cpuUsPerMessage: number;
}

/** A load at full speed (a window on each connection): some time to settle, then the stretch that counts. */
export async function measureWindow(
  load: Load,
  pid: number,
  { windowSize, settleMs, measureMs }: { windowSize: number; settleMs: number; measureMs: number },
): Promise<Stretch> {
  await load.window(windowSize);
  await sleep(settleMs);
  const stretch = await measureStretch(load, pid, measureMs);
  await load.drain();
  return stretch;
}

export async function measureStretch(load: Load, pid: number, measureMs: number): Promise<Stretch> {
  const from = await load.mark();
  const cpuFromMs = cpuMs(pid);
  await sleep(measureMs);
  const to = await load.mark();
  const cpuToMs = cpuMs(pid);
  const messages = to.acknowledged - from.acknowledged;
  return {
    messages,
    messagesPerS: (messages * 1_000) / (to.atMs - from.atMs),
    cpuUsPerMessage: ((cpuToMs - cpuFromMs) * 1_000) / messages,
  };
}
