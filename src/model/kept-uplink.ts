import { z } from 'zod';
import type { UplinkEntry } from './entry.ts';

/** Why an uplink is in quarantine: it can be tried again from there, when its profile has another codec. */
export const UPLINK_REASONS = ['no-codec', 'codec-refused', 'codec-off'] as const;

/** An uplink as it is kept in quarantine, for people to read and to be tried again: JSON. */
const keptSchema = z.object({
  fPort: z.number(),
  bytes: z.string(),
  networkAtMs: z.number().nullable(),
  fCnt: z.number().nullable(),
  network: z.record(z.string(), z.unknown()),
});
type Uplink = Pick<UplinkEntry, keyof z.infer<typeof keptSchema>>;

export function keptUplink({ fPort, bytes, networkAtMs, fCnt, network }: Uplink): Uint8Array {
  return Buffer.from(JSON.stringify({ fPort, bytes: Buffer.from(bytes).toString('hex'), networkAtMs, fCnt, network }));
}

/** The uplink that was kept so; undefined of anything else. */
export function uplinkKept(payload: string): Uplink | undefined {
  try {
    const { bytes, ...rest } = keptSchema.parse(JSON.parse(payload));
    return { ...rest, bytes: Buffer.from(bytes, 'hex') };
  } catch {
    return undefined;
  }
}
