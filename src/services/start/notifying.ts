import { messageOf } from '../../lib/errors.ts';
import type { AlertEvent } from '../../model/alert.ts';
import type { Control, OperatorAction } from '../../model/entry.ts';
import type { LogPlace } from '../../model/log-place.ts';
import { createNaming } from '../../model/notify/alert-names.ts';
import { doerOf } from '../../model/notify/typed-name.ts';
import type { ActOutcome } from '../../model/refusal-of.ts';
import type { AreaRecord, PointRecord } from '../../model/registry.ts';
import { createNotifyClient, type NotifyClient, type NotifyClientOptions } from '../../notify/notify-client.ts';
import type { LiveSetup, OfferedEntry } from '../../notify/outbox/outbox.ts';
import type { Answer } from '../../notify/outbox/store.ts';
import type { Channel, ChannelState } from '../../push/channel.ts';
import {
  type ChannelFollower,
  type ChannelFollowerOptions,
  startChannelFollower,
} from '../../push/channel-follower.ts';

export interface NotifyingOptions
  extends Omit<ChannelFollowerOptions, 'channel' | 'places'>,
    Pick<NotifyClientOptions, 'path' | 'broker' | 'allow' | 'timezone' | 'isAnew' | 'links'> {
  readonly registry: {
    point(id: string): PointRecord | undefined;
    areas(): readonly AreaRecord[];
  };
  readonly send: (control: Control) => void;
  readonly act: (action: OperatorAction) => Promise<ActOutcome>;
}

/** The server's side of telling people: off, without a thread and without cost, until a setup has a channel. */
export interface Notifying extends Omit<ChannelFollower, 'close'> {
  /** The setup in force from now on, secrets of channels among their settings. Resolves when it is. */
  use(setup: LiveSetup): Promise<void>;
  /** An account's console has shown the log up to `seq`. */
  seen(seen: { readonly user: string; readonly seq: number; readonly atMs: number }): void;
  /** Null while telling people is off. */
  client(): NotifyClient | null;
  /** Channels that fail or have something waiting, for health. */
  states(): readonly ChannelState[];
  close(): Promise<void>;
}

const NAME = 'notify';

export function createNotifying(options: NotifyingOptions): Notifying {
  const { clock, log, alerts, logName } = options;
  let client: NotifyClient | undefined;
  let follower: ChannelFollower | undefined;
  let setup: LiveSetup | undefined;
  let accounts: ReadonlySet<string> = new Set();
  let hasStarted = false;
  let starting: Promise<void> | undefined;
  let failure: string | null = null;
  let isClosed = false;
  const named = createNaming(options.registry);

  /** Leads the thread through the log, from where it has come to. */
  function follow(to: NotifyClient, start: LogPlace): ChannelFollower {
    const channel: Channel = {
      name: NAME,
      async begin(open) {
        const standing = open
          .filter(({ kind, state }) => kind === 'system' && state === 'active')
          .map(({ rule }) => rule);
        const known = open.filter(({ seq }) => seq <= start.seq).map((alert) => ({ alert, ...named(alert) }));
        await to.ask('begin', { place: start, open: known, standing });
      },
      async deliver(events) {
        await to.ask('take', { entries: events.map((event): OfferedEntry => ({ event, ...named(event.alert) })) });
      },
    };
    const followed = startChannelFollower({
      ...options,
      channel,
      // The thread keeps its place among its rows, in the transaction that has what came of the entries.
      places: { place: () => start, keepPlace: () => undefined },
    });
    followed.start();
    return followed;
  }

  function startTelling(first: LiveSetup): Promise<void> {
    const to = createNotifyClient({
      ...options,
      onSystem: ({ condition, level, active, detail }) =>
        options.send({ type: 'system', condition, level, active, detail }),
      onAnswer: (answer) => void acknowledge(answer),
      onBug: (words, input) =>
        log.error({ error: words, input }, 'who is told could not be decided; it was passed over'),
      onEnd(error) {
        failure = error.message;
        log.error({ err: error }, 'the thread that tells people ended; it is started again');
      },
    });
    client = to;
    // What is raised while the thread starts is told.
    const head = { log: logName, seq: alerts.headSeq() };
    return to.use(first).then(async () => {
      const place = await to.ready();
      if (!isClosed) follower = follow(to, place ?? head);
    });
  }

  /** That somebody answered becomes an acknowledgement, by him, and the log says by which way. */
  async function acknowledge(answer: Answer): Promise<void> {
    const { id, person, name, via, alerts: ids } = answer;
    const known = setup?.setup.people.find((one) => one.id === person);
    // A name that was typed is nobody's account, and can be taken for none.
    const by = known?.account ?? known?.name ?? person ?? (name === null ? via : doerOf(via, name));
    try {
      for (const alert of ids) {
        // One that is acknowledged already, or over, has what was wanted.
        await options.act({ alert, do: 'ack', by, note: null, via });
      }
      client?.answered(id);
    } catch (error) {
      log.warn({ err: error, answer: id }, 'an answer could not be put into the log; it is tried again');
      clock.after(RETRY_MS, () => {
        if (!isClosed) void acknowledge(answer);
      });
    }
  }

  return {
    async use(next) {
      setup = next;
      accounts = new Set(next.setup.people.flatMap(({ account }) => account ?? []));
      if (client !== undefined) return client.use(next);
      if (!hasStarted || next.setup.channels.length === 0) return;
      starting = startTelling(next);
      await starting;
    },
    offer: (events: readonly AlertEvent[]) => follower?.offer(events),
    start() {
      hasStarted = true;
      if (setup === undefined || setup.setup.channels.length === 0) return;
      starting = startTelling(setup);
      starting.catch((error: unknown) => {
        failure = messageOf(error);
        log.error({ err: error }, 'telling people could not begin');
      });
    },
    seen(seen) {
      if (accounts.has(seen.user)) client?.seen(seen);
    },
    client: () => client ?? null,
    state: () => follower?.state() ?? { name: NAME, waiting: 0, failure },
    states() {
      if (client === undefined) return [];
      const own = follower?.state() ?? { name: NAME, waiting: 0, failure };
      return [
        own,
        ...client.channels().map(({ id, waiting, trouble, failingSinceMs }) => ({
          name: `${NAME}/${id}`,
          waiting,
          failure: failingSinceMs === null ? null : trouble,
        })),
      ];
    },
    async close() {
      isClosed = true;
      follower?.close();
      await starting?.catch(() => undefined);
      await client?.close();
    },
  };
}

const RETRY_MS = 2_000;
