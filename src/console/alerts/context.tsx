import { createContext, type ReactNode, use, useMemo } from 'react';
import { useAlertView, useStore } from '../live/context.tsx';
import type { Actions } from './actions.ts';
import type { ShownAlert } from './shown.ts';

const ActionsContext = createContext<Actions | null>(null);

export function ActionsProvider({ actions, children }: { actions: Actions; children: ReactNode }) {
  return <ActionsContext value={actions}>{children}</ActionsContext>;
}

export function useActions(): Actions {
  const actions = use(ActionsContext);
  if (actions === null) throw new Error('useActions needs an ActionsProvider above it');
  return actions;
}

/** The open alerts as the person expects them after what was just pressed. The order is the log's, so nothing jumps. */
export function useShownAlerts(): readonly ShownAlert[] {
  const { alerts } = useAlertView();
  const pending = useStore(useActions().pending);
  return useMemo(
    () =>
      alerts.map((alert) => {
        const waiting = pending.get(alert.id);
        return waiting !== undefined && waiting.seq >= alert.seq
          ? { alert: waiting, pending: true }
          : { alert, pending: false };
      }),
    [alerts, pending],
  );
}
