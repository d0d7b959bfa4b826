import { useQuery } from '@tanstack/react-query';
import Button from 'antd/es/button';
import Segmented from 'antd/es/segmented';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router-dom';
import type { Alert } from '../../model/alert.ts';
import { keysOf } from '../../model/own.ts';
import type { ThresholdDocument } from '../../model/threshold.ts';
import type { Handover } from '../../wire/points.ts';
import { AlertMarks } from '../alerts/AlertMarks.tsx';
import { boundTexts, whatText } from '../alerts/describe.ts';
import { useAlertInWords } from '../alerts/useAlertInWords.ts';
import { asked, keyOf } from '../api/asked.ts';
import { call } from '../api/client.ts';
import { useNames } from '../api/queries.ts';
import type { Point } from '../api/types.ts';
import { Chart } from '../chart/Chart.tsx';
import chartCss from '../chart/chart.module.css';
import type { AlertSpan } from '../chart/lines.ts';
import { RANGES, type RangeName } from '../chart/ranges.ts';
import { TimeMarks } from '../chart/TimeMarks.tsx';
import { useReadings } from '../chart/useReadings.ts';
import { useHandoverMarks, useHandovers } from '../devices/useHandovers.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { useServerNow, useSlowServerNow } from '../live/clock.ts';
import { useAlertView, useLive, useReading, useWatch } from '../live/context.tsx';
import { STALE_AFTER_INTERVALS } from '../live/stale.ts';
import { formatDegrees } from '../map/coordinates.ts';
import { useMay } from '../session/context.tsx';
import { limitLines } from '../thresholds/limits.ts';
import { ThresholdWords } from '../thresholds/ThresholdWords.tsx';
import { useThresholds } from '../thresholds/useThresholds.ts';
import { classes } from '../ui/classes.ts';
import { Empty } from '../ui/Empty.tsx';
import { dateTime, formatElapsed, formatSpan, formatValue, nearTime } from '../ui/format.ts';
import { LevelTag } from '../ui/LevelMark.tsx';
import { pathTo } from '../ui/paths.ts';
import { QueryError } from '../ui/QueryError.tsx';
import { usePageParams } from '../ui/usePageParams.ts';
import { inWords } from '../ui/value-words.ts';
import { ExportShown } from './ExportReadings.tsx';
import { PointButtons } from './PointButtons.tsx';
import { PointHandovers } from './PointHandovers.tsx';
import { StateTag } from './PointList.tsx';
import pointListCss from './point-list.module.css';
import pointPageCss from './point-page.module.css';
import { ServiceButtons } from './ServiceButtons.tsx';
import { pointState } from './state.ts';

const ALERTS_SHOWN = 100;
const CHART_HEIGHT = 340;

export default function PointPage() {
  const { t } = useTranslation();
  const { id = '' } = useParams();
  const query = useQuery({
    ...asked('GET /points/{id}', { path: { id } }),
    refetchInterval: 60_000,
  });
  const watched = useMemo(() => [id], [id]);
  useWatch(watched);
  if (query.data !== undefined) return <PointView key={id} point={query.data} />;
  if (query.error !== null) return <QueryError error={query.error} onRetry={() => void query.refetch()} />;
  return <p className="empty">{t('app.loading')}</p>;
}

