import type { Profile } from '../../src/model/site.ts';
import { createNoise } from '../noise.ts';
import { type Scalar, signalsOf } from '../signals.ts';

/** What fleets behind something else share. */

/** The device that a network server or edge node logs in as, in a site that was written for it. */
export const GATEWAY = { username: 'simulated-gateway', password: 'simulated' } as const;

export interface RelayFleetOptions {
  readonly protocol: string;
  /** Of the broker, or what was entered at the platform; of a device's own program the server's. */
  readonly url: string;
  readonly seed: number;
  readonly profiles: readonly Profile[];
  readonly devices: number;
  /** Reports a second of the whole fleet; left out: each device at its profile's interval. */
  readonly ratePerS?: number | undefined;
  /** How long, in s; left out: until `stop`. */
  readonly durationS?: number | undefined;
  readonly username?: string | undefined;
  /** Of the network server; of OneNET the token. */
  readonly password?: string | undefined;
}

export interface RelayFleet {
  readonly ended: Promise<{ readonly devices: number; readonly published: number; readonly acknowledged: number }>;
  stop(): RelayFleet['ended'];
}

/** A device, and what it measures at a time. */
export function sensorOf(profile: Profile, id: string, seed: number) {
  const noise = createNoise(`${seed} ${id}`);
  const signals = signalsOf(profile, Object.keys(profile.metrics), {
    noise,
    limits: () => ({ above: {}, below: {} }),
    metric: (field) => profile.metrics[field],
  });
  let reports = 0;
  return {
    id,
    report(atMs: number) {
      const values: Record<string, Scalar> = {};
      for (const [name, signal] of signals) values[name] = rounded(signal(atMs));
      const n = reports++;
      return { id, atMs, values, chance: (kind: string) => noise.uniform(kind, n) };
    },
  };
}

/** As instruments of the field show it. */
function rounded(value: Scalar): Scalar {
  return typeof value === 'number' ? Math.round(value * 10) / 10 : value;
}

export function profileOf(id: string, profiles: readonly Profile[]): Profile {
  const profile = profiles.find((one) => one.id === id);
  if (profile === undefined) throw new Error(`no profile ${id} among the devices`);
  return profile;
}
