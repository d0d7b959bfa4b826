import type { z } from 'zod';
import type { DeviceRecord } from '../model/registry.ts';
import type { deviceSchema } from '../wire/devices.ts';
import type { ApiDeps } from './deps.ts';
import { whyView } from './rejection-view.ts';

/** A device as the API shows it. */
export function deviceView(deps: ApiDeps, device: DeviceRecord): z.infer<typeof deviceSchema> {
  const { id, name, profile, family, points, reportEveryMs, hasSecret, grantedAlerts } = device;
  const { online, connected, lastSeenMs, clockSkewed, clockOffsetMs, refused, repaired, lastRefusal } =
    deps.live.device(id);
  return {
    id,
    name,
    profile,
    family,
    points,
    reportEveryMs,
    hasSecret,
    grantedAlerts,
    online,
    connected,
    lastSeen: lastSeenMs,
    clockSkewed,
    clockOffsetMs,
    refused,
    repaired,
    lastRefusal:
      lastRefusal === null ? null : { at: lastRefusal.atMs, reason: lastRefusal.reason, ...whyView(lastRefusal) },
  };
}