function PointView({ point }: { point: Point }) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const names = useNames();
  const live = useLive();
  const open = useAlertView().byPoint.get(point.id);
  const nowMs = useSlowServerNow(5);
  const state = pointState(point, open, live.heardFrom(point.id), nowMs);
  const { get, set } = usePageParams();
  const metricNames = Object.keys(point.metrics);
  const asked = get('metric');
  // An alert may be about a metric that the point had under another profile.
  const metric =
    [asked, open?.[0]?.metric].find((name) => name != null && metricNames.includes(name)) ?? metricNames[0] ?? '';

  const thresholds = useThresholds(point.id);
  const newestSeq = open?.reduce((max, alert) => Math.max(max, alert.seq), 0) ?? 0;
  const ofPoint = { query: { point: point.id, state: 'all', limit: ALERTS_SHOWN } } as const;
  const alerts = useQuery({
    queryKey: keyOf('GET /alerts', ofPoint, newestSeq),
    queryFn: ({ signal }) => call('GET /alerts', { ...ofPoint, signal }),
    placeholderData: (before) => before,
  });
  const history = alerts.data?.items ?? [];
  const handovers = useHandovers(point.id);

  return (
    <div className="page" data-testid="point-page">
      <div className="page-head">
        <h1>{nameText(point.name)}</h1>
        <span className={pointListCss.pointState}>
          <StateTag state={state} />
        </span>
        <span className="soft">
          {nameText(names.area(point.area))} · {t(`family.${point.family}`)}
        </span>
        <ServiceButtons point={point} />
      </div>
      {!point.hasLimits && <NoLimits point={point} />}
      <div className={pointPageCss.pointGrid}>
        <div className="stack">
          <ul className={pointPageCss.tiles}>
            {metricNames.map((name) => (
              <li key={name}>
                <Tile point={point} metric={name} chosen={name === metric} onChoose={() => set({ metric: name })} />
              </li>
            ))}
          </ul>
          {metric !== '' && (
            <PointChart
              key={metric}
              point={point}
              metric={metric}
              document={thresholds.data?.document}
              alerts={history}
              handovers={handovers}
            />
          )}
          <section className="panel block">
            <h2>{t('point.alerts')}</h2>
            {history.length === 0 ? (
              <Empty title={t('point.noAlerts')} />
            ) : (
              <ol className={pointPageCss.pointAlerts} data-testid="point-alerts">
                {history.map((alert) => (
                  <PointAlert key={alert.id} alert={alert} />
                ))}
              </ol>
            )}
          </section>
        </div>
        <div className="stack">
          <section className="panel block">
            <div className="page-head">
              <h2>
                {t('point.thresholds')}{' '}
                {thresholds.data !== undefined && (
                  <small className="faint">{t('alert.revisionShort', { revision: thresholds.data.revision })}</small>
                )}
              </h2>
              <span className="push" />
              <Link to={pathTo('card', { id: point.id })}>{t('card.title')}</Link>
              <Link to={pathTo('pointThresholds', { id: point.id })}>{t('editor.open')}</Link>
            </div>
            {thresholds.data !== undefined && <ThresholdWords point={point} document={thresholds.data.document} />}
            {thresholds.error !== null && (
              <QueryError error={thresholds.error} onRetry={() => void thresholds.refetch()} />
            )}
          </section>
          <section className="panel block">
            <div className="page-head">
              <h2>{t('point.about')}</h2>
              <span className="push" />
              <PointButtons point={point} />
            </div>
            <dl className="facts">
              <dt>{t('point.id')}</dt>
              <dd>{point.id}</dd>
              <dt>{t('point.device')}</dt>
              <dd>
                <Link to={pathTo('device', { id: point.device })}>{point.device}</Link>
              </dd>
              <dt>{t('point.connection')}</dt>
              <dd>{state.offline ? t('point.offline') : t('point.online')}</dd>
              <dt>{t('point.reportEvery')}</dt>
              <dd>{formatSpan(point.reportEveryMs, t)}</dd>
              <dt>{t('point.location')}</dt>
              <dd>
                {point.location === null
                  ? t('point.noLocation')
                  : `${formatDegrees(point.location[0], 'lng')} ${formatDegrees(point.location[1], 'lat')}`}
              </dd>
            </dl>
          </section>
          {handovers.length > 0 && <PointHandovers handovers={handovers} />}
        </div>
      </div>
    </div>
  );
}

/** A point that is never in alarm, whatever it measures, does not look healthy; and the way out of it. */
function NoLimits({ point }: { point: Point }) {
  const { t } = useTranslation();
  const mayChange = useMay('engineer');
  return (
    <p className={`panel block ${pointPageCss.noLimits}`} role="alert">
      {t('point.unlimitedHelp')}{' '}
      {mayChange && (
        <>
          <Link to={pathTo('templates', { query: { family: point.family } })}>{t('point.unlimitedTemplate')}</Link>
          {' · '}
          <Link to={pathTo('pointThresholds', { id: point.id })}>{t('point.unlimitedOwn')}</Link>
        </>
      )}
    </p>
  );
}

interface TileProps {
  readonly point: Point;
  readonly metric: string;
  readonly chosen: boolean;
  readonly onChoose: () => void;
}

/** One current value, large; pressing it shows its chart. */
function Tile({ point, metric, chosen, onChoose }: TileProps) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const reading = useReading(point.id, metric, point.values[metric]);
  const nowMs = useServerNow();
  const info = point.metrics[metric];
  const old = reading === undefined || nowMs - reading.ts > STALE_AFTER_INTERVALS * point.reportEveryMs;
  return (
    <button
      type="button"
      className={classes(pointPageCss.tile, chosen && pointPageCss.chosen, old && pointPageCss.old)}
      data-testid="tile"
      aria-pressed={chosen}
      onClick={onChoose}
    >
      <span className="soft cut">{info?.name === undefined ? metric : nameText(info.name)}</span>
      <span className={pointPageCss.tileValue}>
        {formatValue(inWords(reading?.value, info, nameText), metric, t)}
        {typeof reading?.value === 'number' && <small>{info?.unit}</small>}
      </span>
      <span className="faint">
        {reading === undefined
          ? t('point.never')
          : t('time.ago', { time: formatSpan(Math.max(0, nowMs - reading.ts), t) })}
        {reading?.quality === 'bad' && ` · ${t('point.bad')}`}
        {reading?.quality === 'clock-skew' && ` · ${t('point.clockSkew')}`}
      </span>
    </button>
  );
}

