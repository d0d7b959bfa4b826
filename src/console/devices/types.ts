export type { Device, Quarantined } from '../../wire/devices.ts';

/** Where a device is in the API. */
export function devicePath(id: string): string {
  return `/devices/${encodeURIComponent(id)}`;
}

/** What an id may be. */
export const ID = /^[^/+#?%\s]{1,128}$/;
