import { useTranslation } from 'react-i18next';
import { hardlyMeant } from '../../model/hardly-meant.ts';
import type { ThresholdDocument } from '../../model/threshold.ts';
import type { Point } from '../api/types.ts';
import { problemOf, problemText } from '../thresholds/problem-words.ts';
import css from './change.module.css';

/** What of a document is hardly meant: told before it is saved, which it does not hinder. */
export function HardlyMeant({ document, point }: { document: ThresholdDocument; point: Point | undefined }) {
  const { t } = useTranslation();
  return hardlyMeant(document, point)
    .map(problemOf)
    .map((problem) => (
      <p key={`${problem.path} ${problem.message}`} className={css.saveNote} data-testid="save-note">
        {problem.path} {problemText(problem, t)}
      </p>
    ));
}
