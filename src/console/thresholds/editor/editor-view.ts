import { DAY_MS } from '../../../model/time.ts';
import type { Problem } from '../problem-words.ts';
import type { Scope, TimeWindow } from './incidents.ts';
import type { SaveOutcome } from './save-outcome.ts';

/** How many days a preview and advice look back. */
export const PERIODS_DAYS = [7, 30, 90] as const;
export type PeriodDays = (typeof PERIODS_DAYS)[number];

/** What of the editor is looked at: everything about the page that is not the draft. */
export interface EditorView {
  readonly dialog: 'save' | 'conflict' | 'revisions' | null;
  readonly form: 'fields' | 'text';
  /** The text is a document, so that its fields can be shown. */
  readonly isTextReadable: boolean;
  readonly side: 'preview' | 'advice';
  readonly days: PeriodDays;
  readonly period: TimeWindow;
  /** Whose incidents are counted and shown. */
  readonly scope: Scope;
  readonly zoomed: TimeWindow | null;
  /** What the server did not take, for as long as the draft is still that one. */
  readonly refused: { readonly draft: unknown; readonly problems: readonly Problem[] } | null;
  /** Why it could not be saved, in words. */
  readonly failure: string | null;
}

export type ViewStep =
  | { readonly kind: 'open'; readonly dialog: NonNullable<EditorView['dialog']> }
  | { readonly kind: 'close' }
  | { readonly kind: 'form'; readonly form: EditorView['form'] }
  | { readonly kind: 'text'; readonly isReadable: boolean }
  | { readonly kind: 'give-up-text' }
  | { readonly kind: 'side'; readonly side: EditorView['side'] }
  | { readonly kind: 'period'; readonly days: PeriodDays; readonly nowMs: number }
  | { readonly kind: 'scope'; readonly scope: Scope }
  | { readonly kind: 'zoom'; readonly zoomed: TimeWindow | null }
  | { readonly kind: 'try' }
  | {
      readonly kind: 'outcome';
      readonly outcome: SaveOutcome;
      /** What was to be saved. */
      readonly draft: unknown;
      /** What is wrong with it, where the page shows it. */
      readonly problems: readonly Problem[];
    };

/** The view of a page that is just opened, at a time of the server. */
export function openedView(nowMs: number): EditorView {
  return {
    dialog: null,
    form: 'fields',
    isTextReadable: true,
    side: 'preview',
    days: 30,
    period: lastDays(30, nowMs),
    scope: null,
    zoomed: null,
    refused: null,
    failure: null,
  };
}

export function viewStep(view: EditorView, step: ViewStep): EditorView {
  switch (step.kind) {
    case 'open':
      return { ...view, dialog: step.dialog };
    case 'close':
      return { ...view, dialog: null, failure: null };
    case 'form':
      return { ...view, form: step.form };
    case 'text':
      return { ...view, isTextReadable: step.isReadable };
    case 'give-up-text':
      return { ...view, isTextReadable: true, form: 'fields' };
    case 'side':
      return { ...view, side: step.side };
    case 'period':
      return { ...view, days: step.days, period: lastDays(step.days, step.nowMs), zoomed: null };
    case 'scope':
      return { ...view, scope: step.scope };
    case 'zoom':
      return { ...view, zoomed: step.zoomed };
    case 'try':
      return { ...view, failure: null };
    case 'outcome':
      return afterOutcome(view, step);
  }
}

function afterOutcome(view: EditorView, step: Extract<ViewStep, { kind: 'outcome' }>): EditorView {
  const { outcome, draft, problems } = step;
  switch (outcome.kind) {
    case 'failed':
      // Whoever was about to save can try again, with the reason still there.
      return { ...view, failure: outcome.words };
    case 'conflict':
      return { ...view, dialog: 'conflict' };
    case 'invalid':
      return { ...view, dialog: null, refused: { draft, problems } };
    default:
      return { ...view, dialog: null };
  }
}

/** The last days from the moment they were asked for: a period that stays, so that what is compared is the same. */
function lastDays(days: PeriodDays, nowMs: number): TimeWindow {
  const toMs = Math.floor(nowMs);
  return { fromMs: toMs - days * DAY_MS, toMs };
}
