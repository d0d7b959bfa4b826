import { brief } from '../../lib/brief.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import type { Opened } from '../../model/format.ts';
import type { DeviceRecord } from '../../model/registry.ts';
import type { DeviceMessage, Ingest } from '../../model/source.ts';
import {
  parseSparkplugTopic,
  REBIRTH,
  SPARKPLUG,
  type SparkplugAddress,
  type SparkplugCommand,
  type SparkplugDeath,
  type SparkplugMessage,
  type SparkplugReader,
  type SparkplugTopic,
  sparkplugCommandTopic,
  sparkplugStateTopic,
} from '../../model/sparkplug.ts';
import {
  addBirth,
  type Births,
  deathsOf,
  ITSELF,
  isOldDeath,
  newBirths,
  resolve,
  takeDeath,
  takeFormer,
  typeOf,
} from './births.ts';
import { newSequence, type Sequence, takeNumber } from './sequence.ts';

export interface SparkplugHostOptions {
  /** Who goes by which id. */
  readonly ids: {
    /** The ids of somebody who speaks, `mayFeed`: for whom his sender may. */
    spoken(address: SparkplugAddress, mayFeed: ((device: string) => boolean) | undefined): readonly string[];
    addressOf(id: string): SparkplugAddress | undefined;
  };
  readonly clock: Clock;
  readonly log: Log;
  /** The host's id, which no other host of this broker's edge nodes has. */
  readonly host: string;
  /** How long a message may be missing before its edge node is asked for a rebirth, ms. */
  readonly waitMs: number;
  readonly format: SparkplugReader;
  readonly device: (id: string) => DeviceRecord | undefined;
  /** What goes to the clients of the broker. */
  readonly publish: (
    topic: string,
    payload: string | Uint8Array,
    options: { readonly retain: boolean; readonly qos: 0 | 1 },
  ) => Promise<void>;
}

/**
 * A host application of Sparkplug B on the server's own broker. It remembers what edge nodes said at their births, in memory: with
 * a start of the server all connections are new, and with a new connection comes a new birth (docs/decisions/0050).
 */
export interface SparkplugHost {
  /** Takes messages on their way to `next`: those of Sparkplug have their births looked up. */
  ingest(next: Ingest): Ingest;
  /**
   * Sends what somebody would have a device do, `{"METRIC": value, …}`, to its edge node: only metrics that were born, in the type
   * that they were born in. Gives why it was not sent; null when it was; undefined for a device that was never born here.
   */
  command(device: string, payload: Uint8Array): string | null | undefined;
  /** Says that the host is there, before edge nodes can connect. */
  begin(): Promise<void>;
  /** Says that it goes. */
  close(): Promise<void>;
}

/** What is remembered of an edge node, as one sender speaks for it. */
interface EdgeNode extends Pick<SparkplugAddress, 'group' | 'node'> {
  readonly key: string;
  /** Undefined before its birth, and after its death. */
  births: Births | undefined;
  sequence: Sequence;
  /** When it was born, by the steady clock, ms. */
  bornAtMs: number;
  /** Stops waiting for what is missing. */
  cancelWait: (() => void) | undefined;
  /** Asked for when it should be born again: not before this time, by the steady clock, ms. */
  askAgainAtMs: number;
  /** How long it has to answer, ms. */
  patienceMs: number;
}

/** Of all edge nodes together; who was born longest ago makes room, and is asked for a rebirth if it speaks. */
const BYTES_MAX = 64 << 20;
const NODES_MAX = 20_000;
/** Within so long after an edge node its devices are born, if they are still there. */
const DEVICES_BORN_WITHIN_MS = 60_000;
const PATIENCE_FIRST_MS = 5_000;
const PATIENCE_LAST_MS = 300_000;

/** The data type of what asks for a rebirth (6.4.16). */
const BOOLEAN = 11;

