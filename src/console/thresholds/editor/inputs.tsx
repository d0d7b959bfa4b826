import AutoComplete from 'antd/es/auto-complete';
import Input from 'antd/es/input';
import InputNumber from 'antd/es/input-number';
import Select from 'antd/es/select';
import Space from 'antd/es/space';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { LEVELS } from '../../../model/level.ts';
import type { NameText } from '../../../model/names.ts';
import { useEditor } from './context.tsx';
import { type DurationUnit, getAt, type Path, splitDuration } from './draft.ts';
import css from './editor.module.css';
import { Field } from './Field.tsx';

interface FieldProps {
  readonly path: Path;
  readonly label: string;
  /** What must be there stays, empty, when it is cleared; everything else goes. */
  readonly required?: boolean;
}

const emptied = (required: boolean | undefined) => (required === true ? null : undefined);

interface NumberProps extends FieldProps {
  readonly unit?: string;
}

/**
 * What is no number stays as it was typed, and is said to be wrong, instead of giving way to the former figure. Mended, it
 * is a number again with the letter that makes it one.
 */
export function NumberField({ path, label, required, unit }: NumberProps) {
  const { draft, set } = useEditor();
  const value = getAt(draft, path);
  const typed = useRef('');
  /** While it is mended: another field in its place would take the focus away between two letters. */
  const [mended, setMended] = useState<string | null>(null);
  const mend = (text: string) => {
    setMended(text);
    set(path, text.trim() === '' ? emptied(required) : isNumber(text) ? Number(text) : text);
  };
  return (
    <Field path={path} label={label}>
      {(tied) =>
        typeof value === 'string' || mended !== null ? (
          <Input
            {...tied}
            className={css.number}
            value={mended ?? String(value)}
            suffix={unit}
            onChange={(event) => mend(event.target.value)}
            onBlur={() => setMended(null)}
          />
        ) : (
          <InputNumber<number>
            {...tied}
            className={css.number}
            controls={false}
            changeOnWheel={false}
            value={typeof value === 'number' ? value : null}
            suffix={unit}
            onInput={(text) => {
              typed.current = text.trim();
            }}
            onChange={(next) => set(path, next ?? emptied(required))}
            onBlur={() => {
              if (typed.current !== '' && !isNumber(typed.current)) set(path, typed.current);
              typed.current = '';
            }}
          />
        )
      }
    </Field>
  );
}

const isNumber = (text: string) => text.trim() !== '' && Number.isFinite(Number(text));

interface DurationProps extends FieldProps {
  /** The unit an empty field begins with. */
  readonly unit?: DurationUnit;
}

/** A figure and its unit; what is written otherwise in the document, such as 1h30m, stays as it is until it is edited. */
export function DurationField({ path, label, required, unit = 's' }: DurationProps) {
  const { t } = useTranslation();
  const { draft, set } = useEditor();
  const value = getAt(draft, path);
  const parts = typeof value === 'string' ? splitDuration(value) : undefined;
  const [chosen, setChosen] = useState<DurationUnit>(unit);
  const shown = parts?.unit ?? chosen;
  const units: DurationUnit[] = shown === 'ms' ? ['ms', 's', 'm', 'h', 'd'] : ['s', 'm', 'h', 'd'];
  return (
    <Field path={path} label={label}>
      {(tied) =>
        typeof value === 'string' && parts === undefined ? (
          <Input {...tied} value={value} onChange={(event) => set(path, event.target.value || emptied(required))} />
        ) : (
          <Space.Compact className={css.duration}>
            <InputNumber<number>
              {...tied}
              controls={false}
              changeOnWheel={false}
              min={0}
              value={parts?.amount ?? null}
              onChange={(amount) => set(path, amount === null ? emptied(required) : `${amount}${shown}`)}
            />
            <Select<DurationUnit>
              aria-label={t('editor.timeUnit', { label })}
              disabled={tied.disabled}
              popupMatchSelectWidth={false}
              value={shown}
              options={units.map((each) => ({ value: each, label: t(`editor.unit.${each}`) }))}
              onChange={(next) => {
                setChosen(next);
                if (parts !== undefined) set(path, `${parts.amount}${next}`);
              }}
            />
          </Space.Compact>
        )
      }
    </Field>
  );
}

interface TextProps extends FieldProps {
  readonly wide?: boolean;
  readonly rows?: number;
  readonly placeholder?: string;
}

