import { createContext, type ReactNode, use, useCallback, useEffect, useSyncExternalStore } from 'react';
import type { AlertView, Live, LiveValue, Trust } from './live.ts';
import type { Store } from './store.ts';

const LiveContext = createContext<Live | null>(null);

export function LiveProvider({ live, children }: { live: Live; children: ReactNode }) {
  useEffect(() => {
    live.start();
    return () => live.stop();
  }, [live]);
  return <LiveContext value={live}>{children}</LiveContext>;
}

export function useLive(): Live {
  const live = use(LiveContext);
  if (live === null) throw new Error('useLive needs a LiveProvider above it');
  return live;
}

export function useStore<T>(store: Store<T>): T {
  return useSyncExternalStore(store.subscribe, store.get);
}

export function useAlertView(): AlertView {
  return useStore(useLive().alerts);
}

export function useTrust(): Trust {
  return useStore(useLive().trust);
}

/** The newest value of a series, newer than `known` or `known` itself; drawn anew only when it changes. */
export function useReading(point: string, metric: string, known: LiveValue | undefined): LiveValue | undefined {
  const live = useLive();
  const read = useCallback(() => {
    const fresh = live.reading(point, metric);
    if (fresh === undefined) return known;
    return known !== undefined && known.ts > fresh.ts ? known : fresh;
  }, [live, point, metric, known]);
  return useSyncExternalStore(live.readingsVersion.subscribe, read);
}

/** Asks for readings while the component is shown. The list of points may be a new array only when it differs. */
export function useWatch(points: readonly string[] | '*'): void {
  const live = useLive();
  useEffect(() => live.watch(points), [live, points]);
}

/**
 * Tells the server that everything up to `seq` has been drawn in a tab that a person can see. Sent after the browser
 * has had the chance to paint, and again when a hidden tab comes to the front.
 */
export function useSeen(seq: number | null): void {
  const live = useLive();
  useEffect(() => {
    if (seq === null) return;
    let frame = 0;
    const report = () => {
      if (document.visibilityState !== 'visible') return;
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => live.seen(seq));
    };
    report();
    document.addEventListener('visibilitychange', report);
    return () => {
      cancelAnimationFrame(frame);
      document.removeEventListener('visibilitychange', report);
    };
  }, [live, seq]);
}
