import { useSyncExternalStore } from 'react';
import { useLive } from '../live/context.tsx';

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
  useSyncExternalStore(subscribe, () => second);
  return useLive().serverNowMs();
}

/** The server's time, anew every `steps` seconds only: for long lists, where a minute more or less says nothing. */
export function useSlowServerNow(steps: number): number {
  useSyncExternalStore(subscribe, () => Math.floor(second / steps));
  return useLive().serverNowMs();
}
