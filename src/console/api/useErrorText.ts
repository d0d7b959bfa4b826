import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from './client.ts';

/** What went wrong, in the chosen language: the server says its part in both. */
export function useErrorText(): (error: unknown) => string {
  const { t } = useTranslation();
  return useCallback(
    (error: unknown) => {
      if (!(error instanceof ApiError)) return t('error.unknown', { detail: String(error) });
      if (error.status === 0) return t('error.network');
      return [error.message, ...error.errors.map(({ path, message }) => `${path} ${message}`)].join(' ');
    },
    [t],
  );
}
