import InputNumber from 'antd/es/input-number';
import Radio from 'antd/es/radio';
import Select from 'antd/es/select';
import { useTranslation } from 'react-i18next';
import { type Template, withinRange } from '../../model/template.ts';
import type { Point } from '../api/types.ts';
import changeCss from '../change/change.module.css';
import { useNameText } from '../i18n/i18n.tsx';
import { type ApplyChoice, type ApplyMove, metricGap, type Values } from './apply.ts';
import templatesCss from './templates.module.css';

interface Props {
  readonly template: Template;
  readonly points: readonly Point[];
  readonly choice: ApplyChoice;
  readonly move: (move: ApplyMove) => void;
}

/** What the template needs to know of the points: names of metrics, figures, and what happens to rules that are there. */
export function ApplyValues({ template, points, choice: { metrics, common, own, mode }, move }: Props) {
  const { t } = useTranslation();
  return (
    <>
      <Metrics
        template={template}
        points={points}
        metrics={metrics}
        onChange={(next) => move({ set: { metrics: next } })}
      />
      <Parameters
        template={template}
        points={points}
        common={common}
        own={own}
        onCommon={(next) => move({ set: { common: next } })}
        onOwn={(next) => move({ set: { own: next } })}
      />
      <div className={changeCss.fieldLine}>
        <span>{t('templates.mode')}</span>
        <Radio.Group
          value={mode}
          onChange={({ target }) => move({ set: { mode: target.value === 'replace' ? 'replace' : 'merge' } })}
          options={(['merge', 'replace'] as const).map((value) => ({ value, label: t(`templates.${value}`) }))}
        />
      </div>
    </>
  );
}

/** Where the points call the template's metrics by other names. */
function Metrics({
  template,
  points,
  metrics,
  onChange,
}: {
  template: Template;
  points: readonly Point[];
  metrics: Readonly<Record<string, string>>;
  onChange: (metrics: Readonly<Record<string, string>>) => void;
}) {
  const { t } = useTranslation();
  const gap = metricGap(template, points, {});
  if (gap.length === 0) return null;
  const [first, ...others] = points;
  const common = Object.keys(first?.metrics ?? {}).filter((metric) =>
    others.every((point) => Object.hasOwn(point.metrics, metric)),
  );
  return (
    <section className={changeCss.fieldLine}>
      <h3>{t('templates.metricMap')}</h3>
      <p className="soft">{t('templates.otherMetrics')}</p>
      {gap.map((metric) => (
        <div key={metric} className={templatesCss.parameter}>
          <span>{t('templates.metricOf', { metric })}</span>
          <Select
            style={{ width: 200 }}
            aria-label={t('templates.metricOf', { metric })}
            value={metrics[metric] ?? null}
            onChange={(value) => onChange({ ...metrics, [metric]: value })}
            options={common.map((value) => ({ value, label: value }))}
          />
        </div>
      ))}
    </section>
  );
}

function Parameters({
  template: { parameters },
  points,
  common,
  own,
  onCommon,
  onOwn,
}: {
  template: Template;
  points: readonly Point[];
  common: Values;
  own: ReadonlyMap<string, Values>;
  onCommon: (values: Values) => void;
  onOwn: (own: ReadonlyMap<string, Values>) => void;
}) {
  const { t } = useTranslation();
  const nameText = useNameText();
  if (parameters.length === 0) return null;
  const fields = (whose: string, values: Values, onValues: (values: Values) => void, isOwn: boolean) => (
    <div className={templatesCss.parameters}>
      {parameters.map(({ id, name, unit, range }) => {
        const value = values[id] ?? null;
        const isOutside = value !== null && !withinRange(value, range);
        const [low, high] = range ?? [];
        return (
          <div key={id} className={templatesCss.parameter}>
            <span>{nameText(name)}</span>
            <InputNumber<number>
              value={value}
              status={isOutside ? 'error' : ''}
              {...(unit === undefined ? {} : { suffix: unit })}
              aria-label={`${whose} ${nameText(name)}`}
              placeholder={isOwn ? String(common[id] ?? '') : ''}
              onChange={(next) => onValues({ ...values, [id]: next })}
            />
            {range !== undefined && (
              <span className="faint">
                {isOutside
                  ? t('templates.parameterOutside', { name: nameText(name), low, high })
                  : t('templates.parameterRange', { low, high })}
              </span>
            )}
          </div>
        );
      })}
    </div>
  );
  return (
    <section className={changeCss.fieldLine}>
      <h3>{t('templates.parameters')}</h3>
      <strong>{t('templates.parameterFor')}</strong>
      {fields(t('templates.parameterFor'), common, onCommon, false)}
      <strong>{t('templates.ownValues')}</strong>
      {[...own].map(([point, values]) => {
        const name = points.find(({ id }) => id === point)?.name;
        if (name === undefined) return null;
        return (
          <div key={point}>
            <span>{nameText(name)}</span>
            {fields(nameText(name), values, (next) => onOwn(new Map(own).set(point, next)), true)}
          </div>
        );
      })}
      <Select
        showSearch={{ optionFilterProp: 'label' }}
        style={{ width: 280 }}
        placeholder={t('templates.addOwn')}
        aria-label={t('templates.addOwn')}
        value={null}
        onChange={(point: string | null) => point !== null && onOwn(new Map(own).set(point, {}))}
        options={points.filter(({ id }) => !own.has(id)).map(({ id, name }) => ({ value: id, label: nameText(name) }))}
      />
    </section>
  );
}
