export type { Device, Quarantined } from '../../wire/devices.ts';

/** What an id may be. */
export const ID = /^[^/+#?%\s]{1,128}$/;
