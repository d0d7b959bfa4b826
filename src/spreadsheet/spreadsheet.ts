import { setImmediate } from 'node:timers/promises';
import type { ToldSheetRow } from '../model/notify/told-sheet.ts';
import type { PointRecord } from '../model/registry.ts';
import type { PlannedPoint, SheetChange, SheetPlan } from '../model/spreadsheet.ts';
import {
  type Column,
  DEVICE_COLUMNS,
  LIMIT_COLUMNS,
  POINT_COLUMNS,
  recognise,
  SHEET_NAMES,
  titleOf,
} from './columns.ts';
import { deviceRow, planDevices } from './devices.ts';
import { collectNotes, tellHeadings } from './faults.ts';
import { type Broker, HANDOUT_COLUMNS, type HandedOut, handoutRows } from './handout.ts';
import { type LimitContext, limitRows, planLimits } from './limits.ts';
import { createLookup, type Looked } from './lookup.ts';
import { type PointsPlan, planPoints, pointRow } from './points.ts';
import type { SheetPoint, SheetSource } from './source.ts';
import { type Cell, type FileFormat, type Language, placeName, type Table, UnreadableFileError } from './table.ts';
import { type FileWork, IN_THREADS, tableOf } from './threads.ts';
import { TOLD_COLUMNS, TOLD_SHEET_NAME, toldRows } from './told.ts';
import { PROBLEMS } from './words.ts';

/**
 * Points and limits as spreadsheets. Files are packed and unpacked in a thread of their own; what they say is compared
 * with what is in force here, a few hundred points at a time, so that acknowledgements go on in between.
 */
export interface Spreadsheets {
  write(
    selection: {
      readonly format: FileFormat;
      readonly language: Language;
      /** A CSV file holds one sheet; an XLSX file limits and points for either of the two, and devices by themselves. */
      readonly sheet: 'limits' | 'points' | 'devices';
      readonly points: readonly PointRecord[];
      /** For the sheet of devices: also those without any of these points. */
      readonly isWhole: boolean;
    },
    signal?: AbortSignal,
  ): Promise<Uint8Array>;

  /** What a technician needs for devices whose secrets were just drawn, to be handed out once. */
  writeHandout(
    handout: {
      readonly format: FileFormat;
      readonly language: Language;
      readonly devices: readonly HandedOut[];
      readonly broker: Broker;
    },
    signal?: AbortSignal,
  ): Promise<Uint8Array>;

  /** Who was told of alerts, as XLSX, with times in `timezone`, an IANA name. Rows are asked for as they are written. */
  writeTold(
    sheet: {
      readonly language: Language;
      readonly timezone: string;
      readonly rows: Iterable<ToldSheetRow>;
    },
    signal?: AbortSignal,
  ): Promise<Uint8Array>;

  /**
   * What a file would change, compared with what is in force now. `isOfDevices`: a sheet that could be of points or of
   * devices is of devices. Stops with the signal; rejects with NoTurnError.
   */
  plan(
    bytes: Uint8Array<ArrayBuffer>,
    options: { readonly format: FileFormat; readonly language: Language; readonly isOfDevices: boolean },
    signal?: AbortSignal,
  ): Promise<{ readonly ok: true; readonly plan: SheetPlan } | { readonly ok: false; readonly message: string }>;
}

const pause = () => setImmediate();

