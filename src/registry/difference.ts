import type { Profile, Site } from '../model/site.ts';
import type { SiteContents, SiteDifference } from '../model/site-change.ts';
import type { ThresholdFileEntry } from '../model/threshold.ts';

/**
 * What lies between two inputs. A secret that is given counts as changed unless `hasSecret` says it is the present
 * one; one that is not given stays as it is, because an export cannot give it.
 */
export function differenceOf(
  before: SiteContents,
  after: SiteContents,
  hasSecret: (device: string, secret: string) => boolean,
): SiteDifference[] {
  const deviceDetails = (id: string) => {
    const secret = devicesAfter.get(id)?.secret;
    return secret === undefined || hasSecret(id, secret) ? [] : ['secret changed'];
  };
  const devicesAfter = new Map(after.site.devices.map((device) => [device.id, device]));
  return [
    ...compare('profile', profiles(before), profiles(after)),
    ...compare('area', byId(before.site.areas), byId(after.site.areas)),
    ...compare('device', devices(before.site), devices(after.site), deviceDetails),
    ...compare('point', points(before.site), points(after.site)),
    ...compare('thresholds', documents(before.thresholds), documents(after.thresholds)),
  ];
}

type Things = ReadonlyMap<string, object>;

function byId(list: readonly { readonly id: string }[]): Things {
  return new Map(list.map((one) => [one.id, one]));
}

function profiles(input: SiteContents): Things {
  return byId(input.profiles as readonly Profile[]);
}

function devices(site: Site): Things {
  return new Map(site.devices.map(({ points: _points, secret: _secret, ...device }) => [device.id, device]));
}

function points(site: Site): Things {
  return new Map(
    site.devices.flatMap((device) =>
      device.points.map((point) => [point.id, { ...point, device: device.id }] as const),
    ),
  );
}

/** A document that says nothing is the same as none. */
function documents(entries: readonly ThresholdFileEntry[]): Things {
  const telling = entries.filter((entry) => !isEmptyDocument(entry));
  return new Map(telling.map(({ point, ...document }) => [point, document]));
}

export function isEmptyDocument(document: Omit<ThresholdFileEntry, 'point'>): boolean {
  return Object.keys(document.rules).length === 0 && document.noData === undefined && document.source === undefined;
}

function compare(
  kind: SiteDifference['kind'],
  before: Things,
  after: Things,
  moreDetails: (id: string) => string[] = () => [],
): SiteDifference[] {
  const differences: SiteDifference[] = [];
  for (const [id, thing] of after) {
    const old = before.get(id);
    if (old === undefined) {
      differences.push({ kind, change: 'added', id, details: [] });
      continue;
    }
    // Nearly everything is the same, and then its text is: a quick look that spares the walk through every leaf.
    const same = JSON.stringify(old) === JSON.stringify(thing);
    const details = [...(same ? [] : detailsOf(old, thing, '')), ...moreDetails(id)];
    if (details.length > 0) differences.push({ kind, change: 'changed', id, details });
  }
  for (const id of before.keys()) {
    if (!after.has(id)) differences.push({ kind, change: 'removed', id, details: [] });
  }
  return differences;
}

/** Leaf by leaf; the order of keys does not count, that of lists does. */
function detailsOf(before: unknown, after: unknown, path: string): string[] {
  if (before === after) return [];
  if (isPlainMap(before) && isPlainMap(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) => detailsOf(before[key], after[key], path === '' ? key : `${path}.${key}`));
  }
  const old = shown(before);
  const now = shown(after);
  return old === now ? [] : [`${path}: ${brief(old)} -> ${brief(now)}`];
}

function isPlainMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  return value === undefined ? '(none)' : JSON.stringify(sortKeys(value));
}

/** A script is told by its length: somebody who wants to see it has the file. */
function brief(text: string): string {
  return text.length <= SHOWN_LENGTH_MAX ? text : `(${text.length} characters)`;
}

const SHOWN_LENGTH_MAX = 2_000;

/** The same value with the keys of every map in order, so that equal values have equal texts. */
function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (!isPlainMap(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sortKeys(value[key])]),
  );
}
