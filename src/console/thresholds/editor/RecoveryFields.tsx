import Radio from 'antd/es/radio';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isOneOf } from '../../../model/own.ts';
import { useEditor } from './context.tsx';
import { getAt, type Path, setAt } from './draft.ts';
import css from './editor.module.css';
import { DurationField, NumberField } from './inputs.tsx';

const WAYS = ['deadband', 'recover'] as const;

/** How a level is left again: by a deadband or at a value, at once or after a while. At a rule, or at one of its levels. */
export function RecoveryFields({ path, unit }: { path: Path; unit: string }) {
  const { t } = useTranslation();
  const { draft, change, readOnly } = useEditor();
  const labelId = useId();
  const hasRecover = getAt(draft, [...path, 'recover']) !== undefined;
  const hasDeadband = getAt(draft, [...path, 'deadband']) !== undefined;
  const [wish, setWish] = useState<'deadband' | 'recover'>(hasRecover ? 'recover' : 'deadband');
  const chosen = hasRecover ? 'recover' : hasDeadband ? 'deadband' : wish;
  const isBoth = hasRecover && hasDeadband;
  return (
    <>
      <div className={css.field}>
        <span id={labelId} className={css.fieldLabel}>
          {t('editor.recovery')}
        </span>
        <Radio.Group
          aria-labelledby={labelId}
          optionType="button"
          disabled={readOnly}
          value={chosen}
          options={WAYS.map((value) => ({ value, label: t(`editor.key.${value}`) }))}
          onChange={({ target }) => {
            const next = target.value;
            if (!isOneOf(WAYS, next)) return;
            setWish(next);
            // A figure of the one says nothing about the other.
            change((before) => setAt(before, [...path, next === 'recover' ? 'deadband' : 'recover'], undefined));
          }}
        />
      </div>
      {(chosen === 'deadband' || isBoth) && (
        <NumberField path={[...path, 'deadband']} label={t('editor.key.deadband')} unit={unit} />
      )}
      {(chosen === 'recover' || isBoth) && (
        <NumberField path={[...path, 'recover']} label={t('editor.key.recover')} unit={unit} />
      )}
      <DurationField path={[...path, 'recoverFor']} label={t('editor.key.recoverFor')} />
    </>
  );
}
