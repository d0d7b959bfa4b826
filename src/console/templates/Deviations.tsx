import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';
import type { ValueChange } from '../../model/difference.ts';
import { LEVELS, type Level } from '../../model/level.ts';
import { stepsOf } from '../../model/pointer.ts';
import type { Value } from '../../model/reading.ts';
import { fillTemplate, numberAt, type Template } from '../../model/template.ts';
import type { Rule, ThresholdDocument } from '../../model/threshold.ts';
import ruleChangesCss from '../change/rule-changes.module.css';
import { useMetricInfo } from '../devices/useProfiles.ts';
import { useNameText } from '../i18n/i18n.tsx';
import type { ThresholdRow } from '../threshold-table/whole-rows.ts';
import { levelWords, ruleNotes } from '../thresholds/words.ts';
import { LevelTag } from '../ui/LevelMark.tsx';
import { pathTo } from '../ui/paths.ts';
import { inWords } from '../ui/value-words.ts';
import templatesCss from './templates.module.css';

/** What of a point is compared with its template. */
export type DeviatingPoint = Pick<ThresholdRow, 'point' | 'name' | 'document' | 'deviations'>;

/** Points whose rules are not what their template says, and in what. */
export function Deviations({ template, points }: { template: Template; points: readonly DeviatingPoint[] }) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const infoOf = useMetricInfo();
  const nameOf = (metric: string) =>
    nameText(infoOf(metric, template.applies.family)?.name ?? { zh: metric, en: metric });
  const wordsOf = (rule: Rule | undefined, level: Level | null): string => {
    const unit = rule?.unit ?? template.applies.unit ?? '';
    const one = level === null ? undefined : rule?.levels?.[level];
    const info = rule?.metric === undefined ? undefined : infoOf(rule.metric, template.applies.family);
    const wordOf = (value: Value) => inWords(value, info, nameText);
    const words =
      rule === undefined
        ? ''
        : level === null
          ? ruleNotes(rule, unit, t).join(' · ')
          : one === undefined
            ? ''
            : [levelWords(one, rule, unit, t, nameOf, wordOf), nameText(one.label ?? '')].join(' ').trim();
    return words === '' ? t('table.nothing') : words;
  };
  return (
    <ul className={templatesCss.deviations} data-testid="deviations">
      {points.map(({ point, name, document, deviations }) => (
        <li key={point}>
          <Link to={pathTo('point', { id: point })}>{nameText(name)}</Link>
          <ul>
            {placesOf(deviations).map(({ id, level }) => (
              <li key={`${id} ${level}`}>
                <span className={ruleChangesCss.ruleChangesPlace}>
                  {level !== null && <LevelTag level={level} hollow />} {nameOf(document.rules[id]?.metric ?? id)}
                </span>
                <span>
                  <strong>{t('templates.is', { value: wordsOf(document.rules[id], level) })}</strong>
                  <br />
                  <span className="soft">
                    {t('templates.says', { value: wordsOf(templateFor(template, document).rules[id], level) })}
                  </span>
                </span>
              </li>
            ))}
          </ul>
        </li>
      ))}
    </ul>
  );
}

/** The template as the point would have it: with the point's own figures where the standard leaves them open. */
function templateFor(template: Template, document: ThresholdDocument): ThresholdDocument {
  const parameters = template.parameters.map(({ id, at }) => {
    return [id, numberAt(document, at) ?? numberAt(template.document, at) ?? 0] as const;
  });
  const filled = fillTemplate(
    { ...template, parameters: template.parameters.map(withoutRange) },
    Object.fromEntries(parameters),
  );
  return filled.ok ? filled.document : template.document;
}

function withoutRange({ range: _range, ...parameter }: Template['parameters'][number]): Template['parameters'][number] {
  return parameter;
}

/** The rules and levels that differ, each once: people compare sentences, not leaves. */
function placesOf(deviations: readonly ValueChange[]): { readonly id: string; readonly level: Level | null }[] {
  const places = new Map<string, { id: string; level: Level | null }>();
  for (const { path } of deviations) {
    const [, id = '', first, second] = stepsOf(path);
    const level = LEVELS.find((one) => first === 'levels' && one === second) ?? null;
    places.set(`${id} ${level}`, { id, level });
  }
  return [...places.values()];
}
