import { useQuery } from '@tanstack/react-query';
import AntApp from 'antd/es/app';
import Button from 'antd/es/button';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';
import type { ProposalSummary } from '../../../wire/proposals.ts';
import type { Scheduled } from '../../../wire/thresholds.ts';
import { asked, useStale } from '../../api/asked.ts';
import { call } from '../../api/client.ts';
import type { Point } from '../../api/types.ts';
import { useErrorText } from '../../api/useErrorText.ts';
import { useMay } from '../../session/context.tsx';
import { dateTime } from '../../ui/format.ts';
import { pathTo } from '../../ui/paths.ts';
import css from './editor.module.css';

const LOOK_EVERY_MS = 15_000;

/** What is not in force yet at this point: a change for a time ahead, and changes that wait for a second person. */
export function Waiting({ point }: { point: Point }) {
  const path = { id: point.id };
  const scheduled = useQuery({
    ...asked('GET /points/{id}/thresholds/scheduled', { path }),
    refetchInterval: LOOK_EVERY_MS,
  });
  const proposals = useQuery({
    ...asked('GET /thresholds/proposals', { query: { state: 'pending', limit: 200 } }),
    refetchInterval: LOOK_EVERY_MS,
  });
  const waiting = scheduled.data?.scheduled ?? null;
  return (
    <>
      {waiting !== null && <ScheduledNote point={point} change={waiting} />}
      {proposals.data?.items
        .filter(({ points }) => points.includes(point.id))
        .map((proposal) => (
          <ProposalNote key={proposal.id} proposal={proposal} />
        ))}
    </>
  );
}

function ScheduledNote({ point, change }: { point: Point; change: Scheduled }) {
  const { t } = useTranslation();
  const stale = useStale();
  const errorText = useErrorText();
  const { message } = AntApp.useApp();
  const mayEdit = useMay('engineer');
  async function callOff() {
    try {
      const path = { id: point.id };
      await call('DELETE /points/{id}/thresholds/scheduled', { path });
      await stale(['GET /points/{id}/thresholds/scheduled', { path }]);
    } catch (error) {
      message.error(errorText(error), 8);
    }
  }
  const words = { time: dateTime(change.from), author: change.author, reason: change.reason ?? t('editor.noReason') };
  return (
    <output className={css.editorNotice}>
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
    <output className={css.editorNotice}>
      {t('editor.waiting.proposed', { author: proposal.author, reason: proposal.reason })}{' '}
      <Link to={pathTo('proposal', { id: proposal.id })}>{t('editor.waiting.look')}</Link>
    </output>
  );
}
