import { useEffect, useState } from 'react';
import { hasNewConsole } from '../ui/version.ts';
import { useLive } from './context.tsx';

const LOOK_EVERY_MS = 600_000;

/** Whether the server has another console than the one that runs here: looked for after each reconnect, and at times. */
export function useNewVersion(): boolean {
  const live = useLive();
  const [isNew, setIsNew] = useState(false);
  useEffect(() => {
    const look = async () => {
      if (await hasNewConsole()) setIsNew(true);
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
