/** Lets one waiter sleep until something it cares about has happened, or for so long. */
export interface Bell {
  /** Something has happened: whoever waits looks whether it is enough. */
  ring(): void;
  /** Until it is rung and `enough` then holds, or `ms` have passed; not at all once the signal is given. */
  wait(ms: number | undefined, enough?: () => boolean): Promise<void>;
}

export function createBell(signal: AbortSignal): Bell {
  let look: (() => void) | null = null;
  return {
    ring: () => look?.(),
    async wait(ms, enough = () => true) {
      if (signal.aborted) return;
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        look = () => {
          if (signal.aborted || enough()) resolve();
        };
        if (ms !== undefined) timer = setTimeout(resolve, ms);
      });
      look = null;
      clearTimeout(timer);
    },
  };
}
