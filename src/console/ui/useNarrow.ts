import { useSyncExternalStore } from 'react';

/** Below this a list has no room for its columns beside one another, px; the sheets say the same number. */
const NARROW_PX = 640;
const query = matchMedia(`(max-width: ${NARROW_PX}px)`);

function subscribe(listener: () => void): () => void {
  query.addEventListener('change', listener);
  return () => query.removeEventListener('change', listener);
}

/** Whether the screen is a phone's, or a window as narrow. */
export function useNarrow(): boolean {
  return useSyncExternalStore(subscribe, () => query.matches);
}
