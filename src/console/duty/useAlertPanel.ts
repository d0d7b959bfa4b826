import AntApp from 'antd/es/app';
import { useCallback, useEffect, useMemo, useReducer, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router-dom';
import type { Alert } from '../../model/alert.ts';
import { type Action, refusal } from '../alerts/actions.ts';
import { useShownAlerts } from '../alerts/context.tsx';
import { useRunAction } from '../alerts/useRunAction.ts';
import { useAlertView } from '../live/context.tsx';
import { useMay } from '../session/context.tsx';
import { pathTo } from '../ui/paths.ts';
import type { WindowedListHandle } from '../ui/WindowedList.tsx';
import { meaningOf, type Pressed } from './keys.ts';
import { FRESH_PANEL, panelStep } from './panel-state.ts';
import { dutyRows } from './rows.ts';
import { useAlertKeys } from './useAlertKeys.ts';

/** The state of the panel, what may be done to it, and the elements that have to be known for it. */
export function useAlertPanel(onLookAt: (point: string) => void) {
  const { t } = useTranslation();
  const { message } = AntApp.useApp();
  const navigate = useNavigate();
  const mayAct = useMay('operator');
  const { flood } = useAlertView();
  const shown = useShownAlerts();
  const run = useRunAction();
  const [state, step] = useReducer(panelStep, FRESH_PANEL);
  const [dialog, setDialog] = useState<{ action: Action; alerts: readonly Alert[] } | null>(null);
  const list = useRef<WindowedListHandle>(null);
  const panel = useRef<HTMLElement>(null);
  const { filter, expandedAreas, quietExpanded, chosen, focusKey } = state;

  const rows = useMemo(
    () => dutyRows(shown, { filter, flood, expandedAreas, quietExpanded }),
    [shown, filter, flood, expandedAreas, quietExpanded],
  );
  // What is gone from the log is gone from the selection too.
  const selected = useMemo(
    () => shown.map(({ alert }) => alert).filter((alert) => chosen.has(alert.id)),
    [shown, chosen],
  );
  const focusIndex = rows.findIndex(({ key }) => key === focusKey);

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
      step({ kind: 'choose-none' });
    },
    [mayAct, run, message, t],
  );
  const select = useCallback((ids: readonly string[], on: boolean) => step({ kind: 'choose', ids, on }), []);

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
      step({ kind: 'focus', key: alert.id });
      if (lookedAt.current !== alert.id) lookAt(alert);
    },
    [lookAt],
  );

  // The focused row may have been outside the window until now; it takes the focus once it is drawn.
  useEffect(() => {
    if (focusKey === null || dialog !== null) return;
    const active = document.activeElement;
    if (active !== document.body && !panel.current?.contains(active)) return;
    panel.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(focusKey)}"]`)?.focus({ preventScroll: true });
  });

  function onKey(pressed: Pressed): boolean {
    const meaning = meaningOf(pressed, { rows, focusIndex, selected });
    switch (meaning?.kind) {
      case 'go': {
        const row = rows[meaning.index];
        if (row !== undefined) step({ kind: 'focus', key: row.key });
        list.current?.reveal(meaning.index);
        break;
      }
      case 'act':
        act(meaning.action, meaning.alerts);
        break;
      case 'open':
        void navigate(pathTo('alert', { id: meaning.alert.id }));
        break;
      case 'step':
        step(meaning.step);
    }
    return meaning !== null;
  }
  useAlertKeys(panel, onKey);

  return {
    panel,
    list,
    shown,
    rows,
    selected,
    chosen,
    filter,
    focusIndex,
    step,
    act,
    select,
    lookAt,
    focusAlert,
    dialog,
    closeDialog: () => setDialog(null),
  };
}
