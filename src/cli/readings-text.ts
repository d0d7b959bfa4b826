import type { Trials } from '../wire/trial.ts';
import { tableText } from './table.ts';

type Readings = Trials['trials'][number]['devices'][number]['readings'];

/** What was read of a message as a table; empty where nothing was. `count`: how many there are of which these are the first. */
export function readingsText(readings: Readings, count: number): string {
  const rows = readings.map(({ field, value, unit, ts, quality }) => [
    field,
    String(value),
    unit ?? '',
    new Date(ts).toISOString(),
    quality,
  ]);
  const more = count > readings.length ? `and ${count - readings.length} more\n` : '';
  return tableText(['field', 'value', 'unit', 'time', 'quality'], rows) + more;
}

/** Why the rest of it was not read; empty where all of it was. */
export function unreadText(rejection: { readonly reason: string; readonly detail: string } | null): string {
  return rejection === null ? '' : `not read: ${rejection.reason}, ${rejection.detail}\n`;
}
