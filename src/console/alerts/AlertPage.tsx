import { useQuery, useQueryClient } from '@tanstack/react-query';
import Button from 'antd/es/button';
import { lazy, type ReactNode, Suspense, useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router-dom';
import type { Alert } from '../../model/alert.ts';
import { DAY_MS } from '../../model/time.ts';
import type { AlertWithLog } from '../../wire/alerts.ts';
import { asked } from '../api/asked.ts';
import { useNames } from '../api/queries.ts';
import type { Point } from '../api/types.ts';
import { CardPanel } from '../cards/CardPanel.tsx';
import { Chart } from '../chart/Chart.tsx';
import chartCss from '../chart/chart.module.css';
import type { AlertSpan, LimitLine } from '../chart/lines.ts';
import { TimeMarks } from '../chart/TimeMarks.tsx';
import { useReadings } from '../chart/useReadings.ts';
import { useHandoverMarks, useHandovers } from '../devices/useHandovers.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { useServerNow, useSlowServerNow } from '../live/clock.ts';
import { useLive, useWatch } from '../live/context.tsx';
import { TellList } from '../notify/TellList.tsx';
import { RuleTestButton } from '../review/RuleTestButton.tsx';
import type { RuleTestSubject } from '../review/rule-test-subject.ts';
import { useGiveVerdict } from '../review/useGiveVerdict.ts';
import { VerdictButtons } from '../review/VerdictButtons.tsx';
import verdictCss from '../review/verdict.module.css';
import { isJudged } from '../review/verdicts.ts';
import { useMay, useUser } from '../session/context.tsx';
import { ThresholdWords } from '../thresholds/ThresholdWords.tsx';
import { useRevisions } from '../thresholds/useRevisions.ts';
import { authorText } from '../thresholds/words.ts';
import { classes } from '../ui/classes.ts';
import { dateTime, formatElapsed } from '../ui/format.ts';
import { LevelTag } from '../ui/LevelMark.tsx';
import { pathTo } from '../ui/paths.ts';
import { patiently } from '../ui/patiently.ts';
import { QueryError } from '../ui/QueryError.tsx';
import { AlertMarks } from './AlertMarks.tsx';
import { type Action, refusal } from './actions.ts';
import alertPageCss from './alert-page.module.css';
import { boundTexts, limitText, whatText, withUnit } from './describe.ts';
import { ResponsePanel } from './ResponsePanel.tsx';
import { SeenBy } from './SeenBy.tsx';
import { StepTick } from './StepTick.tsx';
import { Timeline } from './Timeline.tsx';
import { useAlertInWords } from './useAlertInWords.ts';
import { useRunAction } from './useRunAction.ts';
import { inUnit, useValueNow } from './useValueNow.ts';

const ActionDialog = lazy(patiently(() => import('./ActionDialog.tsx')));

/** Who has seen it comes in over time and is no event. */
const REFRESH_MS = 15_000;

export default function AlertPage() {
  const { t } = useTranslation();
  const { id = '' } = useParams();
  const live = useLive();
  const client = useQueryClient();
  const query = useQuery({ ...asked('GET /alerts/{id}', { path: { id } }), refetchInterval: REFRESH_MS });

  // What happens to it while one looks is taken from the live connection, in order; a gap is fetched.
  useEffect(
    () =>
      live.onEvents((events) => {
        const mine = events.filter(({ alert }) => alert.id === id);
        const last = mine.at(-1);
        if (last === undefined) return;
        client.setQueryData(asked('GET /alerts/{id}', { path: { id } }).queryKey, (before) => {
          if (before === undefined) return before;
          const known = new Set(before.log.map(({ seq }) => seq));
          return {
            ...last.alert,
            seenBy: before.seenBy,
            log: [...before.log, ...mine.filter(({ seq }) => !known.has(seq))],
          };
        });
      }),
    [live, client, id],
  );

  if (query.data !== undefined) return <AlertView alert={query.data} />;
  if (query.error !== null) return <QueryError error={query.error} onRetry={() => void query.refetch()} />;
  return <p className="empty">{t('app.loading')}</p>;
}

function AlertView({ alert }: { alert: AlertWithLog }) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const names = useNames();
  const alertInWords = useAlertInWords();
  const watched = useMemo(() => [alert.point], [alert.point]);
  useWatch(watched);
  const point = useQuery({
    ...asked('GET /points/{id}', { path: { id: alert.point } }),
    enabled: alert.kind !== 'system',
  });
  const what = whatText(alert, nameText(names.metric(alert.point, alert.metric ?? '')), t);
  return (
    <div className={classes('page', alertPageCss.alertPage, `level-${alert.level}`)}>
      <PrintHead />
      <div className={`${alertPageCss.alertHead} panel`}>
        <LevelTag level={alert.level} hollow={alert.state === 'closed'} />
        <div className={alertPageCss.alertTitle}>
          <h1>
            {point.data === undefined ? (
              nameText(names.point(alert.point))
            ) : (
              <Link to={pathTo('point', { id: alert.point })}>{nameText(names.point(alert.point))}</Link>
            )}
          </h1>
          <p className="soft">
            {nameText(names.area(alert.area))} · {[what, ...boundTexts(alertInWords(alert), t)].join(' · ')}
          </p>
        </div>
        <span className="alert-state">
          <StateWord alert={alert} />
          <AlertMarks alert={alert} />
        </span>
        <AlertButtons alert={alert} />
      </div>
      <ResponsePanel alert={alert} />
      {isJudged(alert) && <AlertVerdict alert={alert} />}
      <div className={alertPageCss.alertGrid}>
        <div className="stack">
          <Facts alert={alert} />
          {point.data !== undefined && alert.metric !== null && point.data.metrics[alert.metric] !== undefined && (
            <AlertChart alert={alert} point={point.data} metric={alert.metric} />
          )}
          {point.data !== undefined && <RuleThen alert={alert} point={point.data} />}
        </div>
        <div className="stack">
          <CardPanel alert={alert} beside={(plan, step) => <StepTick alert={alert} plan={plan} step={step} />} />
          <section className="panel block">
            <h2>{t('alert.timeline')}</h2>
            <Timeline events={alert.log} />
          </section>
          <TellList alert={alert.id} />
          <SeenBy seenBy={alert.seenBy} raisedAt={alert.receivedAt} />
        </div>
      </div>
    </div>
  );
}

