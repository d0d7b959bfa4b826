import {
  commonStepMs,
  countStep,
  isFoundBySteps,
  isOfSteps,
  newSteps,
  type Steps,
  WATCHED_LEAST_MS,
} from './clock-steps.ts';

/** Messages in a row that are behind by the same. */
export interface Run {
  sinceMs: number;
  /** The arrival of the last one that counts. */
  untilMs: number;
  /** The time that its last message bore. */
  tsMs: number;
  /** Whether a message before it bore another time; else a coarse clock may have said that of its first for long. */
  isFromChange: boolean;
  /** Whether a coarse clock was seen to say the time of its first message for longer. */
  isFromWithin: boolean;
  leastMs: number;
  mostMs: number;
  /** How many count, and how many must. */
  count: number;
  needed: number;
  readonly series: Set<number>;
  steps: Steps;
}

/** What a message shows of its clock. */
export interface Shown {
  /** The kind of messages it is one of, and how often such came before. */
  readonly stream: number;
  readonly everyMs: number;
  /** The series that bear the time. */
  readonly series: readonly number[];
  readonly tsMs: number;
  readonly arrivalMs: number;
  /** Whether it is older than all that is known of its series, ... */
  readonly isLate: boolean;
  /** ... and may be so because the clock was set back. */
  readonly isEvidence: boolean;
}

/** A clock that is behind by less is right, and catches up with itself at once. */
export const BEHIND_LEAST_MS = 60_000;
/** What a network may delay one message more than another. */
export const JITTER_MS = 30_000;
/** So many messages must be behind by the same, for long enough; ... */
const RUN_COUNT = 2;
/**
 * ... one more for each time that another lag came between, up to so many: of stored data that is sent in bundles a few may be
 * behind by the same as the pauses happen to fall; ...
 */
const RUN_COUNT_MOST = 5;
/** ... which is to say that their pace is ours to within so much. */
const PACE_TOLERANCE = 0.25;

/** The run of messages that one goes on or begins; undefined when it does neither. */
export function runOf(device: { runs: Run[] }, shown: Shown): Run | undefined {
  const { stream, everyMs, series, tsMs, arrivalMs, isLate, isEvidence } = shown;
  const lagMs = arrivalMs - tsMs;
  const own = device.runs.find((run) => series.some((each) => run.series.has(each)));
  const isOld = lagMs > BEHIND_LEAST_MS;
  if (own !== undefined && isOld && own.tsMs === tsMs) {
    // Of a clock that says whole minutes only the first message of each tells its pace.
    if (!own.isFromChange) own.isFromWithin = true;
    if (!isOfSteps(own.steps, tsMs, lagMs)) own.steps = newSteps(stream, tsMs, lagMs, everyMs);
    else countStep(own.steps, stream, arrivalMs, lagMs);
    if (isEvidence) for (const each of series) own.series.add(each);
    return own;
  }
  let run = own !== undefined && isOld && (isOfPace(own, lagMs) || isOfSteps(own.steps, tsMs, lagMs)) ? own : undefined;
  // What is late no more, but behind by the same, still goes on at the same pace.
  const goesOn = run !== undefined && (isEvidence || !isLate);
  if (own !== undefined && !goesOn) {
    device.runs = device.runs.filter((other) => other !== own);
    run = undefined;
  }
  if (!goesOn) {
    if (!isEvidence) return undefined;
    run = device.runs.find((other) => isOfPace(other, lagMs));
    if (run === undefined) {
      const steps = newSteps(stream, tsMs, lagMs, everyMs);
      const needed = own === undefined ? RUN_COUNT : neededAfter(own);
      run = { ...newPace(tsMs, lagMs, own !== undefined), needed, series: new Set(series), steps };
      device.runs.push(run);
      return run;
    }
  }
  if (run === undefined) return undefined;
  const isNext = tsMs !== run.tsMs;
  if (goesOn) {
    if (!isOfPace(run, lagMs)) Object.assign(run, newPace(tsMs, lagMs, true), { needed: neededAfter(run) });
    else if (run.isFromWithin) Object.assign(run, newPace(tsMs, lagMs, true));
    else run.count++;
    run.isFromChange = true;
  }
  if (!isOfSteps(run.steps, tsMs, lagMs)) run.steps = newSteps(stream, tsMs, lagMs, everyMs);
  else {
    run.steps.stepMs = commonStepMs(run.steps.stepMs, tsMs);
    if (isNext) run.steps.isStepped = true;
    countStep(run.steps, stream, arrivalMs, lagMs);
  }
  run.tsMs = tsMs;
  run.untilMs = arrivalMs;
  run.leastMs = Math.min(run.leastMs, lagMs);
  run.mostMs = Math.max(run.mostMs, lagMs);
  for (const each of series) run.series.add(each);
  return run;
}

function newPace(tsMs: number, lagMs: number, isFromChange: boolean): Omit<Run, 'needed' | 'series' | 'steps'> {
  const sinceMs = tsMs + lagMs;
  return {
    sinceMs,
    untilMs: sinceMs,
    tsMs,
    isFromChange,
    isFromWithin: false,
    leastMs: lagMs,
    mostMs: lagMs,
    count: 1,
  };
}

function neededAfter({ needed }: Run): number {
  return Math.min(needed + 1, RUN_COUNT_MOST);
}

function isOfPace(run: Run, lagMs: number): boolean {
  return lagMs <= run.leastMs + JITTER_MS && lagMs >= run.mostMs - JITTER_MS;
}

/** Whether a run has gone on for long enough. */
function hasGoneOn({ sinceMs, untilMs, leastMs, mostMs, count, needed }: Run): boolean {
  if (count < needed) return false;
  const watchedMs = untilMs - sinceMs;
  return watchedMs >= WATCHED_LEAST_MS && mostMs - leastMs <= PACE_TOLERANCE * watchedMs;
}

/** Whether a run is one of a clock that was set back. */
export function isFound(run: Run): boolean {
  return hasGoneOn(run) || isFoundBySteps(run.steps);
}
