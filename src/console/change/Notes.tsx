import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import css from './change.module.css';

/** Why the change was not made. */
export function Failure({ words }: { words: ReactNode }) {
  if (words === null) return null;
  return (
    <p className={css.saveProblems} role="alert">
      {words}
    </p>
  );
}

/** That a second person has to agree before it comes into force. */
export function ApprovalNote({ isNeeded }: { isNeeded: boolean | undefined }) {
  const { t } = useTranslation();
  return isNeeded === true ? (
    <p className={css.saveNote} data-testid="save-note">
      {t('table.needsApproval')}
    </p>
  ) : null;
}
