import { createHash } from 'node:crypto';
import { textOf } from '../model/cell-text.ts';
import { isCalledByAddress, logsIn } from '../model/logs-in.ts';
import { idSchema } from '../model/names.ts';
import { publicSecretOf } from '../model/public-secret.ts';
import { resolveName } from '../model/resolve-name.ts';
import type { SiteDevice, SitePoint } from '../model/site.ts';
import type { PlannedDevice, SheetChange } from '../model/spreadsheet.ts';
import { DEVICE_COLUMNS, type DeviceKey, type FoundSheet, type PointKey, titleOf } from './columns.ts';
import { type Notes, tellFaults, valueIn } from './faults.ts';
import { createLookup } from './lookup.ts';
import { namePart, nameWith, pointCells } from './points.ts';
import type { SheetSource } from './source.ts';
import { type Cell, type Language, placeName } from './table.ts';
import { PROBLEMS } from './words.ts';

/**
 * The sheet of devices: who they are, what they log in with, and the point each measures. A row for each of a device's
 * points, one for a device without any. Secrets go in and never come out: an export leaves their column empty.
 */

/** In the column of secrets: give the device another one. */
const DRAW = /^(生成|自动|自动生成|重新生成|更换|draw|new|generate|auto)$/i;
/** In the same column: it has none, as a gateway, a network server or a line protocol speaks for it. */
const NONE = /^(无|没有|不设|none|no)$/i;
const SECRET_LENGTH_MAX = 256;
/** How spreadsheet programs show, and write into CSV, a number of more than 11 digits: `1.23457E+11`. */
const SHOWN_NUMBER = /^\d(?:[.,]\d+)?E\+\d{2,3}$/;

/** The row of a device and one of its points, or none. */
export function deviceRow(device: SiteDevice, point: SitePoint | undefined): Cell[] {
  const cells: Readonly<Record<DeviceKey, Cell>> = {
    ...writtenCells(device, point),
    secret: null,
    version: rowVersion(device, point),
  };
  return DEVICE_COLUMNS.map(({ key }) => cells[key]);
}

function writtenCells(
  device: SiteDevice,
  point: SitePoint | undefined,
): Record<Exclude<DeviceKey, 'secret' | 'version'>, Cell> {
  const place = point === undefined ? undefined : pointCells(device, point);
  return {
    device: device.id,
    nameZh: namePart(device.name, 'zh'),
    nameEn: namePart(device.name, 'en'),
    profile: device.profile,
    point: point?.id ?? null,
    pointZh: place?.nameZh ?? null,
    pointEn: place?.nameEn ?? null,
    area: place?.area ?? null,
    longitude: place?.longitude ?? null,
    latitude: place?.latitude ?? null,
  };
}

/** Changes with anything the row shows. The letter keeps spreadsheet programs from taking it for a number. */
function rowVersion(device: SiteDevice, point: SitePoint | undefined): string {
  const text = JSON.stringify(Object.values(writtenCells(device, point)));
  return `v${createHash('sha256').update(text).digest('hex').slice(0, 10)}`;
}

export interface DevicesPlan {
  /** Devices that are new, or have another name or secret. A secret that is to be drawn is not among what they have. */
  readonly devices: ReadonlyMap<string, SiteDevice>;
  readonly planned: readonly PlannedDevice[];
  /** What the rows say of points, as a sheet of those; rows that say nothing of any are empty there. */
  readonly points: FoundSheet<PointKey>;
  readonly rowsRead: number;
  /** Told once it is known which points change: of rows that would, those that were exported before somebody else did. */
  refuseStale(changedPoints: { has(point: string): boolean }): void;
}

interface DeviceSheetRow {
  readonly cell: (key: DeviceKey) => Cell;
  readonly has: (key: DeviceKey) => boolean;
  readonly place: (key: DeviceKey) => string;
}

/** A device that a row has named; further rows of it are about further points. */
interface Named {
  device: SiteDevice;
  readonly isNew: boolean;
  readonly first: DeviceSheetRow;
  secret: PlannedDevice['secret'];
  secretPlace: string;
  /** It is to have no secret. */
  isBehind: boolean;
  readonly changes: SheetChange[];
}

const POINT_KEYS: readonly (readonly [PointKey, DeviceKey])[] = [
  ['id', 'point'],
  ['nameZh', 'pointZh'],
  ['nameEn', 'pointEn'],
  ['area', 'area'],
  ['device', 'device'],
  ['longitude', 'longitude'],
  ['latitude', 'latitude'],
];

