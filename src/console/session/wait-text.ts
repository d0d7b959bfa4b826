import type { TFunction } from 'i18next';

const UNKNOWN_S = 60;

/** How long to wait, as the server says, rounded up to what one waits for: nobody tries again too early. */
export function waitText(retryAfterS: number | null, t: TFunction): string {
  const seconds = retryAfterS ?? UNKNOWN_S;
  return seconds < 60
    ? t('time.seconds', { count: Math.ceil(seconds) })
    : t('time.minutes', { count: Math.ceil(seconds / 60) });
}
