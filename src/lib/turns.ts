/**
 * Work that may wait for a turn of the event loop: one piece in each, first come, first served, so that however many
 * pieces there are, everybody else is served between two of them.
 */
export interface Turns {
  next(work: () => void): void;
}

export function createTurns(): Turns {
  const queue: (() => void)[] = [];
  let isScheduled = false;

  function schedule(): void {
    if (isScheduled || queue.length === 0) return;
    isScheduled = true;
    setImmediate(() => {
      isScheduled = false;
      queue.shift()?.();
      schedule();
    });
  }

  return {
    next(work) {
      queue.push(work);
      schedule();
    },
  };
}
