import type { Input, StepResult } from './input.ts';
import type { DecideSetup, DutyAt } from './setup.ts';
import type { StateView } from './state.ts';

/** What of the world a step is given beside its input; all of it data or pure. */
export interface DecideContext {
  readonly setup: DecideSetup;
  readonly dutyAt: DutyAt;
}

/** Who is to be told of what, as a function of what is known and what has happened. Knows no clock and does no I/O. */
export type Step = (context: DecideContext, state: StateView, input: Input) => StepResult;
