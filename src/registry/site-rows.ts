import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { Area, Profile, Site } from '../model/site.ts';
import { areaRecord, type Memory } from './memory.ts';
import type { RuleTestFile, SiteOrigin, ThresholdRevision } from './registry.ts';
import type { SecretHash } from './secrets.ts';

type Device = Site['devices'][number];
type Point = Device['points'][number];

/** A revision as its row has it: `document` is the number of the document's text. */
export interface RevisionRow extends Omit<ThresholdRevision, 'document'> {
  readonly document: number;
}

export interface AuditEntry {
  readonly atMs: number;
  readonly author: string;
  readonly action: string;
  readonly subject: string | null;
  readonly detail: unknown;
}

/** The site, its revisions and the audit trail as rows. Writes are the caller's to put into a transaction. */
export interface RegistryStore {
  load(): Memory;
  /** Reads one device and its points into memory anew; `gone` are points that it no longer has. */
  reloadDevice(memory: Memory, device: string, gone: readonly string[]): void;
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

  addRevision(revision: ThresholdRevision, document: number): void;
  setThresholds(point: string, revision: number, definition: number): void;
  /** Newest first, also of a point that is gone. */
  revisions(point: string, limit: number, beforeRevision: number): RevisionRow[];
  /** The temporary ones in force, soonest end first. */
  temporaryRevisions(): RevisionRow[];

  ruleTests(): RuleTestFile[];
  ruleTest(name: string): RuleTestFile | undefined;
  /** False when there is one of this name. */
  addRuleTest(test: RuleTestFile): boolean;
  /** False when there is none. */
  removeRuleTest(name: string): boolean;

  /** How the site came to be as it is, by the trail. */
  origin(): SiteOrigin;
  addAudit(entry: AuditEntry): void;
}

const DEVICE_COLUMNS = 'id, profile, name, grants, secret_hash IS NOT NULL';
const POINT_COLUMNS = `point.id, point.device, point.area, point.name, point.location, point.metrics, point.labels,
  point.revision, point.definition, definition.document, definition.metrics,
  definition.series`;
const REVISION_COLUMNS = `point, revision, document, author, at_ms AS atMs, reason, until_ms AS untilMs,
  reverts_to AS revertsTo, approved_by AS approvedBy, proposal`;
const RULE_TEST_COLUMNS = 'name, point, text, author, at_ms AS atMs';
/** What of the trail changes what files would say. */
const SITE_ACTIONS = `'apply', 'device-added', 'device-changed', 'device-removed', 'area-added', 'area-changed', 'area-removed', 'point-added', 'point-changed', 'point-removed', 'profile-named', 'thresholds-changed'`;
const POINT_TABLES = 'point JOIN definition ON definition.id = point.definition';

type DeviceRow = [string, string, string | null, string | null, 0 | 1];
type PointRow = [
  ...[string, string, string, string | null, string | null, string | null, string | null],
  ...[number, number, number, number, string],
];

export function openRegistryStore(database: DatabaseSync): RegistryStore {
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
    'INSERT INTO device (position, id, profile, name, grants, salt, secret_hash) VALUES (?, ?, ?, ?, ?, ?, ?)',
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
  const insertRevision = database.prepare(
    `INSERT INTO revision (point, revision, document, author, at_ms, reason, until_ms, reverts_to, approved_by, proposal)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const readRevisions = database.prepare(`
    SELECT ${REVISION_COLUMNS} FROM revision
    WHERE point = ? AND revision < ? ORDER BY revision DESC LIMIT ?`);
  const readTemporary = database.prepare(`
    SELECT ${REVISION_COLUMNS} FROM revision
    WHERE until_ms IS NOT NULL AND EXISTS (
      SELECT 1 FROM point WHERE point.id = revision.point AND point.revision = revision.revision
    ) ORDER BY until_ms, point`);
  const readRuleTests = database.prepare(`SELECT ${RULE_TEST_COLUMNS} FROM rule_test ORDER BY name`);
  const readRuleTest = database.prepare(`SELECT ${RULE_TEST_COLUMNS} FROM rule_test WHERE name = ?`);
  const insertRuleTest = database.prepare(
    'INSERT OR IGNORE INTO rule_test (name, point, text, author, at_ms) VALUES (?, ?, ?, ?, ?)',
  );
  const deleteRuleTest = database.prepare('DELETE FROM rule_test WHERE name = ?');
  const insertAudit = database.prepare(
    'INSERT INTO audit (at_ms, author, action, subject, detail) VALUES (?, ?, ?, ?, ?)',
  );

  const readOrigin = database.prepare(`
    SELECT count(*) AS changes, author, max(at_ms) AS atMs FROM audit WHERE (action = 'apply') = ? AND action IN (${SITE_ACTIONS})`);

  function readAreas(): Area[] {
    return [...rows<[string]>('SELECT body FROM area ORDER BY position')].map(([body]) => JSON.parse(body) as Area);
  }

  function readDevices(memory: Memory, where: string, ...values: SQLInputValue[]): void {
    for (const row of rows<DeviceRow>(`SELECT ${DEVICE_COLUMNS} FROM device ${where}`, ...values)) {
      const [id, profile, nameJson, grantsJson, hasSecret] = row;
      const given = { id, profile, nameJson, grantsJson, hasSecret: hasSecret === 1 };
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
    reloadDevice(memory, device, gone) {
      for (const point of gone) memory.points.delete(point);
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
      const columns = [json(device.name), json(device.grants), secret?.salt ?? null, secret?.hash ?? null];
      insertDevice.run(position ?? null, id, profile, ...columns);
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

    addRevision({ point, revision, author, atMs, reason, untilMs, revertsTo, approvedBy, proposal }, document) {
      insertRevision.run(point, revision, document, author, atMs, reason, untilMs, revertsTo, approvedBy, proposal);
    },
    setThresholds(point, revision, definition) {
      updateThresholds.run(revision, definition, point);
    },
    temporaryRevisions: () => readTemporary.all() as unknown as RevisionRow[],
    revisions(point, limit, beforeRevision) {
      return readRevisions.all(point, beforeRevision, limit) as unknown as RevisionRow[];
    },

    ruleTests: () => readRuleTests.all() as unknown as RuleTestFile[],
    ruleTest: (name) => readRuleTest.get(name) as unknown as RuleTestFile | undefined,
    addRuleTest({ name, point, text, author, atMs }) {
      return insertRuleTest.run(name, point, text, author, atMs).changes === 1;
    },
    removeRuleTest: (name) => deleteRuleTest.run(name).changes === 1,

    origin() {
      const changed = (isApplied: 0 | 1) => {
        const { changes, author, atMs } = readOrigin.get(isApplied) as {
          changes: number;
          author: string;
          atMs: number;
        };
        return { changes, last: { author, atMs } };
      };
      const people = changed(0);
      if (people.changes > 0) return { by: 'people', last: people.last };
      const files = changed(1);
      return { by: files.changes > 1 ? 'files' : 'seed', last: files.changes === 0 ? null : files.last };
    },

    addAudit({ atMs, author, action, subject, detail }) {
      insertAudit.run(atMs, author, action, subject, JSON.stringify(detail));
    },
  };
}

function json(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}
