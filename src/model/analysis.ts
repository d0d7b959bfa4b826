import type { PreviewedPoint } from './preview.ts';

/** What is asked of long stretches of history, and told of it. */

export interface AnalysisOptions {
  /** Calls the work off; what was asked for then rejects. */
  readonly signal?: AbortSignal | undefined;
  /** Nobody waits for this very answer: whoever does goes first. */
  readonly isBackground?: boolean | undefined;
  /** Told now and then how much is done, 0 to 1. */
  readonly onProgress?: ((share: number) => void) | undefined;
}

export interface AnalysisFailure {
  readonly ok: false;
  readonly error: 'busy' | 'history-unavailable' | 'too-many-readings';
  readonly detail: string;
}

/** A period as a rule test, a `*.test.yaml` that passes under the document it was made with. */
export interface RecordedRuleTest {
  readonly text: string;
  /** What the rules did, a line for each change. */
  readonly log: readonly string[];
  readonly samples: number;
  readonly everyMs: number;
  readonly isExact: boolean;
}

/** The text of a `*.test.yaml`, and who kept it. */
export interface KeptRuleTest {
  /** Of the file, without `.test.yaml`. */
  readonly name: string;
  readonly point: string;
  readonly text: string;
  readonly author: string;
  readonly atMs: number;
}

export interface PreviewJobView {
  readonly id: string;
  readonly state: 'running' | 'done' | 'cancelled';
  readonly by: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
  readonly fromMs: number;
  readonly toMs: number;
  /** Points asked for. */
  readonly total: number;
  /** 0 to 1. */
  readonly share: number;
  /** Grows at its end. */
  readonly items: readonly PreviewedPoint[];
  readonly failures: readonly PreviewJobFailure[];
}

export interface PreviewJobFailure {
  readonly point: string;
  /** A stable code of api/problems.ts. */
  readonly code: 'unknown-point' | 'threshold-invalid' | 'internal' | AnalysisFailure['error'];
  readonly detail: string;
}
