import AntApp from 'antd/es/app';
import Button from 'antd/es/button';
import Drawer from 'antd/es/drawer';
import Input from 'antd/es/input';
import Radio from 'antd/es/radio';
import Segmented from 'antd/es/segmented';
import { lazy, Suspense, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { REASON_MAX } from '../../../model/bounds.ts';
import type { ThresholdDocument } from '../../../model/threshold.ts';
import { useStale } from '../../api/asked.ts';
import { exchange } from '../../api/client.ts';
import type { Point } from '../../api/types.ts';
import { useErrorText } from '../../api/useErrorText.ts';
import { dateTime } from '../../ui/format.ts';
import { patiently } from '../../ui/patiently.ts';
import { QueryError } from '../../ui/QueryError.tsx';
import type { PresentThresholds } from '../present-thresholds.ts';
import { type Revision, useRevisions } from '../useRevisions.ts';
import { revisionOf } from '../useThresholds.ts';
import { authorText } from '../words.ts';
import { ChangeList } from './ChangeList.tsx';
import css from './editor.module.css';

const LineDifference = lazy(patiently(() => import('./LineDifference.tsx')));

interface Props {
  readonly point: Point;
  readonly present: PresentThresholds;
  readonly mayRestore: boolean;
  /** Why not, when nothing may be restored. */
  readonly whyNot: string | undefined;
  readonly onRestored: (present: PresentThresholds) => void;
  readonly onClose: () => void;
}

const EMPTY: ThresholdDocument = { rules: {} };

/** Every revision with who, when and why; any two compared; any of them put in force again. */
export default function RevisionsDrawer({ point, present, mayRestore, whyNot, onRestored, onClose }: Props) {
  const { t } = useTranslation();
  const query = useRevisions(point.id);
  const items = query.data?.items ?? [];
  const newest = items[0]?.revision ?? 0;
  const [chosenFrom, setFrom] = useState<number | null>(null);
  const [chosenTo, setTo] = useState<number | null>(null);
  const to = chosenTo ?? newest;
  const from = chosenFrom ?? Math.max(0, to - 1);
  const documentOf = (revision: number) => items.find((one) => one.revision === revision)?.document ?? EMPTY;
  return (
    <Drawer open size={760} title={t('editor.revisions.title')} onClose={onClose}>
      {query.error !== null && <QueryError error={query.error} onRetry={() => void query.refetch()} />}
      <div className={css.revisions}>
        <div className={css.revisionList}>
          <table className={css.revisionTable} data-testid="revision-table">
            <thead>
              <tr>
                <th scope="col">{t('editor.revisions.from')}</th>
                <th scope="col">{t('editor.revisions.to')}</th>
                <th scope="col">{t('editor.revisions.revision')}</th>
                <th scope="col">{t('editor.revisions.who')}</th>
                <th scope="col">{t('device.reason')}</th>
                <th aria-label={t('editor.revisions.restore')} />
              </tr>
            </thead>
            <tbody>
              {items.map((one) => (
                <tr key={one.revision} aria-current={one.revision === present.revision ? 'true' : undefined}>
                  <td>
                    <Radio
                      aria-label={t('editor.revisions.compareFrom', { revision: one.revision })}
                      checked={from === one.revision}
                      onChange={() => setFrom(one.revision)}
                    />
                  </td>
                  <td>
                    <Radio
                      aria-label={t('editor.revisions.compareTo', { revision: one.revision })}
                      checked={to === one.revision}
                      onChange={() => setTo(one.revision)}
                    />
                  </td>
                  <td>
                    <strong>{one.revision}</strong>
                    {one.revision === present.revision && (
                      <span className="badge strong">{t('editor.revisions.inForce')}</span>
                    )}
                  </td>
                  <td>
                    {authorText(one.author, t)}
                    <br />
                    <time className="faint">{dateTime(one.at)}</time>
                  </td>
                  <td className={css.revisionReason}>
                    {one.reason ?? <span className="faint">{t('editor.noReason')}</span>}
                    {one.until !== null && (
                      <span className="badge">{t('editor.temporaryUntil', { time: dateTime(one.until) })}</span>
                    )}
                  </td>
                  <td>
                    {one.revision !== present.revision && (
                      <Restore
                        point={point}
                        revision={one}
                        present={present}
                        disabled={!mayRestore}
                        hint={whyNot}
                        onRestored={onRestored}
                      />
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        {query.data?.next != null && <p className="faint">{t('editor.revisions.more')}</p>}
        {items.length === 0 && query.data !== undefined && <p className="soft">{t('editor.revisions.none')}</p>}
        {items.length > 0 && (
          <Comparison point={point} from={from} to={to} before={documentOf(from)} after={documentOf(to)} />
        )}
      </div>
    </Drawer>
  );
}

interface ComparisonProps {
  readonly point: Point;
  readonly from: number;
  readonly to: number;
  readonly before: ThresholdDocument;
  readonly after: ThresholdDocument;
}

function Comparison({ point, from, to, before, after }: ComparisonProps) {
  const { t } = useTranslation();
  const [form, setForm] = useState<'words' | 'lines'>('words');
  return (
    <section>
      <div className="page-head">
        <h3>{t('editor.revisions.between', { from, to })}</h3>
        <span className="push" />
        <Segmented<'words' | 'lines'>
          size="small"
          value={form}
          options={[
            { value: 'words', label: t('editor.revisions.words') },
            { value: 'lines', label: t('editor.revisions.lines') },
          ]}
          onChange={setForm}
        />
      </div>
      {form === 'words' ? (
        <ChangeList point={point} before={before} after={after} />
      ) : (
        <Suspense fallback={<p className="soft">{t('app.loading')}</p>}>
          <LineDifference before={before} after={after} />
        </Suspense>
      )}
    </section>
  );
}

interface RestoreProps {
  readonly point: Point;
  readonly revision: Revision;
  readonly present: PresentThresholds;
  readonly disabled: boolean;
  readonly hint: string | undefined;
  readonly onRestored: (present: PresentThresholds) => void;
}

/** Asks why, then puts the revision in force again as a new one. */
function Restore({ point, revision, present, disabled, hint, onRestored }: RestoreProps) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const id = useId();
  const stale = useStale();
  const { message } = AntApp.useApp();
  const [isAsking, setAsking] = useState(false);
  const [reason, setReason] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);

  async function restore() {
    setBusy(true);
    try {
      const answer = await exchange('POST /points/{id}/thresholds/revisions/{revision}/restore', {
        path: { id: point.id, revision: revision.revision },
        body: { reason: reason.trim() },
        headers: { 'if-match': `"${present.revision}"` },
      });
      setAsking(false);
      if (answer.status === 202) {
        void stale('GET /thresholds/proposals');
        message.info(t('editor.save.proposed'), 6);
        return;
      }
      onRestored({ revision: revisionOf(answer.etag), document: answer.body, untilMs: null });
    } catch (error) {
      setFailure(errorText(error));
    } finally {
      setBusy(false);
    }
  }

  if (!isAsking) {
    return (
      <span title={hint}>
        <Button
          size="small"
          disabled={disabled}
          aria-label={t('editor.revisions.restoreOne', { revision: revision.revision })}
          onClick={() => setAsking(true)}
        >
          {t('editor.revisions.restore')}
        </Button>
      </span>
    );
  }
  return (
    <form
      className={css.restore}
      onSubmit={(event) => {
        event.preventDefault();
        if (reason.trim() !== '') void restore();
      }}
    >
      <label htmlFor={id}>{t('device.reason')}</label>
      <Input
        id={id}
        autoFocus
        maxLength={REASON_MAX}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
      />
      <span className={css.pair}>
        <Button size="small" type="primary" htmlType="submit" loading={isBusy} disabled={reason.trim() === ''}>
          {t('editor.revisions.restore')}
        </Button>
        <Button size="small" onClick={() => setAsking(false)}>
          {t('action.cancel')}
        </Button>
      </span>
      {failure !== null && (
        <span role="alert" className={css.fieldProblem} data-testid="field-problem">
          {failure}
        </span>
      )}
    </form>
  );
}
