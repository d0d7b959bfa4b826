import type { FastifyRequest } from 'fastify';
import type { Clock } from '../lib/clock.ts';
import type { Alert } from '../model/alert.ts';
import type { OperatorAction } from '../model/entry.ts';
import type { ApiDeps } from './deps.ts';
import { conflictCode, ProblemError } from './problems.ts';
import { recorded } from './recorded.ts';

/** Does something to an alert, in the journal, and gives what became of it. */
export type ActOnAlert = (request: FastifyRequest, action: OperatorAction) => Promise<Alert>;

export function createActOnAlert(deps: Pick<ApiDeps, 'act' | 'alerts'>, clock: Clock): ActOnAlert {
  return async (request, action) => {
    const outcome = await recorded(clock, deps.act(action), (error) =>
      request.log.error({ err: error, alert: action.alert, do: action.do }, 'action not confirmed'),
    );
    if (outcome.ok) return outcome.alert;
    if (outcome.error === 'conflict') throw new ProblemError(conflictCode(outcome.code), { detail: outcome.detail });
    // Evaluation forgets alerts that are closed; the log does not.
    if (deps.alerts.get(action.alert) !== undefined) throw new ProblemError('alert-closed');
    throw new ProblemError('unknown-alert', { detail: action.alert });
  };
}

/** An alert that evaluation has forgotten, as it is now: what is done to it is then the same in any replay. */
export function closedAlert(deps: Pick<ApiDeps, 'alerts'>, id: string): Alert | null {
  const known = deps.alerts.get(id);
  return known?.state === 'closed' ? known : null;
}