export function TextField({ path, label, required, wide = false, rows, placeholder }: TextProps) {
  const { draft, set } = useEditor();
  const value = getAt(draft, path);
  const shown = typeof value === 'string' ? value : '';
  const put = (text: string) => set(path, text === '' ? emptied(required) : text);
  const rest = placeholder === undefined ? {} : { placeholder };
  return (
    <Field path={path} label={label} wide={wide}>
      {(tied) =>
        rows === undefined ? (
          <Input {...tied} {...rest} value={shown} onChange={(event) => put(event.target.value)} />
        ) : (
          <Input.TextArea {...tied} {...rest} rows={rows} value={shown} onChange={(event) => put(event.target.value)} />
        )
      }
    </Field>
  );
}

/** Words in the reader's language, and in the other one; in one alone they are plain text, which everybody is shown. */
export function WordsField({ path, label, wide = false, rows }: TextProps) {
  const { t, i18n } = useTranslation();
  const { draft, set } = useEditor();
  const value = getAt<NameText>(draft, path);
  const [own, other] = i18n.language === 'en' ? (['en', 'zh'] as const) : (['zh', 'en'] as const);
  const words = typeof value === 'string' ? { [own]: value } : (value ?? {});
  function put(change: { readonly zh?: string; readonly en?: string }) {
    const next = Object.fromEntries(Object.entries({ ...words, ...change }).filter(([, text]) => text !== ''));
    set(path, next[other] === undefined ? next[own] : next);
  }
  return (
    <Field path={path} label={label} wide={wide} deep>
      {(tied) => {
        const box = (props: object, language: 'zh' | 'en') => {
          const shared = { ...props, disabled: tied.disabled, status: tied.status, value: words[language] ?? '' };
          return rows === undefined ? (
            <Input {...shared} onChange={(event) => put({ [language]: event.target.value })} />
          ) : (
            <Input.TextArea {...shared} rows={rows} onChange={(event) => put({ [language]: event.target.value })} />
          );
        };
        return (
          <div className={css.wordsPair}>
            {box(tied, own)}
            {box({ 'aria-label': t('editor.inOther', { label }), placeholder: t('editor.inOtherHint') }, other)}
          </div>
        );
      }}
    </Field>
  );
}

interface ChoiceProps extends FieldProps {
  readonly options: readonly { readonly value: string; readonly label: string }[];
  readonly clearable?: boolean;
  readonly wide?: boolean;
}

export function ChoiceField({ path, label, required, options, clearable = false, wide = false }: ChoiceProps) {
  const { draft, set } = useEditor();
  const value = getAt(draft, path);
  return (
    <Field path={path} label={label} wide={wide}>
      {(tied) => (
        <Select<string>
          {...tied}
          className={css.choice}
          allowClear={clearable}
          showSearch={{ optionFilterProp: 'label' }}
          popupMatchSelectWidth={false}
          value={typeof value === 'string' ? value : null}
          options={[...options]}
          onChange={(next: string | undefined) => set(path, next ?? emptied(required))}
        />
      )}
    </Field>
  );
}

/** Free text with proposals. */
export function SuggestField({ path, label, required, options }: ChoiceProps) {
  const { draft, set } = useEditor();
  const value = getAt(draft, path);
  return (
    <Field path={path} label={label}>
      {(tied) => (
        <AutoComplete
          {...tied}
          className={css.choice}
          popupMatchSelectWidth={false}
          value={typeof value === 'string' ? value : ''}
          options={[...options]}
          onChange={(next: string) => set(path, next === '' ? emptied(required) : next)}
        />
      )}
    </Field>
  );
}

/** A level, most severe first. */
export function LevelField({ path, label, clearable = false }: FieldProps & { readonly clearable?: boolean }) {
  const { t } = useTranslation();
  const options = [...LEVELS].reverse().map((level) => ({ value: level, label: t(`level.${level}`) }));
  return <ChoiceField path={path} label={label} options={options} clearable={clearable} />;
}

export function MetricField({
  path,
  label,
  types,
  required = true,
}: FieldProps & { readonly types?: readonly string[] }) {
  const { point } = useEditor();
  const options = Object.entries(point.metrics)
    .filter(([, info]) => types === undefined || types.includes(info.type))
    .map(([name, info]) => ({ value: name, label: info.unit === undefined ? name : `${name} (${info.unit})` }));
  return <ChoiceField path={path} label={label} required={required} clearable={!required} options={options} />;
}
