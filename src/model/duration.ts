import { z } from 'zod';
import { refusal } from './issue.ts';

const UNIT_MS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/g;
const WHOLE = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/;

/**
 * Milliseconds of a duration written as in threshold files: `500ms`, `60s`, `10m`, `8h`, `30d`, or a sum such as
 * `1h30m`. A bare number is refused because nobody can tell its unit. Returns undefined for anything else.
 */
export function parseDurationMs(text: string): number | undefined {
  if (!WHOLE.test(text)) return undefined;
  let totalMs = 0;
  for (const [, amount, unit] of text.matchAll(PART)) totalMs += Number(amount) * (UNIT_MS[unit ?? ''] ?? Number.NaN);
  return Number.isFinite(totalMs) ? Math.round(totalMs) : undefined;
}

/** The shortest text that parses back to the same number of milliseconds, in one unit: 90000 gives `90s`. */
export function formatDuration(ms: number): string {
  for (const unit of ['d', 'h', 'm', 's']) {
    const unitMs = UNIT_MS[unit] ?? 1;
    if (ms !== 0 && ms % unitMs === 0) return `${ms / unitMs}${unit}`;
  }
  return `${ms}ms`;
}

/** Schema of a duration in a file or request body; the parsed value is still the text, so that files round-trip. */
export const durationSchema = z
  .string()
  .refine((text) => parseDurationMs(text) !== undefined, refusal('no-duration', {}))
  .meta({ description: 'A duration: 500ms, 30s, 10m, 8h, 30d or a sum such as 1h30m', examples: ['60s'] });

/** Milliseconds of a duration that a schema has already accepted. */
export function durationMs(text: string): number {
  const ms = parseDurationMs(text);
  if (ms === undefined) throw new RangeError(`not a duration: ${text}`);
  return ms;
}
