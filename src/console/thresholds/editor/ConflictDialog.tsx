import { useQuery } from '@tanstack/react-query';
import Button from 'antd/es/button';
import Modal from 'antd/es/modal';
import Radio from 'antd/es/radio';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { stepsOf } from '../../../model/pointer.ts';
import type { ThresholdDocument } from '../../../model/threshold.ts';
import type { Point } from '../../api/types.ts';
import { useNameText } from '../../i18n/i18n.tsx';
import { dateTime } from '../../ui/format.ts';
import { QueryError } from '../../ui/QueryError.tsx';
import type { PresentThresholds } from '../present-thresholds.ts';
import { useRevisions } from '../useRevisions.ts';
import { fetchThresholds, thresholdsKey } from '../useThresholds.ts';
import { ChangeList } from './ChangeList.tsx';
import { changeWords, metricNaming } from './change-words.ts';
import { getAt, setAt } from './draft.ts';
import css from './editor.module.css';
import { type MergeConflict, mergeOnto } from './merge.ts';

interface Props {
  readonly point: Point;
  /** What my draft was made from. */
  readonly base: PresentThresholds;
  readonly mine: ThresholdDocument;
  /** My changes on top of theirs, to go on with; or theirs alone. */
  readonly onResolved: (present: PresentThresholds, draft: ThresholdDocument) => void;
  readonly onClose: () => void;
}

/** Somebody else changed the thresholds meanwhile: what they did beside what I did, and the choice is the person's. */
export default function ConflictDialog({ point, base, mine, onResolved, onClose }: Props) {
  const { t } = useTranslation();
  const theirs = useQuery({
    queryKey: [...thresholdsKey(point.id), 'conflict', base.revision],
    queryFn: ({ signal }) => fetchThresholds(point.id, signal),
    staleTime: 0,
    gcTime: 0,
  });
  return (
    <Modal open width={920} title={t('editor.conflict.title')} footer={null} onCancel={onClose}>
      {theirs.error !== null && <QueryError error={theirs.error} onRetry={() => void theirs.refetch()} />}
      {theirs.data !== undefined && (
        <Comparison
          key={theirs.data.revision}
          point={point}
          base={base}
          mine={mine}
          theirs={theirs.data}
          onResolved={onResolved}
          onClose={onClose}
        />
      )}
    </Modal>
  );
}

function Comparison({
  point,
  base,
  mine,
  theirs,
  onResolved,
  onClose,
}: Props & { readonly theirs: PresentThresholds }) {
  const { t } = useTranslation();
  const { document: merged, conflicts } = useMemo(
    () => mergeOnto(base.document, theirs.document, mine),
    [base.document, theirs.document, mine],
  );
  const [takeTheirs, setTakeTheirs] = useState<ReadonlySet<string>>(new Set());
  const revisions = useRevisions(point.id);
  const made = revisions.data?.items.filter(({ revision }) => revision > base.revision) ?? [];

  function rebase() {
    const draft = conflicts
      .filter(({ path }) => takeTheirs.has(path))
      .reduce((before, { path }) => setAt(before, stepsOf(path), getAt(theirs.document, stepsOf(path))), merged);
    onResolved(theirs, draft);
  }

  return (
    <>
      <ul className={css.conflictMade}>
        {made.map(({ revision, author, at, reason }) => (
          <li key={revision}>
            {t('alert.revisionShort', { revision })} · {author} · {dateTime(at)} · {reason ?? t('editor.noReason')}
          </li>
        ))}
      </ul>
      <div className={css.conflictSides}>
        <section>
          <h3>{t('editor.conflict.theirs')}</h3>
          <ChangeList point={point} before={base.document} after={theirs.document} />
        </section>
        <section>
          <h3>{t('editor.conflict.mine')}</h3>
          <ChangeList point={point} before={base.document} after={mine} />
        </section>
      </div>
      {conflicts.length > 0 && (
        <section>
          <h3>{t('editor.conflict.both')}</h3>
          <ul className={css.conflictChoices}>
            {conflicts.map((conflict) => (
              <Choice
                key={conflict.path}
                point={point}
                conflict={conflict}
                documents={{ before: theirs.document, after: mine }}
                isTheirs={takeTheirs.has(conflict.path)}
                onTheirs={(isTheirs) =>
                  setTakeTheirs((before) => {
                    const next = new Set(before);
                    if (isTheirs) next.add(conflict.path);
                    else next.delete(conflict.path);
                    return next;
                  })
                }
              />
            ))}
          </ul>
        </section>
      )}
      <div className={css.dialogButtons}>
        <Button onClick={onClose}>{t('action.cancel')}</Button>
        <Button onClick={() => onResolved(theirs, theirs.document)}>{t('editor.conflict.drop')}</Button>
        <Button type="primary" onClick={rebase}>
          {t('editor.conflict.rebase')}
        </Button>
      </div>
    </>
  );
}

interface ChoiceProps {
  readonly point: Point;
  readonly conflict: MergeConflict;
  readonly documents: { readonly before: ThresholdDocument; readonly after: ThresholdDocument };
  readonly isTheirs: boolean;
  readonly onTheirs: (isTheirs: boolean) => void;
}

function Choice({ point, conflict, documents, isTheirs, onTheirs }: ChoiceProps) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const naming = { metric: metricNaming(point.metrics, nameText), t };
  const { path, theirs, mine } = conflict;
  const words = changeWords({ path, change: 'changed', before: theirs, after: mine }, documents, naming);
  const level = words.level === null ? '' : ` · ${t(`level.long.${words.level}`)}`;
  return (
    <li>
      <span>
        {words.place}
        {level}
      </span>
      <Radio.Group
        aria-label={words.place}
        value={isTheirs ? 'theirs' : 'mine'}
        options={[
          { value: 'mine', label: `${t('editor.conflict.keepMine')} ${words.after ?? t('editor.nothing')}` },
          { value: 'theirs', label: `${t('editor.conflict.takeTheirs')} ${words.before ?? t('editor.nothing')}` },
        ]}
        onChange={({ target }) => onTheirs(target.value === 'theirs')}
      />
    </li>
  );
}
