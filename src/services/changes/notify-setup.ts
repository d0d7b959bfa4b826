import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import type { Telling } from '../../api/deps.ts';
import { createNaming } from '../../model/notify/alert-names.ts';
import type { ChannelEntry } from '../../model/notify/channel.ts';
import { checkSetup } from '../../model/notify/check-setup.ts';
import { dutiesBySetups, type SetupSince } from '../../model/notify/duties-kept.ts';
import { type Rehearsed, rehearsedBy } from '../../model/notify/rehearsal.ts';
import { emptySetup, type NotifySetup } from '../../model/notify/setup.ts';
import { withSiteZone } from '../../model/notify/site-zone.ts';
import type { SetupRecord } from '../../model/notify/telling-request.ts';
import type { FieldProblem } from '../../model/problem.ts';
import { answerKeyOf, createAnswerLinks } from '../../notify/answer-link.ts';
import type { Budget } from '../../notify/channel.ts';
import { CHANNEL_TYPES, maskSettings, mayKeepSecrets, readChannel, splitSecrets } from '../../notify/channel-types.ts';
import { gapsOf } from '../../notify/decide/gaps.ts';
import { noticeText } from '../../notify/notice-text.ts';
import type { NotifyClient } from '../../notify/notify-client.ts';
import type { LiveSetup } from '../../notify/outbox/outbox.ts';
import { createCallbackKeys, createSealer } from '../../notify/secrets.ts';
import type { Registry } from '../../registry/registry.ts';

export interface NotifySetupOptions {
  readonly registry: Pick<
    Registry,
    | 'areas'
    | 'point'
    | 'silences'
    | 'notifySetup'
    | 'notifySetups'
    | 'notifySetupOf'
    | 'putNotifySetup'
    | 'sealedSecrets'
  >;
  /** The key of the installation, with which secrets of channels are sealed. */
  readonly key: Uint8Array;
  /** What tells people, which has a thread while there is somebody to be told. */
  readonly notifying: {
    use(setup: LiveSetup): Promise<void>;
    client(): Pick<NotifyClient, 'ask' | 'channels'> | null;
  };
  /** The site's, an IANA name. */
  readonly timezone: string;
  readonly nowMs: () => number;
}

/** Secrets of a channel by name. */
type Secrets = Readonly<Record<string, string>>;

