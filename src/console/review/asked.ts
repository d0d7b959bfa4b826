import type { Alert, AlertEvent } from '../../model/alert.ts';
import { isJudged } from './verdicts.ts';

/** Alerts of one rule that have closed and of which nobody has said what they were. */
export interface Question {
  readonly key: string;
  readonly alerts: readonly Alert[];
}

/** More than these nobody answers. */
const QUESTIONS_MAX = 5;

/**
 * What a person is to be asked: the alerts that closed by their own hand, or that they had acknowledged before. `mine`
 * holds the ids of those and is added to; `questions` are in the order of closing. A verdict that came ends its question.
 */
export function askedAfter(
  questions: readonly Question[],
  events: readonly AlertEvent[],
  user: string,
  mine: Set<string>,
): readonly Question[] {
  let asked = questions;
  for (const { alert, event, by } of events) {
    if (by === user && (event === 'acknowledged' || event === 'reset')) mine.add(alert.id);
    if (alert.verdict !== undefined) {
      asked = without(asked, alert.id);
      continue;
    }
    const isKnown = asked.some(({ alerts }) => alerts.some(({ id }) => id === alert.id));
    if (alert.state !== 'closed' || !mine.has(alert.id) || isKnown || !isJudged(alert)) continue;
    const key = `${alert.point} ${alert.rule}`;
    const same = asked.find((question) => question.key === key);
    asked =
      same === undefined
        ? [...asked, { key, alerts: [alert] }]
        : asked.map((question) => (question === same ? { key, alerts: [...question.alerts, alert] } : question));
  }
  return asked.slice(-QUESTIONS_MAX);
}

function without(questions: readonly Question[], id: string): readonly Question[] {
  if (!questions.some(({ alerts }) => alerts.some((alert) => alert.id === id))) return questions;
  return questions.flatMap(({ key, alerts }) => {
    const rest = alerts.filter((alert) => alert.id !== id);
    return rest.length === 0 ? [] : [{ key, alerts: rest }];
  });
}
