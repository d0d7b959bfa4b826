import { lazy, Suspense, useEffect, useState } from 'react';
import { useNavigate } from 'react-router-dom';
import { SOUND_AT_FIRST, SOUND_PREFERENCE } from '../sound/settings.ts';
import { pathTo } from '../ui/paths.ts';
import { patiently } from '../ui/patiently.ts';
import { readPreference, writePreference } from '../ui/preferences.ts';

const ShortcutHelp = lazy(patiently(() => import('./ShortcutHelp.tsx')));

/** After `g` the next key chooses a page. */
const PAGES: Readonly<
  Record<string, 'duty' | 'points' | 'history' | 'devices' | 'thresholds' | 'maintenance' | 'proposals' | 'system'>
> = {
  d: 'duty',
  p: 'points',
  h: 'history',
  e: 'devices',
  l: 'thresholds',
  m: 'maintenance',
  a: 'proposals',
  s: 'system',
};
const SEQUENCE_MS = 1_500;

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.closest('input, textarea, select, [contenteditable], [role=dialog]') !== null
  );
}

/** Keys that work on every page. Those of the duty list are its own. */
export function Shortcuts() {
  const navigate = useNavigate();
  const [helpOpen, setHelpOpen] = useState(false);
  useEffect(() => {
    let afterG = Number.NEGATIVE_INFINITY;
    const listen = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.altKey || event.metaKey || isTyping(event.target)) return;
      const isSecond = performance.now() - afterG < SEQUENCE_MS;
      afterG = Number.NEGATIVE_INFINITY;
      const page = isSecond ? PAGES[event.key] : undefined;
      if (page !== undefined) void navigate(pathTo(page));
      else if (event.key === 'g') afterG = performance.now();
      else if (event.key === '?') setHelpOpen(true);
      else if (event.key === 'm') {
        const settings = readPreference(SOUND_PREFERENCE, SOUND_AT_FIRST);
        writePreference(SOUND_PREFERENCE, { ...settings, sound: !settings.sound });
      } else return;
      event.preventDefault();
      // `g s` is a way to go, not a wish to shelve.
      event.stopImmediatePropagation();
    };
    document.addEventListener('keydown', listen, true);
    return () => document.removeEventListener('keydown', listen, true);
  }, [navigate]);
  if (!helpOpen) return null;
  return (
    <Suspense>
      <ShortcutHelp onClose={() => setHelpOpen(false)} />
    </Suspense>
  );
}
