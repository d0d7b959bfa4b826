import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { numberOf, textOf } from '../model/cell-text.ts';
import { pointMetrics } from '../model/consistency.ts';
import { idSchema, metricNameSchema, type NameText } from '../model/names.ts';
import {
  farOutsideKm,
  isLikelySwapped,
  placeFault,
  placeOfOutline,
  type Surroundings,
  surroundings,
} from '../model/place.ts';
import type { AreaRecord } from '../model/registry.ts';
import { resolveName } from '../model/resolve-name.ts';
import type { Profile, SiteDevice, SitePoint } from '../model/site.ts';
import type { SheetChange } from '../model/spreadsheet.ts';
import { type FoundSheet, POINT_COLUMNS, type PointKey, titleOf } from './columns.ts';
import { type Notes, tellFaults, valueIn } from './faults.ts';
import { createLookup } from './lookup.ts';
import type { SheetPoint, SheetSource } from './source.ts';
import { type Cell, type Language, placeName } from './table.ts';
import { FAMILY_WORDS, PROBLEMS } from './words.ts';

/** The sheet of points: what they are called, where they are, and which device measures them. A row each. */

/** The row of a point of a device. */
export function pointRow(
  device: SiteDevice,
  point: SitePoint,
  profile: Profile | undefined,
  area: AreaRecord | undefined,
  language: Language,
): Cell[] {
  const cells: Readonly<Record<PointKey, Cell>> = {
    ...pointCells(device, point),
    areaName: area?.name[language] ?? null,
    family: FAMILY_WORDS[language][profile?.family ?? 'other'],
    version: versionOf(device, point),
  };
  return POINT_COLUMNS.map(({ key }) => cells[key]);
}

type WrittenKey = Exclude<PointKey, 'areaName' | 'family' | 'version'>;

/** What a row says of a point, by column. */
export function pointCells(
  device: SiteDevice,
  { id, name, area, location, metrics }: SitePoint,
): Record<WrittenKey, Cell> {
  return {
    id,
    nameZh: namePart(name, 'zh'),
    nameEn: namePart(name, 'en'),
    area,
    device: device.id,
    profile: device.profile,
    longitude: location?.[0] ?? null,
    latitude: location?.[1] ?? null,
    metrics: metrics === undefined ? null : metricsText(metrics),
  };
}

/** A name in one language, as it was given; null when it was not. */
export function namePart(name: NameText | undefined, language: Language): string | null {
  return (typeof name === 'string' ? name : name?.[language]) ?? null;
}

function metricsText(metrics: Readonly<Record<string, string>>): string {
  return Object.entries(metrics)
    .map(([metric, field]) => (metric === field ? metric : `${metric}=${field}`))
    .join('; ');
}

/** `depth=level_cm; battery`, with a semicolon of either width; undefined when it is not of that kind. */
function metricsOf(text: string): Record<string, string> | undefined {
  const metrics = new Map<string, string>();
  for (const part of text.split(/[;；]/)) {
    const [metric = '', field = metric, more] = part.split('=').map((side) => side.trim());
    if (metric === '' && field === '') continue;
    if (more !== undefined || !metricNameSchema.safeParse(metric).success || field === '') return undefined;
    metrics.set(metric, field);
  }
  return metrics.size === 0 ? undefined : Object.fromEntries(metrics);
}

/** Changes with anything the row shows. The letter keeps spreadsheet programs from taking it for a number. */
function versionOf(device: SiteDevice, point: SitePoint): string {
  const text = JSON.stringify(Object.values(pointCells(device, point)));
  return `v${createHash('sha256').update(text).digest('hex').slice(0, 10)}`;
}

function surroundingsOf(source: SheetSource): Surroundings | undefined {
  const places = [...source.areas().map(placeOfOutline), ...[...source.points()].map(({ location }) => location)];
  return surroundings(places.filter((place) => place !== null));
}

export interface PointsPlan {
  /** Devices whose points change, with all of their points. */
  readonly devices: ReadonlyMap<string, SiteDevice>;
  readonly changes: ReadonlyMap<string, readonly SheetChange[]>;
  /** Points that are not there yet. */
  readonly added: readonly SheetPoint[];
  readonly rowsRead: number;
}

interface PointSheetRow {
  readonly cell: (key: PointKey) => Cell;
  readonly has: (key: PointKey) => boolean;
  readonly place: (key: PointKey) => string;
}

