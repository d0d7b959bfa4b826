import { crc32 } from 'node:zlib';
import type { Client, PublishPacket } from 'aedes';
import type { Clock } from '../lib/clock.ts';
import { costOf, type TokenBucket, takeToken } from '../lib/token-bucket.ts';
import type { Route } from '../model/route.ts';
import type { Ingest } from '../model/source.ts';
import { type Session, sessionName } from './connections.ts';
import { errorWithReason, REASON } from './mqtt5/reasons.ts';
import { type OversizedPublish, TICKET_BYTES } from './packet-guard.ts';
import { mayFeed } from './principal.ts';
import { type Qos2Ledger, UNRELEASED_PER_SESSION_MAX } from './qos2-ledger.ts';
import type { Refusals } from './refusals.ts';

export interface TelemetryOptions {
  readonly clock: Clock;
  readonly publishesPerSecondMax: number;
  /** What a device has used of its rate. */
  readonly bucketOf: (device: string) => TokenBucket;
  readonly ingest: Ingest;
  readonly ledger: Qos2Ledger;
  readonly refusals: Refusals;
  /** What a ticket stands for, which came in the place of a payload that was too large. */
  readonly takeOversized: (client: Client, ticket: Uint8Array) => OversizedPublish | undefined;
  readonly acknowledge: (client: Client, messageId: number) => void;
}

/** Telemetry on its way from the broker to the journal: at the device's rate, and exactly once with QoS 2. */
export interface Telemetry {
  /** What takes the publishes of a connection: `done` comes when one is on disk, and was acknowledged if its QoS is 1. */
  of(client: Client, session: Session): TakePublish;
  /** Publishes that had to wait because their device was above its rate. */
  throttled(): number;
}

/** A publish of telemetry, by the device whose rate it counts for. */
export type TakePublish = (
  packet: PublishPacket,
  route: Route,
  device: string,
  done: (error?: Error | null) => void,
) => void;

export function createTelemetry(options: TelemetryOptions): Telemetry {
  const { clock, publishesPerSecondMax, bucketOf, ingest, ledger, refusals, acknowledge } = options;
  let throttled = 0;

  function takerOf(client: Client, session: Session): TakePublish {
    return (packet, route, device, done) => {
      const whole = payloadBytes(packet.payload);
      const oversized = whole.length === TICKET_BYTES ? options.takeOversized(client, whole) : undefined;
      const payload = oversized?.head ?? whole;
      const oversizedBytes = oversized?.payloadBytes;
      const { messageId } = packet;
      const { topic, dup: isDuplicate } = packet;
      const { principal } = session;
      const may = route.kind === 'device' ? undefined : (id: string) => mayFeed(principal, id);
      const message = {
        route,
        device,
        topic,
        payload,
        connection: session,
        isDuplicate,
        oversizedBytes,
        mayFeed: may,
        unreleased: undefined,
      };
      if (packet.qos === 0 || messageId === undefined) return ingest(message, done);
      if (packet.qos === 1) {
        return ingest(message, (error) => {
          if (error !== null) return done(notStored(error));
          acknowledge(client, messageId);
          // To Aedes it is a QoS 0 publish from here on, so that it does not acknowledge once more.
          packet.qos = 0;
          done(null);
        });
      }
      const digest = oversized?.digest ?? crc32(payload, crc32(topic));
      const { ownMessageIds } = session;
      // After a clean start its packet id may serve a new message; else it is a redelivery, if it is the same.
      const mayBeNew = session.startsClean && !isDuplicate && !ownMessageIds.has(messageId);
      if (ledger.isTaken(client.id, messageId, digest, mayBeNew)) {
        // The first copy may still wait for its fsync, and PUBREC may not overtake it.
        ownMessageIds.add(messageId);
        return ledger.whenDurable(done);
      }
      if (ownMessageIds.size >= UNRELEASED_PER_SESSION_MAX && !ownMessageIds.has(messageId)) {
        refusals.count('too-many-unreleased', sessionName(session));
        return done(
          errorWithReason('too many publishes of QoS 2 that are not released', REASON.receiveMaximumExceeded),
        );
      }
      const unreleased = ledger.note(client.id, messageId, digest, (id) => ownMessageIds.has(id));
      ownMessageIds.add(messageId);
      ingest({ ...message, unreleased }, (error) => {
        if (error !== null) ledger.takeBack(client.id, messageId);
        done(error === null ? null : notStored(error));
      });
    };
  }

  return {
    of(client, session) {
      const take = takerOf(client, session);
      // Aedes reads no more from the socket until `done`, so nothing is lost.
      return (packet, route, device, done) => {
        const cost = costOf(packet.payload.length);
        const waitMs = takeToken(bucketOf(device), publishesPerSecondMax, clock.steadyMs(), cost);
        if (waitMs === 0) return take(packet, route, device, done);
        throttled++;
        clock.after(waitMs, () => {
          if (session.isEnded) done(new Error('not authorised'));
          else take(packet, route, device, done);
        });
      };
    },
    throttled: () => throttled,
  };
}

export function payloadBytes(payload: string | Buffer): Uint8Array {
  return typeof payload === 'string' ? Buffer.from(payload) : payload;
}

/** The device must send it again, and a PUBACK that tells of a failure would keep it from that. */
function notStored({ message }: Error): Error {
  return errorWithReason(message, REASON.busy);
}