/** What it was, in the words of whoever was there; also long after. */
function AlertVerdict({ alert }: { alert: Alert }) {
  const { t } = useTranslation();
  const mayAct = useMay('operator');
  const give = useGiveVerdict();
  return (
    <section className={`panel ${verdictCss.alertVerdict} no-print`}>
      <strong>{t('verdict.title')}</strong>
      <VerdictButtons
        value={alert.verdict}
        disabled={!mayAct}
        onChoose={(verdict) => {
          if (verdict !== alert.verdict) void give([alert], verdict);
        }}
      />
      <span className="faint">{mayAct ? t('verdict.help') : t('user.needs', { role: t('user.role.operator') })}</span>
    </section>
  );
}

/** On paper: what this is, who printed it and when. */
function PrintHead() {
  const { t } = useTranslation();
  const { username } = useUser();
  const nowMs = useServerNow();
  return (
    <div className={alertPageCss.printHead} data-testid="print-head">
      <strong>
        {t('app.full')} · {t('alert.record')}
      </strong>
      <span>{t('alert.printedBy', { user: username, time: dateTime(nowMs) })}</span>
    </div>
  );
}

function StateWord({ alert }: { alert: Alert }) {
  const { t } = useTranslation();
  if (alert.state === 'closed') return <strong>{t('alert.closed')}</strong>;
  return (
    <>
      {alert.state === 'active' && <strong>{t('alert.active')}</strong>}
      <span>{t(alert.acknowledged ? 'alert.acknowledged' : 'alert.unacknowledged')}</span>
    </>
  );
}

