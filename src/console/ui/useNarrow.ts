import { useSyncExternalStore } from 'react';

/** Below this a list has no room for its columns beside one another, px; the sheets say the same number. */
const NARROW_PX = 640;
/** And below this a page has no room for two things above one another, px. */
const LOW_PX = 800;
const narrow = matchMedia(`(max-width: ${NARROW_PX}px)`);
const low = matchMedia(`(max-height: ${LOW_PX}px)`);

const subscribeTo = (query: MediaQueryList) => (listener: () => void) => {
  query.addEventListener('change', listener);
  return () => query.removeEventListener('change', listener);
};
const subscribeNarrow = subscribeTo(narrow);
const subscribeLow = subscribeTo(low);

/** Whether the screen is a phone's, or a window as narrow. */
export function useNarrow(): boolean {
  return useSyncExternalStore(subscribeNarrow, () => narrow.matches);
}

/** Whether the screen is as low as those of offices: 1366 × 768. */
export function useLow(): boolean {
  return useSyncExternalStore(subscribeLow, () => low.matches);
}
