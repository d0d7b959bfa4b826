import {
  BD_SEQ,
  type NamedSparkplugMetric,
  type SparkplugAddress,
  type SparkplugDeath,
  type SparkplugMessage,
  type SparkplugMetric,
} from '../../model/sparkplug.ts';

/** What an edge node has said of itself and its devices since it was born. Changed in place. */
export interface Births {
  /** Tells its session from others; undefined where its birth did not say. */
  readonly bdSeq: bigint | undefined;
  /** Those who are there, by the device's name; the edge node itself is ''. */
  readonly born: Map<string, Born>;
  /** An alias is unique in its edge node, devices included. */
  readonly aliases: Map<bigint, BornMetric>;
  /** Roughly, in memory. */
  bytes: number;
}

/** One that was born. */
interface Born {
  readonly metrics: Map<string, BornMetric>;
  readonly aliases: bigint[];
}

interface BornMetric {
  readonly name: string;
  readonly type: number | undefined;
  /** Whose it is, by name. */
  readonly owner: string;
}

/** The edge node itself, where devices are meant by name. */
export const ITSELF = '';
const METRIC_BYTES = 200;
const NODE_BYTES = 500;

/** What is known after an edge node's birth: nothing of before. */
export function newBirths({ metrics }: SparkplugMessage): Births {
  const births: Births = { bdSeq: bdSeqOf(metrics), born: new Map(), aliases: new Map(), bytes: NODE_BYTES };
  addBirth(births, ITSELF, metrics);
  return births;
}

/** A device was born, or born again: what it said before counts no more. */
export function addBirth(births: Births, owner: string, metrics: readonly SparkplugMetric[]): void {
  removeBirth(births, owner);
  const born: Born = { metrics: new Map(), aliases: [] };
  births.bytes += NODE_BYTES;
  for (const { name, alias, type } of metrics) {
    if (name === undefined || born.metrics.has(name)) continue;
    const metric = { name, type, owner };
    born.metrics.set(name, metric);
    if (alias !== undefined) {
      births.aliases.set(alias, metric);
      born.aliases.push(alias);
    }
    births.bytes += METRIC_BYTES + name.length;
  }
  births.born.set(owner, born);
}

function removeBirth(births: Births, owner: string): void {
  const born = births.born.get(owner);
  if (born === undefined) return;
  births.born.delete(owner);
  births.bytes -= NODE_BYTES;
  for (const { name } of born.metrics.values()) births.bytes -= METRIC_BYTES + name.length;
  for (const alias of born.aliases) if (births.aliases.get(alias)?.owner === owner) births.aliases.delete(alias);
}

/** The metrics of a message of data with their names and types; `hasUnborn`: there were others. */
export function resolve(births: Births | undefined, owner: string, metrics: readonly SparkplugMetric[]) {
  const born = births?.born.get(owner);
  const named: NamedSparkplugMetric[] = [];
  for (const metric of metrics) {
    const known = metric.name === undefined ? ofAlias(births, owner, metric.alias) : born?.metrics.get(metric.name);
    if (known !== undefined) named.push({ ...metric, name: known.name, type: known.type ?? metric.type });
  }
  return { named, hasUnborn: born === undefined || named.length < metrics.length };
}

function ofAlias(births: Births | undefined, owner: string, alias: bigint | undefined): BornMetric | undefined {
  const metric = alias === undefined ? undefined : births?.aliases.get(alias);
  return metric?.owner === owner ? metric : undefined;
}

/** Whether a death is of an earlier session: the broker may find out late that a connection has ended. */
export function isOldDeath(births: Births, { metrics }: SparkplugMessage): boolean {
  const bdSeq = bdSeqOf(metrics);
  return bdSeq !== undefined && births.bdSeq !== undefined && bdSeq !== births.bdSeq;
}

function bdSeqOf(metrics: readonly SparkplugMetric[]): bigint | undefined {
  const raw = metrics.find(({ name }) => name === BD_SEQ)?.raw;
  return typeof raw === 'bigint' ? raw : undefined;
}

/** The deaths of an edge node and all its devices. */
export function deathsOf({ born }: Births, { group, node }: SparkplugAddress): SparkplugDeath[] {
  return [...born].map(([owner, { metrics }]) => {
    const device = owner === ITSELF ? undefined : owner;
    return { address: { group, node, device }, atMs: undefined, names: new Set(metrics.keys()) };
  });
}

/** The death of one device; undefined when it was not there. */
export function takeDeath(births: Births, address: SparkplugAddress, atMs: number | undefined) {
  const owner = address.device ?? ITSELF;
  const born = births.born.get(owner);
  if (born === undefined) return undefined;
  removeBirth(births, owner);
  return { address, atMs, names: new Set(born.metrics.keys()) } satisfies SparkplugDeath;
}
