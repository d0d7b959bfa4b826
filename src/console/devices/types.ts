export type { CommandRecord, Device, DeviceWithDefinition, Quarantined } from '../../wire/devices.ts';

/** What an id may be. */
export const ID = /^[^/+#?%\s]{1,128}$/;

/** A system below a transmission device, or a component of one. */
export const PLACE = /^([01]?\d?\d|2[0-4]\d|25[0-5])(-[0-9a-f]{8})?$/i;
