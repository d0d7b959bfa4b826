import { useSyncExternalStore } from 'react';
import { useLive } from './context.tsx';

/** One timer for everything on the page that shows how time passes. */
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;
let second = 0;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    second += 1;
    for (const each of [...listeners]) each();
  }, 1_000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** The server's time, ms, anew every second. */
export function useServerNow(): number {
  return useSlowServerNow(1);
}

/**
 * The server's time, anew every `steps` seconds only and the same in between: for long lists, where a minute more or
 * less says nothing, and for whatever is computed or fetched by it.
 */
export function useSlowServerNow(steps: number): number {
  const live = useLive();
  useSyncExternalStore(subscribe, () => Math.floor(second / steps));
  const stepMs = steps * 1_000;
  return Math.floor(live.serverNowMs() / stepMs) * stepMs;
}
