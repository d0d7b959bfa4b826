import Button from 'antd/es/button';
import { useTranslation } from 'react-i18next';
import { stepsOf } from '../../../model/pointer.ts';
import { sourceLine } from '../../../model/source-line.ts';
import type { Template } from '../../../model/template.ts';
import { useNameText } from '../../i18n/i18n.tsx';
import { LevelTag } from '../../ui/LevelMark.tsx';
import { changeWords, metricNaming } from './change-words.ts';
import { useEditor } from './context.tsx';
import css from './editor.module.css';

/** The template the document was made from, what it rests on, and where this point differs from it. */
export function TemplateNote({ template }: { template: Template }) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const { deviations, draft, set, point, readOnly } = useEditor();
  const naming = { metric: metricNaming(point.metrics, nameText), t };
  const { standard, edition, source, verifiedBy } = template;
  return (
    <section className={`panel block ${css.templateNote}`}>
      <h2>
        {t('editor.template')} {nameText(template.name)}
      </h2>
      <p>
        {nameText(sourceLine({ standard, edition, clause: source.clause }))}
        <span className="badge">
          {verifiedBy === null ? t('editor.unverified') : t('editor.verifiedBy', { name: verifiedBy })}
        </span>
      </p>
      {source.note !== undefined && <p className="soft">{nameText(source.note)}</p>}
      {deviations.size === 0 ? (
        <p className="faint">{t('editor.asTemplate')}</p>
      ) : (
        <ul className={css.changeList} data-testid="change-list">
          {[...deviations.values()].map((change) => {
            const words = changeWords(change, { before: draft, after: draft }, naming);
            return (
              <li key={change.path}>
                <span className={css.changePlace}>
                  {words.level !== null && <LevelTag level={words.level} hollow />} {words.place}
                </span>
                <span className={css.changeValues}>
                  {t('editor.templateHas', { value: words.before ?? t('editor.nothing') })} ·{' '}
                  {t('editor.hereIs', { value: words.after ?? t('editor.nothing') })}
                  {!readOnly && (
                    <Button
                      size="small"
                      type="text"
                      aria-label={[
                        t('editor.useTemplate'),
                        words.place,
                        words.level === null ? '' : t(`level.long.${words.level}`),
                      ]
                        .join(' ')
                        .trim()}
                      onClick={() => set(stepsOf(change.path), change.before)}
                    >
                      {t('editor.useTemplate')}
                    </Button>
                  )}
                </span>
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
}
