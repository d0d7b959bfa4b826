import type { Clock } from '../lib/clock.ts';
import { messageOf } from '../lib/errors.ts';
import type { Composed, Edge, OpenChannel, Outcome, Pending, ProofOf } from './channel.ts';
import { MASK } from './channel-types.ts';
import { isSetUpAlike, type UsableChannel } from './outbox/live-channels.ts';

/** Opens channels when they are first used, and sends. Keeps nothing that a restart would miss. */
export interface Sender {
  /** Never rejects, and resolves within a minute and a half whatever a channel does. */
  send(channel: UsableChannel, composed: Composed): Promise<Outcome>;
  /** Opens all that are set up, for receipts and replies come by themselves; closes what is no more, or is set up otherwise. */
  use(channels: Iterable<UsableChannel>): void;
  /** Whether a channel has to be asked what became of its messages. */
  polls(channel: UsableChannel): boolean;
  /** Never rejects. */
  poll(channel: UsableChannel, pending: readonly Pending[]): Promise<readonly ProofOf[]>;
  close(): void;
}

/** Channels have time-outs of their own; this ends one that has forgotten it. */
const SEND_LIMIT_MS = 90_000;

export function createSender({
  clock,
  edge,
  onProof,
}: {
  readonly clock: Clock;
  readonly edge: Omit<Edge, 'onProof'>;
  readonly onProof: (channel: string, proof: ProofOf) => void;
}): Sender {
  const open = new Map<string, { readonly of: UsableChannel; readonly channel: OpenChannel }>();

  function opened(of: UsableChannel): OpenChannel {
    const known = open.get(of.id);
    if (known !== undefined && isSetUpAlike(known.of, of)) return known.channel;
    known?.channel.close();
    const channel = of.type.open(of.settings, { ...edge, onProof: (proof) => onProof(of.id, proof) });
    open.set(of.id, { of, channel });
    return channel;
  }

  return {
    send(of, composed) {
      return new Promise((resolve) => {
        const failed = (words: string) =>
          resolve({ state: 'later', why: 'no-answer', afterMs: null, words, clockOffsetMs: null });
        const cancel = clock.after(SEND_LIMIT_MS, () => failed('no answer'));
        const done = (outcome: Outcome) => {
          cancel();
          resolve({ ...outcome, words: withoutSecrets(outcome.words, of) });
        };
        try {
          opened(of)
            .send(composed)
            .then(done, (error: unknown) => failed(messageOf(error)));
        } catch (error) {
          cancel();
          failed(messageOf(error));
        }
      });
    },

    use(channels) {
      const wanted = new Map([...channels].map((channel) => [channel.id, channel]));
      for (const [id, { channel }] of open) {
        if (wanted.has(id)) continue;
        channel.close();
        open.delete(id);
      }
      for (const channel of wanted.values()) opened(channel);
    },

    polls(channel) {
      return opened(channel).poll !== undefined;
    },

    async poll(channel, pending) {
      try {
        return (await opened(channel).poll?.(pending)) ?? [];
      } catch {
        // It is asked again; that it sends nothing is found when something is sent.
        return [];
      }
    },

    close() {
      for (const { channel } of open.values()) channel.close();
      open.clear();
    },
  };
}

/** So short a secret is no secret, and taking it out of words would leave holes in them. */
const SECRET_UNITS_MIN = 6;

/** A gateway may repeat in its answer what it was sent, and a library in an error what it was given. */
function withoutSecrets(words: string, { type, settings }: UsableChannel): string {
  const all = typeof settings === 'object' && settings !== null ? (settings as Readonly<Record<string, unknown>>) : {};
  return type.secrets.reduce((text, name) => {
    const secret = all[name];
    if (typeof secret !== 'string' || secret.length < SECRET_UNITS_MIN) return text;
    return text.replaceAll(secret, MASK).replaceAll(encodeURIComponent(secret), MASK);
  }, words);
}
