import { statfsSync } from 'node:fs';
import type { AlertFollower } from '../../alerts/follower.ts';
import type { History, RemoteFigures } from '../../history/history.ts';
import type { Journal } from '../../journal/journal.ts';
import type { ClusterState } from '../../model/cluster-state.ts';
import type { FeedState } from '../../model/feed.ts';
import type { HealthReport } from '../../model/server-figures.ts';
import type { SourceState } from '../../model/source-state.ts';
import type { ChannelState } from '../../push/channel.ts';
import { NEAR_LIMIT } from '../upkeep/keeping.ts';
import type { CodecState } from './codec-state.ts';

export interface HealthOptions {
  readonly journal: Journal;
  /** Undefined where the server is alone. */
  readonly cluster?: (() => ClusterState) | undefined;
  readonly alerts: AlertFollower;
  readonly history: History;
  readonly channels: () => readonly ChannelState[];
  readonly feeds: () => readonly FeedState[];
  /** Platforms that push, and listeners of line protocols. */
  readonly pushes: () => readonly SourceState[];
  readonly listeners: () => readonly SourceState[];
  /** Undefined where no kind of device has a payload codec. */
  readonly codecs: () => CodecState | undefined;
  readonly folder: string;
  readonly journalBytesMax: number;
}

type Status = HealthReport['status'];

/** Less free space than this is said before it hurts. */
const DISK_LOW_BYTES = 512 << 20;
/** A history that has stored so many entries less than the journal is told about; it still loses nothing. */
const HISTORY_LAG_MAX = 1_000_000;

/** What stands behind /health: can readings be taken, are they judged, are they kept, is there room. */
export function createHealth(options: HealthOptions): () => HealthReport {
  const { journal, alerts, history, folder, journalBytesMax } = options;
  return () => {
    const journalStats = journal.stats();
    const historyStats = history.stats();
    const lag = journalStats.nextPosition - history.durablePosition();
    const { remote } = historyStats;
    const { bavail, blocks, bsize } = statfsSync(folder);
    const freeBytes = bavail * bsize;
    const alertLag = journalStats.nextPosition - 1 - alerts.position();
    // Whoever is ahead of the journal would pass over what it is given next, an alarm among it.
    const ahead = (entries: number) => (entries < 0 ? `${-entries} entries ahead of the journal` : null);
    const alertFailure = alerts.failure() ?? ahead(alertLag);
    const historyProblem = ahead(lag) ?? historyStats.problem ?? remote?.rejecting ?? null;
    const checks: HealthReport['checks'] = {
      journal: {
        status: journalStatus(journalStats.failure, journalStats.bytes / journalBytesMax),
        ...(journalStats.failure === null ? {} : { detail: journalStats.failure }),
        bytes: journalStats.bytes,
        bytesMax: journalBytesMax,
        pending: journalStats.pendingEntries,
      },
      alerts: {
        status: status(alertFailure === null ? 'ok' : 'failing'),
        ...(alertFailure === null ? {} : { detail: alertFailure }),
        lag: alertLag,
      },
      history: {
        status: status(
          ahead(lag) !== null ? 'failing' : historyProblem === null && lag <= HISTORY_LAG_MAX ? 'ok' : 'degraded',
        ),
        ...(historyProblem === null ? {} : { detail: historyProblem }),
        ...(remote === undefined ? {} : remoteFigures(remote)),
        lag,
        bytes: historyStats.bytesOnDisk,
      },
      channels: channelCheck(options.channels()),
      ...(options.cluster === undefined ? {} : { cluster: clusterCheck(options.cluster()) }),
      ...feedCheck(options.feeds()),
      ...pushCheck(options.pushes()),
      ...listenerCheck(options.listeners()),
      ...codecCheck(options.codecs()),
      disk: { status: status(freeBytes < DISK_LOW_BYTES ? 'degraded' : 'ok'), freeBytes, totalBytes: blocks * bsize },
    };
    const states = Object.values(checks).map((check) => check.status);
    const worst = states.includes('failing') ? 'failing' : states.includes('degraded') ? 'degraded' : 'ok';
    return { status: worst, checks };
  };
}

function remoteFigures({ outage, rejected }: RemoteFigures) {
  const sum = Object.values(rejected).reduce((all, count) => all + count, 0);
  return { ...(outage === null ? {} : { outage }), rejected: sum };
}

