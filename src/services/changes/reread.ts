import { uplinkOf } from '../../decode/kept-frame.ts';
import { createPlanner } from '../../decode/plan.ts';
import { UNTIMED_MS } from '../../decode/set-back.ts';
import type { Journal } from '../../journal/journal.ts';
import type { Log } from '../../lib/log.ts';
import type { JournalEntry } from '../../model/entry.ts';
import type { Decoded, DeviceToRead } from '../../model/format.ts';
import type { KeptPayload } from '../../model/quarantined.ts';
import { LATE } from '../../model/reading.ts';
import type { DeviceRecord } from '../../model/registry.ts';
import type { Reread } from '../../model/reread.ts';
import type { RouteOf } from '../../model/route.ts';
import type { QuarantineStore } from '../../quarantine/store.ts';
import { createKeptMessages } from './kept-messages.ts';

export interface RereadOptions {
  readonly device: (id: string) => DeviceRecord | undefined;
  /** Of a device that is a part of another: the ids that other one may go by. */
  readonly holdersOf: (id: string) => readonly string[];
  readonly quarantine: Pick<QuarantineStore, 'kept' | 'newest' | 'devices'>;
  readonly routeOf: RouteOf;
  readonly journal: Pick<Journal, 'append' | 'whenDurable' | 'nextPosition' | 'read'>;
  readonly stampMs: () => number;
  readonly log: Log;
}

/** What a message yields, and whether nothing more is to come of it. */
interface Yield extends Pick<Decoded, 'readings' | 'rejection'> {
  readonly isAll: boolean;
}

/**
 * Reads once more what could not be read of a device when it came, because nobody had registered it, or its profile did not
 * say how. What can be read now goes into the journal, in the order in which it came and marked late, so that history has it
 * and no live alert is touched; the messages in question leave the quarantine by an entry behind their readings.
 *
 * A message may speak of several devices, as that of a fire host does of its detectors: of each that is registered it is read,
 * and it stays until all are whose message it is kept as.
 *
 * After a crash in between they are still there and may be read again: the same readings are one.
 */
