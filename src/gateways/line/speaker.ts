import type { Connection } from '../../model/source.ts';

/** Where a frame came from, and where its answers go. */
export interface Speaker {
  readonly address: string;
  readonly connection?: Connection | undefined;
  answer(answers: readonly Uint8Array[]): void;
  /** Whether what is said now can reach it. */
  isOpen(): boolean;
  /** A payload is handed on; its `end` is told of later. */
  begin(payloadBytes: number): void;
  /** What was handed on is on disk, or could not be written: then nothing was answered. */
  end(payloadBytes: number, error: Error | null): void;
}
