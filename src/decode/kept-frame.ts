import type { UplinkEntry } from '../model/entry.ts';
import { uplinkKept } from '../model/kept-uplink.ts';
import type { RouteOf } from '../model/route.ts';

type Uplink = Pick<UplinkEntry, 'fPort' | 'bytes' | 'networkAtMs' | 'fCnt' | 'network'>;

/**
 * The frame in a message that was kept: as such; or, of a time when its profile had no codec or nobody knew its device, in the
 * message that a network server sent. Undefined when it holds none.
 */
export function uplinkOf(device: string, topic: string, payload: Uint8Array, routeOf: RouteOf): Uplink | undefined {
  const kept = uplinkKept(Buffer.from(payload).toString());
  if (kept !== undefined) return kept;
  const route = routeOf(topic);
  if (route?.kind !== 'envelope') return undefined;
  const { parts } = route.format.open(topic, payload);
  const raw = parts.find((part) => part.devices.includes(device))?.raw;
  if (raw === undefined) return undefined;
  const { fPort, bytes, receivedAtMs, fCnt, network } = raw;
  return { fPort, bytes, networkAtMs: receivedAtMs ?? null, fCnt: fCnt ?? null, network };
}
