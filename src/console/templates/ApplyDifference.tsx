import { useTranslation } from 'react-i18next';
import { deviationsFrom, type Template } from '../../model/template.ts';
import type { ThresholdDocument } from '../../model/threshold.ts';
import { usePointIndex } from '../api/queries.ts';
import { useErrorText } from '../api/useErrorText.ts';
import css from '../change/change.module.css';
import { HardlyMeant } from '../change/HardlyMeant.tsx';
import { ApprovalNote, Failure } from '../change/Notes.tsx';
import { ReasonField } from '../change/ReasonField.tsx';
import { RuleChanges } from '../change/RuleChanges.tsx';
import { useNameText } from '../i18n/i18n.tsx';
import { problemText } from '../thresholds/problem-words.ts';
import { type DeviatingPoint, Deviations } from './Deviations.tsx';
import type { useApply } from './useApply.ts';

/** What the template changes at each point, which exceptions end and which are made, and why it is done. */
export function ApplyDifference({ template, applying }: { template: Template; applying: ReturnType<typeof useApply> }) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const errorText = useErrorText();
  const index = usePointIndex();
  const { look, trial, changing, broken, before, after, points, needsApproval, failure, field } = applying;
  const nameOf = (point: string) => nameText(index.get(point)?.name ?? { zh: point, en: point });
  const unlike = (of: (point: string) => ThresholdDocument) =>
    points
      .filter(({ id }) => of(id).source?.template === template.id)
      .map(({ id, name }) => ({ point: id, name, document: of(id), deviations: deviationsFrom(template, of(id)) }))
      .filter(({ deviations }) => deviations.length > 0);
  if (look.isPending) return <p className="soft">{t('app.loading')}</p>;
  if (look.error !== null) return <p className={css.saveProblems}>{errorText(look.error)}</p>;
  return (
    <>
      <p>
        {changing.length === 0
          ? t('templates.noDifference')
          : t('templates.differenceCount', { count: changing.length, same: trial.length - changing.length })}
      </p>
      {broken.length > 0 && (
        <div className={css.saveProblems} role="alert">
          {t('templates.problems', { count: broken.length })}
          <ul>
            {broken.map(({ point, problems }) => (
              <li key={point}>
                {nameOf(point)}: {problems.map((one) => problemText(one, t)).join('; ')}
              </li>
            ))}
          </ul>
        </div>
      )}
      <Exceptions template={template} title={t('templates.exceptionsBefore')} points={unlike(before)} />
      <Exceptions template={template} title={t('templates.exceptionsAfter')} points={unlike(after)} />
      {changing.length > 0 && (
        <div className={css.saveList}>
          {changing.map(({ point }) => (
            <section key={point}>
              <h3>
                {nameOf(point)} <small className="faint">{point}</small>
              </h3>
              <RuleChanges point={index.get(point)} before={before(point)} after={after(point)} />
              <HardlyMeant point={index.get(point)} document={after(point)} />
            </section>
          ))}
        </div>
      )}
      <ApprovalNote isNeeded={needsApproval} />
      <Failure words={failure} />
      <ReasonField field={field} />
    </>
  );
}

function Exceptions({
  title,
  template,
  points,
}: {
  title: string;
  template: Template;
  points: readonly DeviatingPoint[];
}) {
  if (points.length === 0) return null;
  return (
    <section>
      <h3>{title}</h3>
      <div className={css.saveList}>
        <Deviations template={template} points={points} />
      </div>
    </section>
  );
}
