/**
 * The messages of a run (clock-runs.ts), all of them, as of a clock that goes by steps: it shows a time for as long as its
 * step, so what a message says of its pace is worth less than how many have come: as many as before, if the device goes on
 * as it was.
 */
export interface Steps {
  /** The kind of messages that are counted. */
  readonly stream: number;
  readonly sinceMs: number;
  untilMs: number;
  count: number;
  /** How many of them came too soon or too late after the one before. */
  odd: number;
  /** How often such messages came before. */
  readonly everyMs: number;
  /** The longest step that all times may be of. */
  stepMs: number;
  isStepped: boolean;
  leastMs: number;
  mostMs: number;
}

/** So long must messages be behind by the same. */
export const WATCHED_LEAST_MS = 50_000;
/** A clock that goes by shorter steps tells its pace well enough. */
const STEP_LEAST_MS = 5_000;
/** Two times alone may have more in common than the step, but no more than this: times on the hour. */
export const STEP_MOST_MS = 3_600_000;
/** What a network may delay one message more than another, where the steps of the clock add to that. */
const STEP_JITTER_MS = 15_000;
/** So many messages must have come, which is as many as before to within so much; ... */
const STEPS_COUNT = 3;
const STEPS_TOLERANCE = 0.15;
/** ... and all but so many of them as regularly as to within so much of the usual distance, as no bundles do. */
const STEPS_ODD_MOST = 0.25;
const STEPS_GAP_TOLERANCE = 0.5;
const STEPS_GAP_LEAST_MS = 5_000;

/** Steps as a first message shows them, which is behind by `lagMs`. `everyMs`: how often such messages came before. */
export function newSteps(stream: number, tsMs: number, lagMs: number, everyMs: number): Steps {
  const arrivalMs = tsMs + lagMs;
  return {
    stream,
    sinceMs: arrivalMs,
    untilMs: arrivalMs,
    count: 1,
    odd: 0,
    everyMs,
    stepMs: commonStepMs(STEP_MOST_MS, tsMs),
    isStepped: false,
    leastMs: lagMs,
    mostMs: lagMs,
  };
}

/** The longest step that a time may be of as well as all before. */
export function commonStepMs(stepMs: number, tsMs: number): number {
  let [divisor, rest] = [stepMs, tsMs % stepMs];
  while (rest > 0) [divisor, rest] = [rest, divisor % rest];
  return divisor;
}

/** Whether a message may be one more of a clock that goes by steps and is behind by the same. */
export function isOfSteps({ stepMs, leastMs, mostMs }: Steps, tsMs: number, lagMs: number): boolean {
  const ownStepMs = commonStepMs(stepMs, tsMs);
  if (ownStepMs < STEP_LEAST_MS) return false;
  return Math.max(mostMs, lagMs) - Math.min(leastMs, lagMs) <= ownStepMs + STEP_JITTER_MS;
}

export function countStep(steps: Steps, stream: number, arrivalMs: number, lagMs: number): void {
  steps.leastMs = Math.min(steps.leastMs, lagMs);
  steps.mostMs = Math.max(steps.mostMs, lagMs);
  if (steps.stream !== stream) return;
  const gapMs = arrivalMs - steps.untilMs;
  if (Math.abs(gapMs - steps.everyMs) > Math.max(STEPS_GAP_LEAST_MS, STEPS_GAP_TOLERANCE * steps.everyMs)) steps.odd++;
  steps.count++;
  steps.untilMs = arrivalMs;
}

/** Whether the clock went on, and as many messages came as before. */
export function isFoundBySteps({ isStepped, sinceMs, untilMs, count, odd, everyMs }: Steps): boolean {
  const watchedMs = untilMs - sinceMs;
  if (!isStepped || count < STEPS_COUNT || watchedMs < WATCHED_LEAST_MS) return false;
  if (odd > STEPS_ODD_MOST * (count - 1)) return false;
  return Math.abs(watchedMs - (count - 1) * everyMs) <= STEPS_TOLERANCE * watchedMs;
}
