import type { TFunction } from 'i18next';
import { dateTime, formatNumber, formatSpan } from '../ui/format.ts';

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'] as const;

export function bytesText(bytes: number): string {
  let size = bytes;
  let unit = 0;
  while (size >= 1_024 && unit < UNITS.length - 1) {
    size /= 1_024;
    unit += 1;
  }
  return `${formatNumber(size)} ${UNITS[unit]}`;
}

/** A figure of a health check; its name ends in its unit, as everywhere in this program. */
export function figureText(name: string, value: unknown, t: TFunction): string {
  if (typeof value === 'boolean') return t(value ? 'point.yes' : 'point.no');
  if (typeof value !== 'number')
    return value === null ? '–' : typeof value === 'string' ? value : JSON.stringify(value);
  if (/bytes/i.test(name)) return bytesText(value);
  if (/AtMs$|(^|[a-z])At$/.test(name)) return dateTime(value);
  if (/Ms$/.test(name)) return value < 1_000 ? `${formatNumber(value)} ms` : formatSpan(value, t);
  if (/(share|ratio|fraction)$/i.test(name)) return `${formatNumber(value * 100)} %`;
  return value.toLocaleString('en-US', { maximumFractionDigits: 2 });
}
