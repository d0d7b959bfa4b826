import { setImmediate as nextTurn } from 'node:timers/promises';
import { idsOf } from '../../decode/ids.ts';
import type { Journal } from '../../journal/journal.ts';
import { decodeEntries, type JournalEntry, type QuarantineEntry } from '../../model/entry.ts';
import type { KeptPayload } from '../../model/quarantined.ts';
import type { RouteOf } from '../../model/route.ts';
import type { QuarantineStore } from '../../quarantine/store.ts';

export interface KeptMessagesOptions {
  readonly isRegistered: (id: string) => boolean;
  readonly quarantine: Pick<QuarantineStore, 'kept' | 'newest' | 'devices'>;
  readonly routeOf: RouteOf;
  readonly journal: Pick<Journal, 'read'>;
  /** Of a device that is a part of another: the ids that other one may go by, which its messages come as. */
  readonly holdersOf: (id: string) => readonly string[];
}

/** Messages that are looked up at once, after which devices are served. */
const MESSAGES_AT_ONCE = 100;
/** Of one message so many entries may stand in the journal, and the first has its bytes (decode/intake.ts). */
const ENTRIES_OF_ONE_MAX = 64;

/** Finds in quarantine what may be of a device that was registered, and has it whole again. */
export function createKeptMessages(options: KeptMessagesOptions) {
  const { isRegistered, quarantine, routeOf, journal, holdersOf } = options;

  /** Of each of these devices the names that its messages may stand under in quarantine. */
  async function namesOf(devices: readonly string[]): Promise<Map<string, string[]>> {
    const kept = new Set(quarantine.devices());
    const names = new Map<string, string[]>();
    /** Those of which nothing stands under a name that is theirs. */
    const others = new Set<string>();
    for (const id of devices) {
      // A number in hex is written either way, and no other device goes by it.
      const own = idsOf([id]).filter((name) => name === id || !isRegistered(name));
      const found = [...new Set([...own, ...holdersOf(id).flatMap((holder) => idsOf([holder]))])].filter((name) =>
        kept.has(name),
      );
      names.set(id, found);
      if (found.length === 0) others.add(id);
    }
    if (others.size > 0) await findAliases([...kept], others, names);
    return names;
  }

  /**
   * A device may be registered by another of the names that its messages bear than the one they are kept under: the name of
   * a sensor beside its number, an address without its protocol.
   */
  async function findAliases(kept: readonly string[], ids: ReadonlySet<string>, names: Map<string, string[]>) {
    for (const [index, name] of kept.entries()) {
      if (index % MESSAGES_AT_ONCE === MESSAGES_AT_ONCE - 1) await nextTurn();
      const newest = isRegistered(name) ? undefined : quarantine.newest(name);
      const route = newest === undefined ? undefined : routeOf(newest.topic);
      const payload = route?.kind === 'envelope' && newest !== undefined ? wholeOf(newest) : undefined;
      if (route?.kind !== 'envelope' || newest === undefined || payload === undefined) continue;
      for (const { devices } of route.format.open(newest.topic, payload).parts) {
        for (const id of devices) if (ids.has(id)) names.get(id)?.push(name);
      }
    }
  }

  /** All its bytes: those at hand, or what the journal still has; undefined when it has them no more. */
  function wholeOf({ id, topic, receivedAtMs, payload, isWhole }: KeptPayload): Uint8Array | undefined {
    if (isWhole) return payload;
    const first = Math.max(1, id - ENTRIES_OF_ONE_MAX + 1);
    const entries = entriesOf(first, id);
    for (let position = id; position >= first; position--) {
      const entry = entries.get(position);
      const isOfIt =
        entry?.kind === 'quarantine' && entry.topic === topic && entry.receivedAtMs === receivedAtMs
          ? entry
          : undefined;
      if (isOfIt === undefined) return undefined;
      if (isOfIt.payload.length > 0) return hasAll(isOfIt) ? isOfIt.payload : undefined;
    }
    return undefined;
  }

  /** The entries of the journal from one position to another, by their position; what it has no more is left out. */
  function entriesOf(first: number, last: number): Map<number, JournalEntry> {
    const entries = new Map<number, JournalEntry>();
    for (let next = first; next <= last; ) {
      const [row] = journal.read(next, 1);
      if (row === undefined || row.first > last) break;
      for (const [index, entry] of decodeEntries(row.data).entries()) entries.set(row.first + index, entry);
      next = row.first + row.count;
    }
    return entries;
  }

  return {
    namesOf,

    /** What is kept under a name, in the order in which it came, whole where that can be had. */
    async *under(
      name: string,
    ): AsyncGenerator<{ readonly message: KeptPayload; readonly whole: Uint8Array | undefined }[]> {
      for (let after = 0; ; ) {
        const messages = quarantine.kept(name, after, MESSAGES_AT_ONCE);
        if (messages.length === 0) return;
        after = messages.at(-1)?.id ?? after;
        yield messages.map((message) => ({ message, whole: wholeOf(message) }));
      }
    },
  };
}

/** Of one that was larger than any limit the journal has the beginning alone. */
function hasAll({ oversizedBytes }: QuarantineEntry): boolean {
  return oversizedBytes === undefined;
}
