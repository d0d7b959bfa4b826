import { useTranslation } from 'react-i18next';
import type { Health } from '../../wire/system.ts';
import { classes } from '../ui/classes.ts';
import css from './system.module.css';

/** How something is: a sign, a word and a colour, each of which says it. */
export function StatusWord({ status, word }: { readonly status: Health['status']; readonly word?: string }) {
  const { t } = useTranslation();
  const sign = status === 'ok' ? '✓' : status === 'degraded' ? '!' : '✕';
  return (
    <span
      className={classes(
        css.status,
        status === 'ok' && css.statusOk,
        status === 'degraded' && css.statusDegraded,
        status === 'failing' && css.statusFailing,
      )}
      data-testid="status"
    >
      <i aria-hidden="true">{sign}</i>
      {word ?? t(`system.status.${status}`)}
    </span>
  );
}
