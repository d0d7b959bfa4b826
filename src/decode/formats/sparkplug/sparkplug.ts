import type { Decoded, DeviceToRead, EnvelopeFormat, EnvelopePart, Opened } from '../../../model/format.ts';
import { LATE } from '../../../model/reading.ts';
import { rejectionOf } from '../../../model/rejection.ts';
import {
  isOfProtocol,
  type NamedSparkplugMetric,
  parseSparkplugTopic,
  SPARKPLUG,
  SPARKPLUG_NAMESPACE,
  type SparkplugDeath,
  type SparkplugIdsOf,
  type SparkplugMetric,
  type SparkplugReader,
  type SparkplugValues,
  sparkplugIds,
} from '../../../model/sparkplug.ts';
import { BATCH_ITEMS_MAX, Collector, rejected } from '../../gather.ts';
import { ASIDE, refused } from '../../uplink.ts';
import { fieldsOf, isOfProfile, readMetric, toSparkplug } from './metrics.ts';
import { commandPayload, readSparkplug } from './payload.ts';
import { rawOf } from './types.ts';

/**
 * Sparkplug B. A message of data says its metrics by numbers that only a birth explains, so a host that remembers births
 * (gateways/sparkplug) has `values` and `deaths` read; `open` reads a message by itself, as far as that goes: births whole, of data
 * what has both name and type in it.
 */
export interface SparkplugFormat extends EnvelopeFormat, SparkplugReader {}

const SERVER = { server: 'Sparkplug B' };
const NOT_SPARKPLUG = rejectionOf('unknown-message', SERVER);
const NO_PROTOBUF = rejectionOf('no-frame', { protocol: 'Sparkplug B' });
const TOO_MANY = rejectionOf('too-many-items-within', { most: BATCH_ITEMS_MAX });
const NOT_BORN = rejectionOf('not-born', {});

export function createSparkplug(futureMaxMs: number, idsOf: SparkplugIdsOf = sparkplugIds): SparkplugFormat {
  const reading = { futureMaxMs, idsOf };
  return {
    name: SPARKPLUG,

    open(topic, payload) {
      const to = parseSparkplugTopic(topic);
      if (to === undefined) return topic.startsWith(`${SPARKPLUG_NAMESPACE}/STATE/`) ? ASIDE : refused(NOT_SPARKPLUG);
      if (to.type === 'NCMD' || to.type === 'DCMD') return ASIDE;
      const read = readSparkplug(payload);
      if (read.problem !== undefined) return refused(read.problem === 'too-many' ? TOO_MANY : NO_PROTOBUF);
      const { metrics, timestampMs } = read.message;
      if (to.type === 'NDEATH') return openDeaths([{ address: to, atMs: undefined, names: undefined }], reading);
      if (to.type === 'DDEATH') return openDeaths([{ address: to, atMs: timestampMs, names: undefined }], reading);
      const named = metrics.filter(isReadable);
      const isBirth = to.type.endsWith('BIRTH');
      const values = { address: to, timestampMs, metrics: named, isBirth, hasUnborn: named.length < metrics.length };
      return openValues(values, reading);
    },

    read: (payload) => readSparkplug(payload).message,
    command: commandPayload,
    meant: (device, field, value) => toSparkplug(device?.messages, field, value),
    rawOf,
    values: (values) => openValues(values, reading),
    deaths: (deaths) => openDeaths(deaths, reading),
  };
}

/** What reading a message needs to know beside it. */
interface Reading {
  readonly futureMaxMs: number;
  readonly idsOf: SparkplugIdsOf;
}

/** Whole numbers have a sign only by their type. */
function isReadable(metric: SparkplugMetric): metric is NamedSparkplugMetric {
  return metric.name !== undefined && (metric.type !== undefined || metric.isNull || typeof metric.raw !== 'bigint');
}

