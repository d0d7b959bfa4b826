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
  /** As it is coded: whole numbers have a sign only by their type. Undefined for what is no single value. */
  readonly raw: bigint | number | boolean | string | undefined;
  /** Of a template: its metrics. */
  readonly members: readonly SparkplugMetric[] | undefined;
}

/** A metric whose name and type are known. */
export interface NamedSparkplugMetric extends SparkplugMetric {
  readonly name: string;
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

/** Where an edge node is told what to do. */
export function sparkplugCommandTopic({ group, node }: Pick<SparkplugAddress, 'group' | 'node'>): string {
  return `${SPARKPLUG_NAMESPACE}/${group}/NCMD/${node}`;
}

/** What a device is called here: group, edge node and device with a hyphen between. */
export function sparkplugName({ group, node, device }: SparkplugAddress): string {
  return device === undefined ? `${group}-${node}` : `${group}-${node}-${device}`;
}

/** The name of the metric that tells one session of an edge node from another. */
export const BD_SEQ = 'bdSeq';
const CONTROL = 'Node Control/';

/** Whether a metric is about the protocol, and measures nothing. */
export function isOfProtocol(name: string): boolean {
  return name === BD_SEQ || name.startsWith(CONTROL);
}

export const REBIRTH = `${CONTROL}Rebirth`;
