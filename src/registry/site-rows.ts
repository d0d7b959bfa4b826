import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { Area, Profile, Site } from '../model/site.ts';
import { areaRecord, type Memory } from './memory.ts';
import type { SecretHash } from './secrets.ts';

type Device = Site['devices'][number];
type Point = Device['points'][number];

/** The site as rows. Writes are the caller's to put into a transaction. */
export interface SiteRows {
  load(): Memory;
  /** Reads one device and its points into memory anew; those that it has no longer are the caller's to take away. */
  reloadDevice(memory: Memory, device: string): void;
  areas(): Area[];
  secret(device: string): SecretHash | undefined;

  /** Takes away profiles, areas, devices and points; not series, revisions and definitions, which stay for ever. */
  clearSite(): void;
  putProfile(profile: Profile): void;
  putArea(area: Area): void;
  removeArea(id: string): void;
  /** At the end of the list, or at the position given. */
  putDevice(device: Device, secret: SecretHash | undefined, position: number | undefined): void;
  putPoint(device: string, point: Point, revision: number, definition: number): void;
  /** With its points. Gives the position it had. */
  removeDevice(device: string): number | undefined;

  setThresholds(point: string, revision: number, definition: number): void;
}

const DEVICE_COLUMNS = 'id, profile, name, grants, protocol, secret_hash IS NOT NULL';
const POINT_COLUMNS = `point.id, point.device, point.area, point.name, point.location, point.metrics, point.labels,
  point.revision, point.definition, definition.document, definition.metrics,
  definition.series`;
const POINT_TABLES = 'point JOIN definition ON definition.id = point.definition';

type DeviceRow = [string, string, string | null, string | null, string | null, 0 | 1];
type PointRow = [
  ...[string, string, string, string | null, string | null, string | null, string | null],
  ...[number, number, number, number, string],
];

export function openSiteRows(database: DatabaseSync): SiteRows {
  const statements = new Map<string, StatementSync>();

  /**
   * Rows as arrays: half the time of objects when a hundred thousand are read. A statement is prepared once, which takes
   * longer than reading one device with it, and nobody reads anything else with it before its rows are read.
   */
  function rows<T>(sql: string, ...values: SQLInputValue[]): Iterable<T> {
    let statement = statements.get(sql);
    if (statement === undefined) {
      statement = database.prepare(sql);
      statement.setReturnArrays(true);
      statements.set(sql, statement);
    }
    return statement.iterate(...values) as unknown as Iterable<T>;
  }

  const insertProfile = database.prepare(
    'INSERT INTO profile (id, body) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body',
  );
  const insertArea = database.prepare(
    'INSERT INTO area (id, body) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body',
  );
  const deleteArea = database.prepare('DELETE FROM area WHERE id = ?');
  const insertDevice = database.prepare(
    'INSERT INTO device (position, id, profile, name, grants, protocol, salt, secret_hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const readSecret = database.prepare(
    'SELECT salt, secret_hash AS hash FROM device WHERE id = ? AND secret_hash IS NOT NULL',
  );
  const deleteDevice = database.prepare('DELETE FROM device WHERE id = ? RETURNING position');
  const insertPoint = database.prepare(`
    INSERT INTO point (id, device, area, name, location, metrics, labels, revision, definition)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const deletePoints = database.prepare('DELETE FROM point WHERE device = ?');
  const updateThresholds = database.prepare('UPDATE point SET revision = ?, definition = ? WHERE id = ?');

  function readAreas(): Area[] {
    return [...rows<[string]>('SELECT body FROM area ORDER BY position')].map(([body]) => JSON.parse(body) as Area);
  }

  function readDevices(memory: Memory, where: string, ...values: SQLInputValue[]): void {
    for (const row of rows<DeviceRow>(`SELECT ${DEVICE_COLUMNS} FROM device ${where}`, ...values)) {
      const [id, profile, nameJson, grantsJson, protocolJson, hasSecret] = row;
      const given = { id, profile, nameJson, grantsJson, protocolJson, hasSecret: hasSecret === 1 };
      memory.devices.set(id, { ...given, points: [], record: undefined });
    }
  }

  function readPoints(memory: Memory, where: string, ...values: SQLInputValue[]): void {
    for (const row of rows<PointRow>(`SELECT ${POINT_COLUMNS} FROM ${POINT_TABLES} ${where}`, ...values)) {
      const [id, device, area, nameJson, locationJson, metricsJson, labelsJson] = row;
      const [, , , , , , , revision, definition, documentBody, metricsBody, seriesJson] = row;
      const given = { id, device, area, nameJson, locationJson, metricsJson, labelsJson };
      memory.points.set(id, {
        ...given,
        revision,
        definition,
        documentBody,
        metricsBody,
        seriesJson,
        record: undefined,
      });
      memory.devices.get(device)?.points.push(id);
    }
  }

  return {
    load() {
      const profiles = [...rows<[string, string]>('SELECT id, body FROM profile ORDER BY id')].map(
        ([id, body]): [string, Profile] => [id, { ...(JSON.parse(body) as Omit<Profile, 'id'>), id }],
      );
      const memory: Memory = {
        profiles: new Map(profiles),
        areas: readAreas().map(areaRecord),
        devices: new Map(),
        points: new Map(),
      };
      readDevices(memory, 'ORDER BY position');
      readPoints(memory, 'ORDER BY point.position');
      return memory;
    },
    reloadDevice(memory, device) {
      readDevices(memory, 'WHERE id = ?', device);
      readPoints(memory, 'WHERE point.device = ? ORDER BY point.position', device);
    },
    areas: readAreas,
    secret(device) {
      const row = readSecret.get(device);
      return row === undefined ? undefined : (row as unknown as SecretHash);
    },

    clearSite() {
      database.exec('DELETE FROM profile; DELETE FROM area; DELETE FROM device; DELETE FROM point');
    },
    putProfile({ id, ...profile }) {
      insertProfile.run(id, JSON.stringify(profile));
    },
    putArea(area) {
      insertArea.run(area.id, JSON.stringify(area));
    },
    removeArea(id) {
      deleteArea.run(id);
    },
    putDevice(device, secret, position) {
      const { id, profile } = device;
      const columns = [json(device.name), json(device.grants), json(device.protocol)];
      insertDevice.run(position ?? null, id, profile, ...columns, secret?.salt ?? null, secret?.hash ?? null);
    },
    putPoint(device, point, revision, definition) {
      const given = [json(point.name), json(point.location), json(point.metrics), json(point.labels)];
      insertPoint.run(point.id, device, point.area, ...given, revision, definition);
    },
    removeDevice(device) {
      deletePoints.run(device);
      const row = deleteDevice.get(device);
      return row === undefined ? undefined : Number(row.position);
    },

    setThresholds(point, revision, definition) {
      updateThresholds.run(revision, definition, point);
    },
  };
}

function json(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}
