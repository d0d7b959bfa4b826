import Input from 'antd/es/input';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { REASON_MAX } from '../../model/bounds.ts';
import css from './change.module.css';
import type { useReasonedDeed } from './useReasonedDeed.ts';

interface Props {
  readonly field: ReturnType<typeof useReasonedDeed>['field'];
  readonly autoFocus?: boolean;
  /** Ctrl and Enter. */
  readonly onConfirm?: () => void;
}

/** Why limits are changed: it stands with them for as long as there are revisions. */
export function ReasonField({ field: { text, setText, isMissing }, autoFocus = false, onConfirm }: Props) {
  const { t } = useTranslation();
  const id = useId();
  return (
    <div className={css.fieldLine}>
      <label htmlFor={id}>{t('table.reason')}</label>
      <Input.TextArea
        id={id}
        autoFocus={autoFocus}
        rows={2}
        maxLength={REASON_MAX}
        placeholder={t('table.reasonHint')}
        status={isMissing ? 'error' : ''}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) onConfirm?.();
        }}
      />
      {isMissing && <span role="alert">{t('table.reasonNeeded')}</span>}
    </div>
  );
}