export function createReread(options: RereadOptions) {
  const { device, routeOf, journal, stampMs, log } = options;
  const planDecoding = createPlanner();
  const keptMessages = createKeptMessages({ ...options, isRegistered: (id) => device(id) !== undefined });
  /** One at a time of a device, so that nothing is read twice. */
  const running = new Map<string, Promise<Reread>>();

  const toRead = (record: DeviceRecord): DeviceToRead => ({ record, clockOffsetMs: 0, ...planDecoding(record) });

  async function rereadAll(record: DeviceRecord, names: readonly string[]): Promise<Reread> {
    const to = toRead(record);
    const total = { messages: 0, readings: 0, unread: 0 };
    // What is put back for another reason stands behind, and is not read a third time.
    const end = journal.nextPosition();
    for (const name of names) {
      for await (const messages of keptMessages.under(name)) {
        const positions: number[] = [];
        for (const { message, whole } of messages) {
          if (message.id >= end) continue;
          const { entries, isOver } = whole === undefined ? NOTHING : read(message, whole, to, name);
          for (const entry of entries) {
            if (entry.kind === 'message') total.readings += entry.readings.length;
            journal.append(entry, NOBODY_WAITS);
          }
          if (isOver) positions.push(message.id);
          else total.unread++;
        }
        total.messages += positions.length;
        if (positions.length > 0) append({ type: 'reread', positions });
        await durable();
      }
    }
    return total;
  }

  function durable(): Promise<void> {
    return new Promise((resolve, reject) => {
      journal.whenDurable((error) => (error === null ? resolve() : reject(error)));
    });
  }

  function append(control: Extract<JournalEntry, { kind: 'control' }>['control']): void {
    journal.append({ kind: 'control', receivedAtMs: stampMs(), control }, NOBODY_WAITS);
  }

  /** What stands in the journal for a message from now on, and whether it leaves the quarantine, or its place there. */
  function read(
    message: KeptPayload,
    payload: Uint8Array,
    to: DeviceToRead,
    name: string,
  ): { readonly entries: readonly JournalEntry[]; readonly isOver: boolean } {
    const { id, codec } = to.record;
    const { topic, receivedAtMs } = message;
    const frame = codec === undefined ? undefined : uplinkOf(id, topic, payload, routeOf);
    if (frame !== undefined) {
      const uplink = { device: id, topic, ...frame, again: message.id };
      return { entries: [{ kind: 'uplink', receivedAtMs: stampMs(), ...uplink }], isOver: true };
    }
    const decoded = decode(message, payload, to, name);
    if (decoded === undefined) return NOTHING;
    const { readings, rejection, isAll } = decoded;
    const entries: JournalEntry[] = [];
    if (readings.length > 0) {
      const late = readings.map((reading) => ({
        ...reading,
        tsMs: Math.floor(reading.tsMs),
        marks: reading.marks | LATE,
      }));
      entries.push({ kind: 'message', receivedAtMs: stampMs(), readings: late });
    }
    if (rejection === null) return { entries, isOver: isAll };
    // What of it could not be read is what could not be read before, or is not all there is: it stays as it is.
    if (!isAll || rejection.reason === message.reason) return { entries, isOver: false };
    const { reason, code, values } = rejection;
    entries.push({ kind: 'quarantine', receivedAtMs, device: id, topic, reason, why: { code, values }, payload });
    return { entries, isOver: true };
  }

  function decode(
    { topic, receivedAtMs }: KeptPayload,
    payload: Uint8Array,
    to: DeviceToRead,
    name: string,
  ): Yield | undefined {
    const route = routeOf(topic);
    const arrivalMs = receivedAtMs + UNTIMED_MS;
    if (route === undefined) return undefined;
    if (route.kind === 'device') return { ...route.format.read(to, topic, payload, arrivalMs), isAll: true };
    const { parts } = route.format.open(topic, payload);
    const read: Decoded[] = [];
    let unknown = 0;
    for (const part of parts) {
      const found = part.devices.find((id) => device(id) !== undefined);
      const isKeptAs = part.devices.includes(name);
      const target = found === undefined ? undefined : found === to.record.id ? to.record : device(found);
      if (target === undefined) unknown += isKeptAs ? 1 : 0;
      else if (target === to.record) read.push(part.read(to, arrivalMs));
      // Another one's share of a message that is kept as both of theirs; what a codec has to decode is read with its device.
      else if (isKeptAs && part.raw === undefined) read.push(part.read(toRead(target), arrivalMs));
    }
    if (read.length === 0) return undefined;
    return {
      readings: read.flatMap(({ readings }) => readings).toSorted((a, b) => a.tsMs - b.tsMs),
      rejection: read.find(({ rejection }) => rejection !== null)?.rejection ?? null,
      isAll: unknown === 0,
    };
  }

  /** `names`: what its messages stand under, where that has been found already. */
  function reread(id: string, names?: readonly string[]): Promise<Reread> | undefined {
    const record = device(id);
    if (record === undefined) return undefined;
    const present = running.get(id);
    if (present !== undefined) return present;
    const found = names === undefined ? keptMessages.namesOf([id]).then((all) => all.get(id) ?? []) : names;
    const begun = Promise.resolve(found)
      .then((kept) => rereadAll(record, kept))
      .finally(() => running.delete(id));
    running.set(id, begun);
    return begun;
  }

  async function rereadEach(devices: readonly string[]): Promise<void> {
    for (const [id, names] of await keptMessages.namesOf(devices)) {
      if (names.length === 0) continue;
      try {
        const read = await reread(id, names);
        if (read === undefined || (read.messages === 0 && read.readings === 0)) continue;
        log.info({ device: id, ...read }, 'what it had sent before it was registered is read');
      } catch (error) {
        log.warn({ err: error, device: id }, 'what it had sent before could not be read');
      }
    }
  }

  return {
    /** Resolves when all that could be read is on disk. Undefined when there is no such device. */
    reread: (id: string): Promise<Reread> | undefined => reread(id),

    /** Reads what devices had sent before they were registered, of one after the other; nearly all had sent nothing. */
    added(devices: readonly string[]): void {
      if (devices.length === 0) return;
      void rereadEach(devices).catch((error: unknown) => {
        log.warn({ err: error }, 'what devices had sent before could not be looked for');
      });
    },
  };
}

const NOTHING: { readonly entries: readonly JournalEntry[]; readonly isOver: boolean } = { entries: [], isOver: false };
const NOBODY_WAITS = () => {};