function AlertButtons({ alert }: { alert: Alert }) {
  const { t } = useTranslation();
  const mayAct = useMay('operator');
  const run = useRunAction();
  const [dialog, setDialog] = useState<Action | null>(null);
  const button = (action: Action, primary: boolean, act: () => void): ReactNode => {
    const why = refusal(action, alert);
    const hint = mayAct
      ? why === null
        ? undefined
        : t(`why.${why}`)
      : t('user.needs', { role: t('user.role.operator') });
    return (
      // A disabled button has no tooltip of its own in every browser; the span around it has.
      <span key={action} title={hint}>
        <Button {...(primary ? { type: 'primary' as const } : {})} disabled={!mayAct || why !== null} onClick={act}>
          {t(`action.${action}`)}
        </Button>
      </span>
    );
  };
  return (
    <div className={`${alertPageCss.alertButtons} no-print`} data-testid="alert-buttons">
      {button('ack', true, () => void run('ack', [alert]))}
      {alert.latched && button('reset', false, () => setDialog('reset'))}
      {alert.shelvedUntil === null
        ? button('shelve', false, () => setDialog('shelve'))
        : button('unshelve', false, () => void run('unshelve', [alert]))}
      {button('note', false, () => setDialog('note'))}
      {alert.kind !== 'system' && <RuleTestButton subject={lessonOf(alert)} />}
      <Button onClick={() => window.print()}>{t('action.print')}</Button>
      {dialog !== null && (
        <Suspense>
          <ActionDialog action={dialog} alerts={[alert]} onClose={() => setDialog(null)} />
        </Suspense>
      )}
    </div>
  );
}

/** The alert with calm before it, because a test begins from nothing. */
function lessonOf({ point, raisedAt, clearedAt }: Alert): RuleTestSubject {
  const toMs = (clearedAt ?? raisedAt) + LESSON_AROUND_MS;
  return { point, fromMs: raisedAt - LESSON_AROUND_MS, toMs: Math.min(toMs, raisedAt + LESSON_MAX_MS) };
}

/** Calm before and after; and no lesson needs more than a day. */
const LESSON_AROUND_MS = 30 * 60_000;
const LESSON_MAX_MS = DAY_MS;

