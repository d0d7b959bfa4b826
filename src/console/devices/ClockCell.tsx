import { useTranslation } from 'react-i18next';
import { formatSpan } from '../ui/format.ts';
import type { Device } from './types.ts';

/** Data older than this many report intervals when it arrives is no delay of the network any more. */
const BEHIND_REPORTS = 3;
const BEHIND_LEAST_MS = 60_000;
/** A clock that says an earlier time was never set. */
const EARLIEST_SET_MS = Date.UTC(2001, 0, 1);

/** Whether a device's clock, or its data, is not of the present. */
export function clockTrouble(device: Device): 'ahead' | 'unset' | 'slow' | 'behind' | null {
  const { clockSkewed, clockOffsetMs, reportEveryMs } = device;
  if (clockSkewed && (clockOffsetMs ?? 0) >= 0) return 'ahead';
  if (clockSkewed) return Date.now() + (clockOffsetMs ?? 0) < EARLIEST_SET_MS ? 'unset' : 'slow';
  const behindMs = Math.max(BEHIND_LEAST_MS, BEHIND_REPORTS * reportEveryMs);
  return clockOffsetMs !== null && clockOffsetMs < -behindMs ? 'behind' : null;
}

/** What a device's clock says beside ours: how far off, and in which direction. */
export function ClockCell({ device }: { device: Device }) {
  const { t } = useTranslation();
  const { clockOffsetMs } = device;
  const trouble = clockTrouble(device);
  if (clockOffsetMs === null) return <span className="faint">–</span>;
  const time = formatSpan(Math.abs(clockOffsetMs), t);
  if (trouble === null) {
    return (
      <span className="faint" title={`${(clockOffsetMs / 1_000).toFixed(1)} s`}>
        {t('point.normal')}
      </span>
    );
  }
  return (
    <span className="badge" title={t(`device.clockHelp.${trouble}`)}>
      {t(`device.clockIs.${trouble}`, { time })}
    </span>
  );
}
