import type { Opened } from './format.ts';
import type { DeviceRecord } from './registry.ts';

/**
 * Sparkplug B (Eclipse Sparkplug 3.0): what a message says once its protobuf is read, and its topics
 * `spBv1.0/GROUP/TYPE/NODE[/DEVICE]`. Shared by the format, which reads messages one by one, and the host, which remembers births.
 */

export const SPARKPLUG = 'sparkplug';
export const SPARKPLUG_NAMESPACE = 'spBv1.0';
export const SPARKPLUG_TOPICS = `${SPARKPLUG_NAMESPACE}/#`;

const TYPES = ['NBIRTH', 'NDATA', 'NDEATH', 'NCMD', 'DBIRTH', 'DDATA', 'DDEATH', 'DCMD'] as const;
export type SparkplugType = (typeof TYPES)[number];

/** An edge node, or a device of one. */
export interface SparkplugAddress {
  readonly group: string;
  readonly node: string;
  /** Undefined: the edge node itself. */
  readonly device: string | undefined;
}

export interface SparkplugTopic extends SparkplugAddress {
  readonly type: SparkplugType;
}

export interface SparkplugMessage {
  /** ms since 1970. */
  readonly timestampMs: number | undefined;
  /** 0 to 255. */
  readonly seq: number | undefined;
  readonly metrics: readonly SparkplugMetric[];
}

export interface SparkplugMetric {
  readonly name: string | undefined;
  readonly alias: bigint | undefined;
  readonly timestampMs: number | undefined;
  /** A data type's number, as a birth names it; messages of data mostly leave it out. */
  readonly type: number | undefined;
  readonly isHistorical: boolean;
  readonly isNull: boolean;
  /** Of the property `Quality`: 0 bad, 192 good, 500 stale; left out where nothing is said. */
  readonly quality: number | undefined;
  /**
   * As it is coded: whole numbers have a sign only by their type, and arrays are bytes. Undefined for what is neither a value nor
   * an array.
   */
  readonly raw: bigint | number | boolean | string | Uint8Array | undefined;
  /** Of a template: its metrics. */
  readonly members: readonly SparkplugMetric[] | undefined;
}

/** A metric whose name and type are known. */
export interface NamedSparkplugMetric extends SparkplugMetric {
  readonly name: string;
}

/** What an edge node or device is told: a metric that was born, and its value in the born type. */
export interface SparkplugCommand {
  readonly name: string;
  readonly type: number;
  readonly raw: bigint | number | boolean | string;
}

/** What is to be read of a message. */
export interface SparkplugValues {
  readonly address: SparkplugAddress;
  readonly timestampMs: number | undefined;
  readonly metrics: readonly NamedSparkplugMetric[];
  readonly isBirth: boolean;
  /** Some of the message is of metrics that no birth has named. */
  readonly hasUnborn: boolean;
}

/** Somebody of whom nothing is known any more, until the next birth. */
export interface SparkplugDeath {
  readonly address: SparkplugAddress;
  /** When, ms since 1970; undefined: as it is told. */
  readonly atMs: number | undefined;
  /** What was born; undefined where nobody remembers, and all is meant. */
  readonly names: ReadonlySet<string> | undefined;
}

/** A topic of a node or device; undefined for all others, those of hosts too. */
export function parseSparkplugTopic(topic: string): SparkplugTopic | undefined {
  const [namespace, group = '', type = '', node = '', device, ...more] = topic.split('/');
  const known = TYPES.find((one) => one === type);
  if (namespace !== SPARKPLUG_NAMESPACE || known === undefined || group === '' || node === '' || more.length > 0) {
    return undefined;
  }
  if (known.startsWith('D') !== (device !== undefined && device !== '')) return undefined;
  return { type: known, group, node, device };
}

/** Where a host says whether it is there. */
export function sparkplugStateTopic(host: string): string {
  return `${SPARKPLUG_NAMESPACE}/STATE/${host}`;
}

/** Where an edge node, or a device of it, is told what to do. */
export function sparkplugCommandTopic({ group, node, device }: SparkplugAddress): string {
  const start = `${SPARKPLUG_NAMESPACE}/${group}`;
  return device === undefined ? `${start}/NCMD/${node}` : `${start}/DCMD/${node}/${device}`;
}

