import { crc32 } from 'node:zlib';
import type { CommittedBatch } from '../../journal/journal.ts';
import type { AlertEvent } from '../../model/alert.ts';
import type { Control, DigestControl } from '../../model/entry.ts';
import { COPIES_DIFFER } from '../../model/system-alerts.ts';

export interface DigestsOptions {
  readonly node: string;
  /** Digests of this server's copy of the log at some numbers, the newest last. */
  readonly digests: () => ReadonlyMap<number, number>;
  readonly events: (after: number, limit: number) => readonly AlertEvent[];
  readonly headSeq: () => number;
  readonly send: (control: Control) => void;
  /** Two others agree with one another and not with this server. */
  readonly onMinority: (detail: string) => void;
}

/** Entries of the alert log that are summed up in one digest. */
const ALERT_BLOCK = 256;
/** Digests of others that are kept, to see who agrees with whom. */
const HEARD_MAX = 64;

/**
 * What the servers of a cluster tell one another of their copies, by way of the log itself, so that engines, disks and
 * programs that are believed to be right are also seen to be. Copies that differ are a red alert; whoever is alone with his
 * takes nothing any more.
 */
export function createDigests(options: DigestsOptions): { take(batch: CommittedBatch): void } {
  const { node, digests, events, headSeq, send } = options;
  let told = 0;
  let isMinority = false;
  /** What each of the others said, by what it is of. */
  const heard = new Map<string, Map<string, number>>();

  /** The digest of the block of the alert log that ends at `seq`; undefined when there is no such block here. */
  function alertDigest(seq: number): number | undefined {
    if (seq > headSeq()) return undefined;
    return events(seq - ALERT_BLOCK, ALERT_BLOCK).reduce((sum, event) => crc32(JSON.stringify(event), sum), 0);
  }

  function tell(): void {
    const newest = [...digests()].at(-1);
    if (newest === undefined || newest[0] <= told) return;
    const [number, digest] = newest;
    told = number;
    const seq = Math.floor(headSeq() / ALERT_BLOCK) * ALERT_BLOCK;
    const alerts = seq === 0 ? null : { seq, digest: alertDigest(seq) ?? 0 };
    send({ type: 'digest', node, number, digest, alerts });
  }

  function hear(said: DigestControl): void {
    if (said.node === node) return;
    const own = digests().get(said.number);
    if (own !== undefined) compare(said.node, `message ${said.number}`, said.digest, own);
    if (said.alerts === null) return;
    const { seq, digest } = said.alerts;
    compare(said.node, `entry ${seq} of the alert log`, digest, alertDigest(seq));
  }

  function compare(other: string, place: string, theirs: number, own: number | undefined): void {
    if (theirs === own) return;
    const said = heard.get(place) ?? new Map<string, number>();
    heard.set(place, said.set(other, theirs));
    if (heard.size > HEARD_MAX) heard.delete(heard.keys().next().value ?? '');
    const detail = `${node} and ${other} differ at ${place}`;
    send({ type: 'system', ...COPIES_DIFFER, active: true, detail });
    const agreeing = [...said.values()].filter((one) => one === theirs).length;
    if (agreeing < 2 || isMinority) return;
    isMinority = true;
    options.onMinority(`${detail}, and the others agree`);
  }

  return {
    take({ entries }) {
      for (const entry of entries) {
        if (entry.kind === 'control' && entry.control.type === 'digest') hear(entry.control);
      }
      tell();
    },
  };
}
