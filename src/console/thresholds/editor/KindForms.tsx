import InputNumber from 'antd/es/input-number';
import Select from 'antd/es/select';
import { useTranslation } from 'react-i18next';
import type { Rule } from '../../../model/threshold.ts';
import { usePoints } from '../../api/queries.ts';
import { useNameText } from '../../i18n/i18n.tsx';
import { formatNumber } from '../../ui/format.ts';
import { useEditor } from './context.tsx';
import { getAt, type Path } from './draft.ts';
import css from './editor.module.css';
import { Field } from './Field.tsx';
import { DurationField, LevelField, NumberField, SuggestField, TextField } from './inputs.tsx';

/** The rules beside those with levels. Each has its own few fields. */

export function NoDataForm({ path }: { path: Path }) {
  const { t } = useTranslation();
  const { draft, set } = useEditor();
  const isOn = getAt(draft, [...path, 'noData']) !== false;
  return (
    <div className={css.fields}>
      <Field path={[...path, 'noData']} label={t('editor.noDataWatched')}>
        {(tied) => (
          <Select<string>
            {...tied}
            className={css.choice}
            value={isOn ? 'on' : 'off'}
            options={[
              { value: 'on', label: t('editor.watched') },
              { value: 'off', label: t('editor.notWatched') },
            ]}
            onChange={(next) => set([...path, 'noData'], next === 'on' ? { level: 'blue' } : false)}
          />
        )}
      </Field>
      {isOn && (
        <>
          <DurationField path={[...path, 'noData', 'after']} label={t('editor.key.after')} unit="m" />
          <LevelField path={[...path, 'noData', 'level']} label={t('editor.key.level')} clearable />
        </>
      )}
    </div>
  );
}

export function StuckForm({ path, unit }: { path: Path; unit: string }) {
  const { t } = useTranslation();
  return (
    <div className={css.fields}>
      <DurationField path={[...path, 'stuck', 'after']} label={t('editor.key.stuckAfter')} required unit="h" />
      <NumberField path={[...path, 'stuck', 'tolerance']} label={t('editor.key.tolerance')} unit={unit} />
      <LevelField path={[...path, 'stuck', 'level']} label={t('editor.key.level')} clearable />
    </div>
  );
}

/** What the sensor can physically read is its profile's; a rule may say something else for this point. */
export function RangeForm({ path, rule, unit }: { path: Path; rule: Rule; unit: string }) {
  const { t } = useTranslation();
  const { draft, set, point } = useEditor();
  const own = getAt(draft, [...path, 'range']);
  const range = rule.metric === undefined ? undefined : point.metrics[rule.metric]?.range;
  const limits = getAt<readonly (number | null)[]>(draft, [...path, 'range', 'limits']);
  const sentinels = getAt<readonly number[]>(draft, [...path, 'range', 'sentinels']) ?? [];
  function put(index: 0 | 1, value: number | null) {
    const next = [limits?.[0] ?? null, limits?.[1] ?? null];
    next[index] = value;
    set([...path, 'range', 'limits'], next[0] === null && next[1] === null ? undefined : next);
  }
  return (
    <div className={css.fields}>
      <p className={`soft ${css.wide}`}>
        {range === undefined
          ? t('editor.noProfileRange')
          : t('editor.profileRange', { low: formatNumber(range[0]), high: formatNumber(range[1]), unit })}
      </p>
      {own !== false && (
        <>
          <Field path={[...path, 'range', 'limits']} label={t('editor.key.limits')} deep>
            {(tied) => (
              <span className={css.pair}>
                <InputNumber<number>
                  {...tied}
                  controls={false}
                  value={limits?.[0] ?? null}
                  onChange={(next) => put(0, next)}
                />
                <span aria-hidden="true">–</span>
                <InputNumber<number>
                  disabled={tied.disabled}
                  status={tied.status}
                  aria-label={t('editor.until', { label: t('editor.key.limits') })}
                  controls={false}
                  value={limits?.[1] ?? null}
                  onChange={(next) => put(1, next)}
                />
              </span>
            )}
          </Field>
          <Field path={[...path, 'range', 'sentinels']} label={t('editor.key.sentinels')} deep>
            {(tied) => (
              <Select<string[]>
                {...tied}
                className={css.choice}
                mode="tags"
                open={false}
                suffixIcon={null}
                value={sentinels.map(String)}
                onChange={(texts) => {
                  const numbers = texts.map(Number).filter(Number.isFinite);
                  set([...path, 'range', 'sentinels'], numbers.length === 0 ? undefined : numbers);
                }}
              />
            )}
          </Field>
          <LevelField path={[...path, 'range', 'level']} label={t('editor.key.level')} clearable />
        </>
      )}
    </div>
  );
}

export function VoteForm({ path }: { path: Path }) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const { draft, set } = useEditor();
  const points = usePoints();
  const voters = getAt<string[]>(draft, [...path, 'vote', 'points']) ?? [];
  return (
    <div className={css.fields}>
      <Field path={[...path, 'vote', 'points']} label={t('editor.key.votePoints')} deep wide>
        {(tied) => (
          <Select<string[]>
            {...tied}
            className={css.choice}
            mode="multiple"
            showSearch={{ optionFilterProp: 'label' }}
            value={voters}
            options={points.map(({ id, name }) => ({ value: id, label: `${nameText(name)} ${id}` }))}
            onChange={(next) => set([...path, 'vote', 'points'], next)}
          />
        )}
      </Field>
      <NumberField path={[...path, 'vote', 'atLeast']} label={t('editor.key.atLeast')} required />
      <LevelField path={[...path, 'vote', 'level']} label={t('editor.key.voteLevel')} />
      <LevelField path={[...path, 'vote', 'raise']} label={t('editor.key.raise')} clearable />
      <TextField path={[...path, 'vote', 'rule']} label={t('editor.key.voteRule')} />
    </div>
  );
}

/** Units a rule on a metric could be written in; others can be typed. */
export function UnitField({ path, own }: { path: Path; own: string }) {
  const { t } = useTranslation();
  return <SuggestField path={path} label={t('editor.key.unit')} options={unitOptions(own)} />;
}

const FAMILIES = [
  ['mm', 'cm', 'm'],
  ['mm/s', 'cm/s', 'm/s'],
  ['kPa', 'MPa', 'bar'],
  ['ppm', 'mg/m³', '%VOL', '%LEL'],
  ['mA', 'A'],
  ['mV', 'V'],
  ['Hz', 'kHz'],
];

function unitOptions(own: string): { value: string; label: string }[] {
  const family = FAMILIES.find((units) => units.includes(own)) ?? [own];
  return family.filter((unit) => unit !== '').map((unit) => ({ value: unit, label: unit }));
}
