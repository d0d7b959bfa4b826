import type { TFunction } from 'i18next';
import type { Value } from '../../model/reading.ts';

/** Enough digits to see a change, never more than a sensor has; thousands are not grouped, so figures line up. */
export function formatNumber(value: number): string {
  const size = Math.abs(value);
  if (!Number.isFinite(value)) return String(value);
  const decimals = size >= 1_000 ? 0 : size >= 100 ? 1 : size >= 1 ? 2 : 3;
  return String(Number(value.toFixed(decimals)));
}

/** Decimals beyond this are the dust of binary fractions. */
const AXIS_DECIMALS_MAX = 9;

/** The labels of an axis: as many decimals as its step has, so that no two of them read alike. */
export function axisNumbers(splits: readonly number[]): string[] {
  const [first = 0, second = first] = splits;
  const step = second - first;
  let decimals = 0;
  while (decimals < AXIS_DECIMALS_MAX && Math.abs(step - Number(step.toFixed(decimals))) > step / 1_000) decimals++;
  return splits.map((split) => String(Number(split.toFixed(decimals))));
}

export function formatValue(value: Value | undefined, metric: string, t: TFunction): string {
  if (value === null || value === undefined) return '–';
  if (typeof value === 'number') return formatNumber(value);
  if (typeof value === 'string') return value;
  const words = /fault|error/i.test(metric)
    ? 'fault'
    : /alarm|smoke|fire|call|leak|detect/i.test(metric)
      ? 'alarm'
      : 'generic';
  return t(`point.boolean.${words}.${value}`);
}

const pad = (n: number, width = 2) => String(n).padStart(width, '0');

/** `14:03:09` */
export function clockTime(ms: number): string {
  const d = new Date(ms);
  return `${pad(d.getHours())}:${pad(d.getMinutes())}:${pad(d.getSeconds())}`;
}

/** `2026-03-01` */
export function dayText(ms: number): string {
  const d = new Date(ms);
  return `${d.getFullYear()}-${pad(d.getMonth() + 1)}-${pad(d.getDate())}`;
}

/** `2026-03-01 14:03:09` */
export function dateTime(ms: number): string {
  return `${dayText(ms)} ${clockTime(ms)}`;
}

/** The time alone for today, with the day for anything older. */
export function nearTime(ms: number, nowMs: number): string {
  return dayText(ms) === dayText(nowMs) ? clockTime(ms) : dateTime(ms).slice(5, 16);
}

/** How long, in the one unit that tells enough: `45 s`, `12 min`, `3 h`, `2 d`. */
export function formatSpan(ms: number, t: TFunction): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  if (seconds < 60) return t('time.seconds', { count: seconds });
  if (seconds < 3_600) return t('time.minutes', { count: Math.floor(seconds / 60) });
  if (seconds < 172_800) return t('time.hours', { count: Math.floor(seconds / 3_600) });
  return t('time.days', { count: Math.floor(seconds / 86_400) });
}

/** `0:45`, `12:03`, `3:04:05`: for what grows while one looks at it. */
export function formatElapsed(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  const hours = Math.floor(seconds / 3_600);
  const rest = `${pad(Math.floor(seconds / 60) % 60, hours > 0 ? 2 : 1)}:${pad(seconds % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}