function openValues(
  { address, timestampMs, isBirth, hasUnborn, ...said }: SparkplugValues,
  { futureMaxMs, idsOf }: Reading,
): Opened {
  const metrics = flattened(said.metrics).filter(({ name }) => !isOfProtocol(name));
  // Most edge nodes have nothing of their own to say, and need not be registered.
  if (metrics.length === 0 && !hasUnborn) return ASIDE;
  const devices = idsOf(address);
  const past = metrics.filter(({ isHistorical }) => isHistorical);
  const parts: EnvelopePart[] = [];
  if (past.length < metrics.length || hasUnborn || past.length === 0) {
    const present = metrics.filter(({ isHistorical }) => !isHistorical);
    parts.push({
      devices,
      read(device, receivedAtMs) {
        const decoded = readMetrics(device, present, { timestampMs, receivedAtMs, futureMaxMs, hasUnborn });
        return isBirth || hasUnborn ? decoded : withoutUnwanted(decoded);
      },
    });
  }
  if (past.length > 0) {
    parts.push({
      devices,
      unknownAs: devices[0],
      read(device, receivedAtMs) {
        const times = { timestampMs, receivedAtMs, futureMaxMs, hasUnborn: false };
        const { readings, ...decoded } = withoutUnwanted(readMetrics(device, past, times));
        // The edge node had stored it: it is history, and says nothing of what is, whatever came before it.
        const late = readings.map((reading) => ({ ...reading, marks: reading.marks | LATE }));
        return { ...decoded, readings: late, isHistory: true };
      },
    });
  }
  return { parts, rejection: null };
}

/** A device says what has changed, and mostly that is nothing that its profile wants. */
function withoutUnwanted(decoded: Decoded): Decoded {
  const reason = decoded.rejection?.reason;
  return reason === 'no-known-field' || reason === 'empty' ? { ...decoded, rejection: null } : decoded;
}

interface ToRead {
  readonly timestampMs: number | undefined;
  readonly receivedAtMs: number;
  readonly futureMaxMs: number;
  readonly hasUnborn: boolean;
}

function readMetrics(
  device: DeviceToRead,
  metrics: readonly NamedSparkplugMetric[],
  { timestampMs, receivedAtMs, futureMaxMs, hasUnborn }: ToRead,
): Decoded {
  const collector = new Collector(device, receivedAtMs, futureMaxMs, device.clockOffsetMs);
  let isKnown = false;
  for (const metric of metrics) {
    if (!isOfProfile(device, metric.name)) continue;
    isKnown = true;
    const atMs = metric.timestampMs ?? timestampMs;
    const tsMs = atMs === undefined ? receivedAtMs : collector.timeIs(atMs);
    if (isGood(metric)) readMetric(collector, device, metric, tsMs);
    else collector.doubtful(() => readMetric(collector, device, metric, tsMs));
  }
  if (hasUnborn) collector.refuse(() => NOT_BORN);
  if (!isKnown && !hasUnborn && metrics.length > 0) return rejected(rejectionOf('no-known-field', {}));
  return collector.finish(false);
}

const QUALITY_GOOD = 192;
const QUALITY_STALE = 500;

/** What says nothing is good. Some write the qualities of OPC, which are good from 192 on. */
function isGood({ quality = QUALITY_GOOD }: SparkplugMetric): boolean {
  return quality >= QUALITY_GOOD && quality !== QUALITY_STALE;
}

/** The metrics of templates are called `TEMPLATE/METRIC`, and have what the template says of time. */
function flattened(metrics: readonly NamedSparkplugMetric[]): readonly NamedSparkplugMetric[] {
  if (metrics.every(({ members }) => members === undefined)) return metrics;
  return metrics.flatMap((metric) => {
    const { name, members, timestampMs, isHistorical } = metric;
    if (members === undefined) return [metric];
    const named = members.filter(isReadable).map((member) => ({
      ...member,
      name: `${name}/${member.name}`,
      timestampMs: member.timestampMs ?? timestampMs,
      isHistorical: member.isHistorical || isHistorical,
    }));
    return flattened(named);
  });
}

function openDeaths(deaths: readonly SparkplugDeath[], { futureMaxMs, idsOf }: Reading): Opened {
  const parts = deaths.map(
    ({ address, atMs, names }): EnvelopePart => ({
      devices: idsOf(address),
      // Who is not known has nothing that could be stale.
      isAside: true,
      read(device, receivedAtMs) {
        const collector = new Collector(device, receivedAtMs, futureMaxMs, device.clockOffsetMs);
        const tsMs = atMs === undefined ? receivedAtMs : collector.timeIs(atMs);
        for (const field of fieldsOf(device, names)) collector.bad(field, tsMs);
        return withoutUnwanted(collector.finish(false));
      },
    }),
  );
  return { parts, rejection: null };
}
