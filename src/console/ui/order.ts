import type { Alert } from '../../model/alert.ts';
import { isAnnounced } from '../../model/announced.ts';
import type { Level } from '../../model/level.ts';
import { LEVELS_DOWN, RANK } from '../../model/severity.ts';

export { LEVELS_DOWN, RANK };

/** Within a level: what nobody has acknowledged, first while it lasts, then when it is over; then the rest. */
function urgency(alert: Alert): number {
  if (alert.acknowledged) return alert.state === 'active' ? 2 : 3;
  return alert.state === 'active' ? 0 : 1;
}

/** Order of the duty list: what asks for a person, most severe, unacknowledged and oldest first. */
export function bySeverity(a: Alert, b: Alert): number {
  return (
    Number(isAnnounced(b)) - Number(isAnnounced(a)) ||
    RANK[b.level] - RANK[a.level] ||
    urgency(a) - urgency(b) ||
    a.raisedAt - b.raisedAt ||
    (a.id < b.id ? -1 : 1)
  );
}

export type LevelCounts = Readonly<Record<Level, { readonly open: number; readonly unacknowledged: number }>>;

export function countLevels(alerts: readonly Alert[]): LevelCounts {
  const counts = {
    red: { open: 0, unacknowledged: 0 },
    orange: { open: 0, unacknowledged: 0 },
    yellow: { open: 0, unacknowledged: 0 },
    blue: { open: 0, unacknowledged: 0 },
  };
  for (const alert of alerts) {
    if (!isAnnounced(alert)) continue;
    counts[alert.level].open += 1;
    if (!alert.acknowledged) counts[alert.level].unacknowledged += 1;
  }
  return counts;
}

export function worstLevel(alerts: readonly Alert[]): Level | null {
  let worst: Level | null = null;
  for (const { level, state } of alerts) {
    if (state === 'active' && (worst === null || RANK[level] > RANK[worst])) worst = level;
  }
  return worst;
}