/** What the rows would do to devices, and what they say of points. A device that the sheet leaves out stays as it is. */
export function planDevices(
  source: SheetSource,
  sheet: FoundSheet<DeviceKey>,
  language: Language,
  notes: Notes,
): DevicesPlan {
  const problems = PROBLEMS[language];
  const profiles = source.profiles();
  const lookProfile = createLookup(profiles.map(({ id, name }) => ({ id, name: resolveName(name, id) })));
  const named = new Map<string, Named>();
  const rows: { readonly device: string; readonly point: string; readonly row: DeviceSheetRow }[] = [];
  const pointRows = sheet.table.rows.map((cells, index) => (index <= sheet.headingRow ? cells : []));
  let rowsRead = 0;

  for (let index = sheet.headingRow + 1; index < sheet.table.rows.length; index++) {
    const row = rowAt(sheet, index);
    if (tellFaults(sheet, index, DEVICE_COLUMNS, language, notes)) rowsRead += 1;
    else if (DEVICE_COLUMNS.some(({ key }) => textOf(row.cell(key)) !== '')) {
      rowsRead += 1;
      planRow(row, index);
    }
  }
  for (const [id, device] of named) {
    if (!device.isNew || device.secret !== null || device.isBehind) continue;
    const place = device.first.place('secret');
    const kind = profiles.find((profile) => profile.id === device.device.profile);
    if ((kind === undefined || logsIn(kind)) && !isCalledByAddress(id)) drawn(device, place);
    else hasNone(device, place);
  }
  const changed = [...named].filter(([, { changes }]) => changes.length > 0);
  return {
    devices: new Map(changed.map(([id, { device }]) => [id, device])),
    planned: changed.map(([id, { device, isNew, secret, changes }]) => {
      return { device: id, name: resolveName(device.name, id), isNew, secret, changes };
    }),
    points: {
      table: { ...sheet.table, rows: pointRows },
      headingRow: sheet.headingRow,
      columns: new Map(
        POINT_KEYS.flatMap(([key, own]) => {
          const column = sheet.columns.get(own);
          return column === undefined ? [] : [[key, column] as const];
        }),
      ),
      unknown: [],
      repeated: [],
    },
    rowsRead,
    refuseStale,
  };

  function planRow(row: DeviceSheetRow, index: number): void {
    const id = textOf(row.cell('device'));
    if (!idSchema.safeParse(id).success) {
      notes.error(row.place('device'), id === '' ? problems.deviceIdNeeded : problems.badId(id));
      return;
    }
    const before = named.get(id);
    const device = before ?? begin(id, row);
    if (device === undefined) return;
    named.set(id, device);
    if (before !== undefined) checkSame(before, row);
    readSecret(device, row);
    const point = textOf(row.cell('point'));
    rows.push({ device: id, point, row });
    if (point !== '') pointRows[index] = sheet.table.rows[index] ?? [];
    else if ((['pointZh', 'pointEn', 'area', 'longitude', 'latitude'] as const).some((key) => textOf(row.cell(key)))) {
      notes.error(row.place('point'), problems.pointNeeded);
    }
  }

  /** The device as its first row has it; undefined when it cannot be, which has been told then. */
  function begin(id: string, row: DeviceSheetRow): Named | undefined {
    const present = source.device(id);
    const profile = profileOf(id, present, row);
    if (profile === undefined) return undefined;
    const { name: formerName, ...rest } = present ?? { id, profile, points: [] };
    const name = nameWith(formerName, {
      zh: row.has('nameZh') ? textOf(row.cell('nameZh')) : undefined,
      en: row.has('nameEn') ? textOf(row.cell('nameEn')) : undefined,
    });
    const device: SiteDevice = { ...rest, ...(name === undefined ? {} : { name }) };
    const old = present === undefined ? undefined : writtenCells(present, undefined);
    const now = writtenCells(device, undefined);
    const changes = (['device', 'nameZh', 'nameEn', 'profile'] as const).flatMap((key): SheetChange[] => {
      const [before, after] = [textOf(old?.[key]), textOf(now[key])];
      return before === after ? [] : [changeOf(key, row.place(key), before, after)];
    });
    return {
      device,
      isNew: present === undefined,
      first: row,
      secret: null,
      secretPlace: '',
      isBehind: false,
      changes,
    };
  }

  function profileOf(id: string, present: SiteDevice | undefined, row: DeviceSheetRow): string | undefined {
    const text = textOf(row.cell('profile'));
    if (text === '') {
      if (present === undefined) notes.error(row.place('profile'), problems.profileNeeded(id));
      return present?.profile;
    }
    const looked = lookProfile(text);
    if (!looked.ok) {
      notes.error(
        row.place('profile'),
        problems.unknownProfile(
          text,
          profiles.map((profile) => profile.id),
        ),
      );
      return undefined;
    }
    if (present !== undefined && looked.found.id !== present.profile) {
      notes.error(row.place('profile'), problems.profileFixed(present.profile));
      return undefined;
    }
    return looked.found.id;
  }

  /** Rows of one device say the same of it, or nothing. */
  function checkSame({ first }: Named, row: DeviceSheetRow): void {
    for (const key of ['nameZh', 'nameEn', 'profile'] as const) {
      const text = textOf(row.cell(key));
      if (text !== '' && text !== textOf(first.cell(key))) {
        notes.error(row.place(key), problems.differsFrom(first.place(key)));
      }
    }
  }

  function readSecret(device: Named, row: DeviceSheetRow): void {
    const cell = row.cell('secret');
    const text = textOf(cell);
    if (text === '') return;
    const place = row.place('secret');
    // As a number it has lost its leading zeros, and whatever is beyond 15 digits; CSV has it as it was shown then.
    if (typeof cell === 'number' || SHOWN_NUMBER.test(text)) return notes.error(place, problems.secretNumber);
    if (text.length > SECRET_LENGTH_MAX) return notes.error(place, problems.secretLong(SECRET_LENGTH_MAX));
    if (text === publicSecretOf(device.device.id)) return notes.error(place, problems.publicSecret);
    if (NONE.test(text)) return hasNone(device, place);
    const isDraw = DRAW.test(text);
    if (device.isBehind) return notes.error(place, problems.differsFrom(device.secretPlace));
    if (device.secret !== null) {
      const isSame = isDraw ? device.secret === 'drawn' : device.device.secret === text;
      if (!isSame) notes.error(place, problems.differsFrom(device.secretPlace));
      return;
    }
    if (isDraw) return drawn(device, place);
    device.device = { ...device.device, secret: text };
    device.secret = 'given';
    device.secretPlace = place;
    device.changes.push(changeOf('secret', place, '', problems.secretGiven));
  }

  function hasNone(device: Named, place: string): void {
    if (!device.isNew) return notes.error(place, problems.secretStays);
    if (device.secret !== null) return notes.error(place, problems.differsFrom(device.secretPlace));
    if (device.isBehind) return;
    device.isBehind = true;
    device.secretPlace = place;
    device.changes.push(changeOf('secret', place, '', problems.secretNone));
  }

  function drawn(device: Named, place: string): void {
    device.secret = 'drawn';
    device.secretPlace = place;
    device.changes.push(changeOf('secret', place, '', problems.secretDrawn));
  }

  function changeOf(key: DeviceKey, place: string, before: string, after: string): SheetChange {
    const column = DEVICE_COLUMNS.find((one) => one.key === key);
    return { place, rule: null, what: column === undefined ? '' : titleOf(column, language), before, after };
  }

  function refuseStale(changedPoints: { has(point: string): boolean }): void {
    for (const { device: id, point, row } of rows) {
      const given = textOf(row.cell('version'));
      const present = source.device(id);
      const isChanged = changedPoints.has(point) || (named.get(id)?.changes.length ?? 0) > 0;
      if (given === '' || present === undefined || !isChanged) continue;
      const now = rowVersion(
        present,
        present.points.find((one) => one.id === point),
      );
      if (given !== now) {
        notes.conflict({ point: point || id, place: row.place('version'), message: problems.stale(now, given) });
      }
    }
  }
}

function rowAt({ table, columns }: FoundSheet<DeviceKey>, index: number): DeviceSheetRow {
  const row = table.rows[index] ?? [];
  return {
    cell: (key) => valueIn(row[columns.get(key) ?? -1]),
    has: (key) => columns.has(key),
    place: (key) => placeName(table, columns.get(key) ?? columns.get('device') ?? 0, index),
  };
}
