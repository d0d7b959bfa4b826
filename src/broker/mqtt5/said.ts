import type { Clock } from '../../lib/clock.ts';
import { deliveredWith, handedOn, type Properties } from './properties.ts';

/** What a message of version 5 says beside its topic and its payload, as far as others are concerned. */
interface Said {
  /** Properties that are handed on, as they are written. */
  readonly properties: Uint8Array;
  /** By the steady clock; after that nobody gets it any more. */
  readonly expiresAtMs: number | undefined;
}

/**
 * What messages say in their properties. Aedes of version 3.1.1 carries a message about as copies that share their payload,
 * retained, waiting for a session or on its way, so what a message says is found by that very piece of memory.
 */
export interface SaidByMessages {
  /** A message is published with these properties, and the time it may wait begins. */
  note(payload: unknown, properties: Properties): void;
  /** A payload was copied, and the message goes on with the copy. */
  move(payload: unknown, copy: Buffer): void;
  isExpired(payload: unknown): boolean;
  /** What they take in memory. */
  bytes(payload: unknown): number;
  /** The properties to deliver a message with, their length before them. */
  deliveredWith(payload: unknown, identifiers: readonly number[]): Uint8Array;
}

const NOTHING = new Uint8Array();

export function createSaidByMessages(clock: Clock): SaidByMessages {
  const all = new WeakMap<object, Said>();
  const of = (payload: unknown) => (payload instanceof Uint8Array ? all.get(payload) : undefined);

  return {
    note(payload, { ofMessage, messageExpiryInterval }) {
      if (!(payload instanceof Uint8Array) || ofMessage === undefined) return;
      const expiresAtMs =
        messageExpiryInterval === undefined ? undefined : clock.steadyMs() + messageExpiryInterval * 1_000;
      all.set(payload, { properties: handedOn(ofMessage), expiresAtMs });
    },
    move(payload, copy) {
      const said = of(payload);
      if (said !== undefined) all.set(copy, said);
    },
    isExpired(payload) {
      const at = of(payload)?.expiresAtMs;
      return at !== undefined && at <= clock.steadyMs();
    },
    bytes: (payload) => of(payload)?.properties.length ?? 0,
    deliveredWith(payload, identifiers) {
      const said = of(payload);
      const leftMs = said?.expiresAtMs === undefined ? undefined : said.expiresAtMs - clock.steadyMs();
      const leftS = leftMs === undefined ? undefined : Math.max(0, Math.ceil(leftMs / 1_000));
      return deliveredWith(said?.properties ?? NOTHING, leftS, identifiers);
    },
  };
}
