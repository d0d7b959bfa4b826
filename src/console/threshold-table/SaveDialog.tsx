import { useQuery } from '@tanstack/react-query';
import AntApp from 'antd/es/app';
import Modal from 'antd/es/modal';
import { useTranslation } from 'react-i18next';
import { keyOf } from '../api/asked.ts';
import { call } from '../api/client.ts';
import { usePointIndex } from '../api/queries.ts';
import { useErrorText } from '../api/useErrorText.ts';
import css from '../change/change.module.css';
import { HardlyMeant } from '../change/HardlyMeant.tsx';
import { ApprovalNote, Failure } from '../change/Notes.tsx';
import { ReasonField } from '../change/ReasonField.tsx';
import { RuleChanges } from '../change/RuleChanges.tsx';
import { useReasonedDeed } from '../change/useReasonedDeed.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { type Problem, problemText } from '../thresholds/problem-words.ts';
import type { ChangedDocument } from './rows.ts';

interface Props {
  readonly changes: readonly ChangedDocument[];
  readonly onClose: () => void;
  /** What the server found wrong with the documents. */
  readonly onRefused: (problems: readonly (Problem & { readonly point: string })[]) => void;
  readonly onSaved: () => Promise<void>;
}

/** What is about to change, whether it can be, and why; then all of it in one transaction. */
export default function SaveDialog({ changes, onClose, onRefused, onSaved }: Props) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const errorText = useErrorText();
  const points = usePointIndex();
  const { message } = AntApp.useApp();
  const { isBusy, failure, attempt, field } = useReasonedDeed();
  const items = changes.map(({ at, revision, document }) => ({ point: at.point, revision, document }));

  const look = useQuery({
    queryKey: keyOf('PATCH /thresholds', { query: { dryRun: true }, body: { items } }),
    queryFn: ({ signal }) => call('PATCH /thresholds', { query: { dryRun: true }, body: { items }, signal }),
    staleTime: 0,
    gcTime: 0,
  });
  const problems = (look.data?.items ?? []).flatMap(({ point, problems: list }) =>
    list.map((one) => ({ point, ...one })),
  );

  const save = () =>
    attempt(
      async (reason) => {
        const answer = await call('PATCH /thresholds', { body: { items, reason } });
        message.success(answer.applied ? t('table.saved', { count: items.length }) : t('table.proposed'), 6);
        await onSaved();
      },
      () => onRefused([]),
    );

  return (
    <Modal
      open
      width={720}
      title={t('table.saveTitle')}
      okText={t(look.data?.needsApproval === true ? 'table.confirmProposal' : 'table.confirm')}
      cancelText={t('action.cancel')}
      confirmLoading={isBusy}
      okButtonProps={{ disabled: look.data === undefined || problems.length > 0 }}
      onOk={() => void save()}
      onCancel={() => {
        if (problems.length > 0) onRefused(problems);
        onClose();
      }}
    >
      <p className="soft">{t('table.saveCount', { count: changes.length })}</p>
      <div className={css.saveList}>
        {changes.map(({ at, document }) => (
          <section key={at.point}>
            <h3>
              {nameText(at.name)} <small className="faint">{at.point}</small>
            </h3>
            <RuleChanges point={points.get(at.point)} before={at.document} after={document} />
            {problems
              .filter(({ point }) => point === at.point)
              .map((problem) => (
                <p key={`${problem.path} ${problem.message}`} className={css.saveProblems}>
                  {problem.path} {problemText(problem, t)}
                </p>
              ))}
            <HardlyMeant document={document} point={points.get(at.point)} />
          </section>
        ))}
      </div>
      <ApprovalNote isNeeded={look.data?.needsApproval} />
      {look.error !== null && <p className={css.saveProblems}>{errorText(look.error)}</p>}
      <Failure words={failure} />
      <ReasonField field={field} autoFocus onConfirm={() => void save()} />
    </Modal>
  );
}
