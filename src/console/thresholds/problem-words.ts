import type { TFunction } from 'i18next';
import type { Level } from '../../model/level.ts';
import type { Messages } from '../i18n/zh.ts';

type ProblemKey = keyof Messages['editor']['problem'];

/** Something that keeps a document from being put in force, or is hardly meant. */
export interface Problem {
  /** JSON pointer into the document. */
  readonly path: string;
  /** What is wrong, as the server or the schema words it. */
  readonly message: string;
  /** The same as data, which has words of its own here. */
  readonly code?: string;
  readonly values?: Readonly<Record<string, unknown>>;
}

/** What is still missing, in the words of the table of problem words. */
export const MISSING = 'is missing';

/** What the model, the server and its schema say in English, and the key of the same in the chosen language. */
const KNOWN: readonly (readonly [RegExp, ProblemKey])[] = [
  [new RegExp(`^${MISSING}$`), 'missing'],
  [/^needs a criterion/, 'noCriterion'],
  [/^needs at least one level/, 'noLevel'],
  [/^take deadband or recover/, 'deadbandOrRecover'],
  [/^(?:average|maximum|minimum|sum) needs above or below/, 'windowNeedsLimit'],
  [/^rise and fall need within/, 'changeNeedsWithin'],
  [/^within needs rise or fall/, 'withinNeedsChange'],
  [/^coverage needs a window/, 'coverageNeedsWindow'],
  [/^any and all stand alone/, 'groupStandsAlone'],
  [/^curve points must rise/, 'curveMustRise'],
  [/needs a metric$/, 'noMetric'],
  [/^cannot be more than the number of points/, 'tooManyVotes'],
  [/^needs exactly one of/, 'oneKind'],
  [/^expected a duration/, 'duration'],
  [/^expected a day as MM-DD/, 'monthDay'],
  [/^expected a date that exists/, 'date'],
  [/^expected a time of the day .* or 24:00/, 'clockTimeOrEnd'],
  [/^expected a time of the day/, 'clockTime'],
  [/^may not contain/, 'badId'],
  [/^Too small: expected number to be >=?\s*(?<least>\S+)/, 'tooSmall'],
  [/^Too small: expected array/, 'tooFew'],
  [/^Too big: expected number to be <=?\s*(?<most>\S+)/, 'tooBig'],
  [/^Too big/, 'tooLong'],
  [/^Invalid string/, 'format'],
  [/^Invalid/, 'wrong'],
];

type Translate = (key: string, values: Readonly<Record<string, unknown>>) => string;

/** A problem in the chosen language; what is not known is said as it came. */
export function problemText({ code, values = {}, message }: Omit<Problem, 'path'>, t: TFunction): string {
  // Each of these words has placeholders of its own, which the types cannot follow through a table.
  const translate = t as Translate;
  if (code !== undefined) {
    const words = translate(`editor.problem.${code}`, { ...shown(values, t), defaultValue: '' });
    return words === '' ? message : words;
  }
  for (const [pattern, key] of KNOWN) {
    const match = pattern.exec(message);
    if (match !== null) return translate(`editor.problem.${key}`, { ...match.groups });
  }
  return message;
}

/** The values of a problem as they stand in a sentence. */
function shown(values: Readonly<Record<string, unknown>>, t: TFunction): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      if (name === 'level' || name === 'than') return [name, t(`level.long.${value as Level}`)];
      return [name, Array.isArray(value) ? value.join(', ') : value];
    }),
  );
}
