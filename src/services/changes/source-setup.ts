import type { SourceSetups } from '../../api/deps.ts';
import { type Address, type Config, isLoopback } from '../../config.ts';
import type { Pushes } from '../../gateways/http/pushes.ts';
import type { MqttFeeds, RunningFeed } from '../../gateways/mqtt-client/mqtt-client.ts';
import { createSealer } from '../../lib/sealer.ts';
import { withoutLogin } from '../../model/address.ts';
import type { Feed } from '../../model/feed.ts';
import { isOneOf } from '../../model/own.ts';
import { type CannotListen, type FieldProblem, knownOf } from '../../model/problem.ts';
import type { Push } from '../../model/push.ts';
import {
  LINE_NAMES,
  type LineName,
  mayKeepSecret,
  type SourceRecord,
  type SourceSettings,
  type SourceTest,
} from '../../model/source-setup.ts';
import type { SourceState } from '../../model/source-state.ts';
import type { Registry } from '../../registry/registry.ts';

export interface SourceSetupOptions {
  readonly registry: Pick<Registry, 'profiles' | 'sources' | 'sourceRevisions' | 'putSource' | 'sealedSourceSecret'>;
  /** What the configuration names stays as it says. */
  readonly config: Pick<Config, 'feeds' | 'pushes' | 'auth' | 'sample' | LineName>;
  /** The key of the installation, with which secrets are sealed. */
  readonly key: Uint8Array;
  readonly feeds: Pick<MqttFeeds, 'use' | 'state'>;
  readonly pushes: Pick<Pushes, 'use' | 'state'>;
  readonly lines: { use(name: LineName, at: Address | undefined): Promise<void>; state(): readonly SourceState[] };
  readonly tryFeed: (feed: Omit<Feed, 'name'>) => Promise<SourceTest>;
  /** Why a port cannot be had; undefined when it can. */
  readonly whyNotListen: (name: LineName, at: Address) => Promise<CannotListen | undefined>;
  readonly nowMs: () => number;
}

/** So many of a feed are looked through for topics that the session at its broker may still have. */
const FORMER_REVISIONS = 20;
/** Of a push: what stands in an address that everybody can call must not be guessed. */
const PUSH_SECRET_LEAST = 16;
const PUSH_SECRET_MOST = 256;
const TESTS_MAX = 4;

