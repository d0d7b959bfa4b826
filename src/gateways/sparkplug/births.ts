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
  /** Devices that were there before the edge node was born again, and have not been since. */
  readonly former: Map<string, Born>;
  formerBytes: number;
  /** Roughly, in memory, those included. */
  bytes: number;
}

/** One that was born. */
interface Born {
  readonly metrics: Map<string, BornMetric>;
  /** Of its metrics, and `TEMPLATE/METRIC` of those in templates. */
  readonly names: Set<string>;
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

/** What is known after an edge node's birth: of before only who was there. */
export function newBirths({ metrics }: SparkplugMessage, before: Births | undefined): Births {
  // Taken over as they are: births of an edge node without end cost no more than those of its devices between them.
  const { former = new Map<string, Born>(), formerBytes = 0 } = before ?? {};
  const births: Births = {
    bdSeq: bdSeqOf(metrics),
    born: new Map(),
    aliases: new Map(),
    former,
    formerBytes,
    bytes: NODE_BYTES + formerBytes,
  };
  for (const [owner, born] of before?.born ?? []) if (owner !== ITSELF) addFormer(births, owner, born);
  addBirth(births, ITSELF, metrics);
  return births;
}

/** A device was born, or born again: what it said before counts no more. */
export function addBirth(births: Births, owner: string, metrics: readonly SparkplugMetric[]): void {
  removeBirth(births, owner);
  removeFormer(births, owner);
  const born: Born = { metrics: new Map(), names: new Set(), aliases: [] };
  for (const { name, alias, type, members } of metrics) {
    if (name === undefined || born.metrics.has(name)) continue;
    addNames(born.names, name, members);
    const metric = { name, type, owner };
    born.metrics.set(name, metric);
    if (alias !== undefined) {
      births.aliases.set(alias, metric);
      born.aliases.push(alias);
    }
  }
  births.born.set(owner, born);
  births.bytes += bytesOf(born);
}

function addNames(names: Set<string>, name: string, members: SparkplugMetric['members']): void {
  names.add(name);
  for (const member of members ?? []) {
    if (member.name !== undefined) addNames(names, `${name}/${member.name}`, member.members);
  }
}

function removeBirth(births: Births, owner: string): void {
  const born = births.born.get(owner);
  if (born === undefined) return;
  births.born.delete(owner);
  births.bytes -= bytesOf(born);
  for (const alias of born.aliases) if (births.aliases.get(alias)?.owner === owner) births.aliases.delete(alias);
}

/** Who was born is never in it already: a birth takes it out. */
function addFormer(births: Births, owner: string, born: Born): void {
  births.former.set(owner, born);
  births.formerBytes += bytesOf(born);
  births.bytes += bytesOf(born);
}

function removeFormer(births: Births, owner: string): void {
  const former = births.former.get(owner);
  if (former === undefined) return;
  births.former.delete(owner);
  births.formerBytes -= bytesOf(former);
  births.bytes -= bytesOf(former);
}

function bytesOf({ names }: Born): number {
  let bytes = NODE_BYTES;
  for (const name of names) bytes += METRIC_BYTES + name.length;
  return bytes;
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

/** The type of a metric that was born; undefined of what was not. */
export function typeOf(births: Births, owner: string, name: string): number | undefined {
  return births.born.get(owner)?.metrics.get(name)?.type;
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
export function deathsOf({ born, former }: Births, address: SparkplugAddress): SparkplugDeath[] {
  return deathsIn([...former, ...born], address);
}

/** The deaths of those who were not born again with their edge node; they are told once. */
export function takeFormer(births: Births, address: SparkplugAddress): SparkplugDeath[] {
  const deaths = deathsIn([...births.former], address);
  for (const owner of [...births.former.keys()]) removeFormer(births, owner);
  return deaths;
}

function deathsIn(all: readonly (readonly [string, Born])[], { group, node }: SparkplugAddress): SparkplugDeath[] {
  return all.map(([owner, { names }]) => {
    const device = owner === ITSELF ? undefined : owner;
    return { address: { group, node, device }, atMs: undefined, names };
  });
}

/** The death of one device; undefined when it was not there. */
export function takeDeath(births: Births, address: SparkplugAddress, atMs: number | undefined) {
  const owner = address.device ?? ITSELF;
  const born = births.born.get(owner);
  if (born === undefined) return undefined;
  removeBirth(births, owner);
  return { address, atMs, names: born.names } satisfies SparkplugDeath;
}
