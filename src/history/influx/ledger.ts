/**
 * How far it has come, at three points that follow one another: what was taken in, what the server has of it (stored), and
 * what the cursor on disk says that it has (durable). After a crash all that is stored and not durable is written again.
 */
export interface Mark {
  /** The journal's position: everything before it. */
  readonly position: number;
  /** What was taken in is numbered, whether it moves the journal's position or comes from outside. */
  readonly intake: number;
}

export interface Ledger {
  /** Takes in what moves the journal's position by so much. */
  take(positions: number): void;
  taken(): Mark;
  stored(): Mark;
  durable(): Mark;
  /** The server has everything up to the mark. */
  store(upTo: Mark): void;
  /** The cursor on disk stands where the server does. */
  keep(): void;
  /** Resolves when everything taken in so far is durable. */
  whenDurable(): Promise<void>;
}

export function createLedger(position: number): Ledger {
  let taken: Mark = { position, intake: 0 };
  let stored = taken;
  let durable = taken;
  const waiting: { readonly intake: number; readonly resolve: () => void }[] = [];
  return {
    take(positions) {
      taken = { position: taken.position + positions, intake: taken.intake + 1 };
    },
    taken: () => taken,
    stored: () => stored,
    durable: () => durable,
    store(upTo) {
      stored = upTo;
    },
    keep() {
      durable = stored;
      while (waiting[0] !== undefined && waiting[0].intake <= durable.intake) waiting.shift()?.resolve();
    },
    async whenDurable() {
      const { intake } = taken;
      if (intake > durable.intake) await new Promise<void>((resolve) => waiting.push({ intake, resolve }));
    },
  };
}