/** What the rows would change. A point that the sheet leaves out stays as it is. */
export function planPoints(
  source: SheetSource,
  sheet: FoundSheet<PointKey>,
  language: Language,
  notes: Notes,
): PointsPlan {
  const problems = PROBLEMS[language];
  const lookArea = createLookup(source.areas());
  const profiles = new Map(source.profiles().map((profile) => [profile.id, profile]));
  const lookProfile = createLookup([...profiles.values()].map(({ id, name }) => ({ id, name: resolveName(name, id) })));
  const devices = new Map<string, SiteDevice>();
  const changes = new Map<string, readonly SheetChange[]>();
  const added: SheetPoint[] = [];
  const seen = new Map<string, string>();
  let rowsRead = 0;
  /** Looked at once, and only when somebody moves something. */
  let site: { readonly surroundings: Surroundings | undefined } | undefined;

  for (let index = sheet.headingRow + 1; index < sheet.table.rows.length; index++) {
    const row = rowAt(sheet, index);
    if (tellFaults(sheet, index, POINT_COLUMNS, language, notes)) {
      rowsRead += 1;
      continue;
    }
    if (POINT_COLUMNS.every(({ key }) => textOf(row.cell(key)) === '')) continue;
    rowsRead += 1;
    const id = textOf(row.cell('id'));
    const twice = seen.get(id);
    if (!idSchema.safeParse(id).success)
      notes.error(row.place('id'), id === '' ? problems.pointNeeded : problems.badId(id));
    else if (twice !== undefined) notes.error(row.place('id'), problems.rowTwice(twice));
    else planRow(id, row);
    seen.set(id, row.place('id'));
  }
  return { devices, changes, added, rowsRead };

  function planRow(id: string, row: PointSheetRow): void {
    const record = source.point(id);
    const device =
      record === undefined ? deviceOfNew(row) : (devices.get(record.device) ?? source.device(record.device));
    if (device === undefined) return;
    const present = device.points.find((point) => point.id === id);
    const next = pointOf(id, present, row);
    if (present !== undefined) checkFixed(device, row);
    if (next === undefined || (present !== undefined && isDeepStrictEqual(present, next))) return;
    if (present !== undefined) refuseStale(id, device, present, row);
    const profile = profiles.get(device.profile) as Profile;
    const unknown = Object.values(next.metrics ?? {}).find((field) => !Object.hasOwn(profile.metrics, field));
    if (unknown !== undefined) {
      notes.error(row.place('metrics'), problems.unknownField(unknown, Object.keys(profile.metrics)));
      return;
    }
    tellFarOutside(present, next, row);
    const points =
      present === undefined ? [...device.points, next] : device.points.map((point) => (point.id === id ? next : point));
    devices.set(device.id, { ...device, points });
    changes.set(id, changesOf(device, present, next, row));
    const metrics = Object.fromEntries(pointMetrics(profile, next).map(({ name, metric }) => [name, metric]));
    if (present === undefined) added.push({ id, name: resolveName(next.name, id), area: next.area, metrics });
  }

  /** A place that was typed, far from everything there is: it is taken, and said before it is. */
  function tellFarOutside(present: SitePoint | undefined, { location }: SitePoint, row: PointSheetRow): void {
    if (location === undefined || isDeepStrictEqual(present?.location, location)) return;
    site ??= { surroundings: surroundingsOf(source) };
    const km = farOutsideKm(location, site.surroundings);
    if (km === null) return;
    const isSwapped = isLikelySwapped(location, site.surroundings);
    notes.warning(row.place('latitude'), problems.farOutside(Math.round(km), isSwapped));
  }

  /** The device of a new point: one that is there, or a new one of the profile that the row names. */
  function deviceOfNew(row: PointSheetRow): SiteDevice | undefined {
    const id = textOf(row.cell('device'));
    const profileText = textOf(row.cell('profile'));
    const present = devices.get(id) ?? source.device(id);
    if (present !== undefined) {
      checkFixed(present, row);
      return present;
    }
    if (id === '') notes.error(row.place('device'), problems.deviceNeeded);
    else if (!idSchema.safeParse(id).success) notes.error(row.place('device'), problems.badId(id));
    else if (profileText === '') notes.error(row.place('device'), problems.profileNeeded(id));
    else {
      const profile = lookProfile(profileText);
      if (profile.ok) {
        notes.warning(row.place('device'), problems.noSecret(id));
        return { id, profile: profile.found.id, points: [] };
      }
      notes.error(row.place('profile'), problems.unknownProfile(profileText, [...profiles.keys()]));
    }
    return undefined;
  }

  function checkFixed(device: SiteDevice, row: PointSheetRow): void {
    const deviceText = textOf(row.cell('device'));
    if (deviceText !== '' && deviceText !== device.id)
      notes.error(row.place('device'), problems.deviceFixed(device.id));
    const profileText = textOf(row.cell('profile'));
    const profile = profileText === '' ? undefined : lookProfile(profileText);
    if (profile !== undefined && !(profile.ok && profile.found.id === device.profile)) {
      notes.error(row.place('profile'), problems.profileFixed(device.profile));
    }
  }

  function refuseStale(id: string, device: SiteDevice, present: SitePoint, row: PointSheetRow): void {
    const given = textOf(row.cell('version'));
    const now = versionOf(source.device(device.id) ?? device, present);
    if (given !== '' && given !== now) {
      notes.conflict({ point: id, place: row.place('version'), message: problems.stale(now, given) });
    }
  }

  /** The point as the row has it; undefined when something cannot be read, which has been told then. */
  function pointOf(id: string, present: SitePoint | undefined, row: PointSheetRow): SitePoint | undefined {
    const area = areaOf(present, row);
    const location = locationOf(present, row);
    const metrics = mappingOf(present, row);
    if (area === undefined || location === undefined || metrics === undefined) return undefined;
    const name = nameWith(present?.name, {
      zh: row.has('nameZh') ? textOf(row.cell('nameZh')) : undefined,
      en: row.has('nameEn') ? textOf(row.cell('nameEn')) : undefined,
    });
    const { name: _name, location: _location, metrics: _metrics, ...rest } = present ?? { id, area };
    return {
      ...rest,
      area,
      ...(name === undefined ? {} : { name }),
      ...(location === null ? {} : { location }),
      ...(metrics === null ? {} : { metrics }),
    };
  }

  function areaOf(present: SitePoint | undefined, row: PointSheetRow): string | undefined {
    const text = textOf(row.cell('area'));
    if (text === '' && present !== undefined) return present.area;
    const looked = lookArea(text);
    if (looked.ok) return looked.found.id;
    const unknown = looked.isAmbiguous ? problems.ambiguous(text, 'area') : problems.unknownArea(text);
    notes.error(row.place('area'), text === '' ? problems.areaNeeded : unknown);
    return undefined;
  }

  /** Null: none; undefined: cannot be read. */
  function locationOf(present: SitePoint | undefined, row: PointSheetRow): [number, number] | null | undefined {
    if (!row.has('longitude') || !row.has('latitude')) return present?.location ?? null;
    const limits = { longitude: 180, latitude: 90 } as const;
    const given = [numberOf(row.cell('longitude')), numberOf(row.cell('latitude'))] as const;
    if (given[0] !== undefined && given[1] !== undefined && placeFault([given[0], given[1]]) === 'swapped') {
      notes.error(row.place('latitude'), problems.swapped(given[0], given[1]));
      return undefined;
    }
    const [longitude, latitude] = (['longitude', 'latitude'] as const).map((key) => {
      const cell = row.cell(key);
      if (textOf(cell) === '') return null;
      const degrees = numberOf(cell);
      if (degrees !== undefined && Math.abs(degrees) <= limits[key]) return degrees;
      notes.error(row.place(key), problems.coordinate(textOf(cell), limits[key]));
      return undefined;
    });
    if (longitude === undefined || latitude === undefined) return undefined;
    if (longitude !== null && latitude !== null) return [longitude, latitude];
    if (longitude === latitude) return null;
    notes.error(row.place(longitude === null ? 'longitude' : 'latitude'), problems.bothCoordinates);
    return undefined;
  }

  /** Null: all of the profile's, under their own names. */
  function mappingOf(present: SitePoint | undefined, row: PointSheetRow): Record<string, string> | null | undefined {
    if (!row.has('metrics')) return present?.metrics ?? null;
    const text = textOf(row.cell('metrics'));
    if (text === '') return null;
    const metrics = metricsOf(text);
    if (metrics === undefined) notes.error(row.place('metrics'), problems.metricsMap(text));
    return metrics;
  }

  function changesOf(
    device: SiteDevice,
    present: SitePoint | undefined,
    next: SitePoint,
    row: PointSheetRow,
  ): SheetChange[] {
    const before = present === undefined ? undefined : pointCells(device, present);
    const after = pointCells(device, next);
    return POINT_COLUMNS.flatMap((column) => {
      if (!(column.key in after)) return [];
      const key = column.key as WrittenKey;
      const [old, now] = [textOf(before?.[key]), textOf(after[key])];
      if (old === now) return [];
      return [{ place: row.place(key), rule: null, what: titleOf(column, language), before: old, after: now }];
    });
  }
}

/** A name in one word stays one while both languages still say it. What is undefined stays as it is. */
export function nameWith(
  present: NameText | undefined,
  given: { readonly zh: string | undefined; readonly en: string | undefined },
): NameText | undefined {
  const [zh, en] = (['zh', 'en'] as const).map((language) => given[language] ?? namePart(present, language) ?? '');
  if (zh === (namePart(present, 'zh') ?? '') && en === (namePart(present, 'en') ?? '')) return present;
  const name = { ...(zh ? { zh } : {}), ...(en ? { en } : {}) };
  return Object.keys(name).length === 0 ? undefined : name;
}

function rowAt({ table, columns }: FoundSheet<PointKey>, index: number): PointSheetRow {
  const row = table.rows[index] ?? [];
  return {
    cell: (key) => valueIn(row[columns.get(key) ?? -1]),
    has: (key) => columns.has(key),
    place: (key) => placeName(table, columns.get(key) ?? columns.get('id') ?? 0, index),
  };
}
