import { useEffect, useState } from 'react';

/** Whole seconds since the component appeared, for what takes a while: whoever waits sees that it goes on. */
export function useSeconds(): number {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setSeconds((before) => before + 1), 1_000);
    return () => clearInterval(timer);
  }, []);
  return seconds;
}
