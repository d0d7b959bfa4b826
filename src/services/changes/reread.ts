import { idsOf } from '../../decode/ids.ts';
import { uplinkOf } from '../../decode/kept-frame.ts';
import { createPlanner } from '../../decode/plan.ts';
import { UNTIMED_MS } from '../../decode/set-back.ts';
import type { Journal } from '../../journal/journal.ts';
import type { Log } from '../../lib/log.ts';
import type { JournalEntry } from '../../model/entry.ts';
import type { Decoded, DeviceToRead } from '../../model/format.ts';
import type { WholePayload } from '../../model/quarantined.ts';
import { LATE } from '../../model/reading.ts';
import type { DeviceRecord } from '../../model/registry.ts';
import type { Reread } from '../../model/reread.ts';
import type { RouteOf } from '../../model/route.ts';
import type { QuarantineStore } from '../../quarantine/store.ts';

export interface RereadOptions {
  readonly device: (id: string) => DeviceRecord | undefined;
  readonly quarantine: Pick<QuarantineStore, 'whole' | 'devices'>;
  readonly routeOf: RouteOf;
  readonly journal: Pick<Journal, 'append' | 'whenDurable' | 'nextPosition'>;
  readonly stampMs: () => number;
  readonly log: Log;
}

/** Messages that are looked up at once, after which devices are served. */
const MESSAGES_AT_ONCE = 100;

/**
 * Reads once more what could not be read of a device when it came, because nobody had registered it, or its profile did not
 * say how. What can be read now goes into the journal, in the order in which it came and marked late, so that history has it
 * and no live alert is touched; the messages in question leave the quarantine by an entry behind their readings.
 *
 * After a crash in between they are still there and may be read again: the same readings are one.
 */
export function createReread(options: RereadOptions) {
  const { device, quarantine, routeOf, journal, stampMs, log } = options;
  const planDecoding = createPlanner();
  /** One at a time of a device, so that nothing is read twice. */
  const running = new Map<string, Promise<Reread>>();

  async function rereadAll(record: DeviceRecord): Promise<Reread> {
    const to: DeviceToRead = { record, clockOffsetMs: 0, ...planDecoding(record) };
    const total = { messages: 0, readings: 0, unread: 0 };
    // What is put back for another reason stands behind, and is not read a third time.
    const end = journal.nextPosition();
    for (const name of namesOf(record.id)) {
      let after = 0;
      for (;;) {
        const messages = quarantine.whole(name, after, MESSAGES_AT_ONCE).filter(({ id }) => id < end);
        if (messages.length === 0) break;
        after = messages.at(-1)?.id ?? after;
        const positions: number[] = [];
        for (const message of messages) {
          const { entries, isOver } = read(message, to);
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

  /** What its messages may stand under: a number in hex is written either way, and no other device goes by it. */
  function namesOf(id: string): string[] {
    return idsOf([id]).filter((name) => name === id || device(name) === undefined);
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
  function read(message: WholePayload, to: DeviceToRead): { entries: JournalEntry[]; isOver: boolean } {
    const { id, codec } = to.record;
    const { topic, payload, receivedAtMs } = message;
    const frame = codec === undefined ? undefined : uplinkOf(id, topic, payload, routeOf);
    if (frame !== undefined) {
      const uplink = { device: id, topic, ...frame, again: message.id };
      return { entries: [{ kind: 'uplink', receivedAtMs: stampMs(), ...uplink }], isOver: true };
    }
    const decoded = decode(message, to);
    if (decoded === undefined) return { entries: [], isOver: false };
    const { readings, rejection } = decoded;
    const entries: JournalEntry[] = [];
    if (readings.length > 0) {
      const late = readings.map((reading) => ({
        ...reading,
        tsMs: Math.floor(reading.tsMs),
        marks: reading.marks | LATE,
      }));
      entries.push({ kind: 'message', receivedAtMs: stampMs(), readings: late });
    }
    if (rejection === null) return { entries, isOver: true };
    // What of it could not be read is what could not be read before: it stays as it is.
    if (rejection.reason === message.reason) return { entries, isOver: false };
    const { reason, code, values } = rejection;
    entries.push({ kind: 'quarantine', receivedAtMs, device: id, topic, reason, why: { code, values }, payload });
    return { entries, isOver: true };
  }

  function decode({ topic, payload, receivedAtMs }: WholePayload, to: DeviceToRead): Decoded | undefined {
    const route = routeOf(topic);
    const arrivalMs = receivedAtMs + UNTIMED_MS;
    if (route === undefined) return undefined;
    if (route.kind === 'device') return route.format.read(to, topic, payload, arrivalMs);
    const { parts } = route.format.open(topic, payload);
    const own = parts.filter(({ devices }) => devices.find((id) => device(id) !== undefined) === to.record.id);
    if (own.length === 0) return undefined;
    const read = own.map((part) => part.read(to, arrivalMs));
    return {
      readings: read.flatMap(({ readings }) => readings).toSorted((a, b) => a.tsMs - b.tsMs),
      rejection: read.find(({ rejection }) => rejection !== null)?.rejection ?? null,
      clockAheadMs: 0,
      isRepaired: false,
    };
  }

  function reread(id: string): Promise<Reread> | undefined {
    const record = device(id);
    if (record === undefined) return undefined;
    const present = running.get(id);
    if (present !== undefined) return present;
    const begun = rereadAll(record).finally(() => running.delete(id));
    running.set(id, begun);
    return begun;
  }

  async function rereadEach(devices: readonly string[]): Promise<void> {
    for (const id of devices) {
      try {
        const read = await reread(id);
        if (read === undefined || read.messages === 0) continue;
        log.info({ device: id, ...read }, 'what it had sent before it was registered is read');
      } catch (error) {
        log.warn({ err: error, device: id }, 'what it had sent before could not be read');
      }
    }
  }

  return {
    /** Resolves when all that could be read is on disk. Undefined when there is no such device. */
    reread,

    /** Reads what devices had sent before they were registered, of one after the other; nearly all had sent nothing. */
    added(devices: readonly string[]): void {
      if (devices.length === 0) return;
      const kept = new Set(quarantine.devices());
      void rereadEach(devices.filter((id) => namesOf(id).some((name) => kept.has(name))));
    },
  };
}

const NOBODY_WAITS = () => {};
