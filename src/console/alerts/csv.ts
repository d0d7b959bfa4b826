import type { ListedAlert } from '../../wire/alerts.ts';

export type { ListedAlert };

import type { TFunction } from 'i18next';
import type { Alert } from '../../model/alert.ts';
import type { Name } from '../../model/names.ts';
import { dateTime } from '../ui/format.ts';
import { type CsvCell, csvCell } from './csv-cell.ts';
import { whatText } from './describe.ts';

interface Words {
  readonly names: {
    readonly point: (id: string) => Name;
    readonly area: (id: string) => Name;
    readonly metric: (point: string, metric: string) => Name;
  };
  readonly nameText: (name: Name) => string;
  readonly t: TFunction;
}

/** Alerts as CSV with headings in the chosen language: names for people, ids for programs, times as they are read. */
export function alertCsv(alerts: readonly ListedAlert[], { names, nameText, t }: Words): string {
  const head: CsvCell[] = [
    t('alert.level'),
    t('alert.peakLevel'),
    t('alert.raisedAt'),
    t('alert.clearedAt'),
    t('alert.area'),
    t('alert.point'),
    t('point.id'),
    t('alert.one'),
    t('alert.raisedValue'),
    t('alert.comparison'),
    t('alert.limit'),
    t('alert.peak'),
    t('point.unit'),
    t('alert.state'),
    t('alert.acknowledged'),
    t('alert.acknowledgedBy'),
    t('alert.acknowledgedAt'),
    t('action.note'),
    t('verdict.title'),
    t('alert.rule'),
    t('alert.revision'),
    'id',
  ];
  const rows = alerts.map((alert): CsvCell[] => [
    t(`level.long.${alert.level}`),
    t(`level.long.${alert.peak.level}`),
    dateTime(alert.raisedAt),
    alert.clearedAt === null ? null : dateTime(alert.clearedAt),
    nameText(names.area(alert.area)),
    nameText(names.point(alert.point)),
    alert.point,
    whatText(alert, nameText(names.metric(alert.point, alert.metric ?? '')), t),
    alert.value,
    comparisonText(alert, t),
    alert.limit,
    alert.peak.value,
    alert.unit,
    t(`alert.${alert.state}`),
    t(alert.acknowledged ? 'point.yes' : 'point.no'),
    alert.acknowledgedBy ?? null,
    alert.acknowledgedAt == null ? null : dateTime(alert.acknowledgedAt),
    (alert.notes ?? []).map(({ at, by, note }) => `${dateTime(at)} ${by}: ${note}`).join('\n') || null,
    alert.verdict === undefined ? null : t(`verdict.${alert.verdict}`),
    alert.rule,
    alert.thresholdRevision,
    alert.id,
  ]);
  return `${[head, ...rows].map((row) => row.map(csvCell).join(',')).join('\r\n')}\r\n`;
}

/** From which side the limit was reached; empty where no number was compared. */
function comparisonText({ comparison, limit }: Alert, t: TFunction): string | null {
  // Not by its sign, which a spreadsheet takes for the beginning of a formula.
  if (typeof limit !== 'number') return limit === null ? null : t('alert.equals');
  return comparison == null ? null : comparison.side === 'above' ? '≥' : '≤';
}