/** `files`: where files are packed and unpacked. */
export function createSpreadsheets(source: SheetSource, files: FileWork = IN_THREADS): Spreadsheets {
  const areaNames = () => new Map(source.areas().map((area) => [area.id, area]));

  function contextOf(areas: ReturnType<typeof areaNames>) {
    return (point: SheetPoint): LimitContext => {
      const { revision = 0, document = { rules: {} } } = source.thresholds(point.id) ?? {};
      const areaName = areas.get(point.area)?.name ?? { zh: point.area, en: point.area };
      return { point, areaName, revision, document };
    };
  }

  function* limits(points: readonly PointRecord[], language: Language): Generator<Cell[]> {
    const context = contextOf(areaNames());
    yield LIMIT_COLUMNS.map((column) => titleOf(column, language));
    for (const point of points) yield* limitRows(context(point), language);
  }

  function* places(points: readonly PointRecord[], language: Language): Generator<Cell[]> {
    const areas = areaNames();
    const profiles = new Map(source.profiles().map((profile) => [profile.id, profile]));
    yield POINT_COLUMNS.map((column) => titleOf(column, language));
    for (const { id, device: deviceId } of points) {
      const device = source.device(deviceId);
      const point = device?.points.find((one) => one.id === id);
      if (device === undefined || point === undefined) continue;
      yield pointRow(device, point, profiles.get(device.profile), areas.get(point.area), language);
    }
  }

  /** A row for each of these points, by device; and of devices without points, where all are wanted. */
  function* devices(points: readonly PointRecord[], isWhole: boolean, language: Language): Generator<Cell[]> {
    yield DEVICE_COLUMNS.map((column) => titleOf(column, language));
    const wanted = new Set(points.map(({ id }) => id));
    const ids = [...source.devices()].map(({ id }) => id).sort();
    for (const id of ids) {
      const device = source.device(id);
      if (device === undefined) continue;
      for (const point of device.points) if (wanted.has(point.id)) yield deviceRow(device, point);
      if (isWhole && device.points.length === 0) yield deviceRow(device, undefined);
    }
  }

  /** Nearly every sheet names points by their ids; names are only gathered when one does not. */
  function pointLookup(added: ReadonlyMap<string, SheetPoint>): (text: string) => Looked<SheetPoint> {
    let byName: ((text: string) => Looked<SheetPoint>) | undefined;
    return (text) => {
      const found = added.get(text) ?? source.point(text);
      if (found !== undefined) return { ok: true, found };
      byName ??= createLookup<SheetPoint>([...source.points(), ...added.values()]);
      return byName(text);
    };
  }

  return {
    write({ format, language, sheet, points, isWhole }, signal) {
      const table = (kind: keyof typeof SHEET_NAMES, columns: readonly Column<string>[], rows: Iterable<Cell[]>) =>
        tableOf(SHEET_NAMES[kind][language], columns, 2, rows);
      const all = {
        limits: table('limits', LIMIT_COLUMNS, limits(points, language)),
        points: table('points', POINT_COLUMNS, places(points, language)),
        devices: table('devices', DEVICE_COLUMNS, devices(points, isWhole, language)),
      };
      const isAlone = format === 'csv' || sheet === 'devices';
      return files.write(isAlone ? [all[sheet]] : [all.limits, all.points], format, pause, signal);
    },

    writeHandout({ format, language, devices: handedOut, broker }, signal) {
      const rows = handoutRows(handedOut, broker, language);
      const table = tableOf(SHEET_NAMES.devices[language], HANDOUT_COLUMNS, 1, rows);
      return files.write([table], format, pause, signal);
    },

    writeTold({ language, timezone, rows }, signal) {
      const cells = toldRows(rows, { language, timezone });
      return files.write([tableOf(TOLD_SHEET_NAME[language], TOLD_COLUMNS, 4, cells)], 'xlsx', pause, signal);
    },

    async plan(bytes, { format, language, isOfDevices }, signal) {
      let tables: Table[];
      try {
        tables = await files.read(bytes, format, signal);
      } catch (error) {
        if (error instanceof UnreadableFileError) return { ok: false, message: error.words[language] };
        throw error;
      }
      return planTables(tables, language, isOfDevices);
    },
  };

  async function planTables(
    tables: readonly Table[],
    language: Language,
    isOfDevices: boolean,
  ): ReturnType<Spreadsheets['plan']> {
    const problems = PROBLEMS[language];
    const { errors, warnings, conflicts, notes } = collectNotes();
    for (const table of tables) {
      if (table.isHidden === true) notes.warning(placeName(table, 0, 0), problems.hiddenSheet);
    }
    const sheets = tables
      .filter(({ isHidden }) => isHidden !== true)
      .map((table) => ({ table, found: recognise(table, isOfDevices) }));
    if (sheets.every(({ found }) => found === undefined)) return { ok: false, message: problems.nothingFound };
    for (const { table, found } of sheets) {
      if (found === undefined) {
        if (table.rows.length > 0) notes.warning(placeName(table, 0, 0), problems.unknownSheet);
        continue;
      }
      tellHeadings<string>(found.sheet, language, notes);
    }

    let rowsRead = 0;
    const devices = new Map<string, SheetPlan['devices'][number]>();
    const plannedDevices: SheetPlan['plannedDevices'][number][] = [];
    const documents: SheetPlan['documents'][number][] = [];
    const added = new Map<string, SheetPoint>();
    const changes = new Map<string, SheetChange[]>();
    const addChanges = (all: ReadonlyMap<string, readonly SheetChange[]>) => {
      for (const [point, some] of all) changes.set(point, [...(changes.get(point) ?? []), ...some]);
    };
    // A second sheet of the same kind would be compared with what the first one has not changed yet.
    const firstOf = (kind: 'points' | 'limits' | 'devices') => {
      const [first, ...others] = sheets.filter(({ found }) => found?.kind === kind);
      for (const { table } of others)
        notes.warning(placeName(table, 0, 0), problems.sheetTwice(first?.table.name ?? ''));
      return first?.found;
    };
    /** Points are planned upon what was planned of devices before. */
    const planned: SheetSource = { ...source, device: (id) => devices.get(id) ?? source.device(id) };
    const take = (plan: PointsPlan) => {
      for (const [id, device] of plan.devices) devices.set(id, device);
      for (const point of plan.added) added.set(point.id, point);
      addChanges(plan.changes);
    };
    const deviceSheet = firstOf('devices');
    if (deviceSheet?.kind === 'devices') {
      const plan = planDevices(source, deviceSheet.sheet, language, notes);
      rowsRead += plan.rowsRead;
      for (const [id, device] of plan.devices) devices.set(id, device);
      plannedDevices.push(...plan.planned);
      const points = planPoints(planned, plan.points, language, notes);
      take(points);
      plan.refuseStale(points.changes);
    }
    const pointSheet = firstOf('points');
    if (pointSheet?.kind === 'points') {
      const plan = planPoints(planned, pointSheet.sheet, language, notes);
      rowsRead += plan.rowsRead;
      take(plan);
    }
    const limitSheet = firstOf('limits');
    if (limitSheet?.kind === 'limits') {
      const plan = await planLimits({
        sheet: limitSheet.sheet,
        lookPoint: pointLookup(added),
        context: contextOf(areaNames()),
        language,
        notes,
        pause,
      });
      rowsRead += plan.rowsRead;
      documents.push(...plan.documents);
      addChanges(plan.changes);
    }
    const points = [...changes].map(([point, list]): PlannedPoint => {
      const name = added.get(point)?.name ?? source.point(point)?.name ?? { zh: point, en: point };
      return { point, name, isNew: added.has(point), changes: list };
    });
    return {
      ok: true,
      plan: {
        points,
        plannedDevices,
        documents,
        devices: [...devices.values()],
        rowsRead,
        errors,
        conflicts,
        warnings,
      },
    };
  }
}
