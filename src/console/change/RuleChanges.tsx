import { useTranslation } from 'react-i18next';
import { ownOf } from '../../model/own.ts';
import type { Value } from '../../model/reading.ts';
import { sourceLine } from '../../model/source-line.ts';
import type { Rule, ThresholdDocument } from '../../model/threshold.ts';
import type { Point } from '../api/types.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { levelWords, ruleNotes } from '../thresholds/words.ts';
import { LevelTag } from '../ui/LevelMark.tsx';
import { LEVELS_DOWN } from '../ui/order.ts';
import { inWords } from '../ui/value-words.ts';
import css from './rule-changes.module.css';

interface Props {
  readonly point: Point | undefined;
  readonly before: ThresholdDocument;
  readonly after: ThresholdDocument;
}

/** What lies between two documents of a point, rule by rule and level by level, in sentences. */
export function RuleChanges({ point, before, after }: Props) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const nameOf = (metric: string) => nameText(point?.metrics[metric]?.name ?? { zh: metric, en: metric });
  /** What the rule is about, and its id where that says more. */
  const titleOf = (id: string) => {
    const metric = (ownOf(after.rules, id) ?? ownOf(before.rules, id))?.metric;
    if (metric === undefined) return id;
    return metric === id ? nameOf(metric) : `${nameOf(metric)} ${id}`;
  };
  const ids = [...new Set([...Object.keys(after.rules), ...Object.keys(before.rules)])];
  const lines = ids.flatMap((id) => {
    const [old, now] = [ownOf(before.rules, id), ownOf(after.rules, id)];
    const unit = (rule: Rule | undefined) => rule?.unit ?? point?.metrics[rule?.metric ?? '']?.unit ?? '';
    const words = (rule: Rule | undefined, level: (typeof LEVELS_DOWN)[number]) => {
      const one = rule?.levels?.[level];
      if (rule === undefined || one === undefined) return null;
      const label = one.label === undefined ? '' : ` ${nameText(one.label)}`;
      const wordOf = (value: Value) => inWords(value, point?.metrics[rule.metric ?? ''], nameText);
      return levelWords(one, rule, unit(rule), t, nameOf, wordOf) + label;
    };
    const notes = (rule: Rule | undefined) => (rule === undefined ? null : ruleNotes(rule, unit(rule), t).join(' · '));
    const levels = LEVELS_DOWN.flatMap((level) => {
      const [was, is] = [words(old, level), words(now, level)];
      return was === is ? [] : [{ key: `${id} ${level}`, id, level, was, is }];
    });
    const [was, is] = [notes(old), notes(now)];
    const rest = was === is ? [] : [{ key: `${id} rest`, id, level: null, was: was || null, is: is || null }];
    const isOther = levels.length === 0 && rest.length === 0 && JSON.stringify(old) !== JSON.stringify(now);
    const other = { key: `${id} other`, id, level: null, was: null, is: t('table.otherChange') };
    return [...levels, ...rest.filter((line) => line.was !== null || line.is !== null), ...(isOther ? [other] : [])];
  });
  const sourceOf = ({ source }: ThresholdDocument) => nameText(sourceLine(source ?? {})) || null;
  const [was, is] = [sourceOf(before), sourceOf(after)];
  return (
    <ul className={css.ruleChanges}>
      {lines.map((line) => (
        <li key={line.key}>
          <span className={css.ruleChangesPlace}>
            {line.level !== null && <LevelTag level={line.level} hollow />} {titleOf(line.id)}
          </span>
          <BeforeAfter was={line.was} is={line.is} />
        </li>
      ))}
      {was !== is && (
        <li>
          <span className={css.ruleChangesPlace}>{t('rule.source')}</span>
          <BeforeAfter was={was} is={is} />
        </li>
      )}
    </ul>
  );
}

export function BeforeAfter({ was, is }: { was: string | null; is: string | null }) {
  const { t } = useTranslation();
  return (
    <span>
      {was === null ? <em className="faint">{t('table.nothing')}</em> : <del>{was}</del>}
      <span aria-hidden="true"> → </span>
      {is === null ? <em className="faint">{t('table.nothing')}</em> : <ins>{is}</ins>}
    </span>
  );
}
