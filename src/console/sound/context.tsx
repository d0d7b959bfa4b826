import { createContext, type ReactNode, use, useEffect } from 'react';
import type { Chime } from './chime.ts';

const ChimeContext = createContext<Chime | null>(null);

/** Any click or key unlocks the sound, so that nobody has to look for the button after a restart of the browser. */
export function ChimeProvider({ chime, children }: { chime: Chime; children: ReactNode }) {
  useEffect(() => {
    chime.unlock();
    document.addEventListener('pointerdown', chime.unlock);
    document.addEventListener('keydown', chime.unlock);
    return () => {
      document.removeEventListener('pointerdown', chime.unlock);
      document.removeEventListener('keydown', chime.unlock);
    };
  }, [chime]);
  return <ChimeContext value={chime}>{children}</ChimeContext>;
}

export function useChime(): Chime {
  const chime = use(ChimeContext);
  if (chime === null) throw new Error('useChime needs a ChimeProvider above it');
  return chime;
}
