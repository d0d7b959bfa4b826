import { setImmediate } from 'node:timers/promises';
import type { PointRecord } from '../model/registry.ts';
import type { PlannedPoint, SheetChange, SheetConflict, SheetNote, SheetPlan } from '../model/spreadsheet.ts';
import { type Column, LIMIT_COLUMNS, POINT_COLUMNS, recognise, SHEET_NAMES, titleOf } from './columns.ts';
import type { Notes } from './faults.ts';
import { type LimitContext, limitRows, planLimits } from './limits.ts';
import { createLookup, type Looked } from './lookup.ts';
import { planPoints, pointRow } from './points.ts';
import type { SheetPoint, SheetSource } from './source.ts';
import { type Cell, type FileFormat, type Language, placeName, type Table, UnreadableFileError } from './table.ts';
import { type RowSource, readInThread, writeInThread } from './threads.ts';
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
      /** A CSV file holds one sheet; an XLSX file both, whatever this says. */
      readonly sheet: 'limits' | 'points';
      readonly points: readonly PointRecord[];
    },
    signal?: AbortSignal,
  ): Promise<Uint8Array>;

  /** What a file would change, compared with what is in force now. Stops with the signal; rejects with NoTurnError. */
  plan(
    bytes: Uint8Array<ArrayBuffer>,
    format: FileFormat,
    language: Language,
    signal?: AbortSignal,
  ): Promise<{ readonly ok: true; readonly plan: SheetPlan } | { readonly ok: false; readonly message: string }>;
}

/** More than that nobody reads; the rest is counted. */
const NOTES_MAX = 500;

const pause = () => setImmediate();

export function createSpreadsheets(source: SheetSource): Spreadsheets {
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
    write({ format, language, sheet, points }, signal) {
      const table = (
        kind: keyof typeof SHEET_NAMES,
        columns: readonly Column<string>[],
        fixedColumns: number,
        rows: Iterable<Cell[]>,
      ): RowSource => ({
        name: SHEET_NAMES[kind][language],
        widths: columns.map(({ width }) => width),
        readOnly: columns.map(({ readOnly = false }) => readOnly),
        fixedColumns,
        rows,
      });
      const both = {
        limits: table('limits', LIMIT_COLUMNS, 2, limits(points, language)),
        points: table('points', POINT_COLUMNS, 2, places(points, language)),
      };
      return writeInThread(format === 'csv' ? [both[sheet]] : [both.limits, both.points], format, pause, signal);
    },

    async plan(bytes, format, language, signal) {
      let tables: Table[];
      try {
        tables = await readInThread(bytes, format, signal);
      } catch (error) {
        if (error instanceof UnreadableFileError) return { ok: false, message: error.words[language] };
        throw error;
      }
      return planTables(tables, language);
    },
  };

  async function planTables(tables: readonly Table[], language: Language): ReturnType<Spreadsheets['plan']> {
    const problems = PROBLEMS[language];
    const errors: SheetNote[] = [];
    const warnings: SheetNote[] = [];
    const conflicts: SheetConflict[] = [];
    const notes: Notes = {
      error: (place, message) => errors.length < NOTES_MAX && errors.push({ place, message }),
      warning: (place, message) => warnings.length < NOTES_MAX && warnings.push({ place, message }),
      conflict: (conflict) => conflicts.length < NOTES_MAX && conflicts.push(conflict),
    };
    for (const table of tables) {
      if (table.isHidden === true) notes.warning(placeName(table, 0, 0), problems.hiddenSheet);
    }
    const sheets = tables
      .filter(({ isHidden }) => isHidden !== true)
      .map((table) => ({ table, found: recognise(table) }));
    if (sheets.every(({ found }) => found === undefined)) return { ok: false, message: problems.nothingFound };
    for (const { table, found } of sheets) {
      if (found === undefined) {
        if (table.rows.length > 0) notes.warning(placeName(table, 0, 0), problems.unknownSheet);
        continue;
      }
      const { headingRow, unknown, repeated } = found.sheet;
      for (const { column, heading } of unknown) {
        notes.warning(placeName(table, column, headingRow), problems.unknownHeading(heading));
      }
      for (const { column, heading } of repeated) {
        notes.warning(placeName(table, column, headingRow), problems.repeatedHeading(heading));
      }
    }

    let rowsRead = 0;
    const devices: SheetPlan['devices'][number][] = [];
    const documents: SheetPlan['documents'][number][] = [];
    const added = new Map<string, SheetPoint>();
    const changes = new Map<string, SheetChange[]>();
    const addChanges = (all: ReadonlyMap<string, readonly SheetChange[]>) => {
      for (const [point, some] of all) changes.set(point, [...(changes.get(point) ?? []), ...some]);
    };
    // A second sheet of the same kind would be compared with what the first one has not changed yet.
    const firstOf = (kind: 'points' | 'limits') => {
      const [first, ...others] = sheets.filter(({ found }) => found?.kind === kind);
      for (const { table } of others)
        notes.warning(placeName(table, 0, 0), problems.sheetTwice(first?.table.name ?? ''));
      return first?.found;
    };
    const pointSheet = firstOf('points');
    if (pointSheet?.kind === 'points') {
      const planned = planPoints(source, pointSheet.sheet, language, notes);
      rowsRead += planned.rowsRead;
      devices.push(...planned.devices.values());
      for (const point of planned.added) added.set(point.id, point);
      addChanges(planned.changes);
    }
    const limitSheet = firstOf('limits');
    if (limitSheet?.kind === 'limits') {
      const planned = await planLimits({
        sheet: limitSheet.sheet,
        lookPoint: pointLookup(added),
        context: contextOf(areaNames()),
        language,
        notes,
        pause,
      });
      rowsRead += planned.rowsRead;
      documents.push(...planned.documents);
      addChanges(planned.changes);
    }
    const points = [...changes].map(([point, list]): PlannedPoint => {
      const name = added.get(point)?.name ?? source.point(point)?.name ?? { zh: point, en: point };
      return { point, name, isNew: added.has(point), changes: list };
    });
    return { ok: true, plan: { points, documents, devices, rowsRead, errors, conflicts, warnings } };
  }
}
