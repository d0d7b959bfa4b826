import type { PointDefinition } from '../model/definition.ts';
import type { Reading, Value } from '../model/reading.ts';
import type { Transition } from '../model/transition.ts';

/** What a preview needs of the evaluator; evaluate/ has the real thing, the one that also runs live. */
export interface PreviewEvaluator {
  define(definition: PointDefinition, position: number, atMs: number): readonly Transition[];
  message(readings: readonly Reading[], receivedAtMs: number, position: number): readonly Transition[];
  tick(receivedAtMs: number, position: number): readonly Transition[];
  reset(point: string, rule: string, receivedAtMs: number, position: number): unknown;
  nextDeadlineMs(): number | undefined;
  rule(point: string, rule: string): RuleStanding | undefined;
  quiet(point: string): QuietBands | undefined;
  pass(reading: Reading, receivedAtMs: number, position: number): void;
}

export interface RuleStanding {
  readonly peak: { readonly value: Value; readonly at: number } | null;
  readonly breachFromMs: number | null;
}

/** Readings inside these bands, closer together than `gapMs`, change nothing but the newest values. */
export interface QuietBands {
  /** By series number. */
  readonly bands: ReadonlyMap<number, QuietBand>;
  readonly gapMs: number;
  /** To be asked before an instant is passed over; false when it may not be. */
  readonly begin?: (atMs: number) => boolean;
  readonly came?: (series: number) => void;
}

export interface QuietBand {
  readonly above: number;
  readonly below: number;
  readonly alarming: readonly Value[];
}
