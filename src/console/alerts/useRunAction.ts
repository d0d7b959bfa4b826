import AntApp from 'antd/es/app';
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import type { Alert } from '../../model/alert.ts';
import { useNames } from '../api/queries.ts';
import { useErrorText } from '../api/useErrorText.ts';
import { useNameText } from '../i18n/i18n.tsx';
import type { Action } from './actions.ts';
import { useActions } from './context.tsx';

/** How many failures are named one by one. */
const NAMED_MAX = 3;

/** Does something to alerts and says honestly what did not succeed. Gives whether all of it did. */
export function useRunAction() {
  const { t } = useTranslation();
  const { message } = AntApp.useApp();
  const actions = useActions();
  const names = useNames();
  const nameText = useNameText();
  const errorText = useErrorText();
  return useCallback(
    async (action: Action, alerts: readonly Alert[], body?: Readonly<Record<string, unknown>>): Promise<boolean> => {
      const failures = await actions.run(action, alerts, body);
      for (const { alert, error } of failures.slice(0, NAMED_MAX)) {
        const name = nameText(names.point(alert.point));
        message.error(`${t('action.failed')} – ${t('action.failedFor', { name, reason: errorText(error) })}`, 8);
      }
      if (failures.length > NAMED_MAX) message.error(`${t('action.failed')} (${failures.length})`, 8);
      return failures.length === 0;
    },
    [actions, message, names, nameText, errorText, t],
  );
}
