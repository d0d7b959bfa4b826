import { isAnnounced } from '../../model/announced.ts';
import type { Level } from '../../model/level.ts';
import type { ShownAlert } from '../alerts/shown.ts';
import { RANK } from '../ui/order.ts';

export type DutyRow =
  | { readonly kind: 'alert'; readonly key: string; readonly shown: ShownAlert; readonly inGroup: boolean }
  | {
      readonly kind: 'area';
      readonly key: string;
      readonly area: string;
      readonly members: readonly ShownAlert[];
      readonly expanded: boolean;
    }
  | { readonly kind: 'quiet'; readonly key: 'quiet'; readonly count: number; readonly expanded: boolean };

export interface DutyFilter {
  /** Null shows every level. */
  readonly level: Level | null;
  readonly onlyUnacknowledged: boolean;
}

interface Options {
  readonly filter: DutyFilter;
  readonly flood: boolean;
  readonly expandedAreas: ReadonlySet<string>;
  readonly quietExpanded: boolean;
}

const alertRow = (shown: ShownAlert, inGroup = false): DutyRow => ({
  kind: 'alert',
  key: shown.alert.id,
  shown,
  inGroup,
});

/**
 * The rows of the duty list. `alerts` come in the order of urgency and keep it. During a flood the alerts of an area
 * fold into one row, but red is never folded away, and neither is an area with a single alert. Shelved and suppressed
 * ones stand at the end behind one row that says how many they are.
 */
export function dutyRows(alerts: readonly ShownAlert[], options: Options): DutyRow[] {
  const { filter } = options;
  const matching = alerts.filter(
    ({ alert }) =>
      (filter.level === null || alert.level === filter.level) && !(filter.onlyUnacknowledged && alert.acknowledged),
  );
  const announced = matching.filter(({ alert }) => isAnnounced(alert));
  const quiet = matching.filter(({ alert }) => !isAnnounced(alert));
  const rows = options.flood
    ? groupedRows(announced, options.expandedAreas)
    : announced.map((shown) => alertRow(shown));
  if (quiet.length > 0) {
    rows.push({ kind: 'quiet', key: 'quiet', count: quiet.length, expanded: options.quietExpanded });
    if (options.quietExpanded) for (const shown of quiet) rows.push(alertRow(shown, true));
  }
  return rows;
}

function groupedRows(alerts: readonly ShownAlert[], expandedAreas: ReadonlySet<string>): DutyRow[] {
  const rows: DutyRow[] = [];
  const groups = new Map<string, ShownAlert[]>();
  for (const shown of alerts) {
    if (RANK[shown.alert.level] === RANK.red) rows.push(alertRow(shown));
    else {
      const group = groups.get(shown.alert.area);
      if (group === undefined) groups.set(shown.alert.area, [shown]);
      else group.push(shown);
    }
  }
  // A Map keeps the order of insertion, so the area with the most urgent alert stands first.
  for (const [area, members] of groups) {
    const [only] = members;
    if (members.length === 1 && only !== undefined) {
      rows.push(alertRow(only));
      continue;
    }
    const expanded = expandedAreas.has(area);
    rows.push({ kind: 'area', key: `area/${area}`, area, members, expanded });
    if (expanded) for (const shown of members) rows.push(alertRow(shown, true));
  }
  return rows;
}