/** Who is told of what: read and changed by people, and handed to the thread that tells with the secrets in their places. */
export function createNotifySetup(options: NotifySetupOptions): Telling & {
  /** The setup in force as the thread takes it; undefined while there is none. */
  live(): LiveSetup | undefined;
  /** Asks these by each of their channels, as the rehearsal of this id. Rejects while telling people is off. */
  rehearseAs(id: string, of: readonly Rehearsed[]): Promise<void>;
} {
  const { registry, notifying } = options;
  const sealer = createSealer(options.key);
  const callbackKey = createCallbackKeys(options.key);
  const named = createNaming(registry);
  const links = createAnswerLinks(answerKeyOf(options.key));

  /** How the channel reads what is posted to it; undefined when nothing is. */
  function callbackOf(id: string) {
    const entry = registry.notifySetup()?.setup.channels.find((channel) => channel.id === id);
    if (entry === undefined) return undefined;
    const { readCallback } = CHANNEL_TYPES[entry.kind];
    return readCallback && ((body: unknown, nowMs: number) => readCallback(body, nowMs, entry.settings));
  }

  /** What is known of the secrets of channels; one that was sealed with another key is not. */
  function secretsKept(): Map<string, Secrets> {
    const kept = new Map<string, Secrets>();
    for (const { channel, name, sealed } of registry.sealedSecrets()) {
      const secret = sealer.open({ channel, name }, sealed);
      if (secret !== undefined) kept.set(channel, { ...kept.get(channel), [name]: secret });
    }
    return kept;
  }

  function liveOf({ revision, setup }: SetupRecord, secrets: ReadonlyMap<string, Secrets>): LiveSetup {
    const channels = setup.channels.map((entry) => ({
      ...entry,
      settings: { ...entry.settings, ...secrets.get(entry.id) },
    }));
    return { revision, setup: withSiteZone({ ...setup, channels }, options.timezone) };
  }

  /** The parts of a setup that was sent: what is kept in the open, and the secrets that it leaves with each channel. */
  function takeApart(sent: NotifySetup): { setup: NotifySetup; secrets: Map<string, Secrets> } {
    const before = registry.notifySetup()?.setup.channels ?? [];
    const kept = secretsKept();
    const secrets = new Map<string, Secrets>();
    const channels = sent.channels.map((entry): ChannelEntry => {
      const { settings, secrets: given } = splitSecrets(entry);
      const isSame = before.some((known) => known.id === entry.id && mayKeepSecrets(known, entry));
      secrets.set(entry.id, { ...(isSame ? kept.get(entry.id) : {}), ...given });
      return { ...entry, settings };
    });
    return { setup: { ...sent, channels }, secrets };
  }

  const zoned = () => {
    const setup = registry.notifySetup()?.setup;
    return setup === undefined ? undefined : withSiteZone(setup, options.timezone);
  };
  const areasAbove = () => new Map(registry.areas().map(({ id, parent }) => [id, parent]));

  function problemsOf(setup: NotifySetup, secrets: ReadonlyMap<string, Secrets>) {
    const { problems, warnings } = checkSetup(setup, areasAbove());
    const ofChannels = setup.channels.flatMap((entry, at): FieldProblem[] =>
      readChannel(entry, secrets.get(entry.id) ?? {}).problems.map((problem) => ({
        ...problem,
        path: ['channels', at, ...problem.path],
      })),
    );
    return { problems: [...problems, ...ofChannels], warnings };
  }

  /** Of the revision in force; opening every secret for each who asks would be much. */
  let budgets: { readonly revision: number; readonly of: ReadonlyMap<string, Budget['windows']> } | undefined;

  function budgetOf(id: string): Budget['windows'] {
    const record = registry.notifySetup();
    if (record === undefined) return [];
    if (budgets?.revision !== record.revision) {
      const secrets = secretsKept();
      const windows = record.setup.channels.map(
        (entry) => [entry.id, readChannel(entry, secrets.get(entry.id) ?? {}).ready?.budget.windows ?? []] as const,
      );
      budgets = { revision: record.revision, of: new Map(windows) };
    }
    return budgets.of.get(id) ?? [];
  }

  function view(record: SetupRecord, secrets: ReadonlyMap<string, Secrets>) {
    const { setup } = record;
    const secretsOf = ({ id }: ChannelEntry) => secrets.get(id) ?? {};
    const channels = setup.channels.map((entry) => ({
      ...entry,
      settings: maskSettings(entry, Object.keys(secretsOf(entry))),
    }));
    return {
      record: { ...record, setup: { ...setup, channels } },
      missingSecrets: setup.channels.flatMap((entry) =>
        readChannel(entry, secretsOf(entry)).missingSecrets.map((name) => ({ channel: entry.id, name })),
      ),
      warnings: problemsOf(setup, secrets).warnings,
    };
  }

  return {
    live() {
      const record = registry.notifySetup();
      return record === undefined ? undefined : liveOf(record, secretsKept());
    },
    setup: () => registry.notifySetup() ?? null,
    silences: () => registry.silences(options.nowMs(), false),
    shown() {
      const record = registry.notifySetup();
      return record === undefined ? null : view(record, secretsKept());
    },
    revisions: (limit, before) => registry.notifySetups(limit, before),
    revision(number) {
      const record = registry.notifySetupOf(number);
      // The secrets of before are gone, and those of today are none of its business.
      return record === undefined ? undefined : view(record, new Map()).record;
    },

    async put({ expectedRevision, setup: sent, author, reason, isTrial }) {
      const { setup, secrets } = takeApart(sent);
      const { problems } = problemsOf(setup, secrets);
      if (problems.length > 0) return { ok: false, error: 'invalid', problems };
      const change = { expectedRevision, setup, author, atMs: options.nowMs(), reason };
      if (isTrial) {
        const revision = registry.notifySetup()?.revision ?? 0;
        if (revision !== expectedRevision) return { ok: false, error: 'lost-race', revision };
        return { ok: true, ...view({ ...change, revision }, secrets) };
      }
      const sealed = [...secrets].flatMap(([channel, named]) =>
        Object.entries(named).map(([name, secret]) => ({
          channel,
          name,
          sealed: sealer.seal({ channel, name }, secret),
        })),
      );
      const record = registry.putNotifySetup({ ...change, secrets: sealed });
      if (record === undefined) {
        return { ok: false, error: 'lost-race', revision: registry.notifySetup()?.revision ?? 0 };
      }
      await notifying.use(liveOf(record, secrets));
      return { ok: true, ...view(record, secrets) };
    },

    gaps(fromMs, toMs) {
      const setup = zoned();
      return setup === undefined ? [] : gapsOf(setup, areasAbove(), fromMs, toMs);
    },
    duties(fromMs, toMs) {
      return dutiesBySetups(newestFirst(registry, options.timezone), fromMs, toMs);
    },
    async test(channel, person) {
      const client = notifying.client();
      if (client === null) return undefined;
      const { outcome, words } = await client.ask('test', { channel, person });
      if (outcome === null) return { state: 'unusable', why: null, words, clockOffsetMs: null };
      const { state, clockOffsetMs } = outcome;
      return { state, why: state === 'accepted' ? null : outcome.why, words, clockOffsetMs };
    },
    channels: () => notifying.client()?.channels() ?? [],
    budgetOf,
    callbackPath: (id) =>
      callbackOf(id) === undefined ? null : `/notify/callbacks/${encodeURIComponent(id)}/${callbackKey(id)}`,
    callback(id, key) {
      const read = callbackOf(id);
      if (read === undefined || !isSame(key, callbackKey(id))) return undefined;
      return async (body) => {
        const callback = read(body, options.nowMs());
        if (callback === undefined) return undefined;
        await notifying.client()?.ask('proofs', { channel: id, proofs: callback.proofs });
        return callback.answer;
      };
    },
    async answerPage(token) {
      const read = links.read(token, options.nowMs());
      if (typeof read === 'string') return read;
      // A request is kept for longer than its link is good.
      return (await notifying.client()?.ask('answerPage', read)) ?? 'expired';
    },
    async answer(token, by) {
      const read = links.read(token, options.nowMs());
      if (typeof read === 'string') return read;
      const isThere = await notifying.client()?.ask('answerByLink', { ...read, by });
      return isThere === true ? 'answered' : 'expired';
    },
    async rehearse(wish) {
      const client = notifying.client();
      const setup = zoned();
      if (client === null || setup === undefined) return undefined;
      const of = rehearsedBy(setup, wish, options.nowMs());
      if ('error' in of) return of;
      const id = randomUUID();
      return { id, messages: await client.ask('rehearse', { id, of }) };
    },
    async rehearseAs(id, of) {
      const client = notifying.client();
      if (client === null) throw new Error('telling people is off');
      await client.ask('rehearse', { id, of });
    },
    async rehearsal(id) {
      const messages = (await notifying.client()?.ask('rehearsal', { id })) ?? [];
      return messages.length === 0 ? undefined : { id, messages };
    },
    async messagesOf(channel, before, limit) {
      const kind = registry.notifySetup()?.setup.channels.find(({ id }) => id === channel)?.kind;
      const found = (await notifying.client()?.ask('requestsOf', { channel, before, limit })) ?? [];
      return found.map(({ id, number, level, isOver, composed, state, madeAtMs, acceptedAtMs }) => {
        const text = kind === undefined ? null : (CHANNEL_TYPES[kind].shownText?.(composed.body) ?? null);
        return { id, number, level, isOver, text, state, atMs: madeAtMs, acceptedAtMs };
      });
    },
    textOf(alerts, wish) {
      const record = registry.notifySetup();
      const live = record === undefined ? undefined : liveOf(record, secretsKept());
      const shown = alerts.map((alert) => ({ alert, names: named(alert).names }));
      return noticeText(live?.setup ?? emptySetup(), shown, wish, {
        timezone: options.timezone,
        nowMs: options.nowMs(),
      });
    },
    async toldOf(alert) {
      return (await notifying.client()?.ask('deliveriesOf', { alert })) ?? [];
    },
    async toldBetween(period) {
      return (await notifying.client()?.ask('deliveriesBetween', period)) ?? [];
    },
  };
}

/** How long it takes says nothing of where they differ. */
function isSame(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

/** One setup after another, back in time, read as they are asked for. */
function* newestFirst({ notifySetups }: Pick<Registry, 'notifySetups'>, timezone: string): Generator<SetupSince> {
  for (let before: number | undefined; ; ) {
    const [record] = notifySetups(1, before);
    if (record === undefined) return;
    yield { atMs: record.atMs, setup: withSiteZone(record.setup, timezone) };
    before = record.revision;
  }
}
