import type { InfluxFailure, OutageCause } from './failure.ts';

/** Why readings cannot be written, or not be read, and who was told of it. */
export interface Outages {
  /** What the newest try to write failed with; null: it did not. */
  writing(failure: InfluxFailure | null): void;
  reading(failure: InfluxFailure | null): void;
  ofWriting(): InfluxFailure | null;
  present(): InfluxFailure | null;
  /** Outages since the start, by cause. */
  counts(): Readonly<Partial<Record<OutageCause, number>>>;
}

export interface OutagesOptions {
  /** After it nobody is told. */
  readonly signal: AbortSignal;
  /** Something is wrong, or wrong in another way, or (null) no longer. */
  readonly onOutage: (failure: InfluxFailure | null) => void;
  /** A try has ended in failure, or in success after one. */
  readonly onTried: () => void;
}

export function createOutages({ signal, onOutage, onTried }: OutagesOptions): Outages {
  let writeFailure: InfluxFailure | null = null;
  let readFailure: InfluxFailure | null = null;
  let told: OutageCause | undefined;
  const counts: Partial<Record<OutageCause, number>> = {};

  const present = () => writeFailure ?? readFailure;

  function tell(): void {
    const failure = present();
    if (signal.aborted) return;
    if (failure?.outage !== told) {
      if (failure !== null) counts[failure.outage] = (counts[failure.outage] ?? 0) + 1;
      onOutage(failure);
    }
    told = failure?.outage;
    onTried();
  }

  return {
    writing(failure) {
      // A write that goes well is the rule, of which there is nothing to tell.
      if (failure === null && writeFailure === null) return;
      writeFailure = failure;
      tell();
    },
    reading(failure) {
      readFailure = failure;
      tell();
    },
    ofWriting: () => writeFailure,
    present,
    counts: () => counts,
  };
}
