import { lazy, Suspense, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Alert } from '../../model/alert.ts';
import { isAnnounced } from '../../model/announced.ts';
import { AlertMarks } from '../alerts/AlertMarks.tsx';
import { boundTexts, whatText, withUnit } from '../alerts/describe.ts';
import { useAlertInWords } from '../alerts/useAlertInWords.ts';
import { useValueNow } from '../alerts/useValueNow.ts';
import { useNames, usePoints } from '../api/queries.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { useServerNow } from '../live/clock.ts';
import { useAlertView, useSeen, useStore, useTrust, useWatch } from '../live/context.tsx';
import { NoticeBanner, StaleBanner } from '../live/Trust.tsx';
import { useNewVersion } from '../live/useNewVersion.ts';
import { Announcer } from '../sound/Announcer.tsx';
import { useChime } from '../sound/context.tsx';
import { useSoundSettings } from '../sound/settings.ts';
import { classes } from '../ui/classes.ts';
import { clockTime, dayText, formatElapsed } from '../ui/format.ts';
import { LevelShape } from '../ui/LevelMark.tsx';
import { countLevels, LEVELS_DOWN } from '../ui/order.ts';
import { patiently } from '../ui/patiently.ts';
import { useHeight } from '../ui/useHeight.ts';
import { pageOf } from './paging.ts';
import css from './wall.module.css';

const MapPanel = lazy(patiently(() => import('../points/MapPanel.tsx')));

/** How long one page of alerts stands before the next, ms. */
const PAGE_MS = 10_000;
/** Words on the map of the duty view are 13 px; on the wall they are as large as its smallest text, which is this. */
const SMALLEST_VW = 1.3;
const MAP_WORDS_PX = 13;
/** Least height of a row as a share of the width of the screen. */
const ROW_VW = 5.2;

/** For a screen on the wall: nothing to press, readable from three metres, goes on by itself for weeks. */
export default function WallPage() {
  const { t } = useTranslation();
  const { alerts, seq, flood } = useAlertView();
  const { phase } = useTrust();
  const points = usePoints();
  const newVersion = useNewVersion();
  const box = useRef<HTMLDivElement>(null);
  const height = useHeight(box);
  const [turn, setTurn] = useState(0);
  useWatch('*');
  useSeen(seq);

  useEffect(() => {
    if (newVersion) location.reload();
  }, [newVersion]);

  useEffect(() => {
    const timer = setInterval(() => setTurn((n) => n + 1), PAGE_MS);
    return () => clearInterval(timer);
  }, []);

  const announced = useMemo(() => alerts.filter(isAnnounced), [alerts]);
  const counts = useMemo(() => countLevels(alerts), [alerts]);
  const [mapScale] = useState(() => (SMALLEST_VW * window.innerWidth) / 100 / MAP_WORDS_PX);
  const rowPx = (ROW_VW * window.innerWidth) / 100;
  const fit = Math.max(1, Math.floor(height / Math.max(1, rowPx)));
  const { rows, page, pages } = pageOf(announced, fit, turn);
  const offline = points.filter((point) => !point.online).length;

  return (
    <div className={css.wall} data-testid="wall">
      <StaleBanner />
      <NoticeBanner />
      <Announcer />
      <header className={css.wallHead}>
        <h1>{t('app.full')}</h1>
        <span className={css.wallFacts}>
          {t('wall.points', { count: points.length })}
          {offline > 0 && ` · ${t('wall.offline', { count: offline })}`}
          {flood && <strong>{t('alert.floodShort')}</strong>}
        </span>
        <WallSound />
        <WallClock live={phase === 'live'} />
      </header>
      <ul className={css.wallCounts} data-testid="wall-counts">
        {LEVELS_DOWN.map((level) => {
          const { open, unacknowledged } = counts[level];
          return (
            <li
              key={level}
              className={open === 0 ? css.none : classes(`level-${level}`, unacknowledged > 0 && css.urgent)}
            >
              <LevelShape level={level} size={64} hollow={open === 0} />
              <b>{open}</b>
              <span>
                {t(`level.long.${level}`)}
                <small>{unacknowledged > 0 ? t('wall.unacknowledged', { count: unacknowledged }) : ' '}</small>
              </span>
            </li>
          );
        })}
      </ul>
      <div className={css.wallBody}>
        <section className={css.wallList} aria-label={t('alert.open')}>
          <div
            ref={box}
            className={classes(css.wallRows, announced.length === 0 && css.none)}
            style={{ gridAutoRows: `${Math.floor(height / fit)}px` }}
          >
            {rows.map((alert) => (
              <WallRow key={alert.id} alert={alert} />
            ))}
          </div>
          {announced.length === 0 && (
            <p className={css.wallCalm}>{t(seq === null ? 'alert.waitingSnapshot' : 'alert.none')}</p>
          )}
          <p className={css.wallPages}>
            {pages > 1 && t('wall.page', { page: page + 1, pages, count: announced.length })}
          </p>
        </section>
        <section className={css.wallMap} aria-label={t('map.title')}>
          <Suspense>
            <MapPanel selected={null} onSelect={ignore} scale={mapScale} />
          </Suspense>
        </section>
      </div>
    </div>
  );
}

function ignore(): void {}

/** A wall that nobody hears says so; with the sound on there is nothing to say. */
function WallSound() {
  const { t } = useTranslation();
  const state = useStore(useChime().state);
  const [settings] = useSoundSettings();
  const word = settings.sound ? state : 'off';
  if (word === 'ready') return null;
  return <span className={css.wallSound}>{t(`wall.sound.${word}`)}</span>;
}

function WallClock({ live }: { live: boolean }) {
  const { t } = useTranslation();
  const nowMs = useServerNow();
  return (
    <span className={css.wallClock}>
      <span className={classes(css.wallTrust, !live && css.broken)}>{t(live ? 'trust.live' : 'trust.waiting')}</span>
      {dayText(nowMs)} <b>{clockTime(nowMs)}</b>
    </span>
  );
}

function WallRow({ alert }: { alert: Alert }) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const names = useNames();
  const nowMs = useServerNow();
  const shown = useAlertInWords()(alert);
  const point = nameText(names.point(alert.point));
  const area = nameText(names.area(alert.area));
  const metric = alert.metric ?? '';
  const value = useValueNow(alert);
  const measured = alert.kind === 'levels' || alert.kind === 'range';
  return (
    <article
      className={classes(css.wallRow, `level-${alert.level}`, alert.acknowledged && css.calm)}
      data-testid="wall-row"
    >
      <span className={css.wallLevel}>
        <LevelShape level={alert.level} size={44} hollow={alert.acknowledged} />
        {t(`level.${alert.level}`)}
      </span>
      <div>
        <p className={`${css.wallPoint} cut`} title={`${point} ${area}`}>
          {point} <span>{area}</span>
        </p>
        <p className={`${css.wallWhat} cut`}>
          {whatText(alert, nameText(names.metric(alert.point, metric)), t)}{' '}
          {measured && <b>{withUnit(value, alert.unit, metric, t)}</b>} {boundTexts(shown, t, true, value).join(' · ')}{' '}
          <AlertMarks alert={alert} />
        </p>
      </div>
      <span className={css.wallTime}>
        <b>{formatElapsed((alert.clearedAt ?? nowMs) - alert.raisedAt)}</b>
        <small>{t(alert.acknowledged ? 'alert.acknowledgedShort' : 'alert.unacknowledgedShort')}</small>
      </span>
    </article>
  );
}