/**
 * The ids that an edge node or device is registered by: `GROUP:NODE` or `GROUP:NODE:DEVICE`, in which `~` and the bytes in hex stand
 * for what no id may hold and for the two signs themselves. Names may have hyphens, so (`a-b`, `c`) and (`a`, `b-c`) are two; and
 * they differ in upper and lower case (5.2, `tck-id-case-sensitivity`). With hyphens between them, as they were first, only names
 * that have none. None at all of what is longer than an id may be. Read backwards by `parseSparkplugId`.
 */
export function sparkplugIds({ group, node, device }: SparkplugAddress): readonly string[] {
  const names = device === undefined ? [group, node] : [group, node, device];
  const own = names.map(escaped).join(BETWEEN);
  const isPlain = names.every((name) => !name.includes('-') && escaped(name) === name);
  return (isPlain ? [own, names.join('-')] : [own]).filter(({ length }) => length <= ID_LENGTH_MAX);
}

/** The ids that somebody may be registered by, the clearest first. */
export type SparkplugIdsOf = (address: SparkplugAddress) => readonly string[];

/**
 * The id with hyphens between names of which one has hyphens itself: several addresses may have the same, so that it is the id of
 * one of them alone, and somebody must remember of which. Undefined where there is no such id.
 */
export function hyphenatedId({ group, node, device }: SparkplugAddress): string | undefined {
  const names = device === undefined ? [group, node] : [group, node, device];
  const id = names.join('-');
  const isOne = names.some((name) => name.includes('-')) && names.every((name) => escaped(name) === name);
  return isOne && id.length <= ID_LENGTH_MAX ? id : undefined;
}

/** Who goes by an id; undefined where nobody of Sparkplug can. */
export function parseSparkplugId(id: string): SparkplugAddress | undefined {
  const names = id.includes(BETWEEN) ? id.split(BETWEEN).map(unescaped) : id.split('-');
  const [group = '', node = '', device, ...more] = names;
  const isWhole = more.length === 0 && names.every((name) => name !== undefined && name !== '');
  return isWhole && node !== '' ? { group, node, device } : undefined;
}

const BETWEEN = ':';
const ESCAPE = '~';
const ID_LENGTH_MAX = 128;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what no id may hold.
const NOT_PLAIN = /[:~/+#?%\s\u0000-\u001f\u007f-\u009f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069]/g;
const ESCAPED = /(?:~[\da-f]{2})+/g;

function escaped(name: string): string {
  return name.replace(NOT_PLAIN, (sign) =>
    [...new TextEncoder().encode(sign)].map((byte) => ESCAPE + byte.toString(16).padStart(2, '0')).join(''),
  );
}

function unescaped(name: string): string | undefined {
  const plain = name.replace(ESCAPED, (all) =>
    new TextDecoder().decode(Uint8Array.from(all.slice(1).split(ESCAPE), (byte) => Number.parseInt(byte, 16))),
  );
  return escaped(plain) === name ? plain : undefined;
}

/** The name of the metric that tells one session of an edge node from another. */
export const BD_SEQ = 'bdSeq';
const CONTROL = 'Node Control/';

/** Whether a metric is about the protocol, and measures nothing. */
export function isOfProtocol(name: string): boolean {
  return name === BD_SEQ || name.startsWith(CONTROL);
}

export const REBIRTH = `${CONTROL}Rebirth`;

/** How messages are read: what is remembered of births is for the host, what becomes readings for the format. */
export interface SparkplugReader {
  /** Undefined: it is none, or has more in it than a message may. */
  read(payload: Uint8Array): SparkplugMessage | undefined;
  values(values: SparkplugValues): Opened;
  deaths(deaths: readonly SparkplugDeath[]): Opened;
  /** A command, as it goes over the wire. */
  command(nowMs: number, commands: readonly SparkplugCommand[]): Uint8Array;
  /** A command in the words of a device's profile in those of Sparkplug. */
  meant(
    device: DeviceRecord | undefined,
    field: string,
    value: unknown,
  ): { readonly name: string; readonly value: unknown };
  /** A value of JSON in a metric's type; undefined when it can't be one. */
  rawOf(type: number, value: unknown): SparkplugCommand['raw'] | undefined;
}
