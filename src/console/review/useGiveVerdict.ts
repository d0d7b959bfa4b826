import AntApp from 'antd/es/app';
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import type { Alert, Verdict } from '../../model/alert.ts';
import { useStale } from '../api/asked.ts';
import { call } from '../api/client.ts';
import { useErrorText } from '../api/useErrorText.ts';

/** Records a verdict on alerts; gives whether all of it was recorded. */
export function useGiveVerdict(): (alerts: readonly Pick<Alert, 'id'>[], verdict: Verdict) => Promise<boolean> {
  const { t } = useTranslation();
  const { message } = AntApp.useApp();
  const errorText = useErrorText();
  const stale = useStale();
  return useCallback(
    async (alerts, verdict) => {
      try {
        for (const { id } of alerts) {
          await call('POST /alerts/{id}/verdict', { path: { id }, body: { verdict } });
        }
        message.success(t('verdict.given', { verdict: t(`verdict.${verdict}`) }));
        return true;
      } catch (error) {
        message.error(`${t('verdict.failed')} – ${errorText(error)}`, 8);
        return false;
      } finally {
        void stale('GET /alerts');
      }
    },
    [t, message, errorText, stale],
  );
}
