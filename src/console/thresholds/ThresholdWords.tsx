import { useTranslation } from 'react-i18next';
import type { Name } from '../../model/names.ts';
import type { Value } from '../../model/reading.ts';
import { sourceLine } from '../../model/source-line.ts';
import { impliesNoDataRule, type Rule, type ThresholdDocument } from '../../model/threshold.ts';
import type { MetricInfo, Point } from '../api/types.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { LevelTag } from '../ui/LevelMark.tsx';
import { LEVELS_DOWN } from '../ui/order.ts';
import { inWords } from '../ui/value-words.ts';
import css from './threshold-words.module.css';
import { durationWords, levelWords, ruleNotes } from './words.ts';

/** What the words of a rule need to know of a point. */
interface WordedPoint extends Pick<Point, 'reportEveryMs'> {
  readonly metrics: Readonly<Record<string, Partial<MetricInfo>>>;
}

/** A threshold document in sentences, most severe level first. */
export function ThresholdWords({ point, document }: { point: WordedPoint; document: ThresholdDocument }) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const rules = Object.entries(document.rules);
  const { source } = document;
  const sourceText = nameText(sourceLine(source ?? {}));
  return (
    <div className={css.thresholdWords} data-part="threshold-words">
      {rules.map(([id, rule]) => (
        <RuleWords key={id} id={id} rule={rule} point={point} />
      ))}
      {impliesNoDataRule(document) && (
        <section>
          <h3>{t('alert.kind.noData')}</h3>
          <ul>
            <li>
              <LevelTag level="blue" />
              <span>{t('rule.noData', { time: durationWords(`${(3 * point.reportEveryMs) / 1_000}s`, t) })}</span>
            </li>
          </ul>
        </section>
      )}
      {(sourceText !== '' || source?.note !== undefined) && (
        <p className="soft">
          {t('rule.source')} {sourceText} {nameText(source?.note ?? '')}
        </p>
      )}
    </div>
  );
}

function RuleWords({ id, rule, point }: { id: string; rule: Rule; point: WordedPoint }) {
  const nameText = useNameText();
  return (
    <section>
      <h3>
        {ruleTitle(id, rule, point, nameText)} <small className="faint">{id}</small>
      </h3>
      <RuleLines rule={rule} point={point} />
    </section>
  );
}

/** What a rule is about: the name of its metric, or its id where it has none. */
export function ruleTitle(id: string, rule: Rule, point: WordedPoint, nameText: (name: Name) => string): string {
  const info = rule.metric === undefined ? undefined : point.metrics[rule.metric];
  return info?.name === undefined ? (rule.metric ?? id) : nameText(info.name);
}

/** A rule in sentences, without its heading. */
export function RuleLines({ rule, point }: { rule: Rule; point: WordedPoint }) {
  const { t } = useTranslation();
  const info = rule.metric === undefined ? undefined : point.metrics[rule.metric];
  const unit = rule.unit ?? info?.unit ?? '';
  const notes = ruleNotes(rule, unit, t);
  const nameText = useNameText();
  const nameOf = (metric: string) => nameText(point.metrics[metric]?.name ?? { zh: metric, en: metric });
  const wordOf = (value: Value) => inWords(value, info, nameText);
  return (
    <>
      <ul>
        {LEVELS_DOWN.map((level) => {
          const levelRule = rule.levels?.[level];
          if (levelRule === undefined) return null;
          return (
            <li key={level}>
              <LevelTag level={level} />
              <span>
                {levelWords(levelRule, rule, unit, t, nameOf, wordOf)}
                {levelRule.label !== undefined && <span className="badge">{nameText(levelRule.label)}</span>}
              </span>
            </li>
          );
        })}
        {typeof rule.noData === 'object' && (
          <li>
            <LevelTag level={rule.noData.level ?? 'blue'} />
            <span>
              {t('rule.noData', {
                time: durationWords(rule.noData.after ?? `${(3 * point.reportEveryMs) / 1_000}s`, t),
              })}
            </span>
          </li>
        )}
        {rule.stuck !== undefined && (
          <li>
            <LevelTag level={rule.stuck.level ?? 'blue'} />
            <span>{t('rule.stuck', { time: durationWords(rule.stuck.after, t) })}</span>
          </li>
        )}
        {rule.vote !== undefined && (
          <li>
            <LevelTag level={rule.vote.raise ?? rule.vote.level} />
            <span>{t('rule.vote', { least: rule.vote.atLeast, count: rule.vote.points.length })}</span>
          </li>
        )}
        {typeof rule.range === 'object' && (
          <li>
            <LevelTag level={rule.range.level ?? 'blue'} />
            <span>{t('alert.what.range')}</span>
          </li>
        )}
      </ul>
      {notes.length > 0 && <p className="faint">{notes.join(' · ')}</p>}
    </>
  );
}
