import type { SiteDifference } from '../model/site-change.ts';

const SIGNS = { added: '+', changed: '~', removed: '-' } as const;

/**
 * A difference for people, one line for each thing and one for each leaf of it that changes, with the counts at the
 * end. Empty when there is none.
 */
export function differenceText(differences: readonly SiteDifference[]): string {
  if (differences.length === 0) return '';
  const lines = differences.flatMap(({ kind, change, id, details }) => [
    `${SIGNS[change]} ${kind} ${id}`,
    ...details.map((detail) => `      ${detail}`),
  ]);
  const counts = (['added', 'changed', 'removed'] as const).flatMap((change) => {
    const count = differences.filter((one) => one.change === change).length;
    return count === 0 ? [] : [`${count} ${change}`];
  });
  return `${lines.join('\n')}\n${counts.join(', ')}\n`;
}
