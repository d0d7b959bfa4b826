import type { RefusedName } from '../model/refused-name.ts';
import { addressGroup } from './address.ts';
import { brief } from './brief.ts';
import type { Clock } from './clock.ts';
import { createRecent, type Recent } from './recent.ts';

export interface RefusedNames {
  note(name: string | undefined, clientId: string, address: string): void;
  /** A name has got in from an address: what it was refused there before is settled. */
  cameIn(name: string, address: string): void;
  /** The device is registered or has another secret now: what came before says nothing any more. */
  forget(name: string): void;
  /** The newest first. */
  list(): RefusedName[];
}

/** As long as the longest id of a device, so that every device's name is kept whole. */
const NAME_LENGTH = 128;
/** Whoever makes up names pushes out his own only. */
const NAMES_PER_NETWORK_MAX = 100;
const NETWORKS_MAX = 100;

/** Remembers who was refused, within bounds, so that a device can be registered from what it says of itself. */
export function createRefusedNames(clock: Clock): RefusedNames {
  const networks = createRecent<Recent<RefusedName>>(NETWORKS_MAX);

  return {
    note(given, clientId, address) {
      const whole = given?.trim() ?? '';
      const name = brief(whole, NAME_LENGTH);
      const names = networks.take(addressGroup(address), () => createRecent<RefusedName>(NAMES_PER_NETWORK_MAX));
      const nowMs = clock.nowMs();
      const before = names.get(name);
      names.put(name, {
        name,
        isWhole: name === whole,
        clientId: brief(clientId),
        address: address.replace(/^::ffff:/i, ''),
        count: (before?.count ?? 0) + 1,
        firstAtMs: before?.firstAtMs ?? nowMs,
        lastAtMs: nowMs,
      });
    },
    cameIn(name, address) {
      if (networks.size > 0) networks.get(addressGroup(address))?.delete(brief(name.trim(), NAME_LENGTH));
    },
    forget(name) {
      for (const names of networks.values()) names.delete(name);
    },
    list: () => [...networks.values()].flatMap((names) => [...names.values()]).sort((a, b) => b.lastAtMs - a.lastAtMs),
  };
}
