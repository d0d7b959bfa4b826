import type { PointDefinition } from '../model/definition.ts';
import type { AreaRecord, DeviceRecord, Handover, PointRecord } from '../model/registry.ts';
import type { Profile, SiteDevice, SitePoint } from '../model/site.ts';
import { hasLimits } from '../model/threshold.ts';
import type { Core } from './core.ts';
import { deviceRecord, type PointEntry, pointRecord, siteDevice, sitePoint } from './memory.ts';

/** The site as it is now, from memory, and the definitions that evaluation works with. */
export interface SiteReads {
  profiles(): readonly Profile[];
  areas(): readonly AreaRecord[];
  devices(): Iterable<DeviceRecord>;
  device(id: string): DeviceRecord | undefined;
  /** Rises whenever `device` may answer otherwise than before. */
  devicesVersion(): number;
  points(): Iterable<PointRecord>;
  point(id: string): PointRecord | undefined;
  /** The point and metric of a series number, also when the point is gone. */
  series(series: number): { readonly point: string; readonly metric: string } | undefined;
  /** Devices that took over a point from another, the newest first; `before` is a number of one of them. */
  handovers(point: string, limit: number, before?: number): Handover[];
  /** One device as the files would say it, without its secret. */
  siteDevice(id: string): SiteDevice | undefined;
  /** One point as the files would say it, and whose it is. */
  sitePoint(id: string): { readonly device: string; readonly point: SitePoint } | undefined;
  /** Whether any limit is in force for a point; false also of an unknown one. */
  hasLimits(point: string): boolean;
  /** True until a site has been put in: the files seed an empty data folder only. */
  isEmpty(): boolean;

  /** The definition in force of every point, in the order of their ids. Used to find what the journal lacks. */
  currentDefinitions(): Iterable<{ readonly point: string; readonly id: number }>;
  /** Any definition ever made. Throws RangeError for an unknown id: the data folder is damaged. */
  definition(id: number): PointDefinition;
  definitions(ids: readonly number[]): PointDefinition[];
  /** The definition of a point that is in force. */
  definitionOf(point: string): PointDefinition | undefined;
}

export function createSiteReads({ memory, definitions, handovers, devicesVersion }: Core): SiteReads {
  const metricsOf = (entry: PointEntry) =>
    definitions.numberedMetrics(entry.metricsBody, JSON.parse(entry.seriesJson) as number[]);

  return {
    profiles: () => [...memory.profiles.values()],
    areas: () => memory.areas,
    *devices() {
      for (const entry of memory.devices.values()) yield deviceRecord(memory, entry, metricsOf);
    },
    device(id) {
      const entry = memory.devices.get(id);
      return entry === undefined ? undefined : deviceRecord(memory, entry, metricsOf);
    },
    devicesVersion,
    *points() {
      for (const entry of memory.points.values()) yield pointRecord(memory, entry, metricsOf);
    },
    point(id) {
      const entry = memory.points.get(id);
      return entry === undefined ? undefined : pointRecord(memory, entry, metricsOf);
    },
    series: definitions.series,
    handovers: handovers.of,
    siteDevice(id) {
      const entry = memory.devices.get(id);
      return entry === undefined ? undefined : siteDevice(memory, entry);
    },
    sitePoint(id) {
      const entry = memory.points.get(id);
      return entry === undefined ? undefined : { device: entry.device, point: sitePoint(entry) };
    },
    hasLimits(point) {
      const entry = memory.points.get(point);
      return entry !== undefined && hasLimits(definitions.document(entry.documentBody));
    },
    isEmpty: () => memory.profiles.size === 0 && memory.areas.length === 0 && memory.devices.size === 0,

    currentDefinitions() {
      const current = [...memory.points.values()].map(({ id, definition }) => ({ point: id, id: definition }));
      return current.sort((a, b) => a.id - b.id);
    },
    definition: definitions.one,
    definitions: definitions.get,
    definitionOf(point) {
      const entry = memory.points.get(point);
      return entry === undefined ? undefined : definitions.one(entry.definition);
    },
  };
}
