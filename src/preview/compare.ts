import type { Incident, ThresholdPreview } from '../model/preview.ts';
import { RANK } from '../model/severity.ts';

export type Comparison = Pick<ThresholdPreview, 'gained' | 'lost' | 'levelChanged'>;

/**
 * Which incidents only one side finds. An incident lasts from its first breach to its end, and is found by the other side
 * too when that has one of the same rule that overlaps it; so two that a deadband joins are not lost. Of those that
 * overlap, the most severe level counts. Both lists are in the order of raising.
 */
export function compareIncidents(present: readonly Incident[], proposed: readonly Incident[]): Comparison {
  const levelChanged: Comparison['levelChanged'] = [];
  const lost: Incident[] = [];
  const overlapping = finder(proposed);
  for (const incident of present) {
    const found = overlapping(incident);
    if (found.length === 0) lost.push(incident);
  }
  const gained: Incident[] = [];
  const overlappingPresent = finder(present);
  for (const incident of proposed) {
    const found = overlappingPresent(incident);
    if (found.length === 0) gained.push(incident);
    else {
      const before = found.reduce((worst, other) => (RANK[other.level] > RANK[worst.level] ? other : worst));
      if (before.level === incident.level) continue;
      levelChanged.push({
        rule: incident.rule,
        raisedAt: incident.raisedAt,
        present: before.level,
        proposed: incident.level,
      });
    }
  }
  return { gained, lost, levelChanged };
}

const startOf = ({ breachAt, raisedAt }: Incident): number => breachAt ?? raisedAt;
const endOf = ({ clearedAt }: Incident): number => clearedAt ?? Number.POSITIVE_INFINITY;

/** Finds the incidents of a list that overlap one of another, which must be asked for in the order of raising. */
function finder(incidents: readonly Incident[]): (incident: Incident) => Incident[] {
  const ofRule = new Map<string, { readonly list: Incident[]; from: number }>();
  for (const incident of incidents) {
    const known = ofRule.get(incident.rule);
    if (known === undefined) ofRule.set(incident.rule, { list: [incident], from: 0 });
    else known.list.push(incident);
  }
  return (incident) => {
    const candidates = ofRule.get(incident.rule);
    if (candidates === undefined) return [];
    const { list } = candidates;
    // One rule's incidents follow one another, so those that ended before this one began are done with.
    let first = list[candidates.from];
    while (first !== undefined && endOf(first) < startOf(incident)) first = list[++candidates.from];
    const found: Incident[] = [];
    for (let index = candidates.from; index < list.length; index++) {
      const other = list[index] as Incident;
      if (startOf(other) > endOf(incident)) break;
      found.push(other);
    }
    return found;
  };
}
