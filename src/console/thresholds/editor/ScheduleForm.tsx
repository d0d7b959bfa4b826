import Button from 'antd/es/button';
import Input from 'antd/es/input';
import Select from 'antd/es/select';
import { useTranslation } from 'react-i18next';
import { WEEKDAYS } from '../../../model/calendar.ts';
import type { ScheduleEntry } from '../../../model/threshold.ts';
import type { RuleMeasure } from './CriterionForm.tsx';
import { useEditor } from './context.tsx';
import { getAt, type Path } from './draft.ts';
import css from './editor.module.css';
import { Field, Messages } from './Field.tsx';
import { SuggestField } from './inputs.tsx';
import { LevelsForm } from './LevelsForm.tsx';

const ENTRIES_MAX = 16;
const ZONES = ['Asia/Shanghai', 'Asia/Urumqi', 'UTC'];

/** Other levels at other times: the flood season, nights, weekends. The first entry that applies is taken. */
export function ScheduleForm({ path, ...measure }: RuleMeasure & { readonly path: Path }) {
  const { t } = useTranslation();
  const { draft, set, readOnly } = useEditor();
  const entries = getAt<readonly ScheduleEntry[]>(draft, path) ?? [];
  return (
    <div className={css.schedule}>
      {entries.map((_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: an entry is its place in the list
        <section key={index} className={css.scheduleEntry}>
          <div className={css.levelFormHead}>
            <h4>{t('editor.scheduleEntry', { n: index + 1 })}</h4>
            {!readOnly && (
              <Button
                size="small"
                type="text"
                aria-label={t('editor.removePart', { n: index + 1 })}
                onClick={() => set(entries.length === 1 ? path : [...path, index], undefined)}
              >
                ×
              </Button>
            )}
          </div>
          <div className={css.fields}>
            <PairField path={[...path, index, 'season']} label={t('editor.key.season')} placeholder="MM-DD" />
            <PairField path={[...path, index, 'dates']} label={t('editor.key.dates')} placeholder="YYYY-MM-DD" />
            <PairField path={[...path, index, 'hours']} label={t('editor.key.hours')} placeholder="HH:MM" />
            <WeekdaysField path={[...path, index, 'weekdays']} />
            <SuggestField
              path={[...path, index, 'timezone']}
              label={t('editor.key.timezone')}
              options={ZONES.map((zone) => ({ value: zone, label: zone }))}
            />
          </div>
          <Messages path={[...path, index]} />
          <LevelsForm path={[...path, index, 'levels']} {...measure} />
        </section>
      ))}
      {!readOnly && (
        <Button
          size="small"
          disabled={entries.length >= ENTRIES_MAX}
          onClick={() =>
            set([...path, entries.length], {
              season: [null, null],
              levels: measure.rule.levels ?? {},
            })
          }
        >
          {t('editor.addSchedule')}
        </Button>
      )}
    </div>
  );
}

/** From and to, as text: the formats are short and people paste them. */
function PairField({ path, label, placeholder }: { path: Path; label: string; placeholder: string }) {
  const { t } = useTranslation();
  const { draft, set } = useEditor();
  const pair = getAt<readonly (string | null)[]>(draft, path) ?? [null, null];
  function put(index: 0 | 1, text: string) {
    const next = [pair[0] ?? null, pair[1] ?? null];
    next[index] = text === '' ? null : text;
    set(path, next[0] === null && next[1] === null ? undefined : next);
  }
  return (
    <Field path={path} label={label} deep>
      {(tied) => (
        <span className={css.pair}>
          <Input
            {...tied}
            value={pair[0] ?? ''}
            placeholder={placeholder}
            onChange={(event) => put(0, event.target.value)}
          />
          <span aria-hidden="true">–</span>
          <Input
            disabled={tied.disabled}
            status={tied.status}
            aria-label={t('editor.until', { label })}
            value={pair[1] ?? ''}
            placeholder={placeholder}
            onChange={(event) => put(1, event.target.value)}
          />
        </span>
      )}
    </Field>
  );
}

function WeekdaysField({ path }: { path: Path }) {
  const { t } = useTranslation();
  const { draft, set } = useEditor();
  const value = getAt<string[]>(draft, path);
  return (
    <Field path={path} label={t('editor.key.weekdays')} deep>
      {(tied) => (
        <Select<string[]>
          {...tied}
          className={css.choice}
          mode="multiple"
          value={value ?? []}
          options={WEEKDAYS.map((day) => ({ value: day, label: t(`maintenance.day.${day}`) }))}
          onChange={(days) => set(path, days.length === 0 ? undefined : WEEKDAYS.filter((day) => days.includes(day)))}
        />
      )}
    </Field>
  );
}
