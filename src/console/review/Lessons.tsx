import { useTranslation } from 'react-i18next';
import type { Lesson } from '../../model/preview.ts';
import css from './lessons.module.css';

/** Whether what was learnt still comes out: the rule tests that were kept of the point, under the proposed values. */
export function Lessons({ lessons }: { lessons: readonly Lesson[] }) {
  const { t } = useTranslation();
  if (lessons.length === 0) return null;
  return (
    <ul className={css.lessons}>
      {lessons.map(({ name, title, failures }) => (
        <li key={`${name} ${title}`}>
          <span className={failures.length === 0 ? 'soft' : ''}>
            {failures.length === 0 ? t('lesson.holds', { title }) : <strong>{t('lesson.broken', { title })}</strong>}
          </span>
          {failures.map(({ at, expected, found }) => (
            <span key={`${at} ${expected} ${found}`} className="faint">
              {t('lesson.difference', { expected, found })}
            </span>
          ))}
        </li>
      ))}
    </ul>
  );
}
