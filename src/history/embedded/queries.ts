import { messageOf } from '../../lib/errors.ts';
import type { Sliced } from './reads.ts';
import { runSlice } from './slices.ts';

/** The queries under way in the thread of the history: some have a slice each in turn, the others wait. */
export interface Queries {
  /** Begins one, which is answered by `send`, or told why not. */
  begin<T>(id: number, work: () => Sliced<T>, send: (result: T) => void): void;
  /** Gives every query that has its turn a slice. */
  step(): void;
  areUnderWay(): boolean;
}

export interface QueriesOptions {
  readonly timeoutMs: number;
  readonly sliceMs: number;
  readonly onError: (id: number, message: string) => void;
}

const QUERIES_AT_A_TIME = 4;
const QUERIES_WAITING_MAX = 256;

/** A query under way; `step` gives true when it has answered. */
interface Task {
  readonly id: number;
  readonly deadlineMs: number;
  readonly step: () => boolean;
}

export function createQueries({ timeoutMs, sliceMs, onError }: QueriesOptions): Queries {
  const tasks: Task[] = [];
  return {
    begin(id, work, send) {
      if (tasks.length >= QUERIES_WAITING_MAX) return onError(id, 'too many queries are waiting for the history');
      const sliced = startLate(work);
      tasks.push({
        id,
        deadlineMs: performance.now() + timeoutMs,
        step() {
          const result = runSlice(sliced, sliceMs);
          if (result.done !== true) return false;
          send(result.value);
          return true;
        },
      });
    },

    step() {
      for (const task of tasks.slice(0, QUERIES_AT_A_TIME)) {
        try {
          if (performance.now() > task.deadlineMs) throw new Error('the query took too long and was given up');
          if (!task.step()) continue;
        } catch (error) {
          onError(task.id, messageOf(error));
        }
        tasks.splice(tasks.indexOf(task), 1);
      }
    },

    areUnderWay: () => tasks.length > 0,
  };
}

/** A query looks at memory when its first slice runs, by which time everything sent before it has arrived. */
function* startLate<T>(work: () => Sliced<T>): Sliced<T> {
  return yield* work();
}
