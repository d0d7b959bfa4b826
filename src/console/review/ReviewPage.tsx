import AntApp from 'antd/es/app';
import Button from 'antd/es/button';
import Input from 'antd/es/input';
import Segmented from 'antd/es/segmented';
import { useId, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useParams } from 'react-router-dom';
import { REASON_MAX } from '../../model/bounds.ts';
import { call } from '../api/client.ts';
import { useNames, usePointIndex } from '../api/queries.ts';
import { useErrorText } from '../api/useErrorText.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { useMay, useUser } from '../session/context.tsx';
import { Empty } from '../ui/Empty.tsx';
import { dateTime } from '../ui/format.ts';
import { pathTo } from '../ui/paths.ts';
import { QueryError } from '../ui/QueryError.tsx';
import { usePageParams } from '../ui/usePageParams.ts';
import { EffectNumbers } from './Effect.tsx';
import { type Proposal, type ProposalSummary, useProposal, useProposals, useRefreshProposals } from './proposals.ts';
import { RuleDifference } from './RuleDifference.tsx';
import css from './review.module.css';

/** Points of a bulk change shown one by one; the rest is counted. */
const SHOWN_MAX = 50;

/** Changes that wait for a second person: what they are, what they would have done, and the decision. */
export default function ReviewPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { id } = useParams();
  const { get, set } = usePageParams();
  const shown = get('state') === 'all' ? 'all' : 'pending';
  const { data, error, refetch } = useProposals(shown);
  const items = data?.items ?? [];
  const chosen = id ?? items[0]?.id;
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t('review.title')}</h1>
        <span className="soft">{t('review.help')}</span>
        <span className="push" />
        <Segmented
          value={shown}
          onChange={(value) => set({ state: value === 'all' ? value : null })}
          options={[
            { value: 'pending', label: t('review.pending') },
            { value: 'all', label: t('review.all') },
          ]}
        />
      </div>
      {error !== null && data === undefined ? (
        <QueryError error={error} onRetry={() => void refetch()} />
      ) : items.length === 0 && id === undefined ? (
        <div className="panel block">
          {data !== undefined && (
            <Empty title={t('review.none')} detail={t(data.required ? 'review.noneDetail' : 'review.noneOff')} />
          )}
        </div>
      ) : (
        <div className={css.reviewGrid}>
          <ul className={`panel ${css.reviewList}`}>
            {items.map((proposal) => (
              <li key={proposal.id}>
                <button
                  type="button"
                  aria-current={proposal.id === chosen}
                  onClick={() => void navigate(pathTo('proposal', { id: proposal.id, query: { state: get('state') } }))}
                >
                  <SummaryWords proposal={proposal} />
                </button>
              </li>
            ))}
          </ul>
          {chosen === undefined ? <p className="empty">{t('review.choose')}</p> : <Details key={chosen} id={chosen} />}
        </div>
      )}
    </div>
  );
}

function SummaryWords({ proposal }: { proposal: ProposalSummary }) {
  const { t } = useTranslation();
  const names = useNames();
  const nameText = useNameText();
  const [first, ...others] = proposal.points;
  const where = `${first === undefined ? '' : nameText(names.point(first))}${others.length > 0 ? ` +${others.length}` : ''}`;
  const who = [
    `${t('review.by', { name: proposal.author })} · ${dateTime(proposal.at).slice(5, 16)}`,
    ...(proposal.state !== 'pending' ? [t(`review.state.${proposal.state}`)] : []),
    ...(proposal.state === 'pending' && proposal.outdated ? [t('review.outdated')] : []),
  ].join(' · ');
  return (
    <>
      <strong className="cut" title={where}>
        {where}
      </strong>
      <span className="cut" title={proposal.reason}>
        {proposal.reason}
      </span>
      <span className="faint cut" title={who}>
        {who}
      </span>
    </>
  );
}

function Details({ id }: { id: string }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useProposal(id);
  if (data !== undefined) return <ProposalView proposal={data} />;
  if (error !== null) return <QueryError error={error} onRetry={() => void refetch()} />;
  return <p className="empty">{t('app.loading')}</p>;
}

