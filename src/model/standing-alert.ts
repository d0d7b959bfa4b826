import type { Value } from './reading.ts';

/** An active alert as its log has it: enough to go on from when what evaluation knew of it is gone. */
export interface StandingAlert {
  readonly rule: string;
  readonly rank: number;
  readonly recovered: boolean;
  readonly unverified: boolean;
  readonly value: Value;
  readonly limit: Value;
  readonly raisedAtMs: number;
  readonly peak: { readonly value: Value; readonly atMs: number; readonly rank: number };
}
