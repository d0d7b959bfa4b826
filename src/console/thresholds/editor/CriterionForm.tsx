import AutoComplete from 'antd/es/auto-complete';
import Button from 'antd/es/button';
import InputNumber from 'antd/es/input-number';
import Select from 'antd/es/select';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { pointerOf } from '../../../model/pointer.ts';
import type { Criterion, Rule } from '../../../model/threshold.ts';
import { useNameText } from '../../i18n/i18n.tsx';
import { classes } from '../../ui/classes.ts';
import { formatValue } from '../../ui/format.ts';
import { inWords } from '../../ui/value-words.ts';
import { CurveTable } from './CurveTable.tsx';
import { useEditor } from './context.tsx';
import {
  AGGREGATES,
  aggregateOf,
  CRITERION_KINDS,
  type CriterionKind,
  kindOf,
  partsOf,
  withKind,
} from './criterion-kinds.ts';
import { getAt, type Path } from './draft.ts';
import css from './editor.module.css';
import { Field, fieldId, Messages } from './Field.tsx';
import { DurationField, NumberField } from './inputs.tsx';

/** What every part of a rule's criteria must know of the rule. */
export interface RuleMeasure {
  readonly rule: Rule;
  /** The unit the rule is written in. */
  readonly unit: string;
  readonly type: 'number' | 'boolean' | 'string';
}

interface Props extends RuleMeasure {
  readonly path: Path;
  /** How deep it is nested in any and all. */
  readonly depth?: number;
  /** What else stands in its line, such as the delay of its level. */
  readonly children?: ReactNode;
}

/** One test of a level: what is compared, with what, and over which time. Nested for any and all. */
export function CriterionForm({ path, depth = 0, children, ...measure }: Props) {
  const { t } = useTranslation();
  const { draft, set, point, readOnly } = useEditor();
  const criterion = getAt<Criterion>(draft, path) ?? {};
  const kind = kindOf(criterion);
  const over = Object.keys(point.metrics).find(
    (name) => name !== measure.rule.metric && point.metrics[name]?.type === 'number',
  );
  const kinds = CRITERION_KINDS.filter(
    (each) => measure.type === 'number' || each === 'equals' || each === 'any' || each === 'all',
  );
  const kindId = `${fieldId(pointerOf(path))}-kind`;
  return (
    <div className={classes(css.criterion, depth > 0 && css.nested)}>
      <div className={css.fields}>
        <div className={css.field}>
          <label htmlFor={kindId}>{t('editor.criterion')}</label>
          <Select<CriterionKind | 'mixed'>
            id={kindId}
            className={`${css.choice} ${css.kind}`}
            disabled={readOnly}
            popupMatchSelectWidth={false}
            value={kind}
            options={[...kinds, ...(kind === 'mixed' ? (['mixed'] as const) : [])].map((value) => ({
              value,
              label: t(`editor.criterionKind.${value}`),
            }))}
            onChange={(next) => {
              if (next !== 'mixed') set(path, withKind(criterion, next, over));
            }}
          />
        </div>
        {partsOf(criterion).map((part) => (
          <Part key={part} part={part} criterion={criterion} path={path} depth={depth} {...measure} />
        ))}
        {kind !== 'any' && kind !== 'all' && kind !== 'equals' && kind !== 'curve' && hasWindow(criterion) && (
          <NumberField path={[...path, 'coverage']} label={t('editor.key.coverage')} />
        )}
        {children}
      </div>
      <Messages path={path} />
    </div>
  );
}

function hasWindow(criterion: Criterion): boolean {
  return aggregateOf(criterion) !== undefined || criterion.within !== undefined;
}

interface PartProps extends RuleMeasure {
  readonly path: Path;
  readonly depth: number;
  readonly part: ReturnType<typeof partsOf>[number];
  readonly criterion: Criterion;
}

