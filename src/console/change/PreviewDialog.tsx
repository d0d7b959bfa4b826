import { useQuery } from '@tanstack/react-query';
import Button from 'antd/es/button';
import Modal from 'antd/es/modal';
import Progress from 'antd/es/progress';
import Segmented from 'antd/es/segmented';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { PreviewTotals } from '../../model/preview.ts';
import type { ThresholdDocument } from '../../model/threshold.ts';
import type { PreviewJob } from '../../wire/analysis.ts';
import { asked } from '../api/asked.ts';
import { call } from '../api/client.ts';
import { useErrorText } from '../api/useErrorText.ts';
import { DataWords } from '../review/Effect.tsx';
import { formatNumber, formatSpan } from '../ui/format.ts';
import { LevelTag } from '../ui/LevelMark.tsx';
import { LEVELS_DOWN } from '../ui/order.ts';
import css from './change.module.css';

const DAYS = [7, 30, 90] as const;
const ASK_EVERY_MS = 500;

/** A job that has ended by itself needs no stopping, and one that cannot be reached stops when nobody asks about it. */
const stop = (id: string) => call('DELETE /thresholds/preview/{job}', { path: { job: id } }).catch(() => {});

interface Props {
  /** The documents to be judged against those in force. */
  readonly items: readonly { readonly point: string; readonly document: ThresholdDocument }[];
  readonly onClose: () => void;
}

/** What the past days would have brought under the new limits, over all points that change; it can be stopped. */
export default function PreviewDialog({ items, onClose }: Props) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const [days, setDays] = useState<(typeof DAYS)[number]>(30);
  const [started, setStarted] = useState<PreviewJob | null>(null);
  const [failure, setFailure] = useState<string | null>(null);

  const query = useQuery({
    ...asked('GET /thresholds/preview/{job}', { path: { job: started?.id ?? '' } }),
    enabled: started !== null,
    refetchInterval: ({ state }) => ((state.data?.state ?? 'running') === 'running' ? ASK_EVERY_MS : false),
    gcTime: 0,
  });
  const job = query.data ?? started;
  const isRunning = job?.state === 'running';
  const runningId = isRunning ? job.id : null;
  // Nobody reads the result of a dialog that was closed.
  useEffect(
    () => () => {
      if (runningId !== null) void stop(runningId);
    },
    [runningId],
  );

  async function start() {
    setFailure(null);
    setStarted(null);
    try {
      setStarted(await call('POST /thresholds/preview', { body: { items, days } }));
    } catch (error) {
      setFailure(errorText(error));
    }
  }

  return (
    <Modal open width={640} title={t('table.previewTitle')} footer={null} onCancel={onClose}>
      <div className="page-head">
        <Segmented
          value={days}
          onChange={setDays}
          disabled={isRunning}
          options={DAYS.map((value) => ({ value, label: t('table.previewDays', { count: value }) }))}
        />
        {isRunning ? (
          <Button onClick={() => void stop(job.id).then(() => query.refetch())}>{t('table.previewCancel')}</Button>
        ) : (
          <Button type="primary" onClick={() => void start()}>
            {t('table.previewStart')}
          </Button>
        )}
      </div>
      {failure !== null && <p className={css.saveProblems}>{failure}</p>}
      {query.error !== null && <p className={css.saveProblems}>{errorText(query.error)}</p>}
      {job !== null && (
        <>
          <Progress percent={Math.round(job.share * 100)} status="normal" />
          <output className="soft">
            {t('table.previewRunning', { done: job.done, total: job.total })}
            {job.state === 'cancelled' && ` · ${t('table.previewStopped')}`}
            {job.failures.length > 0 && ` · ${t('table.failures', { count: job.failures.length })}`}
          </output>
          <Totals totals={job.totals} />
          <DataWords totals={job.totals} />
        </>
      )}
    </Modal>
  );
}

function Totals({ totals: { present, proposed, gained, lost } }: { totals: PreviewTotals }) {
  const { t } = useTranslation();
  return (
    <table className={css.previewTable}>
      <thead>
        <tr>
          <th scope="col">
            <span className="unseen">{t('table.alerts')}</span>
          </th>
          <th scope="col">{t('table.present')}</th>
          <th scope="col">{t('table.proposedSide')}</th>
        </tr>
      </thead>
      <tbody>
        <tr>
          <th scope="row">{t('table.alerts')}</th>
          <td>{present.alerts}</td>
          <td>{proposed.alerts}</td>
        </tr>
        {LEVELS_DOWN.map((level) => (
          <tr key={level}>
            <th scope="row">
              <LevelTag level={level} hollow />
            </th>
            <td>{present.byLevel[level]}</td>
            <td>{proposed.byLevel[level]}</td>
          </tr>
        ))}
        <tr>
          <th scope="row">{t('table.perDay')}</th>
          <td>{formatNumber(present.alertsPerDay)}</td>
          <td>{formatNumber(proposed.alertsPerDay)}</td>
        </tr>
        <tr>
          <th scope="row">{t('table.inAlarm')}</th>
          <td>{formatSpan(present.timeInAlarm, t)}</td>
          <td>{formatSpan(proposed.timeInAlarm, t)}</td>
        </tr>
        <tr>
          <th scope="row">{t('table.gained')}</th>
          <td />
          <td>{gained}</td>
        </tr>
        <tr>
          <th scope="row">{t('table.lost')}</th>
          <td />
          <td>{lost}</td>
        </tr>
      </tbody>
    </table>
  );
}
