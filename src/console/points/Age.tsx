import { useTranslation } from 'react-i18next';
import type { Point } from '../api/types.ts';
import { useSlowServerNow } from '../live/clock.ts';
import { useLive } from '../live/context.tsx';
import { STALE_AFTER_INTERVALS } from '../live/stale.ts';
import { dateTime, formatSpan } from '../ui/format.ts';

/** How long ago the point last reported anything. */
export function Age({ point }: { point: Point }) {
  const { t } = useTranslation();
  const live = useLive();
  const nowMs = useSlowServerNow(5);
  const newestMs = Math.max(live.heardFrom(point.id) ?? 0, ...Object.values(point.values).map(({ ts }) => ts));
  if (newestMs === 0) return <span className="faint">{t('point.never')}</span>;
  const old = nowMs - newestMs > STALE_AFTER_INTERVALS * point.reportEveryMs;
  return (
    <time className={old ? '' : 'faint'} title={dateTime(newestMs)}>
      {formatSpan(nowMs - newestMs, t)}
    </time>
  );
}
