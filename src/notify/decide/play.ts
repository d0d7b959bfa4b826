import type { Intent } from '../../model/notify/delivery.ts';
import type { Stage } from '../../model/notify/explanation.ts';
import type { Input, StepResult } from './input.ts';
import type { DecideContext } from './run.ts';
import { createDecideState, type Row } from './state.ts';
import { step } from './step.ts';

/** Deciding as it is live, over inputs that were recorded or imagined: deadlines come in their turn, proofs as assumed. */
export interface Play {
  /** Everything due up to this time, then the input. */
  give(input: Input): void;
  /** Everything due up to a time, at most so many deadlines. Gives whether anything is due after that. */
  until(atMs: number, deadlinesMax?: number): boolean;
}

/** What one input or deadline came to, with the proofs that followed at once. */
export interface Played {
  readonly input: Input;
  readonly intents: readonly Intent[];
  readonly notTold: StepResult['notTold'];
  readonly stages: readonly Stage[];
}

export interface PlayOptions {
  readonly context: Omit<DecideContext, 'hear'>;
  readonly rows?: Iterable<readonly [string, Row]>;
  /** What comes of each intent, at once. */
  readonly proofOf: (intent: Intent) => 'accepted' | 'delivered';
  readonly onPlayed: (played: Played) => void;
}

export function createPlay({ context, rows, proofOf, onPlayed }: PlayOptions): Play {
  const state = createDecideState(rows);

  function play(input: Input): void {
    const stages: Stage[] = [];
    const hearing: DecideContext = { ...context, hear: (stage) => stages.push(stage) };
    const intents: Intent[] = [];
    const notTold: StepResult['notTold'][number][] = [];
    const inputs: Input[] = [input];
    for (let next = inputs.shift(); next !== undefined; next = inputs.shift()) {
      const result = step(hearing, state, next);
      state.apply(result.changed);
      intents.push(...result.intents);
      notTold.push(...result.notTold);
      for (const intent of result.intents) {
        inputs.push({ type: 'proof', intent, proof: proofOf(intent), atMs: input.atMs });
      }
    }
    onPlayed({ input, intents, notTold, stages });
  }

  function until(atMs: number, deadlinesMax = Number.POSITIVE_INFINITY): boolean {
    for (let count = 0; ; count++) {
      const due = state.nextDue();
      if (due === undefined || due.atMs > atMs || count >= deadlinesMax) return due !== undefined;
      play({ type: 'due', key: due.key, atMs: due.atMs });
    }
  }

  return {
    give(input) {
      until(input.atMs);
      play(input);
    },
    until,
  };
}
