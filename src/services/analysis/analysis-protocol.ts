import type { RecordRequest } from '../../evaluate/rule-test-record.ts';
import type { ExplainRequest, PreviewPeopleRequest } from '../../model/notify/telling-request.ts';
import type { AdviceRequest } from '../../preview/advice/trials.ts';
import type { PreviewRequest } from '../../preview/preview.ts';

/** The text of a rule test that is kept at the server. */
export interface KeptLesson {
  readonly name: string;
  readonly text: string;
}

/** What the server's thread and the one that judges history say to each other. */

export type AnalysisJob =
  | { readonly kind: 'preview'; readonly request: PreviewRequest; readonly lessons: readonly KeptLesson[] }
  | { readonly kind: 'advice'; readonly request: AdviceRequest }
  | { readonly kind: 'rule-test'; readonly request: RecordRequest }
  | { readonly kind: 'explain'; readonly request: ExplainRequest }
  | { readonly kind: 'preview-people'; readonly request: PreviewPeopleRequest };

export type AnalysisRequest =
  | { readonly type: 'start'; readonly id: number; readonly job: AnalysisJob }
  | { readonly type: 'cancel'; readonly id: number };

export type AnalysisReply =
  | { readonly type: 'ready' }
  | { readonly type: 'progress'; readonly id: number; readonly share: number }
  | { readonly type: 'done'; readonly id: number; readonly result: unknown }
  | { readonly type: 'failed'; readonly id: number; readonly message: string };
