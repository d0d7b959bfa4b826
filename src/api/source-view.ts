import type { SourceState } from '../model/source-state.ts';
import type { SourceStanding } from '../wire/system.ts';

/** How a source fares, as it is told. */
export function sourceStanding({ connectedAtMs, lastMessageAtMs, trouble, ...state }: SourceState): SourceStanding {
  const { kind, name, isUp, connections, messages, unread } = state;
  return {
    ...{ kind, name, isUp, connections, messages, unread },
    connectedAt: connectedAtMs,
    lastMessageAt: lastMessageAtMs,
    trouble: trouble === null ? null : { words: trouble.words, at: trouble.atMs },
  };
}
