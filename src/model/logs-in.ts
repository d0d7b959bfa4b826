import type { Profile } from './site.ts';

/**
 * Whether devices of a kind can prove who they are by a secret of their own. Those that are read by a line protocol have no place
 * for one, and those whose frames a network server or an edge node hands on are heard through it alone: with a secret that was
 * drawn for them nothing of theirs would be read.
 */
export function logsIn({ protocol, messages = [], codec }: Pick<Profile, 'protocol' | 'messages' | 'codec'>): boolean {
  if (protocol !== undefined) return false;
  if (messages.length === 0) return codec === undefined;
  return messages.some(({ topic }) => topic !== undefined);
}

const BY_LINE = /^(?:hj212|sl651|gbt26875|modbus)-/;

/** Whether a device is called by its address in a line protocol, as what nobody knows is offered for registration. */
export function isCalledByAddress(device: string): boolean {
  return BY_LINE.test(device);
}
