import { type Level, rankOf } from '../model/level.ts';
import type { Incident } from '../model/preview.ts';
import type { Transition } from '../model/transition.ts';
import type { RuleStanding } from './evaluation.ts';

type OpenIncident = { -readonly [Key in keyof Incident]: Incident[Key] };

export interface IncidentLog {
  take(transition: Transition): void;
  /** Every incident in the order of raising; those still open have no `clearedAt`. */
  end(): Incident[];
}

/** Makes incidents of the transitions of one point. `standing` asks the evaluator what transitions do not say. */
export function collectIncidents(standing: (rule: string) => RuleStanding | undefined): IncidentLog {
  const incidents: OpenIncident[] = [];
  const open = new Map<string, OpenIncident>();

  function close(transition: Transition): void {
    const incident = open.get(transition.rule);
    if (incident === undefined) return;
    open.delete(transition.rule);
    incident.clearedAt = transition.atMs;
    incident.peak = peakOf(transition);
    incident.level = worse(incident.level, transition.peak.level);
  }

  return {
    take(transition) {
      const { rule, type } = transition;
      const incident = open.get(rule);
      switch (type) {
        case 'raised': {
          const raised = raisedBy(transition, standing(rule)?.breachFromMs ?? null);
          incidents.push(raised);
          open.set(rule, raised);
          break;
        }
        case 'escalated':
          if (incident !== undefined) incident.level = worse(incident.level, transition.level);
          break;
        case 'unverified':
          if (incident !== undefined) incident.unverified = true;
          break;
        case 'recovered':
        case 'cleared':
          close(transition);
          break;
        default:
          break;
      }
    },
    end() {
      for (const incident of open.values()) incident.peak = standing(incident.rule)?.peak ?? incident.peak;
      return incidents;
    },
  };
}

function raisedBy(transition: Transition, breachAt: number | null): OpenIncident {
  const { rule, kind, level, atMs, metric, unit, limit, latched } = transition;
  return {
    rule,
    kind,
    level,
    raisedAt: atMs,
    clearedAt: null,
    // A delay that ended at its own time was begun before; a rule that judges silence or the sensor has no breach.
    breachAt: kind === 'levels' && breachAt !== null ? Math.min(breachAt, atMs) : null,
    metric,
    unit,
    limit,
    peak: peakOf(transition),
    unverified: false,
    latched,
  };
}

function peakOf({ peak: { value, at } }: Transition): Incident['peak'] {
  return { value, at };
}

function worse(a: Level, b: Level): Level {
  return rankOf(a) >= rankOf(b) ? a : b;
}
