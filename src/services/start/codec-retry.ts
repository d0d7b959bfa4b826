import { uplinkOf } from '../../decode/kept-frame.ts';
import type { Journal } from '../../journal/journal.ts';
import type { QuarantinedPayload } from '../../model/quarantined.ts';
import type { DeviceRecord } from '../../model/registry.ts';
import type { RouteOf } from '../../model/route.ts';
import type { QuarantineStore } from '../../quarantine/store.ts';

export interface CodecRetryOptions {
  readonly journal: Pick<Journal, 'append' | 'whenDurable'>;
  readonly quarantine: Pick<QuarantineStore, 'uplinks'>;
  readonly device: (id: string) => DeviceRecord | undefined;
  readonly routeOf: RouteOf;
  readonly stampMs: () => number;
}

/** Read from the quarantine at once; as many wait for one fsync. */
const ROWS = 500;

/**
 * Journals the uplinks of a profile's devices that wait in quarantine once more, in the order in which they came, and gives
 * how many. Each names the entry that it was, which leaves the quarantine with it: a crash in between leaves the rest there.
 */
export async function retryUplinks(profile: string, options: CodecRetryOptions): Promise<number> {
  const { journal, quarantine, device, stampMs } = options;
  let after = 0;
  let count = 0;
  for (;;) {
    const rows = quarantine.uplinks(after, ROWS);
    const last = rows.at(-1);
    if (last === undefined) return count;
    after = last.id;
    for (const row of rows) {
      if (device(row.device)?.profile !== profile) continue;
      const found = uplinkOf(row.device, row.topic, bytesOf(row), options.routeOf);
      if (found === undefined) continue;
      count++;
      const { id: again, device: of, topic } = row;
      journal.append({ kind: 'uplink', receivedAtMs: stampMs(), device: of, topic, ...found, again }, () => undefined);
    }
    await new Promise<void>((resolve, reject) => {
      journal.whenDurable((error) => (error === null ? resolve() : reject(error)));
    });
  }
}

const bytesOf = ({ payload, payloadBase64 }: QuarantinedPayload): Uint8Array =>
  payloadBase64 === null ? Buffer.from(payload) : Buffer.from(payloadBase64, 'base64');
