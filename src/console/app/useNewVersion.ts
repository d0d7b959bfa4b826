import { useEffect, useState } from 'react';
import { useLive } from '../live/context.tsx';

const LOOK_EVERY_MS = 600_000;

/** The address of the program itself, which carries a hash of its content; null when the page cannot be had. */
async function programOnServer(): Promise<string | null> {
  try {
    const response = await fetch('/index.html', { cache: 'no-cache' });
    if (!response.ok) return null;
    return /<script[^>]+src="([^"]+)"/.exec(await response.text())?.[1] ?? null;
  } catch {
    return null;
  }
}

/** Whether the server has another console than the one that runs here: looked for after each reconnect, and at times. */
export function useNewVersion(): boolean {
  const live = useLive();
  const [isNew, setIsNew] = useState(false);
  useEffect(() => {
    const own = document.querySelector('script[type=module][src]')?.getAttribute('src') ?? null;
    // A development server has no built program to compare with.
    if (own === null || !own.includes('/assets/')) return;
    const look = async () => {
      const theirs = await programOnServer();
      if (theirs !== null && theirs !== own) setIsNew(true);
    };
    let wasLive = live.trust.get().phase === 'live';
    let hasBeenLive = wasLive;
    const stop = live.trust.subscribe(() => {
      const isLive = live.trust.get().phase === 'live';
      if (isLive && !wasLive && hasBeenLive) void look();
      wasLive = isLive;
      hasBeenLive ||= isLive;
    });
    const timer = setInterval(() => void look(), LOOK_EVERY_MS);
    return () => {
      stop();
      clearInterval(timer);
    };
  }, [live]);
  return isNew;
}