function Part({ part, criterion, path, depth, ...measure }: PartProps) {
  const { t } = useTranslation();
  const { unit } = measure;
  switch (part) {
    case 'limit': {
      const aggregate = AGGREGATES.find((key) => criterion[key] !== undefined);
      return (
        <>
          {aggregate !== undefined && (
            <DurationField path={[...path, aggregate]} label={t(`editor.key.${aggregate}`)} required unit="h" />
          )}
          <NumberField
            path={[...path, 'above']}
            label={t('editor.key.above')}
            unit={unit}
            required={criterion.below === undefined}
          />
          <NumberField
            path={[...path, 'below']}
            label={t('editor.key.below')}
            unit={unit}
            required={criterion.above === undefined}
          />
        </>
      );
    }
    case 'change':
      return (
        <>
          <NumberField
            path={[...path, 'rise']}
            label={t('editor.key.rise')}
            unit={unit}
            required={criterion.fall === undefined}
          />
          <NumberField
            path={[...path, 'fall']}
            label={t('editor.key.fall')}
            unit={unit}
            required={criterion.rise === undefined}
          />
          <DurationField path={[...path, 'within']} label={t('editor.key.within')} required unit="m" />
        </>
      );
    case 'curve':
      return <CurveTable path={[...path, 'curve']} unit={unit} />;
    case 'equals':
      return <EqualsField path={[...path, 'equals']} {...measure} />;
    case 'any':
    case 'all':
      return <Group path={[...path, part]} joined={part} depth={depth} {...measure} />;
  }
}

interface GroupProps extends RuleMeasure {
  readonly path: Path;
  readonly joined: 'any' | 'all';
  readonly depth: number;
}

const NESTING_MAX = 4;
const PARTS_MAX = 16;

function Group({ path, joined, depth, ...measure }: GroupProps) {
  const { t } = useTranslation();
  const { draft, set, readOnly } = useEditor();
  const parts = getAt<readonly Criterion[]>(draft, path) ?? [];
  return (
    <ol className={css.group}>
      {parts.map((_, index) => (
        // A part has no name of its own: its place in the list is what it is.
        // biome-ignore lint/suspicious/noArrayIndexKey: see above
        <li key={index}>
          {index > 0 && <span className={css.joiner}>{t(joined === 'any' ? 'editor.or' : 'editor.and')}</span>}
          <CriterionForm path={[...path, index]} depth={Math.min(depth + 1, NESTING_MAX)} {...measure} />
          {!readOnly && parts.length > 1 && (
            <Button
              size="small"
              type="text"
              aria-label={t('editor.removePart', { n: index + 1 })}
              onClick={() => set([...path, index], undefined)}
            >
              ×
            </Button>
          )}
        </li>
      ))}
      {!readOnly && (
        <li>
          <Button
            size="small"
            disabled={parts.length >= PARTS_MAX}
            onClick={() => set([...path, parts.length], measure.type === 'number' ? { above: null } : { equals: null })}
          >
            {t('editor.addPart')}
          </Button>
        </li>
      )}
    </ol>
  );
}

function EqualsField({ path, type, rule }: RuleMeasure & { readonly path: Path }) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const { draft, set, point } = useEditor();
  const metric = rule.metric ?? '';
  const info = point.metrics[metric];
  const value = getAt(draft, path);
  return (
    <Field path={path} label={t('editor.key.equals')}>
      {(tied) => {
        if (type === 'number') {
          return (
            <InputNumber<number>
              {...tied}
              className={css.number}
              controls={false}
              value={typeof value === 'number' ? value : null}
              onChange={(next) => set(path, next)}
            />
          );
        }
        if (type === 'boolean') {
          return (
            <Select<string>
              {...tied}
              className={css.choice}
              value={typeof value === 'boolean' ? String(value) : null}
              options={(['true', 'false'] as const).map((each) => ({
                value: each,
                label: shownChoice(each, formatValue(each === 'true', metric, t)),
              }))}
              onChange={(next) => set(path, next === 'true')}
            />
          );
        }
        return (
          <AutoComplete
            {...tied}
            className={css.choice}
            options={(info?.values ?? []).map((each) => ({
              value: each,
              label: shownChoice(each, inWords(each, info, nameText)),
            }))}
            value={typeof value === 'string' ? value : ''}
            onChange={(next: string) => set(path, next === '' ? null : next)}
          />
        );
      }}
    </Field>
  );
}

/** A value as it is written, behind what people call it. */
function shownChoice(value: string, word: string): string {
  return word === value ? value : `${word} ${value}`;
}