function ProposalView({ proposal }: { proposal: Proposal }) {
  const { t } = useTranslation();
  const points = usePointIndex();
  const names = useNames();
  const nameText = useNameText();
  const effect = useMemo(() => proposal.items.map(({ point, document }) => ({ point, document })), [proposal]);
  const { state, author, at, reason, expiresAt, decidedBy, decidedAt, note, outdated, items } = proposal;
  return (
    <article className="stack">
      <section className="panel block">
        <div className="page-head">
          <h2>{reason}</h2>
          <span className="push" />
          <span className="badge">{t(`review.state.${state}`)}</span>
        </div>
        <p className="soft">
          {t('review.by', { name: author })} · {dateTime(at)} · {t('review.points', { count: items.length })}
          {state === 'pending' && ` · ${t('review.expires', { time: dateTime(expiresAt).slice(0, 16) })}`}
        </p>
        {decidedBy !== null && (
          <p>
            {t('review.decidedBy', { name: decidedBy })} · {decidedAt === null ? '' : dateTime(decidedAt)}
            {note !== null && <q>{note}</q>}
          </p>
        )}
        {state === 'pending' && outdated && <p role="alert">{t('review.outdatedLong')}</p>}
        {items.slice(0, SHOWN_MAX).map((item) => (
          <div key={item.point} className={css.reviewItem}>
            <p>
              <Link to={pathTo('point', { id: item.point })}>{nameText(names.point(item.point))}</Link>{' '}
              <span className="faint">
                {[
                  t('review.revision', { revision: item.revision }),
                  item.until === null ? '' : t('review.until', { time: dateTime(item.until).slice(0, 16) }),
                  item.made === null ? '' : t('review.made', { revision: item.made }),
                  item.outdated ? t('review.outdated') : '',
                ]
                  .filter((text) => text !== '')
                  .join(' · ')}
              </span>
            </p>
            <RuleDifference
              point={points.get(item.point)}
              before={item.before}
              after={item.document}
              weakens={item.weakens}
            />
          </div>
        ))}
        {items.length > SHOWN_MAX && <p className="soft">+ {items.length - SHOWN_MAX}</p>}
      </section>
      {state === 'pending' && !outdated && (
        <section className="panel block">
          <EffectNumbers items={effect} />
        </section>
      )}
      {state === 'pending' && <DecisionForm proposal={proposal} />}
    </article>
  );
}

function DecisionForm({ proposal }: { proposal: Proposal }) {
  const { t } = useTranslation();
  const { message } = AntApp.useApp();
  const errorText = useErrorText();
  const refresh = useRefreshProposals();
  const noteId = useId();
  const { username } = useUser();
  const isEngineer = useMay('engineer');
  const isAdmin = useMay('admin');
  const [note, setNote] = useState('');
  const [busy, setBusy] = useState<string | null>(null);
  const isOwn = proposal.author === username;
  const written = note.trim();
  const why = !isEngineer ? t('user.needs', { role: t('user.role.engineer') }) : isOwn ? t('review.own') : undefined;

  async function decide(what: 'approve' | 'reject' | 'withdraw', done: string) {
    setBusy(what);
    try {
      const path = { id: proposal.id };
      const body = written === '' ? {} : { note: written };
      if (what === 'reject') await call('POST /thresholds/proposals/{id}/reject', { path, body: { note: written } });
      else await call(`POST /thresholds/proposals/{id}/${what}`, { path, body });
      message.success(done);
    } catch (error) {
      message.error(errorText(error), 8);
    } finally {
      setBusy(null);
      await refresh();
    }
  }

  return (
    <section className={`panel block ${css.reviewDecision}`}>
      <label htmlFor={noteId}>
        {t('review.note')} <span className="faint">{t('review.noteHint')}</span>
      </label>
      <Input.TextArea
        id={noteId}
        rows={2}
        maxLength={REASON_MAX}
        disabled={why !== undefined && !isOwn}
        value={note}
        onChange={(event) => setNote(event.target.value)}
      />
      <div className={css.reviewButtons}>
        <span title={why}>
          <Button
            type="primary"
            loading={busy === 'approve'}
            disabled={why !== undefined || proposal.outdated}
            onClick={() => void decide('approve', t('review.approved'))}
          >
            {t('review.approve')}
          </Button>
        </span>
        <span title={why}>
          <Button
            danger
            loading={busy === 'reject'}
            disabled={why !== undefined || written === ''}
            onClick={() => void decide('reject', t('review.rejected'))}
          >
            {t('review.reject')}
          </Button>
        </span>
        {(isOwn || isAdmin) && (
          <Button loading={busy === 'withdraw'} onClick={() => void decide('withdraw', t('review.withdrawn'))}>
            {t('review.withdraw')}
          </Button>
        )}
        {isOwn && <span className="soft">{t('review.own')}</span>}
      </div>
    </section>
  );
}
