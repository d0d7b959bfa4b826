import type { TFunction } from 'i18next';
import type { Messages } from '../../i18n/zh.ts';
import { MISSING } from './problems.ts';

type ProblemKey = keyof Messages['editor']['problem'];

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
  [/^(?<value>\S+) must lie below the limit (?<limit>\S+)/, 'recoverBelow'],
  [/^(?<value>\S+) must lie above the limit (?<limit>\S+)/, 'recoverAbove'],
  [/^has two sides to recover on/, 'recoverTwoSides'],
  [/^needs a limit .* to recover from/, 'recoverNeedsLimit'],
  [/^leaves nothing between (?<low>\S+) and (?<high>\S+) to recover in/, 'deadbandTooWide'],
  [/^must be longer than nothing/, 'mustLast'],
  [/^needs exactly one of/, 'oneKind'],
  [/^is for rules with levels/, 'onlyLevels'],
  [/^is not for a rule with vote/, 'notForVote'],
  [/^a (?:limit|window) needs a number; metric (?<metric>.+) is a/, 'needsNumber'],
  [/^metric (?<metric>.+) is a \w+(?:; .+|, not a number)$/, 'wrongType'],
  [/^(?<value>.+) is not a value of metric (?<metric>.+?): (?<known>.+)$/, 'unknownValue'],
  [/^the point has no metric (?<metric>.+?)(?:;|$)/, 'unknownMetric'],
  [/^"(?<metric>.+)" is not a metric of the point/, 'unknownMetric'],
  [/^"(?<point>.+)" is not a point of the site/, 'unknownPoint'],
  [/^unknown unit (?<unit>\S+)/, 'unknownUnit'],
  [/^cannot convert (?<unit>.+?) to (?<to>.+?)[:,]/, 'cannotConvert'],
  [/^cannot convert (?<unit>.+?): metric .* has no unit/, 'noUnit'],
  [/is not a time zone/, 'timezone'],
  [/^(?<from>\S+) is after (?<to>\S+)$/, 'datesReversed'],
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

type Translate = (key: string, values: Readonly<Record<string, string>>) => string;

/** A problem in the chosen language; what is not known is said as it came. */
export function problemText(message: string, t: TFunction): string {
  for (const [pattern, key] of KNOWN) {
    const match = pattern.exec(message);
    // Each of these words has placeholders of its own, which the types cannot follow through a table.
    if (match !== null) return (t as Translate)(`editor.problem.${key}`, { ...match.groups });
  }
  return message;
}
