import type { Alert, AlertEvent, EventType } from '../../model/alert.ts';
import { NO_RESPONSE, type PlanProgress } from '../../model/response.ts';

/** The four words of the sub-district's plan, as columns: what happened of each, and how far it is. */
export const CELLS = ['alarm', 'response', 'execution', 'feedback'] as const;
export type Cell = (typeof CELLS)[number];

export interface ChainCell {
  readonly cell: Cell;
  readonly state: 'done' | 'now' | 'todo';
  readonly events: readonly AlertEvent[];
}

const CELL_OF: Partial<Record<EventType, Cell>> = {
  raised: 'alarm',
  retrospective: 'alarm',
  escalated: 'alarm',
  cleared: 'alarm',
  reset: 'alarm',
  acknowledged: 'response',
  dispatched: 'response',
  accepted: 'response',
  declined: 'response',
  arrived: 'execution',
  handled: 'execution',
  'step-done': 'execution',
  feedback: 'feedback',
  closed: 'feedback',
  reopened: 'feedback',
};

export function chainOf(alert: Alert, log: readonly AlertEvent[]): readonly ChainCell[] {
  return CELLS.map((cell) => ({
    cell,
    state: stateOf(cell, alert),
    events: log.filter(({ event }) => CELL_OF[event] === cell),
  }));
}

function stateOf(cell: Cell, alert: Alert): ChainCell['state'] {
  const { stage, dispatches, plan } = alert.response ?? NO_RESPONSE;
  const isThere = dispatches.some(({ arrivedAt }) => arrivedAt !== null);
  switch (cell) {
    case 'alarm':
      return alert.state === 'active' ? 'now' : 'done';
    case 'response':
      if (stage === 'dispatched') return 'now';
      return alert.acknowledged ? 'done' : 'todo';
    case 'execution':
      if (stage === 'accepted' || stage === 'arrived') return 'now';
      if (isThere) return 'done';
      // Steps were ticked off, and nobody was sent.
      return plan === undefined ? 'todo' : stage === 'open' ? 'now' : 'done';
    case 'feedback':
      if (stage === 'closed') return 'done';
      return stage === 'handled' || stage === 'feedback' ? 'now' : 'todo';
  }
}

/** Who is on it, or was: those who have not declined, in the order in which they were sent. */
export function whoIsOnIt({ response = NO_RESPONSE }: Pick<Alert, 'response'>): readonly string[] {
  return response.dispatches.filter(({ state }) => state !== 'declined').map(({ to }) => to.name);
}

/** The words of the step that an entry is about; null for any other entry. */
export function stepOf({ cause, alert }: AlertEvent): PlanProgress['steps'][number]['do'] | null {
  if (cause?.code !== 'step' || cause.ref === undefined) return null;
  return alert.response?.plan?.steps.find(({ step }) => step === cause.ref)?.do ?? null;
}

/** The name of whom an entry of the response is about; null for any other entry. */
export function assigneeOf({ cause, alert }: AlertEvent): string | null {
  if (cause?.code !== 'dispatch' || cause.ref === undefined) return null;
  return alert.response?.dispatches.find(({ number }) => String(number) === cause.ref)?.to.name ?? null;
}
