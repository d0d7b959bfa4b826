import { useQuery } from '@tanstack/react-query';
import Button from 'antd/es/button';
import { useTranslation } from 'react-i18next';
import type { ShownSettings } from '../../wire/calls/sources.ts';
import { asked } from '../api/asked.ts';
import { classes } from '../ui/classes.ts';
import { dateTime } from '../ui/format.ts';
import { whereText } from './source-form.ts';
import css from './system.module.css';

const SHOWN = 20;

interface Props {
  readonly name: string;
  /** Puts former settings into the form; nothing is in force by that. */
  readonly onFill: (settings: ShownSettings) => void;
}

/** How a source was set up before, and by whom. */
export function SourceHistory({ name, onFill }: Props) {
  const { t } = useTranslation();
  const { data } = useQuery(asked('GET /sources/{name}/revisions', { path: { name }, query: { limit: SHOWN } }));
  const items = data?.items ?? [];
  if (items.length < 2) return null;
  return (
    <details className={classes(css.wide, css.sourceHistory)}>
      <summary>{t('sources.history')}</summary>
      <ul>
        {items.map(({ revision, at, author, reason, settings }, index) => (
          <li key={revision}>
            <span>
              {t('sources.revision', { revision, time: dateTime(at), author })}
              {reason !== null && ` · ${reason}`}
              <br />
              <span className="soft">
                {settings === null ? t('sources.takenOut') : whereText({ settings })}
                {settings?.isOn === false && ` · ${t('sources.off')}`}
              </span>
            </span>
            {settings !== null && index > 0 && (
              <Button size="small" onClick={() => onFill(settings)}>
                {t('sources.fill')}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </details>
  );
}
