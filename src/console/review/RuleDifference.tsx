import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { differencesOf } from '../../model/difference.ts';
import type { Level } from '../../model/level.ts';
import { ownOf } from '../../model/own.ts';
import type { Value } from '../../model/reading.ts';
import type { LevelRule, Rule, ThresholdDocument } from '../../model/threshold.ts';
import type { Weakening } from '../../model/weakening.ts';
import type { Point } from '../api/types.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { durationWords, levelWords, ruleNotes } from '../thresholds/words.ts';
import { LevelTag } from '../ui/LevelMark.tsx';
import { LEVELS_DOWN } from '../ui/order.ts';
import { inWords } from '../ui/value-words.ts';
import css from './review.module.css';

interface Props {
  /** Undefined for a point that is gone. */
  readonly point: Point | undefined;
  readonly before: ThresholdDocument;
  readonly after: ThresholdDocument;
  readonly weakens: readonly Weakening[];
}

/** What lies between two documents, in words: each level that changes, as it is and as it would be. */
export function RuleDifference({ point, before, after, weakens }: Props) {
  const ids = [...new Set([...Object.keys(after.rules), ...Object.keys(before.rules)])];
  const changed = ids.filter((id) => differencesOf(ownOf(before.rules, id), ownOf(after.rules, id)).length > 0);
  return (
    <div className={css.ruleDifference} data-testid="rule-difference">
      {changed.map((id) => (
        <OneRule
          key={id}
          id={id}
          point={point}
          before={ownOf(before.rules, id)}
          after={ownOf(after.rules, id)}
          weakens={weakens.filter(({ rule }) => rule === id)}
        />
      ))}
      <OtherChanges before={before} after={after} />
    </div>
  );
}

interface RuleProps {
  readonly id: string;
  readonly point: Point | undefined;
  readonly before: Rule | undefined;
  readonly after: Rule | undefined;
  readonly weakens: readonly Weakening[];
}

function OneRule({ id, point, before, after, weakens }: RuleProps) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const metric = (after ?? before)?.metric;
  const info = metric === undefined ? undefined : point?.metrics[metric];
  const title = info?.name === undefined ? (metric ?? id) : nameText(info.name);
  const nameOf = (other: string) => nameText(point?.metrics[other]?.name ?? { zh: other, en: other });
  const wordOf = (value: Value) => inWords(value, info, nameText);
  const wordsOf = (rule: Rule | undefined) =>
    wordsByLevel(rule, point, t, (one, of) => levelWords(one, of, of.unit ?? info?.unit ?? '', t, nameOf, wordOf));
  const [was, is] = [wordsOf(before), wordsOf(after)];
  const notesOf = (rule: Rule | undefined) =>
    rule === undefined ? '' : ruleNotes(rule, rule.unit ?? info?.unit ?? '', t).join(' · ');
  const [notesWere, notesAre] = [notesOf(before), notesOf(after)];
  const levels = LEVELS_DOWN.filter((level) => was[level] !== undefined || is[level] !== undefined);
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">
            {title} <small className="faint">{id}</small>
          </th>
          <th scope="col">{t('review.before')}</th>
          <th scope="col">{t('review.after')}</th>
          <td />
        </tr>
      </thead>
      <tbody>
        {levels.map((level) => (
          <tr key={level} className={was[level] === is[level] ? css.same : css.differs}>
            <th scope="row">
              <LevelTag level={level} hollow={was[level] === is[level]} />
            </th>
            <td>{was[level] ?? t('review.nothing')}</td>
            <td>{is[level] ?? t('review.nothing')}</td>
            <td>
              {weakens
                .filter((one) => one.level === level)
                .map((one) => (
                  <WeakeningMark key={one.change} weakening={one} />
                ))}
            </td>
          </tr>
        ))}
        {notesWere !== notesAre && (
          <tr className={css.differs}>
            <th scope="row" />
            <td>{notesWere === '' ? t('review.nothing') : notesWere}</td>
            <td>{notesAre === '' ? t('review.nothing') : notesAre}</td>
            <td />
          </tr>
        )}
      </tbody>
    </table>
  );
}

/** Why a second person is asked. */
export function WeakeningMark({ weakening }: { weakening: Weakening }) {
  const { t } = useTranslation();
  return (
    <span className={`badge ${css.weakens}`}>
      {t(`review.weakens.${weakening.change}`, { level: t(`level.long.${weakening.level}`) })}
    </span>
  );
}

type ByLevel = Partial<Record<Level, string>>;

function wordsByLevel(
  rule: Rule | undefined,
  point: Point | undefined,
  t: TFunction,
  wordsOf: (level: LevelRule, rule: Rule) => string,
): ByLevel {
  if (rule === undefined) return {};
  const { levels, noData, stuck, vote, range } = rule;
  const words: ByLevel = {};
  for (const level of LEVELS_DOWN) {
    const one = levels?.[level];
    if (one !== undefined) words[level] = wordsOf(one, rule);
  }
  if (noData) {
    const after = noData.after ?? `${(3 * (point?.reportEveryMs ?? 0)) / 1_000}s`;
    words[noData.level ?? 'blue'] = t('rule.noData', { time: durationWords(after, t) });
  }
  if (stuck !== undefined) words[stuck.level ?? 'blue'] = t('rule.stuck', { time: durationWords(stuck.after, t) });
  if (vote !== undefined) {
    words[vote.raise ?? vote.level] = t('rule.vote', { least: vote.atLeast, count: vote.points.length });
  }
  if (range) {
    const limits = range.limits === undefined ? '' : ` ${range.limits.join(' – ')}`;
    words[range.level ?? 'blue'] = `${t('alert.what.range')}${limits}`;
  }
  return words;
}

/** What the words leave out: schedules, sources, labels. */
function OtherChanges({ before, after }: Pick<Props, 'before' | 'after'>) {
  const changes = differencesOf(before, after).filter(
    ({ path }) => !path.startsWith('/rules/') || /\/(schedule|labels|coverage)(\/|$)/.test(path),
  );
  if (changes.length === 0) return null;
  const short = (value: unknown) => (value === undefined ? '–' : JSON.stringify(value));
  return (
    <ul className={`${css.otherChanges} faint`}>
      {changes.map(({ path, before: was, after: is }) => (
        <li key={path}>
          <code>{path}</code> {short(was)} → {short(is)}
        </li>
      ))}
    </ul>
  );
}
