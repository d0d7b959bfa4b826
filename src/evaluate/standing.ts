import type { StandingAlert } from '../model/standing-alert.ts';
import type { CompiledRule } from './compiled.ts';
import { levelsInForce, settleState } from './machine.ts';
import { ACTIVE, IDLE_LEVEL, QUIET, type RuleState } from './state.ts';

/**
 * The state of a rule that agrees with its alert, when the entries that led from the one to the other are lost: what
 * stands goes on to stand, so that data and not their absence clears it, and what was over is not cleared twice.
 */
export function agreeWith(rule: CompiledRule, state: RuleState, alert: StandingAlert | undefined): RuleState {
  const { alert: known } = state;
  if (alert === undefined) {
    return known === null ? state : settleState(rule, { ...state, ...GONE });
  }
  const { rank, recovered, unverified, value, limit, raisedAtMs, peak } = alert;
  if (known !== null && known.rank === rank && known.recovered === recovered) {
    return settleState(rule, { ...state, alert: { ...known, unverified } });
  }
  const isKnownLevel = levelsInForce(rule, state.variant)[rank - 1] !== undefined;
  const active = { phase: ACTIVE, sinceMs: 0, receivedMs: 0, value, limit } as const;
  const levels = QUIET.levels.map((_, index) =>
    index === rank - 1 && !recovered && isKnownLevel ? active : IDLE_LEVEL,
  );
  return settleState(rule, {
    ...state,
    ...GONE,
    rank: recovered ? 0 : rank,
    alert: { rank, maxRank: Math.max(rank, peak.rank), recovered, unverified },
    levels,
    peak: { ...peak, excess: 0 },
    lastAtMs: Math.max(state.lastAtMs, raisedAtMs),
  });
}

const GONE = { rank: 0, alert: null, levels: QUIET.levels, breach: null, peak: null } as const;
