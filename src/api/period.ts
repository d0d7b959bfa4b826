import type { Coded } from '../model/problem.ts';
import { DAY_MS } from '../model/time.ts';
import { PERIOD_DAYS_MAX } from '../wire/query.ts';
import { errorAt, ProblemError } from './problems.ts';

const PERIOD_DAYS_DEFAULT = 30;

export interface AskedPeriod {
  readonly days?: number | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** The period somebody asked for: the last `days`, or `from` until `to`. Throws the problem `validation-failed`. */
export function periodOf(
  { days, from, to }: AskedPeriod,
  nowMs: number,
  daysMax = PERIOD_DAYS_MAX,
): { fromMs: number; toMs: number } {
  const toMs = to ?? nowMs;
  if (days !== undefined && from !== undefined)
    refuse('days', { code: 'not-both', values: { first: 'days', second: 'from' } });
  const fromMs = from ?? toMs - (days ?? PERIOD_DAYS_DEFAULT) * DAY_MS;
  if (fromMs >= toMs) refuse('from', { code: 'period-reversed', values: {} });
  if (toMs - fromMs > daysMax * DAY_MS) {
    refuse('from', { code: 'period-too-long', values: { days: daysMax } });
  }
  return { fromMs, toMs };
}

function refuse(path: string, problem: Coded): never {
  throw new ProblemError('validation-failed', { errors: [errorAt(path, problem)] });
}

/** Event times may run ahead of our clock by the plausibility limit of 60 s (DESIGN, two clocks), or as configured. */
export const AHEAD_MS = 3_600_000;
