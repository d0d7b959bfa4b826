import type { Clock } from '../../lib/clock.ts';
import type { Control } from '../../model/entry.ts';

export const TOO_LARGE_RULE = 'data-too-large';

export interface TooLargeOptions {
  readonly clock: Clock;
  readonly send: (control: Control) => void;
  /** Whether the alert stands from before the start. */
  readonly isRaised: boolean;
}

/** It is over when nothing came that was too large for so long. */
const QUIET_MS = 3_600_000;
const LOOK_MS = 60_000;

/**
 * Raises an alert when a device sends more in one message than is read: nobody knows what it wanted to say, so somebody
 * must go and look. What came is in the quarantine.
 */
export function watchTooLarge({ clock, send, isRaised }: TooLargeOptions): {
  note(device: string, bytes: number): void;
  stop(): void;
} {
  let lastMs = isRaised ? clock.steadyMs() : undefined;

  function say(active: boolean, detail: string): void {
    send({ type: 'system', condition: TOO_LARGE_RULE, level: 'yellow', active, detail });
  }

  const stop = clock.every(LOOK_MS, () => {
    if (lastMs === undefined || clock.steadyMs() - lastMs < QUIET_MS) return;
    lastMs = undefined;
    say(false, 'none for an hour');
  });
  return {
    stop,
    note(device, bytes) {
      const isNew = lastMs === undefined;
      lastMs = clock.steadyMs();
      if (isNew) say(true, `${device}: ${bytes} bytes`);
    },
  };
}
