import { createRejectionSums, type Line, type RejectedReadings, type RejectionKind } from './rejections.ts';

/** Rejections are told of at once, and later ones at most so often, summed up. */
const TOLD_EVERY_MS = 60_000;
/** For so long after a rejection it is said that some readings are not taken. */
const RECENT_MS = 600_000;

/** What the server would not take: counted, told of in few words, and kept until it was told. */
export interface Rejected {
  /** `count` of the lines were rejected; which of them is not always known. */
  add(lines: readonly Line[], count: number, kind: RejectionKind, reason: string): void;
  /** Tells of what is pending when it is time for it, or when `atOnce`. Whether there was anything to tell. */
  tell(atOnce: boolean): boolean;
  /** What nobody has been told of yet. */
  pending(): readonly RejectedReadings[];
  /** Readings since the start, by kind. */
  counts(): Readonly<Partial<Record<RejectionKind, number>>>;
  /** In words, while readings were rejected a short while ago. */
  recently(): string | null;
  /** What was rejected of imported readings since it was asked for last. */
  takeImported(): readonly RejectedReadings[];
}

/** `pending`: what was left to be told at the last end. */
export function createRejected(
  pending: readonly RejectedReadings[],
  onRejected: (rejected: RejectedReadings) => void,
): Rejected {
  const sums = createRejectionSums(pending);
  const importSums = createRejectionSums([]);
  const counts: Partial<Record<RejectionKind, number>> = {};
  let toldAtMs = Number.NEGATIVE_INFINITY;
  let last = { atMs: Number.NEGATIVE_INFINITY, reason: '' };
  return {
    add(lines, count, kind, reason) {
      if (count === 0) return;
      sums.add(lines, count, kind, reason);
      counts[kind] = (counts[kind] ?? 0) + count;
      const imported = lines.filter((line) => line.imported);
      if (imported.length > 0) importSums.add(imported, Math.min(count, imported.length), kind, reason);
      last = { atMs: performance.now(), reason };
    },
    tell(atOnce) {
      const isDue = atOnce || performance.now() - toldAtMs >= TOLD_EVERY_MS;
      if (!isDue || sums.pending().length === 0) return false;
      for (const one of sums.take()) onRejected(one);
      toldAtMs = performance.now();
      return true;
    },
    pending: () => sums.pending(),
    counts: () => counts,
    recently() {
      if (performance.now() - last.atMs > RECENT_MS) return null;
      return `InfluxDB does not take some of the readings: ${last.reason.slice(0, 300)}`;
    },
    takeImported: () => importSums.take(),
  };
}