export function createSparkplugHost(options: SparkplugHostOptions): SparkplugHost {
  const { clock, log, format, waitMs } = options;
  const stateTopic = sparkplugStateTopic(options.host);
  /** Who was born longest ago stands first. */
  const nodes = new Map<string, EdgeNode>();
  /** The one of each group and name that was born last, of whatever sender. */
  const byName = new Map<string, EdgeNode>();
  let bytes = 0;
  let hasBegun = false;

  function nodeOf(key: string, { group, node }: SparkplugAddress): EdgeNode {
    const present = nodes.get(key);
    if (present !== undefined) return present;
    const made: EdgeNode = {
      key,
      group,
      node,
      births: undefined,
      sequence: newSequence(undefined),
      bornAtMs: 0,
      cancelWait: undefined,
      askAgainAtMs: Number.NEGATIVE_INFINITY,
      patienceMs: PATIENCE_FIRST_MS,
    };
    nodes.set(key, made);
    makeRoom(made);
    return made;
  }

  function makeRoom(except: EdgeNode): void {
    for (const node of nodes.values()) {
      if (nodes.size <= NODES_MAX && bytes <= BYTES_MAX) return;
      if (node === except) continue;
      stopWaiting(node);
      bytes -= node.births?.bytes ?? 0;
      nodes.delete(node.key);
      if (byName.get(nameOf(node)) === node) byName.delete(nameOf(node));
    }
  }

  /** Changes what is known of an edge node, and keeps count of what it takes. */
  function changing<T>(node: EdgeNode, change: () => T): T {
    const before = node.births?.bytes ?? 0;
    const result = change();
    bytes += (node.births?.bytes ?? 0) - before;
    makeRoom(node);
    return result;
  }

  function stopWaiting(node: EdgeNode): void {
    node.cancelWait?.();
    node.cancelWait = undefined;
  }

  /** Asks an edge node to be born again, one request at a time, and each after a longer while than the one before. */
  function askForRebirth(node: EdgeNode): void {
    const nowMs = clock.steadyMs();
    if (nowMs < node.askAgainAtMs) return;
    // A birth that leaves out what comes after it would be asked for again at once, without end; so births don't reset this.
    if (nowMs > node.askAgainAtMs + PATIENCE_LAST_MS) node.patienceMs = PATIENCE_FIRST_MS;
    node.askAgainAtMs = nowMs + node.patienceMs;
    node.patienceMs = Math.min(2 * node.patienceMs, PATIENCE_LAST_MS);
    send({ ...node, device: undefined }, [{ name: REBIRTH, type: BOOLEAN, raw: true }]);
  }

  function send(to: SparkplugAddress, commands: readonly SparkplugCommand[]): void {
    const topic = sparkplugCommandTopic(to);
    options
      .publish(topic, format.command(clock.nowMs(), commands), { retain: false, qos: 0 })
      .catch((error: Error) => log.warn({ topic: brief(topic), error: error.message }, 'a command could not be sent'));
  }

  /** The metrics that a command names, as they were born; or why it can't be told. */
  function commandsOf(births: Births, owner: string, device: DeviceRecord | undefined, payload: Uint8Array) {
    const wanted = wantedIn(payload);
    if (wanted === undefined) return 'expected {"METRIC": value, …}';
    const commands: SparkplugCommand[] = [];
    for (const [field, value] of wanted) {
      const meant = format.meant(device, field, value);
      const type = typeOf(births, owner, meant.name);
      if (type === undefined) return `${brief(field)}: no metric of that name was born`;
      const raw = format.rawOf(type, meant.value);
      if (raw === undefined) return `${brief(field)}: no value of its type`;
      commands.push({ name: meant.name, type, raw });
    }
    return commands;
  }

  /** What is missing then stays so until the next birth, and whatever comes meanwhile waits again. */
  function waitFor(node: EdgeNode, forMs: number): void {
    node.cancelWait ??= clock.after(forMs, () => {
      node.cancelWait = undefined;
      const leftMs = node.askAgainAtMs - clock.steadyMs();
      if (leftMs > 0) waitFor(node, leftMs);
      else askForRebirth(node);
    });
  }

  function takeSeq(node: EdgeNode, seq: number | undefined): void {
    takeNumber(node.sequence, seq);
    if (node.sequence.missing.size === 0) return stopWaiting(node);
    waitFor(node, waitMs);
  }

  function bornAgain(node: EdgeNode, message: SparkplugMessage): void {
    changing(node, () => {
      node.births = newBirths(message, node.births);
    });
    node.bornAtMs = clock.steadyMs();
    node.sequence = newSequence(message.seq);
    stopWaiting(node);
    nodes.delete(node.key);
    nodes.set(node.key, node);
    byName.set(nameOf(node), node);
  }

  /** What is to be read of a message, by what is known of its edge node, which it may change. */
  function take(topic: SparkplugTopic, message: SparkplugMessage, node: EdgeNode): Opened {
    const { timestampMs, metrics } = message;
    const owner = topic.device ?? ITSELF;
    const { births } = node;
    if (topic.type === 'NDEATH') {
      if (births === undefined || isOldDeath(births, message)) return format.deaths([]);
      const deaths = deathsOf(births, topic);
      changing(node, () => {
        node.births = undefined;
      });
      stopWaiting(node);
      return format.deaths(deaths);
    }
    if (topic.type === 'NBIRTH') bornAgain(node, message);
    else if (births === undefined) askForRebirth(node);
    else takeSeq(node, message.seq);
    if (topic.type === 'DDEATH') {
      const death = births && changing(node, () => takeDeath(births, topic, timestampMs));
      return format.deaths(death === undefined ? [] : [death]);
    }
    if (topic.type === 'DBIRTH' && births !== undefined) changing(node, () => addBirth(births, owner, metrics));
    const isBirth = topic.type === 'NBIRTH' || topic.type === 'DBIRTH';
    if (isBirth) {
      const named = metrics.flatMap((metric) => (metric.name === undefined ? [] : [{ ...metric, name: metric.name }]));
      const hasUnborn = named.length < metrics.length;
      return format.values({ address: topic, timestampMs, metrics: named, isBirth, hasUnborn });
    }
    const { named, hasUnborn } = resolve(births, owner, metrics);
    if (hasUnborn) askForRebirth(node);
    return format.values({ address: topic, timestampMs, metrics: named, isBirth, hasUnborn });
  }

  /** Devices that an edge node had before it was born again, and is not going to have. */
  function goneWith(node: EdgeNode): readonly SparkplugDeath[] {
    const { births } = node;
    if (births === undefined || births.former.size === 0) return [];
    if (clock.steadyMs() - node.bornAtMs < DEVICES_BORN_WITHIN_MS) return [];
    return changing(node, () => takeFormer(births, { ...node, device: undefined }));
  }

  /** What stands in for a message: the same, opened by what is known of its edge node. */
  function opened(message: DeviceMessage): DeviceMessage {
    const { route, topic, payload, device: sender, mayFeed } = message;
    const to = parseSparkplugTopic(topic);
    if (to === undefined || to.type === 'NCMD' || to.type === 'DCMD') return message;
    // What one may not say of a device changes nothing of what is known; and nobody's births explain what another sends.
    const ids = options.ids.spoken(to, mayFeed);
    if (mayFeed !== undefined && !ids.some(mayFeed)) return message;
    const read = format.read(payload);
    if (read === undefined) return message;
    const node = nodeOf(`${sender}/${to.group}/${to.node}`, to);
    const taken = take(to, read, node);
    const gone = goneWith(node);
    const found = gone.length === 0 ? taken : { ...taken, parts: [...format.deaths(gone).parts, ...taken.parts] };
    const { pattern } = route;
    return { ...message, route: { kind: 'envelope', pattern, format: { name: SPARKPLUG, open: () => found } } };
  }

  function state(online: boolean, timestamp: number): Promise<void> {
    return options.publish(stateTopic, JSON.stringify({ online, timestamp }), { retain: true, qos: 1 });
  }

  return {
    ingest: (next) => (message, done) => {
      const isMeant = message.route.format.name === SPARKPLUG && message.oversizedBytes === undefined;
      next(isMeant ? opened(message) : message, done);
    },

    command(device, payload) {
      const to = options.ids.addressOf(device);
      const births = to === undefined ? undefined : byName.get(nameOf(to))?.births;
      const owner = to?.device ?? ITSELF;
      if (to === undefined || births?.born.has(owner) !== true) return undefined;
      const commands = commandsOf(births, owner, options.device(device), payload);
      if (typeof commands === 'string') return commands;
      send(to, commands);
      return null;
    },

    async begin() {
      await state(true, clock.nowMs());
      hasBegun = true;
    },

    async close() {
      for (const node of nodes.values()) stopWaiting(node);
      if (hasBegun) await state(false, clock.nowMs());
    },
  };
}

function nameOf({ group, node }: Pick<SparkplugAddress, 'group' | 'node'>): string {
  return `${group}/${node}`;
}

/** What a command says by metrics; undefined when it is no object, or an empty one. */
function wantedIn(payload: Uint8Array): (readonly [string, unknown])[] | undefined {
  try {
    const json: unknown = JSON.parse(new TextDecoder().decode(payload));
    if (typeof json !== 'object' || json === null || Array.isArray(json)) return undefined;
    const wanted = Object.entries(json);
    return wanted.length === 0 ? undefined : wanted;
  } catch {
    return undefined;
  }
}
