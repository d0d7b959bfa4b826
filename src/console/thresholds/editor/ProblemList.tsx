import { useTranslation } from 'react-i18next';
import { useNameText } from '../../i18n/i18n.tsx';
import { classes } from '../../ui/classes.ts';
import { type Problem, problemText } from '../problem-words.ts';
import { changeWords, metricNaming } from './change-words.ts';
import { useEditor } from './context.tsx';
import css from './editor.module.css';

interface Props {
  readonly problems: readonly Problem[];
  readonly onGo: (problem: Problem) => void;
  /** Warnings keep nobody from putting the draft in force. */
  readonly kind?: 'problems' | 'warnings';
}

/** Everything that keeps the draft from being put in force, or is hardly meant, each leading to its field. */
export function ProblemList({ problems, onGo, kind = 'problems' }: Props) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const { draft, point } = useEditor();
  if (problems.length === 0) return null;
  const naming = { metric: metricNaming(point.metrics, nameText), t };
  return (
    <section
      className={classes(css.problemList, kind === 'warnings' && css.warnings)}
      aria-label={t(`editor.${kind}`, { count: problems.length })}
    >
      <strong>{t(`editor.${kind}`, { count: problems.length })}</strong>
      <ul>
        {problems.map((problem) => {
          const words = changeWords({ path: problem.path, change: 'changed' }, { before: draft, after: draft }, naming);
          const level = words.level === null ? '' : ` ${t(`level.${words.level}`)}`;
          return (
            <li key={`${problem.path} ${problem.message}`}>
              <button type="button" onClick={() => onGo(problem)}>
                {words.place}
                {level}
              </button>
              : {problemText(problem, t)}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
