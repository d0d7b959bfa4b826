import { useQuery, useQueryClient } from '@tanstack/react-query';
import AntApp from 'antd/es/app';
import Button from 'antd/es/button';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';
import type { ProposalSummary, ProposalsPage } from '../../../wire/proposals.ts';
import type { Scheduled, ScheduledAnswer } from '../../../wire/thresholds.ts';
import { request, send } from '../../api/client.ts';
import type { Point } from '../../api/types.ts';
import { useErrorText } from '../../api/useErrorText.ts';
import { useMay } from '../../session/context.tsx';
import { dateTime } from '../../ui/format.ts';

const LOOK_EVERY_MS = 15_000;

/** What is not in force yet at this point: a change for a time ahead, and changes that wait for a second person. */
export function Waiting({ point }: { point: Point }) {
  const path = `/points/${encodeURIComponent(point.id)}/thresholds/scheduled`;
  const scheduled = useQuery({
    queryKey: ['threshold-waiting', point.id],
    refetchInterval: LOOK_EVERY_MS,
    queryFn: ({ signal }) => request<ScheduledAnswer>(path, { signal }),
  });
  const proposals = useQuery({
    queryKey: ['proposals', 'pending'],
    refetchInterval: LOOK_EVERY_MS,
    queryFn: ({ signal }) => request<ProposalsPage>('/thresholds/proposals', { signal, query: { limit: 200 } }),
  });
  const waiting = scheduled.data?.scheduled ?? null;
  return (
    <>
      {waiting !== null && <ScheduledNote point={point} change={waiting} path={path} />}
      {proposals.data?.items
        .filter(({ points }) => points.includes(point.id))
        .map((proposal) => (
          <ProposalNote key={proposal.id} proposal={proposal} />
        ))}
    </>
  );
}

function ScheduledNote({ point, change, path }: { point: Point; change: Scheduled; path: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const errorText = useErrorText();
  const { message } = AntApp.useApp();
  const mayEdit = useMay('engineer');
  async function callOff() {
    try {
      await send(path, { method: 'DELETE' });
      await client.invalidateQueries({ queryKey: ['threshold-waiting', point.id] });
    } catch (error) {
      message.error(errorText(error), 8);
    }
  }
  const words = { time: dateTime(change.from), author: change.author, reason: change.reason ?? t('editor.noReason') };
  return (
    <output className="editor-notice">
      {t(change.failure === null ? 'editor.waiting.scheduled' : 'editor.waiting.failed', words)}{' '}
      {mayEdit && (
        <Button size="small" onClick={() => void callOff()}>
          {t(change.failure === null ? 'editor.waiting.callOff' : 'editor.waiting.seen')}
        </Button>
      )}
    </output>
  );
}

function ProposalNote({ proposal }: { proposal: ProposalSummary }) {
  const { t } = useTranslation();
  return (
    <output className="editor-notice">
      {t('editor.waiting.proposed', { author: proposal.author, reason: proposal.reason })}{' '}
      <Link to={`/review/${encodeURIComponent(proposal.id)}`}>{t('editor.waiting.look')}</Link>
    </output>
  );
}
