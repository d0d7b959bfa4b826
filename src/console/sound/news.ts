import type { Alert, AlertEvent } from '../../model/alert.ts';
import { isAnnounced } from '../../model/announced.ts';
import type { Level } from '../../model/level.ts';
import { RANK } from '../ui/order.ts';

/** Alerts that have become news: raised, gone up, or no longer shelved or suppressed, each once, as they stand last. */
export function newsOf(events: readonly AlertEvent[]): readonly Alert[] {
  const news = new Map<string, Alert>();
  for (const { event, cause, alert } of events) {
    const isBack = event === 'unshelved' || cause?.code === 'suppression-ended';
    if (event === 'raised' || event === 'escalated' || event === 'retrospective') news.set(alert.id, alert);
    else if (isBack && alert.state === 'active') news.set(alert.id, alert);
    else if (news.has(alert.id)) news.set(alert.id, alert);
  }
  return [...news.values()]
    .filter((alert) => isAnnounced(alert) && !alert.acknowledged)
    .sort((a, b) => RANK[b.level] - RANK[a.level]);
}

/** Chimes of these levels are repeated until somebody acknowledges, ms between two. */
export const REPEAT_MS: Readonly<Partial<Record<Level, number>>> = { red: 5_000, orange: 12_000 };

/** The level whose chime has to be repeated: the worst that nobody has acknowledged, if it is one that repeats. */
export function levelToRepeat(alerts: readonly Alert[]): Level | null {
  let worst: Level | null = null;
  for (const alert of alerts) {
    if (alert.acknowledged || !isAnnounced(alert) || REPEAT_MS[alert.level] === undefined) continue;
    if (worst === null || RANK[alert.level] > RANK[worst]) worst = alert.level;
  }
  return worst;
}
