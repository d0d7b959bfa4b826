import { createSecretKey } from 'node:crypto';
import type { Problem } from '../lib/errors.ts';
import { publicSecretOf } from '../model/public-secret.ts';
import type { SiteDevice } from '../model/site.ts';
import type { Core } from './core.ts';
import { toProblem } from './input.ts';
import { hashSecret, type SecretHash, secretMatches } from './secrets.ts';

/** Whether a device is who it says. */
export interface DeviceSecrets {
  /** Whether `secret` is the device's. Costs a few µs, whatever the number of devices reconnecting. */
  verifySecret(device: string, secret: Uint8Array): boolean;
  /** Whether the device still has the secret of the sample site, which everybody can read. */
  hasPublicSecret(device: string): boolean;
}

/** Secrets as the parts of the registry that change devices need them. */
export interface SecretKeeper {
  /** Whether it is the present one, also where it would be refused. */
  has(device: string, secret: Uint8Array | string): boolean;
  /** What is to be kept of a device whose secret was `kept` so far; a device that brings none keeps what it has. */
  hashOf(device: SiteDevice, kept: SecretHash | undefined): SecretHash | undefined;
  /** Where devices are given a secret that everybody can read, and nobody may. */
  publicProblems(file: 'site' | 'device', devices: readonly SiteDevice[]): Problem[];
}

export function createDeviceSecrets(
  { rows }: Core,
  options: { readonly hashKey: Uint8Array; readonly refusesPublicSecrets?: () => boolean },
): { readonly secrets: DeviceSecrets; readonly keeper: SecretKeeper } {
  const { hashKey, refusesPublicSecrets = () => false } = options;
  const key = createSecretKey(hashKey);

  function has(device: string, secret: Uint8Array | string): boolean {
    return secretMatches(key, rows.secret(device), secret);
  }

  return {
    secrets: {
      verifySecret(device, secret) {
        if (!has(device, secret)) return false;
        return !refusesPublicSecrets() || Buffer.from(publicSecretOf(device)).compare(secret) !== 0;
      },
      hasPublicSecret: (device) => has(device, publicSecretOf(device)),
    },
    keeper: {
      has,
      hashOf({ secret }, kept) {
        if (secret === undefined || (kept !== undefined && secretMatches(key, kept, secret))) return kept;
        return hashSecret(key, secret);
      },
      publicProblems(file, devices) {
        if (!refusesPublicSecrets()) return [];
        return devices.flatMap(({ id, secret }, index): Problem[] => {
          if (secret !== publicSecretOf(id)) return [];
          const path = file === 'device' ? ['secret'] : ['devices', index, 'secret'];
          return [toProblem(file, { path, code: 'public-secret', values: { device: id } })];
        });
      },
    },
  };
}
