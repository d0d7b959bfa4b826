import { implausibleLimits, type MeasuredPoint } from './implausible.ts';
import { levelOrderWarnings } from './level-order.ts';
import type { FieldProblem } from './problem.ts';
import type { ThresholdDocument } from './threshold.ts';

/** What of a document is hardly meant and keeps nobody from putting it in force; of an unknown point less is known. */
export function hardlyMeant(
  document: Pick<ThresholdDocument, 'rules'>,
  point: MeasuredPoint | undefined,
): FieldProblem[] {
  return [...levelOrderWarnings(document.rules), ...(point === undefined ? [] : implausibleLimits(document, point))];
}
