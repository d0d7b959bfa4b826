import Button from 'antd/es/button';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Verdict } from '../../model/alert.ts';
import css from './verdict.module.css';
import { VERDICTS, verdictOfKey } from './verdicts.ts';

interface Props {
  readonly value: Verdict | undefined;
  readonly disabled?: boolean;
  readonly onChoose: (verdict: Verdict) => void;
}

/** True, false, test: one click, or the keys 1 to 3 wherever nobody is typing. */
export function VerdictButtons({ value, disabled = false, onChoose }: Props) {
  const { t } = useTranslation();
  const choose = useRef(onChoose);
  choose.current = onChoose;
  useEffect(() => {
    if (disabled) return;
    const listen = (event: KeyboardEvent) => {
      const isTyping =
        event.target instanceof HTMLElement && event.target.closest('input, textarea, [role=dialog]') !== null;
      const verdict = verdictOfKey(event.key);
      if (isTyping || verdict === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      choose.current(verdict);
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, [disabled]);
  return (
    <fieldset className={css.verdictButtons} data-testid="verdict-buttons" aria-label={t('verdict.title')}>
      {VERDICTS.map((verdict, index) => (
        <Button
          key={verdict}
          size="small"
          disabled={disabled}
          aria-pressed={value === verdict}
          {...(value === verdict ? { type: 'primary' as const } : {})}
          onClick={() => onChoose(verdict)}
        >
          <kbd>{index + 1}</kbd> {t(`verdict.${verdict}`)}
        </Button>
      ))}
    </fieldset>
  );
}
