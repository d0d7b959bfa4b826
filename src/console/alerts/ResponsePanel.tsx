import Button from 'antd/es/button';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Alert, AlertEvent } from '../../model/alert.ts';
import { resolveName } from '../../model/resolve-name.ts';
import { type Dispatch, NO_RESPONSE, underWay } from '../../model/response.ts';
import { DISPATCH_ACTS, type DispatchAct, refusalOfDispatch, responseRefusal } from '../../model/response-act.ts';
import type { AlertWithLog } from '../../wire/alerts.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { useServerNow } from '../live/clock.ts';
import { useMay } from '../session/context.tsx';
import { codeWords } from '../ui/code-words.ts';
import { dateTime, nearTime } from '../ui/format.ts';
import { patiently } from '../ui/patiently.ts';
import type { Asking } from './asking.ts';
import { doerWords } from './describe.ts';
import css from './response.module.css';
import { assigneeOf, type ChainCell, chainOf, stepOf } from './response-chain.ts';
import { useRespond } from './useRespond.ts';

const RespondDialog = lazy(patiently(() => import('./RespondDialog.tsx')));

/** What is done about an alert, from the desk: the chain at a glance, who is on it, and what comes next. */
export function ResponsePanel({ alert }: { alert: AlertWithLog }) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState<Asking | null>(null);
  const response = alert.response ?? NO_RESPONSE;
  const { feedback } = response;
  const onIt = underWay(response);
  return (
    <section className={`panel block ${css.response}`} data-testid="response">
      <div className="page-head">
        <h2>{t('respond.title')}</h2>
        <NextSteps alert={alert} onAsk={setAsking} />
      </div>
      <ol className={css.chain} aria-label={t('respond.chain')}>
        {chainOf(alert, alert.log).map((cell) => (
          <ChainColumn key={cell.cell} cell={cell} />
        ))}
      </ol>
      {onIt.length > 0 && (
        <ul className={css.dispatches} data-testid="dispatches">
          {onIt.map((dispatch) => (
            <DispatchRow key={dispatch.number} alert={alert} dispatch={dispatch} onAsk={setAsking} />
          ))}
        </ul>
      )}
      {feedback !== null && (
        <dl className={css.feedback} data-testid="feedback">
          {[
            [t('respond.verdict'), alert.verdict === undefined ? null : t(`verdict.${alert.verdict}`)],
            [t('respond.cause'), feedback.cause],
            [t('respond.measures'), feedback.measures],
            [t('respond.moved'), feedback.moved === null ? null : String(feedback.moved)],
          ].map(
            ([name, text]) =>
              text !== null && (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd>{text}</dd>
                </div>
              ),
          )}
        </dl>
      )}
      {asking !== null && (
        <Suspense>
          <RespondDialog alert={alert} asking={asking} onClose={() => setAsking(null)} />
        </Suspense>
      )}
    </section>
  );
}

/** The marks are shapes too, for those who see no colours. */
const SHAPES = { done: '✓', now: '●', todo: '○' } as const;

/** More stands in the log below. */
const LINES_MAX = 5;

function ChainColumn({ cell: { cell, state, events } }: { cell: ChainCell }) {
  const { t } = useTranslation();
  const nowMs = useServerNow();
  const nameText = useNameText();
  /** Who it was about, or which step, or who did it. */
  const about = (event: AlertEvent) => {
    const step = stepOf(event);
    if (step !== null) return nameText(resolveName(step, ''));
    return assigneeOf(event) ?? doerWords(event.by ?? '', t);
  };
  return (
    <li className={css.cell} data-state={state}>
      <strong>
        <span aria-hidden>{SHAPES[state]}</span> {t(`respond.cell.${cell}`)}
        <span className="unseen">{t(`respond.cellState.${state}`)}</span>
      </strong>
      {events.length === 0 && <span className="faint">{t('respond.nothing')}</span>}
      {events.slice(-LINES_MAX).map((event) => (
        <span key={event.seq} className={css.line} title={timesOf(event, t('respond.came', { time: '' }))}>
          <time>{nearTime(event.at, nowMs)}</time> {t(`event.${event.event}`)}{' '}
          <span className="soft">{about(event)}</span>
        </span>
      ))}
    </li>
  );
}

/** When it happened, and when it came where that was later. */
function timesOf({ at, receivedAt = at }: AlertEvent, came: string): string {
  return receivedAt === at ? dateTime(at) : `${dateTime(at)}\n${came.trim()} ${dateTime(receivedAt)}`;
}

/** What is open to whoever sits at the desk; the one thing that is next stands out. */
function NextSteps({ alert, onAsk }: { alert: Alert; onAsk: (asking: Asking) => void }) {
  const { t } = useTranslation();
  const mayAct = useMay('operator');
  const nowMs = useServerNow();
  const response = alert.response ?? NO_RESPONSE;
  const isClosed = response.stage === 'closed';
  const needsFeedback = response.feedback === null && underWay(response).length === 0;
  const next = response.dispatches.length === 0 ? 'dispatch' : needsFeedback ? 'feedback' : 'close';
  const shown = isClosed ? (['reopen'] as const) : (['dispatch', 'feedback', 'close'] as const);
  return (
    <span className={`${css.next} no-print`} data-testid="response-next">
      {shown.map((act) => {
        const asked = act === 'feedback' ? { act, ...NO_REPORT } : act === 'dispatch' ? { act, to: NOBODY } : { act };
        const refused = responseRefusal(alert, asked, nowMs);
        const why = refused === null ? undefined : codeWords(t, 'respond.why', refused);
        const hint = mayAct ? why : t('user.needs', { role: t('user.role.operator') });
        return (
          <span key={act} title={hint}>
            <Button
              {...(act === next ? { type: 'primary' as const } : {})}
              disabled={!mayAct || refused !== null}
              onClick={() => onAsk({ act, dispatch: null })}
            >
              {t(`respond.${act}`)}
            </Button>
          </span>
        );
      })}
    </span>
  );
}

/** Whether something may be done does not hang on what is reported. */
const NO_REPORT = { verdict: 'true', cause: null, measures: null, moved: null } as const;
const NOBODY = { name: '' };

interface DispatchRowProps {
  readonly alert: Alert;
  readonly dispatch: Dispatch;
  readonly onAsk: (asking: Asking) => void;
}

function DispatchRow({ alert, dispatch, onAsk }: DispatchRowProps) {
  const { t } = useTranslation();
  const mayAct = useMay('operator');
  const respond = useRespond();
  const [busy, setBusy] = useState(false);
  const nowMs = useServerNow();
  const { number, to, state, at, answeredAt, arrivedAt } = dispatch;
  const lastMs = arrivedAt ?? answeredAt ?? at;

  async function press(act: DispatchAct) {
    // What went well is told in a word or two, if at all; why not, or what was done, is asked for.
    if (act === 'decline' || act === 'handle') return onAsk({ act, dispatch: number });
    setBusy(true);
    await respond(alert, { act, body: { dispatch: number } });
    setBusy(false);
  }

  return (
    <li>
      <span>
        <strong>{to.name}</strong> {t(`respond.state.${state}`)}{' '}
        <time className="soft" title={dateTime(lastMs)}>
          {nearTime(lastMs, nowMs)}
        </time>
      </span>
      {mayAct && (
        <span className={`${css.next} no-print`}>
          {DISPATCH_ACTS.filter((act) => refusalOfDispatch(dispatch, act) === null).map((act) => (
            <Button key={act} size="small" loading={busy} onClick={() => void press(act)}>
              {t(`respond.${act}`)}
            </Button>
          ))}
        </span>
      )}
    </li>
  );
}
