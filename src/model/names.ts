import { z } from 'zod';
import { refusal } from './issue.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what is refused here.
const ID = /^[^/+#?%\s\u0000-\u001f\u007f-\u009f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069]+$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what is refused here.
const METRIC_NAME = /^[^\u0000-\u001f]+$/;

/**
 * Ids of areas, devices, points and rules stand in MQTT topics, URLs and file names, so they may not hold the
 * separators and wildcards of those: no slash, plus, hash, space, control character. Nor what takes no room and comes
 * along when a text is copied: nobody could see why a device of that id is refused.
 */
export const idSchema = z
  .string()
  .min(1)
  .max(128)
  .refine((text) => ID.test(text), refusal('bad-id', {}))
  .meta({ pattern: ID.source });

/** A metric's name as devices write it; dots separate nested fields. */
export const metricNameSchema = z
  .string()
  .min(1)
  .max(128)
  .refine((text) => METRIC_NAME.test(text), refusal('control-characters', {}))
  .meta({ pattern: METRIC_NAME.source });

/** A name for people, in Chinese and English. One of the two may be missing; then the other is shown. */
export const nameSchema = z.union([
  z.object({ zh: z.string().min(1).optional(), en: z.string().min(1).optional() }).strict(),
  z.string().min(1),
]);
export type NameText = z.infer<typeof nameSchema>;

/** Words of at most `most` characters: plain text, which everybody is shown, or in Chinese and English. */
export function wordsSchema(most: number) {
  const text = z.string().max(most);
  return z.union([z.object({ zh: text.min(1).optional(), en: text.min(1).optional() }).strict(), text]);
}

/** A name in both languages. */
export interface Name {
  readonly zh: string;
  readonly en: string;
}
