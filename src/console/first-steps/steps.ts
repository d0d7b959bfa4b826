export const STEPS = ['site', 'areas', 'device', 'reading', 'limit', 'people'] as const;
export type StepName = (typeof STEPS)[number];

/** A small site needs no parts. */
export const OPTIONAL: readonly StepName[] = ['areas'];

/** What there is of a site; null where one may not know. */
export interface Progress {
  readonly areas: number;
  readonly devices: number;
  /** Devices that have been heard. */
  readonly heard: number;
  readonly hasLimit: boolean;
  readonly users: number | null;
}

export type StepState = 'done' | 'next' | 'later';

/** Where each step stands: the first that is not done and may not be left out is the next. */
export function stepStates(progress: Progress): Readonly<Record<StepName, StepState>> {
  const isDone: Readonly<Record<StepName, boolean>> = {
    site: progress.areas > 0,
    areas: progress.areas > 1,
    device: progress.devices > 0,
    reading: progress.heard > 0,
    limit: progress.hasLimit,
    people: progress.users !== null && progress.users > 1,
  };
  const next = STEPS.find((step) => !isDone[step] && !OPTIONAL.includes(step));
  const stateOf = (step: StepName) => (isDone[step] ? 'done' : step === next ? 'next' : 'later');
  return {
    site: stateOf('site'),
    areas: stateOf('areas'),
    device: stateOf('device'),
    reading: stateOf('reading'),
    limit: stateOf('limit'),
    people: stateOf('people'),
  };
}
