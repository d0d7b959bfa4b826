import AntApp from 'antd/es/app';
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import type { Alert } from '../../model/alert.ts';
import type { Given } from '../../wire/calls.ts';
import { useStale } from '../api/asked.ts';
import { call } from '../api/client.ts';
import { useErrorText } from '../api/useErrorText.ts';

/** What is done in a response, with what goes with it; as the table of calls has them. */
export type Responding =
  | { readonly act: 'dispatch'; readonly body: Given<'POST /alerts/{id}/dispatch'>['body'] }
  | {
      readonly act: 'accept' | 'decline' | 'arrive' | 'handle';
      readonly body: Given<'POST /alerts/{id}/accept'>['body'];
    }
  | { readonly act: 'feedback'; readonly body: Given<'POST /alerts/{id}/feedback'>['body'] }
  | { readonly act: 'step'; readonly step: string; readonly body: Given<'POST /alerts/{id}/steps/{step}'>['body'] }
  | { readonly act: 'close'; readonly body: Given<'POST /alerts/{id}/close'>['body'] }
  | { readonly act: 'reopen'; readonly body: Given<'POST /alerts/{id}/reopen'>['body'] };

/** Does it, and says honestly when it did not succeed. Gives whether it did. */
export function useRespond(): (alert: Pick<Alert, 'id'>, responding: Responding) => Promise<boolean> {
  const { t } = useTranslation();
  const { message } = AntApp.useApp();
  const errorText = useErrorText();
  const stale = useStale();
  return useCallback(
    async ({ id }, responding) => {
      try {
        await send({ id }, responding);
        return true;
      } catch (error) {
        message.error(`${t('respond.failed')} – ${errorText(error)}`, 8);
        return false;
      } finally {
        // A screen without live events shows it all the same.
        void stale('GET /alerts/{id}', 'GET /alerts');
      }
    },
    [t, message, errorText, stale],
  );
}

function send(path: { readonly id: string }, responding: Responding): Promise<Alert> {
  switch (responding.act) {
    case 'dispatch':
      return call('POST /alerts/{id}/dispatch', { path, body: responding.body });
    case 'step':
      return call('POST /alerts/{id}/steps/{step}', {
        path: { ...path, step: responding.step },
        body: responding.body,
      });
    case 'feedback':
      return call('POST /alerts/{id}/feedback', { path, body: responding.body });
    case 'reopen':
      return call('POST /alerts/{id}/reopen', { path, body: responding.body });
    case 'close':
      return call('POST /alerts/{id}/close', { path, body: responding.body });
    default:
      return call(`POST /alerts/{id}/${responding.act}`, { path, body: responding.body });
  }
}