interface PointChartProps {
  readonly point: Point;
  readonly metric: string;
  readonly document: ThresholdDocument | undefined;
  readonly alerts: readonly Alert[];
  readonly handovers: readonly Handover[];
}

function PointChart({ point, metric, document, alerts, handovers }: PointChartProps) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const [range, setRange] = useState<RangeName>('1h');
  const [zoomed, setZoomed] = useState<{ fromMs: number; toMs: number } | null>(null);
  const stepS = range === '1h' ? 2 : 15;
  // The clock stands still within a step; the right edge lies at the step's end, so that what comes now is in sight.
  const edgeMs = useSlowServerNow(stepS) + stepS * 1_000;
  const toMs = zoomed?.toMs ?? edgeMs;
  const fromMs = zoomed?.fromMs ?? edgeMs - RANGES[range];
  const info = point.metrics[metric];
  const unit = info?.unit ?? '';
  const { columns, error, refetch } = useReadings({ point, metric, fromMs, toMs, live: zoomed === null });
  const limits = useMemo(
    () => (document === undefined ? [] : limitLines(document, metric, unit, t)),
    [document, metric, unit, t],
  );
  const spans = useMemo<readonly AlertSpan[]>(
    () =>
      alerts
        .filter((alert) => alert.metric === metric)
        .map(({ peak, raisedAt, clearedAt }) => ({ level: peak.level, fromMs: raisedAt, toMs: clearedAt })),
    [alerts, metric],
  );
  const marks = useHandoverMarks(handovers);
  const title = info?.name === undefined ? metric : nameText(info.name);
  return (
    <section className={`panel block ${chartCss.chartBlock}`}>
      <div className="page-head">
        <h2>
          {title} {unit !== '' && <small className="faint">{unit}</small>}
        </h2>
        <span className="push" />
        {zoomed !== null && (
          <Button size="small" onClick={() => setZoomed(null)}>
            {t('chart.backToLive')}
          </Button>
        )}
        <ExportShown selection={{ points: point.id, metric }} period={{ fromMs, toMs }} />
        <Segmented<RangeName>
          size="small"
          value={range}
          onChange={(next) => {
            setRange(next);
            setZoomed(null);
          }}
          options={keysOf(RANGES).map((value) => ({ value, label: t(`chart.range.${value}`) }))}
        />
      </div>
      {info?.type === 'string' ? (
        <Empty title={t('chart.text')} />
      ) : error !== null ? (
        <QueryError error={error} onRetry={() => void refetch()} />
      ) : (
        <Chart
          columns={columns}
          fromMs={fromMs}
          toMs={toMs}
          unit={unit}
          label={`${nameText(point.name)} ${title}`}
          limits={limits}
          spans={spans}
          stepped={info?.type === 'boolean'}
          height={CHART_HEIGHT}
          onZoom={(from, to) => setZoomed({ fromMs: from, toMs: to })}
          overlay={
            marks.length === 0
              ? undefined
              : (area) => <TimeMarks area={area} fromMs={fromMs} toMs={toMs} marks={marks} />
          }
        />
      )}
      <p className={`faint ${pointPageCss.chartHint}`}>{t('chart.hint')}</p>
    </section>
  );
}

function PointAlert({ alert }: { alert: Alert }) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const names = useNames();
  const alertInWords = useAlertInWords();
  const nowMs = useSlowServerNow(5);
  return (
    <li>
      <LevelTag level={alert.peak.level} hollow={alert.state === 'closed'} />
      <Link to={pathTo('alert', { id: alert.id })} className="cut" title={dateTime(alert.raisedAt)}>
        <time>{nearTime(alert.raisedAt, nowMs)}</time>
      </Link>
      <span className="soft">{formatElapsed((alert.clearedAt ?? nowMs) - alert.raisedAt)}</span>
      <span className={pointPageCss.pointAlertWhat}>
        {whatText(alert, nameText(names.metric(alert.point, alert.metric ?? '')), t)}{' '}
        <span className="soft">{boundTexts(alertInWords(alert), t).join(' · ')}</span>
      </span>
      <span className={pointPageCss.pointAlertMarks}>
        {alert.state === 'closed' && <span className="faint">{t('alert.closed')}</span>}
        <AlertMarks alert={alert} />
      </span>
    </li>
  );
}
