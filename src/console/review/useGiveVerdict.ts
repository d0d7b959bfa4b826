import { useQueryClient } from '@tanstack/react-query';
import AntApp from 'antd/es/app';
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import type { Alert, Verdict } from '../../model/alert.ts';
import { request } from '../api/client.ts';
import { useErrorText } from '../api/useErrorText.ts';

/** Records a verdict on alerts; gives whether all of it was recorded. */
export function useGiveVerdict(): (alerts: readonly Pick<Alert, 'id'>[], verdict: Verdict) => Promise<boolean> {
  const { t } = useTranslation();
  const { message } = AntApp.useApp();
  const errorText = useErrorText();
  const client = useQueryClient();
  return useCallback(
    async (alerts, verdict) => {
      try {
        for (const { id } of alerts) {
          await request(`/alerts/${encodeURIComponent(id)}/verdict`, { method: 'POST', body: { verdict } });
        }
        message.success(t('verdict.given', { verdict: t(`verdict.${verdict}`) }));
        return true;
      } catch (error) {
        message.error(`${t('verdict.failed')} – ${errorText(error)}`, 8);
        return false;
      } finally {
        void client.invalidateQueries({ queryKey: ['alerts'] });
      }
    },
    [t, message, errorText, client],
  );
}
