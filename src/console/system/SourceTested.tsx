import { useTranslation } from 'react-i18next';
import type { Answer } from '../../wire/calls.ts';
import css from './system.module.css';
import { troubleText } from './trouble-text.ts';

interface Props {
  readonly tested: Answer<'POST /sources/{name}/test'>;
  /** It was a port that was tried. */
  readonly isPort: boolean;
}

/** What came of trying a source. */
export function SourceTested({ tested: { state, words, isKeptForUs, heard }, isPort }: Props) {
  const { t } = useTranslation();
  if (isPort)
    return (
      <output className={css.wide} data-testid="tested">
        ✓ {t('sources.tested.opened')}
      </output>
    );
  if (state === 'refused' || state === 'unreachable') {
    return (
      <p role="alert" className={css.wide} data-testid="tested">
        ✕ {t(`sources.tested.${state}`)} {troubleText(words, t)}
      </p>
    );
  }
  return (
    <output className={css.wide} data-testid="tested">
      ✓ {t('sources.tested.works')} {isKeptForUs === false && t('sources.tested.notKept')}{' '}
      {t(heard.length === 0 ? 'sources.tested.silent' : 'sources.tested.heard')}
      <ul className={css.heard}>
        {heard.map(({ topic, isRead }) => (
          <li key={topic}>
            <code>{topic}</code> {!isRead && <span className="soft">{t('sources.tested.unread')}</span>}
          </li>
        ))}
      </ul>
    </output>
  );
}