/** What of the log is told by nobody yet: it is not lost, and a person who looks at the console has it. */
function channelCheck(channels: readonly ChannelState[]) {
  const failures = channels.flatMap(({ name, failure }) => (failure === null ? [] : [`${name}: ${failure}`]));
  return {
    status: status(failures.length === 0 ? 'ok' : 'degraded'),
    ...(failures.length === 0 ? {} : { detail: failures.join('; ') }),
    lag: channels.reduce((sum, { waiting }) => sum + waiting, 0),
  };
}

/** With one server of the engine away the next that goes stops acknowledgements, and what is not sound could lose them. */
function clusterCheck({ fault, unreachable, ...figures }: ClusterState) {
  const isFailing = fault !== null || figures.soundServers * 2 <= figures.servers;
  const details = [...(fault === null ? [] : [fault]), ...unreachable.map((server) => `${server}: no answer`)];
  return {
    status: status(isFailing ? 'failing' : details.length > 0 ? 'degraded' : 'ok'),
    ...(details.length === 0 ? {} : { detail: details.join('; ') }),
    ...figures,
  };
}

/** Other brokers: what they have for us waits there, as far as they keep it, and its points fall silent meanwhile. */
function feedCheck(feeds: readonly FeedState[]): HealthReport['checks'] {
  if (feeds.length === 0) return {};
  const away = feeds.filter(({ isUp }) => !isUp);
  const details = [
    ...away.map(({ name, trouble }) => `${name}: ${trouble?.words ?? 'not connected yet'}`),
    ...feeds.flatMap(({ name, isKeptForUs }) =>
      isKeptForUs === false
        ? [`${name}: the broker knows QoS 0 alone, and keeps nothing while this server is away`]
        : [],
    ),
  ];
  return {
    feeds: {
      status: status(away.length === 0 ? 'ok' : 'degraded'),
      ...(details.length === 0 ? {} : { detail: details.join('; ') }),
      connections: feeds.length - away.length,
      feeds: feeds.length,
      ...messageFigures(feeds),
      unread: feeds.reduce((sum, { unread }) => sum + unread, 0),
    },
  };
}

/** Whoever posts with a wrong key may be anybody, so it is said and degrades nothing. */
function pushCheck(pushes: readonly SourceState[]): HealthReport['checks'] {
  if (pushes.length === 0) return {};
  const details = pushes.flatMap(({ name, trouble }) => (trouble === null ? [] : [`${name}: ${trouble.words}`]));
  return {
    pushes: {
      status: status('ok'),
      ...(details.length === 0 ? {} : { detail: details.join('; ') }),
      pushes: pushes.length,
      ...messageFigures(pushes),
    },
  };
}

/** Where a port cannot be had nobody is heard there; that strangers knock is no news. */
function listenerCheck(listeners: readonly SourceState[]): HealthReport['checks'] {
  if (listeners.length === 0) return {};
  const down = listeners.filter(({ isUp }) => !isUp);
  const details = down.map(({ name, trouble }) => `${name}: ${trouble?.words ?? 'not listening yet'}`);
  return {
    listeners: {
      status: status(down.length === 0 ? 'ok' : 'degraded'),
      ...(details.length === 0 ? {} : { detail: details.join('; ') }),
      connections: listeners.reduce((sum, { connections }) => sum + connections, 0),
      listeners: listeners.length,
      ...messageFigures(listeners),
    },
  };
}

function messageFigures(sources: readonly SourceState[]) {
  const last = sources.flatMap(({ lastMessageAtMs }) => (lastMessageAtMs === null ? [] : [lastMessageAtMs]));
  return {
    messages: sources.reduce((sum, { messages }) => sum + messages, 0),
    lastMessageAt: last.length === 0 ? null : Math.max(...last),
  };
}

/** What a codec that is off would have decoded waits in quarantine, and its points fall silent. */
function codecCheck(state: CodecState | undefined): HealthReport['checks'] {
  if (state === undefined) return {};
  const { off, ...figures } = state;
  return {
    codecs: {
      status: status(off.length === 0 ? 'ok' : 'degraded'),
      ...(off.length === 0 ? {} : { detail: off.map(({ profile, detail }) => `${profile}: ${detail}`).join('; ') }),
      ...figures,
    },
  };
}

function journalStatus(failure: string | null, share: number): Status {
  if (failure !== null || share >= 1) return 'failing';
  return share >= NEAR_LIMIT ? 'degraded' : 'ok';
}

function status(value: Status): Status {
  return value;
}
