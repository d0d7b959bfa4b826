import AntApp from 'antd/es/app';
import Button from 'antd/es/button';
import Checkbox from 'antd/es/checkbox';
import { type KeyboardEvent, lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router-dom';
import type { Alert } from '../../model/alert.ts';
import type { Level } from '../../model/level.ts';
import { type Action, refusal } from '../alerts/actions.ts';
import { useShownAlerts } from '../alerts/context.tsx';
import { useRunAction } from '../alerts/useRunAction.ts';
import { useNames, usePointsQuery } from '../api/queries.ts';
import { useAlertView } from '../live/context.tsx';
import { useMay } from '../session/context.tsx';
import { Empty } from '../ui/Empty.tsx';
import { LevelShape } from '../ui/LevelMark.tsx';
import { countLevels, LEVELS_DOWN } from '../ui/order.ts';
import { patiently } from '../ui/patiently.ts';
import { useNarrow } from '../ui/useNarrow.ts';
import { WindowedList, type WindowedListHandle } from '../ui/WindowedList.tsx';
import { AlertRow, AreaRow, QuietRow } from './AlertRow.tsx';
import { type DutyFilter, dutyRows } from './rows.ts';

const ActionDialog = lazy(patiently(() => import('../alerts/ActionDialog.tsx')));

/** As the sheet has it: two lines, or below them another two where the columns do not fit beside one another, px. */
const ROW_HEIGHT = 64;
const NARROW_ROW_HEIGHT = 108;

/** The open alerts: counted, filtered, selected and acted upon, by mouse and by keyboard. */
export function AlertPanel({ onLookAt }: { onLookAt: (point: string) => void }) {
  const { t } = useTranslation();
  const { message } = AntApp.useApp();
  const navigate = useNavigate();
  const names = useNames();
  const mayAct = useMay('operator');
  const { seq, flood } = useAlertView();
  const shown = useShownAlerts();
  const run = useRunAction();
  const narrow = useNarrow();
  const [filter, setFilter] = useState<DutyFilter>({ level: null, onlyUnacknowledged: false });
  const [expandedAreas, setExpandedAreas] = useState<ReadonlySet<string>>(new Set());
  const [quietExpanded, setQuietExpanded] = useState(false);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [focusKey, setFocusKey] = useState<string | null>(null);
  const [dialog, setDialog] = useState<{ action: Action; alerts: readonly Alert[] } | null>(null);
  const list = useRef<WindowedListHandle>(null);
  const panel = useRef<HTMLElement>(null);

  const counts = useMemo(() => countLevels(shown.map(({ alert }) => alert)), [shown]);
  const rows = useMemo(
    () => dutyRows(shown, { filter, flood, expandedAreas, quietExpanded }),
    [shown, filter, flood, expandedAreas, quietExpanded],
  );
  // What is gone from the log is gone from the selection too.
  const selected = useMemo(
    () => shown.map(({ alert }) => alert).filter((alert) => chosen.has(alert.id)),
    [shown, chosen],
  );

  const toggle = useCallback((ids: readonly string[], on: boolean) => {
    setChosen((before) => {
      const next = new Set(before);
      for (const id of ids) {
        if (on) next.add(id);
        else next.delete(id);
      }
      return next;
    });
  }, []);

  const act = useCallback(
    (action: Action, alerts: readonly Alert[]) => {
      if (!mayAct || alerts.length === 0) return;
      const allowed = alerts.filter((alert) => refusal(action, alert) === null);
      const why = alerts.map((alert) => refusal(action, alert)).find((reason) => reason !== null);
      // A button or key that does nothing, or not to all, says why; that somebody was quicker needs no saying.
      if (why != null && (action !== 'ack' || allowed.length === 0)) {
        const count = alerts.length - allowed.length;
        message.info(t('why.leftOut', { count, reason: t(`why.${why}`) }), 6);
      }
      if (allowed.length === 0) return;
      if (action === 'ack') void run('ack', allowed);
      else setDialog({ action, alerts: allowed });
      setChosen(new Set());
    },
    [mayAct, run, message, t],
  );

  // A row gets the focus back when nothing else has it, such as after the card of its point was closed, which that must not
  // open again.
  const lookedAt = useRef<string | null>(null);
  const lookAt = useCallback(
    (alert: Alert) => {
      lookedAt.current = alert.id;
      onLookAt(alert.point);
    },
    [onLookAt],
  );
  const focusAlert = useCallback(
    (alert: Alert) => {
      setFocusKey(alert.id);
      if (lookedAt.current !== alert.id) lookAt(alert);
    },
    [lookAt],
  );

  const toggleArea = useCallback((area: string) => {
    setExpandedAreas((before) => {
      const next = new Set(before);
      if (!next.delete(area)) next.add(area);
      return next;
    });
  }, []);

  const focusIndex = rows.findIndex(({ key }) => key === focusKey);

  const moveFocus = useCallback(
    (step: number) => {
      const index = Math.min(rows.length - 1, Math.max(0, focusIndex === -1 ? 0 : focusIndex + step));
      const row = rows[index];
      if (row === undefined) return;
      setFocusKey(row.key);
      list.current?.reveal(index);
    },
    [rows, focusIndex],
  );

  // The focused row may have been outside the window until now; it takes the focus once it is drawn.
  useEffect(() => {
    if (focusKey === null || dialog !== null) return;
    const active = document.activeElement;
    if (active !== document.body && !panel.current?.contains(active)) return;
    panel.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(focusKey)}"]`)?.focus({ preventScroll: true });
  });

  const onKey = useCallback(
    (event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'altKey' | 'metaKey'>): boolean => {
      if (event.ctrlKey || event.altKey || event.metaKey) return false;
      const row = rows[focusIndex];
      const targets =
        selected.length > 0
          ? selected
          : row?.kind === 'alert'
            ? [row.shown.alert]
            : row?.kind === 'area'
              ? row.members.map(({ alert }) => alert)
              : [];
      switch (event.key) {
        case 'j':
        case 'ArrowDown':
          moveFocus(1);
          return true;
        case 'k':
        case 'ArrowUp':
          moveFocus(-1);
          return true;
        case 'Home':
          moveFocus(-rows.length);
          return true;
        case 'End':
          moveFocus(rows.length);
          return true;
        case 'x':
          if (row?.kind === 'alert') toggle([row.shown.alert.id], !chosen.has(row.shown.alert.id));
          return true;
        case 'a':
          act('ack', targets);
          return true;
        case 's':
          act('shelve', targets);
          return true;
        case 'r':
          act('reset', targets);
          return true;
        case 'n':
          act('note', targets);
          return true;
        case 'u':
          setFilter((before) => ({ ...before, onlyUnacknowledged: !before.onlyUnacknowledged }));
          return true;
        case 'Escape':
          setChosen(new Set());
          setFilter({ level: null, onlyUnacknowledged: false });
          return true;
        case 'Enter':
          if (row?.kind === 'alert') void navigate(`/alerts/${encodeURIComponent(row.shown.alert.id)}`);
          if (row?.kind === 'area') toggleArea(row.area);
          if (row?.kind === 'quiet') setQuietExpanded(!row.expanded);
          return true;
        default:
          return false;
      }
    },
    [rows, focusIndex, selected, chosen, moveFocus, toggle, act, toggleArea, navigate],
  );

  // The keys work as soon as the page is open, not only after a click into the list.
  useEffect(() => {
    const listen = (event: globalThis.KeyboardEvent) => {
      const target = event.target instanceof HTMLElement ? event.target : null;
      const inList = target?.closest('.alert-list') != null;
      if (event.defaultPrevented || (target !== document.body && target?.id !== 'content' && !inList)) return;
      // Enter and blank on a button inside a row are the button's.
      if (target?.closest('button, input, a') != null && (event.key === 'Enter' || event.key === ' ')) return;
      if (onKey(event)) event.preventDefault();
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, [onKey]);

  const levelButton = (level: Level) => {
    const { open, unacknowledged } = counts[level];
    const on = filter.level === level;
    return (
      <button
        key={level}
        type="button"
        className={`count${open === 0 ? ' none' : ''}${on ? ' on' : ''}`}
        aria-pressed={on}
        onClick={() => setFilter({ ...filter, level: on ? null : level })}
      >
        <LevelShape level={level} size={22} hollow={unacknowledged === 0} />
        <span className="count-number">{open}</span>
        <span className="count-words">
          {t(`level.long.${level}`)}
          <small title={`${t('alert.unacknowledgedShort')} ${unacknowledged}`}>
            {t('alert.unacknowledgedShort')} {unacknowledged}
          </small>
        </span>
      </button>
    );
  };

  const nothing = rows.length === 0;
  return (
    <section ref={panel} className="panel alert-panel" aria-label={t('alert.open')}>
      <h1 className="unseen">{t('alert.open')}</h1>
      <div className="counts">{LEVELS_DOWN.map(levelButton)}</div>
      {flood && <output className="flood">{t('alert.flood')}</output>}
      <div className="tools">
        {selected.length === 0 ? (
          <Checkbox
            checked={filter.onlyUnacknowledged}
            onChange={(event) => setFilter({ ...filter, onlyUnacknowledged: event.target.checked })}
          >
            {t('alert.onlyUnacknowledged')}
          </Checkbox>
        ) : (
          <>
            <span>{t('alert.selected', { count: selected.length })}</span>
            <Button type="primary" size="small" disabled={!mayAct} onClick={() => act('ack', selected)}>
              {t('action.ackAll')}
            </Button>
            {selected.some((alert) => refusal('reset', alert) === null) && (
              <Button size="small" disabled={!mayAct} onClick={() => act('reset', selected)}>
                {t('action.reset')}
              </Button>
            )}
            <Button size="small" disabled={!mayAct} onClick={() => act('shelve', selected)}>
              {t('action.shelve')}
            </Button>
            <Button size="small" disabled={!mayAct} onClick={() => act('note', selected)}>
              {t('action.note')}
            </Button>
            <Button size="small" type="text" onClick={() => setChosen(new Set())}>
              {t('alert.clearSelection')}
            </Button>
          </>
        )}
        {filter.level !== null && (
          <Button size="small" type="text" onClick={() => setFilter({ ...filter, level: null })}>
            {t('alert.showAll')}
          </Button>
        )}
      </div>
      {nothing && seq === null && <Empty title={t('alert.waitingSnapshot')} />}
      {nothing && seq !== null && shown.length === 0 && <NothingOpen />}
      {nothing && shown.length > 0 && <Empty title={t('alert.noneFiltered')} />}
      {!nothing && (
        <WindowedList
          className="alert-list"
          label={t('alert.open')}
          count={rows.length}
          rowHeight={narrow ? NARROW_ROW_HEIGHT : ROW_HEIGHT}
          handle={list}
          render={(index) => {
            const row = rows[index];
            if (row === undefined) return null;
            // One row of the list can be reached with Tab; the arrow keys go on from there.
            const tabbable = focusIndex === -1 ? index === 0 : index === focusIndex;
            const common = { index, tabbable };
            if (row.kind === 'quiet') {
              return (
                <QuietRow
                  {...common}
                  key={row.key}
                  row={row}
                  onFocus={() => setFocusKey(row.key)}
                  onToggle={() => setQuietExpanded(!row.expanded)}
                />
              );
            }
            if (row.kind === 'area') {
              return (
                <AreaRow
                  {...common}
                  key={row.key}
                  row={row}
                  onFocus={() => setFocusKey(row.key)}
                  onToggle={() => toggleArea(row.area)}
                  onAct={act}
                />
              );
            }
            return (
              <AlertRow
                {...common}
                key={row.key}
                onFocus={focusAlert}
                onLookAt={lookAt}
                shown={row.shown}
                inGroup={row.inGroup}
                names={names}
                selected={chosen.has(row.shown.alert.id)}
                onSelect={toggle}
                onAct={act}
              />
            );
          }}
        />
      )}
      {dialog !== null && (
        <Suspense>
          <ActionDialog action={dialog.action} alerts={dialog.alerts} onClose={() => setDialog(null)} />
        </Suspense>
      )}
    </section>
  );
}

/** Nothing to do; and how much of the site that speaks for. */
function NothingOpen() {
  const { t } = useTranslation();
  const { data } = usePointsQuery();
  if (data === undefined) return <Empty title={t('alert.none')} />;
  if (data.length === 0) return <Empty title={t('point.none')} detail={t('point.noneDetail')} />;
  const count = data.length;
  const offline = data.filter(({ online }) => !online).length;
  const unlimited = data.filter(({ hasLimits }) => !hasLimits).length;
  const detail = offline === 0 ? t('alert.noneAllOnline', { count }) : t('alert.noneSomeOffline', { count, offline });
  return (
    <Empty
      title={t('alert.none')}
      detail={unlimited === 0 ? detail : `${detail} ${t('alert.noneSomeUnlimited', { count: unlimited })}`}
    />
  );
}