/** Sources as people set them up while the server runs, beside those of its configuration, which stay what they are. */
export function createSourceSetup(options: SourceSetupOptions): SourceSetups & {
  /** Has all that is set up come in, when the server is ready for it. */
  begin(): Promise<void>;
  /** Whether a listener that is set up can be reached by others than this machine. */
  isBeyondLoopback(): boolean;
} {
  const { registry, config } = options;
  const sealer = createSealer(options.key, 'brink source secrets v1');
  let setup = registry.sources();
  let inForce: Promise<void> = Promise.resolve();
  let tests = 0;

  /** One change after another comes into force, so that the last one stands. */
  function apply(): Promise<void> {
    setup = registry.sources();
    inForce = inForce.then(putInForce);
    return inForce;
  }

  const isInConfiguration = (name: string) =>
    [...config.feeds, ...config.pushes].some((one) => one.name === name) ||
    (isOneOf(LINE_NAMES, name) && config[name] !== undefined);

  const secretOf = (name: string): string | undefined => {
    const sealed = registry.sealedSourceSecret(name);
    return sealed === undefined ? undefined : sealer.open(name, sealed);
  };

  /** Its secret was sealed with another key, as that of a copy of the data folder without the key. */
  const isSecretLost = ({ name }: SourceRecord): boolean =>
    registry.sealedSourceSecret(name) !== undefined && secretOf(name) === undefined;

  async function putInForce(): Promise<void> {
    const used = setup.filter((one) => one.settings.isOn && !isInConfiguration(one.name) && !isSecretLost(one));
    const feeds = used.flatMap(({ name, settings }): RunningFeed[] => {
      if (settings.kind !== 'feed') return [];
      const formerTopics = formerTopicsOf(name);
      return [{ ...feedOf(name, settings, secretOf(name)), ...(formerTopics.length > 0 ? { formerTopics } : {}) }];
    });
    const pushes = used.flatMap(({ name, settings }): Push[] => {
      const secret = secretOf(name);
      return settings.kind === 'push' && secret !== undefined ? [{ name, platform: settings.platform, secret }] : [];
    });
    options.pushes.use([...config.pushes, ...pushes]);
    await options.feeds.use([...config.feeds, ...feeds]);
    for (const name of LINE_NAMES) {
      if (config[name] !== undefined) continue;
      const found = used.find((one) => one.name === name)?.settings;
      const at = found?.kind === 'listener' ? { host: found.host, port: found.port } : undefined;
      await options.lines.use(name, at);
    }
  }

  /** Its session at the broker may have filters of earlier revisions. */
  function formerTopicsOf(name: string): string[] {
    const [present, ...former] = registry.sourceRevisions(name, FORMER_REVISIONS).map(({ settings }) => settings);
    if (present?.kind !== 'feed') return [];
    const topics = former.flatMap((one) => (one?.kind === 'feed' ? one.topics : []));
    return [...new Set(topics)].filter((topic) => !present.topics.includes(topic));
  }

  function find(name: string): SourceRecord | undefined {
    return setup.find((one) => one.name === name);
  }

  /** The secret that it has from now on; undefined: none. */
  function secretAfter(name: string, settings: SourceSettings, given: string | undefined): string | undefined {
    if (settings.kind === 'listener') return undefined;
    if (given !== undefined) return given;
    const before = find(name)?.settings;
    return before !== undefined && mayKeepSecret(before, settings) ? secretOf(name) : undefined;
  }

  async function problemsOf(name: string, settings: SourceSettings, secret: string | undefined) {
    const problems: FieldProblem[] = [];
    const before = find(name)?.settings;
    const { kind, profile } = settings;
    if (kind === 'listener' && !isOneOf(LINE_NAMES, name)) {
      problems.push({ path: ['name'], code: 'not-one-of', values: { allowed: [...LINE_NAMES] } });
    }
    if (isInConfiguration(name)) problems.push({ path: ['name'], code: 'name-in-configuration', values: { name } });
    if (before !== undefined && before.kind !== kind) {
      problems.push({ path: ['name'], code: 'name-of-other-kind', values: { name } });
    }
    const profiles = registry.profiles();
    if (profile !== undefined && !profiles.some(({ id }) => id === profile)) {
      const values = { profile, ...knownOf(profiles.map(({ id }) => id)) };
      problems.push({ path: ['settings', 'profile'], code: 'unknown-profile', values });
    }
    const length = secret?.length ?? 0;
    if (kind === 'push' && (length < PUSH_SECRET_LEAST || length > PUSH_SECRET_MOST)) {
      problems.push({ path: ['secret'], code: 'secret-needed', values: {} });
    }
    if (settings.kind === 'listener' && isOneOf(LINE_NAMES, name)) {
      problems.push(...(await listenProblems(name, settings, before)));
    }
    return problems;
  }

  async function listenProblems(
    name: LineName,
    { host, port }: Extract<SourceSettings, { kind: 'listener' }>,
    before: SourceSettings | undefined,
  ): Promise<FieldProblem[]> {
    if ((config.auth === 'none' || config.sample) && !isLoopback(host)) {
      return [{ path: ['settings', 'host'], code: 'loopback-only', values: {} }];
    }
    // The port that it has already is its own.
    const isOwn = before?.kind === 'listener' && before.port === port;
    if (isOwn && options.lines.state().some((state) => state.name === name && state.isUp)) return [];
    const why = await options.whyNotListen(name, { host, port });
    if (why === undefined) return [];
    return [{ path: ['settings', why === 'not-here' ? 'host' : 'port'], code: 'cannot-listen', values: { why } }];
  }

  function stateOf(kind: SourceState['kind'], name: string): SourceState | null {
    const states = [...options.feeds.state(), ...options.pushes.state(), ...options.lines.state()];
    return states.find((state) => state.kind === kind && state.name === name) ?? null;
  }

  return {
    begin: apply,
    isBeyondLoopback: () =>
      setup.some(({ settings }) => settings.kind === 'listener' && settings.isOn && !isLoopback(settings.host)),

    list: () => [
      ...configured(config).map((one) => ({ ...one, state: stateOf(one.settings.kind, one.name) })),
      ...setup.map((record) => {
        const { name, settings } = record;
        const isShadowed = isInConfiguration(name);
        return {
          name,
          settings,
          record,
          isShadowed,
          hasSecret: registry.sealedSourceSecret(name) !== undefined,
          isSecretLost: isSecretLost(record),
          state: isShadowed || !settings.isOn ? null : stateOf(settings.kind, name),
        };
      }),
    ],
    revisions: (name, limit, before) => registry.sourceRevisions(name, limit, before),

    async put({ name, settings, secret: given, expectedRevision, author, reason }) {
      const secret = secretAfter(name, settings, given);
      const problems = await problemsOf(name, settings, secret);
      if (problems.length > 0) return { ok: false, error: 'invalid', problems };
      const sealed = secret === undefined ? null : sealer.seal(name, secret);
      const change = { name, settings, sealed, expectedRevision, author, atMs: options.nowMs(), reason };
      if (registry.putSource(change) === undefined) return lostRace(name);
      await apply();
      return { ok: true };
    },

    async remove({ name, expectedRevision, author, reason }) {
      if (find(name) === undefined) return { ok: false, error: 'unknown' };
      const change = { name, settings: null, sealed: null, expectedRevision, author, atMs: options.nowMs(), reason };
      if (registry.putSource(change) === undefined) return lostRace(name);
      await apply();
      return { ok: true };
    },

    async test({ name, settings, secret: given }) {
      const secret = secretAfter(name, settings, given);
      const problems = await problemsOf(name, settings, secret);
      if (problems.length > 0) return { ok: false, error: 'invalid', problems };
      if (settings.kind !== 'feed') {
        return { ok: true, test: { state: 'nothing-to-try', words: '', isKeptForUs: null, heard: [] } };
      }
      if (tests >= TESTS_MAX) return { ok: false, error: 'too-many' };
      tests++;
      try {
        return { ok: true, test: await options.tryFeed(feedOf(name, settings, secret)) };
      } finally {
        tests--;
      }
    },
  };

  function lostRace(name: string) {
    return {
      ok: false,
      error: 'lost-race',
      revision: find(name)?.revision ?? 0,
    } as const;
  }
}

function feedOf(
  name: string,
  { url, user, topics }: Extract<SourceSettings, { kind: 'feed' }>,
  password: string | undefined,
): Feed {
  return {
    name,
    url,
    topics,
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
  };
}

/** The sources of the configuration as they may be shown. */
function configured(config: SourceSetupOptions['config']) {
  const ofFile = { record: null, isShadowed: false, isSecretLost: false };
  return [
    ...config.feeds.map(({ name, url, user, password, topics }) => ({
      ...ofFile,
      name,
      settings: {
        kind: 'feed' as const,
        url: withoutLogin(url),
        ...(user === undefined ? {} : { user }),
        topics,
        isOn: true,
      },
      hasSecret: password !== undefined,
    })),
    ...config.pushes.map(({ name, platform }) => ({
      ...ofFile,
      name,
      settings: { kind: 'push' as const, platform, isOn: true },
      hasSecret: true,
    })),
    ...LINE_NAMES.flatMap((name) => {
      const at = config[name];
      if (at === undefined) return [];
      return [{ ...ofFile, name, settings: { kind: 'listener' as const, ...at, isOn: true }, hasSecret: false }];
    }),
  ];
}
