import { type RefObject, useEffect, useRef } from 'react';
import type { Pressed } from './keys.ts';

/**
 * The keys of the panel work as soon as the page is open, not only after a click into the list. `onKey` says whether the
 * key was one of them.
 */
export function useAlertKeys(panel: RefObject<HTMLElement | null>, onKey: (pressed: Pressed) => boolean): void {
  const latest = useRef(onKey);
  latest.current = onKey;
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const target = event.target instanceof HTMLElement ? event.target : null;
      const list = target?.closest('[role=grid]');
      const inList = list != null && panel.current?.contains(list) === true;
      if (event.defaultPrevented || (target !== document.body && target?.id !== 'content' && !inList)) return;
      // Enter and blank on a button inside a row are the button's.
      if (target?.closest('button, input, a') != null && (event.key === 'Enter' || event.key === ' ')) return;
      if (latest.current(event)) event.preventDefault();
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, [panel]);
}
