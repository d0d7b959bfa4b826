import type { Alert, Verdict } from '../../model/alert.ts';

/** In the order of their keys, 1 to 3. */
export const VERDICTS = ['true', 'false', 'test'] as const satisfies readonly Verdict[];

/** The verdict that a key stands for, where somebody is asked for one. */
export function verdictOfKey(key: string): Verdict | undefined {
  return VERDICTS[['1', '2', '3'].indexOf(key)];
}

/** Whether it means anything to say that such an alert was true or false: it is about a hazard, not a sensor. */
export function isJudged({ kind, retrospective }: Pick<Alert, 'kind' | 'retrospective'>): boolean {
  return (kind === 'levels' || kind === 'vote') && !retrospective;
}