function Facts({ alert }: { alert: Alert }) {
  const { t } = useTranslation();
  const metric = alert.metric ?? '';
  const now = useValueNow(alert);
  const shown = useAlertInWords()(alert);
  const nowMs = useServerNow();
  const measured = alert.kind === 'levels' || alert.kind === 'range';
  const facts: [string, ReactNode][] = [
    [t('alert.raisedAt'), dateTime(alert.raisedAt)],
    [t('alert.receivedAt'), dateTime(alert.receivedAt)],
    [t('alert.clearedAt'), alert.clearedAt === null ? '–' : dateTime(alert.clearedAt)],
    [t('alert.lasted'), formatElapsed((alert.clearedAt ?? nowMs) - alert.raisedAt)],
  ];
  if (measured) {
    facts.push([t('alert.raisedValue'), withUnit(shown.value, alert.unit, metric, t)]);
    // Of a state that is on or off the limit is what it was compared with.
    const state = typeof alert.limit === 'boolean' ? `= ${withUnit(alert.limit, null, metric, t)}` : '–';
    facts.push([t('alert.limitThen'), limitText(shown, t) ?? state]);
    // A state that is on or off has no peak; its level may have one.
    const isNumber = typeof alert.peak.value === 'number';
    facts.push([
      t(isNumber ? 'alert.peak' : 'alert.peakLevel'),
      <span key="peak">
        {isNumber && withUnit(alert.peak.value, alert.unit, metric, t)} <LevelTag level={alert.peak.level} hollow />{' '}
        <span className="soft">{dateTime(alert.peak.at)}</span>
      </span>,
    ]);
    if (alert.state !== 'closed') facts.push([t('alert.value'), withUnit(now, alert.unit, metric, t)]);
  }
  facts.push([
    t('alert.rule'),
    <>
      {alert.rule} <span className="soft">{t('alert.revisionShort', { revision: alert.thresholdRevision })}</span>
    </>,
  ]);
  if (alert.device !== null) facts.push([t('alert.device'), alert.device]);
  return (
    <section className="panel block">
      <h2>{t('alert.facts')}</h2>
      <dl className={alertPageCss.alertFacts}>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** At which level the alert stood when, by its log. */
function levelSpans({ log, clearedAt, level, raisedAt }: AlertWithLog): readonly AlertSpan[] {
  const changes = log.filter(({ event }) => event === 'raised' || event === 'escalated' || event === 'deescalated');
  if (changes.length === 0) return [{ level, fromMs: raisedAt, toMs: clearedAt }];
  return changes.map((change, index) => ({
    level: change.alert.level,
    fromMs: change.at,
    toMs: changes[index + 1]?.at ?? clearedAt,
  }));
}

/** Time drawn before the alert and after its end, as a share of its length, but at least this long. */
const AROUND_SHARE = 0.5;
const AROUND_LEAST_MS = 15 * 60_000;

/** The readings around the alert, with the limit that was in force when it was raised. */
function AlertChart({ alert, point, metric }: { alert: AlertWithLog; point: Point; metric: string }) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const slowNowMs = useSlowServerNow(10) + 10_000;
  const isOver = alert.clearedAt !== null;
  const endMs = alert.clearedAt ?? slowNowMs;
  const aroundMs = Math.max(AROUND_LEAST_MS, (endMs - alert.raisedAt) * AROUND_SHARE);
  const fromMs = alert.raisedAt - aroundMs;
  const toMs = isOver ? Math.min(slowNowMs, endMs + aroundMs) : endMs;
  const info = point.metrics[metric];
  const unit = info?.unit ?? '';
  const { columns, error, refetch } = useReadings({ point, metric, fromMs, toMs, live: !isOver });
  const limits = useMemo<readonly LimitLine[]>(() => {
    const own = typeof alert.limit === 'number' ? inUnit(alert.limit, alert.unit, unit, metric) : undefined;
    return own === undefined
      ? []
      : [{ level: alert.level, value: own, text: `${t(`level.${alert.level}`)} ${limitText(alert, t)}` }];
  }, [alert, unit, metric, t]);
  const spans = useMemo(() => levelSpans(alert), [alert]);
  const marks = useHandoverMarks(useHandovers(point.id));
  return (
    <section className={`panel block ${chartCss.chartBlock}`}>
      <div className="page-head">
        <h2>
          {info?.name === undefined ? metric : nameText(info.name)} <small className="faint">{unit}</small>
        </h2>
      </div>
      {error !== null ? (
        <QueryError error={error} onRetry={() => void refetch()} />
      ) : (
        <Chart
          columns={columns}
          fromMs={fromMs}
          toMs={toMs}
          unit={unit}
          label={`${nameText(point.name)} ${metric}`}
          limits={limits}
          spans={spans}
          markMs={alert.raisedAt}
          stepped={info?.type === 'boolean'}
          height={260}
          overlay={(area) => <TimeMarks area={area} fromMs={fromMs} toMs={toMs} marks={marks} />}
        />
      )}
    </section>
  );
}

/** The rule as it read in the revision the alert was raised under. */
function RuleThen({ alert, point }: { alert: Alert; point: Point }) {
  const { t } = useTranslation();
  const query = useRevisions(alert.point);
  const revision = query.data?.items.find((each) => each.revision === alert.thresholdRevision);
  const rule = revision?.document.rules[alert.rule];
  if (revision === undefined || rule === undefined) return null;
  return (
    <section className="panel block">
      <h2>
        {t('alert.ruleThen')}{' '}
        <small className="faint">{t('alert.revisionShort', { revision: revision.revision })}</small>
      </h2>
      <ThresholdWords point={point} document={{ ...revision.document, noData: false, rules: { [alert.rule]: rule } }} />
      <p className="faint">
        {authorText(revision.author, t)} · {dateTime(revision.at)}
      </p>
      <Link className="no-print" to={pathTo('pointThresholds', { id: alert.point, query: { rule: alert.rule } })}>
        {t('editor.fromAlert')}
      </Link>
    </section>
  );
}
