import { randomUUID } from 'node:crypto';
import type { Silences } from '../../api/deps.ts';
import type { NotifyClient } from '../../notify/notify-client.ts';
import type { Registry } from '../../registry/registry.ts';

export interface SilencesOptions {
  readonly registry: Pick<Registry, 'silences' | 'keepSilence' | 'endSilence'>;
  /** The thread that tells people; null while there is nobody to be told. */
  readonly client: () => Pick<NotifyClient, 'ask'> | null;
  readonly nowMs: () => number;
}

/** Silences as they are kept, and handed to the thread that tells people. */
export function createSilences({ registry, client, nowMs }: SilencesOptions): Silences & {
  /** Hands on those that hold: while nobody was told of anything, or the thread was away, it has not heard of them. */
  handOn(): Promise<void>;
} {
  return {
    async handOn() {
      // One that it has already it takes in silence.
      for (const { endedMs: _e, endedBy: _b, ...silence } of registry.silences(nowMs(), false)) {
        await client()?.ask('silence', silence);
      }
    },
    list: (all) => registry.silences(nowMs(), all),
    async make(asked) {
      const silence = { ...asked, id: randomUUID() };
      registry.keepSilence(silence, nowMs());
      await client()?.ask('silence', silence);
      return { ...silence, endedMs: null, endedBy: null };
    },
    async end(id, by) {
      const ended = registry.endSilence(id, by, nowMs());
      if (ended !== undefined) await client()?.ask('endSilence', { id });
      return ended;
    },
  };
}
