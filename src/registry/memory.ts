import { dialectOf, type OwnDialect } from '../model/dialect.ts';
import { durationMs } from '../model/duration.ts';
import type { NameText } from '../model/names.ts';
import type { AreaRecord, DeviceField, DeviceRecord, PointRecord } from '../model/registry.ts';
import { resolveName } from '../model/resolve-name.ts';
import type { Area, Metric, Profile, SiteDevice, SitePoint } from '../model/site.ts';

/**
 * The registry as it stands in memory. Rows are kept as the database gives them, their JSON unparsed, and become
 * records when somebody asks: that is what lets a site of 100,000 devices open at once.
 */
export interface Memory {
  profiles: Map<string, Profile>;
  areas: readonly AreaRecord[];
  devices: Map<string, DeviceEntry>;
  points: Map<string, PointEntry>;
}

export interface DeviceEntry {
  readonly id: string;
  readonly profile: string;
  readonly nameJson: string | null;
  readonly grantsJson: string | null;
  readonly protocolJson: string | null;
  readonly hasSecret: boolean;
  readonly points: string[];
  record: DeviceRecord | undefined;
}

export interface PointEntry {
  readonly id: string;
  readonly device: string;
  readonly area: string;
  readonly nameJson: string | null;
  readonly locationJson: string | null;
  /** The point's metric <- the device's field, as JSON; null: all, under their own names. */
  readonly metricsJson: string | null;
  readonly labelsJson: string | null;
  revision: number;
  definition: number;
  /** Of the definition: the numbers of its document's and its metrics' text, and its series numbers as JSON. */
  documentBody: number;
  readonly metricsBody: number;
  readonly seriesJson: string;
  record: PointRecord | undefined;
}

export function areaRecord(area: Area): AreaRecord {
  const { id, parent = null, outline = null, location = null } = area;
  return { id, parent, name: resolveName(area.name, id), outline, location };
}

/** Gives a point's metrics with their series numbers, as its definition has them. */
export type MetricsOf = (entry: PointEntry) => Readonly<Record<string, Metric & { readonly series: number }>>;

export function pointRecord(memory: Memory, entry: PointEntry, metricsOf: MetricsOf): PointRecord {
  if (entry.record !== undefined) return entry.record;
  const profile = profileOf(memory, entry.device);
  entry.record = {
    id: entry.id,
    area: entry.area,
    device: entry.device,
    family: profile.family,
    name: resolveName(parsed<NameText>(entry.nameJson), entry.id),
    location: parsed<[number, number]>(entry.locationJson) ?? null,
    labels: parsed<Record<string, string>>(entry.labelsJson) ?? {},
    metrics: metricsOf(entry),
    reportEveryMs: durationMs(profile.reportEvery),
  };
  return entry.record;
}

export function deviceRecord(memory: Memory, entry: DeviceEntry, metricsOf: MetricsOf): DeviceRecord {
  if (entry.record !== undefined) return entry.record;
  const profile = profileOf(memory, entry.id);
  const grants = parsed<string[]>(entry.grantsJson) ?? [];
  const protocol = dialectOf(profile.protocol, parsed<OwnDialect>(entry.protocolJson));
  entry.record = {
    id: entry.id,
    profile: entry.profile,
    family: profile.family,
    name: resolveName(parsed<NameText>(entry.nameJson), entry.id),
    reportEveryMs: durationMs(profile.reportEvery),
    hasSecret: entry.hasSecret,
    grantedAlerts: grants.includes('alerts'),
    ...(grants.includes('feed') ? { grantedFeed: true } : {}),
    ...(profile.messages === undefined ? {} : { messages: profile.messages }),
    ...(protocol === undefined ? {} : { protocol }),
    ...(profile.codec === undefined ? {} : { codec: profile.codec }),
    points: entry.points,
    fields: deviceFields(memory, entry, profile, metricsOf),
  };
  return entry.record;
}

function deviceFields(memory: Memory, entry: DeviceEntry, profile: Profile, metricsOf: MetricsOf): DeviceField[] {
  const series = new Map<string, number[]>();
  for (const id of entry.points) {
    const point = memory.points.get(id);
    if (point === undefined) continue;
    const mapping = parsed<Record<string, string>>(point.metricsJson);
    for (const [name, metric] of Object.entries(metricsOf(point))) {
      const field = mapping?.[name] ?? name;
      const list = series.get(field);
      if (list === undefined) series.set(field, [metric.series]);
      else list.push(metric.series);
    }
  }
  return Object.entries(profile.metrics).map(([field, metric]) => ({ field, metric, series: series.get(field) ?? [] }));
}

function profileOf(memory: Memory, device: string): Profile {
  const profile = memory.profiles.get(memory.devices.get(device)?.profile ?? '');
  if (profile === undefined) throw new RangeError(`device ${device} has no profile: the data folder is damaged`);
  return profile;
}

/** A device as the files would say it, without its secret. */
export function siteDevice(memory: Memory, entry: DeviceEntry): SiteDevice {
  const points = entry.points.flatMap((id) => {
    const point = memory.points.get(id);
    return point === undefined ? [] : [sitePoint(point)];
  });
  const name = parsed<NonNullable<SiteDevice['name']>>(entry.nameJson);
  const grants = parsed<NonNullable<SiteDevice['grants']>>(entry.grantsJson);
  const protocol = parsed<OwnDialect>(entry.protocolJson);
  const { id, profile } = entry;
  return {
    id,
    profile,
    ...(name === undefined ? {} : { name }),
    ...(grants === undefined ? {} : { grants }),
    ...(protocol === undefined ? {} : { protocol }),
    points,
  };
}

/** A point as the files would say it. */
export function sitePoint(entry: PointEntry): SitePoint {
  const name = parsed<NonNullable<SitePoint['name']>>(entry.nameJson);
  const location = parsed<[number, number]>(entry.locationJson);
  const metrics = parsed<Record<string, string>>(entry.metricsJson);
  const labels = parsed<Record<string, string>>(entry.labelsJson);
  return {
    id: entry.id,
    area: entry.area,
    ...(name === undefined ? {} : { name }),
    ...(location === undefined ? {} : { location }),
    ...(metrics === undefined ? {} : { metrics }),
    ...(labels === undefined ? {} : { labels }),
  };
}

function parsed<T>(json: string | null): T | undefined {
  return json === null ? undefined : (JSON.parse(json) as T);
}
