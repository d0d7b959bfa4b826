import { messageOf } from '../../lib/errors.ts';
import type { Sliced } from './reads.ts';
import { runSlice } from './slices.ts';

/** Copies of the history that were asked for, one after the other. While there is one no upkeep begins. */
export interface Copies {
  add(id: number, work: Sliced<void>): void;
  /** Gives the first one a slice. */
  step(): void;
  areUnderWay(): boolean;
}

export interface CopiesOptions {
  readonly sliceMs: number;
  readonly onDone: (id: number) => void;
  readonly onError: (id: number, message: string) => void;
}

export function createCopies({ sliceMs, onDone, onError }: CopiesOptions): Copies {
  const copies: { readonly id: number; readonly work: Sliced<void> }[] = [];
  return {
    add: (id, work) => void copies.push({ id, work }),
    step() {
      const copy = copies[0];
      if (copy === undefined) return;
      try {
        if (runSlice(copy.work, sliceMs).done !== true) return;
        onDone(copy.id);
      } catch (error) {
        onError(copy.id, messageOf(error));
      }
      copies.shift();
    },
    areUnderWay: () => copies.length > 0,
  };
}
