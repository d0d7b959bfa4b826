import { createHash } from 'node:crypto';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { PointDefinition } from '../model/definition.ts';
import type { Family, Metric } from '../model/site.ts';
import type { ThresholdDocument } from '../model/threshold.ts';

/** What a definition is made of, before it has an id. */
export interface DefinitionParts {
  readonly point: string;
  readonly area: string;
  readonly family: Family;
  readonly device: string;
  readonly reportEveryMs: number;
  /** Number of the body that holds the metrics, a map of name to Metric. */
  readonly metrics: number;
  /** The series numbers, in the order of the metrics. */
  readonly series: readonly number[];
  readonly revision: number;
  /** Number of the body that holds the document. */
  readonly document: number;
  readonly impliedRules?: PointDefinition['impliedRules'];
}

/** Immutable texts and definitions. Equal ones are stored once, whoever makes them again gets the old number. */
export interface DefinitionStore {
  /** The number of this value's text. */
  putBody(value: unknown): number;
  /** The metrics of a body, each with its number of the list. */
  numberedMetrics(body: number, series: readonly number[]): PointDefinition['metrics'];
  document(body: number): ThresholdDocument;
  put(parts: DefinitionParts): number;
  assemble(id: number, parts: DefinitionParts): PointDefinition;
  /** Throws RangeError for an unknown id. */
  get(ids: readonly number[]): PointDefinition[];
  /** Throws RangeError for an unknown id. */
  one(id: number): PointDefinition;
  /** The series number of a point's metric, made when it is new. */
  putSeries(point: string, metric: string): number;
  series(id: number): { readonly point: string; readonly metric: string } | undefined;
  /** To be called after a rollback: numbers handed out in that transaction will be given to something else. */
  forget(): void;
}

interface DefinitionRow {
  id: number;
  point: string;
  area: string;
  family: Family;
  device: string;
  report_every_ms: number;
  metrics: number;
  series: string;
  revision: number;
  document: number;
  implied_rules?: number;
}

/** Definitions that are made now: every metric has a range rule by itself, and is missed when it stops. */
const IMPLIED_RULES = 3;

/** Many points share few texts; beyond this many different ones the memory is worth more than the parsing. */
const BODIES_CACHED_MAX = 20_000;

export function openDefinitionStore(database: DatabaseSync): DefinitionStore {
  const insertBody = database.prepare('INSERT INTO body (hash, text) VALUES (?, ?)');
  const findBody = database.prepare('SELECT id FROM body WHERE hash = ?');
  const readBody = database.prepare('SELECT text FROM body WHERE id = ?');
  // Not before it is needed: a file that a server of a former version left, and is only read, has no such column.
  let insert: StatementSync | undefined;
  const inserting = () =>
    (insert ??= database.prepare(`
      INSERT INTO definition
        (hash, point, area, family, device, report_every_ms, metrics, series, revision, document, implied_rules)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`));
  const find = database.prepare('SELECT id FROM definition WHERE hash = ?');
  const read = database.prepare(`
    SELECT * FROM definition
    WHERE id IN (SELECT value FROM json_each(?))`);
  const insertSeries = database.prepare('INSERT INTO series (point, metric) VALUES (?, ?)');
  const findSeries = database.prepare('SELECT id FROM series WHERE point = ? AND metric = ?');
  const readSeries = database.prepare('SELECT point, metric FROM series WHERE id = ?');

  const numbers = new Map<string, number>();
  const bodies = new Map<number, unknown>();
  const seriesSeen = new Map<number, { readonly point: string; readonly metric: string }>();

  function body(id: number): unknown {
    const cached = bodies.get(id);
    if (cached !== undefined) return cached;
    const row = readBody.get(id);
    if (row === undefined) throw new RangeError(`registry holds no text ${id}: the data folder is damaged`);
    const value: unknown = JSON.parse(String(row.text));
    if (bodies.size >= BODIES_CACHED_MAX) bodies.clear();
    bodies.set(id, value);
    return value;
  }

  const store: DefinitionStore = {
    putBody(value) {
      const text = JSON.stringify(value);
      const cached = numbers.get(text);
      if (cached !== undefined) return cached;
      const hash = digest(text);
      const known = findBody.get(hash);
      const id = Number(known === undefined ? insertBody.run(hash, text).lastInsertRowid : known.id);
      if (numbers.size >= BODIES_CACHED_MAX) numbers.clear();
      numbers.set(text, id);
      return id;
    },
    numberedMetrics(id, series) {
      const numbered: Record<string, Metric & { series: number }> = {};
      Object.entries(body(id) as Record<string, Metric>).forEach(([name, metric], i) => {
        numbered[name] = { ...metric, series: series[i] ?? 0 };
      });
      return numbered;
    },
    document: (id) => body(id) as ThresholdDocument,
    put(parts) {
      const { point, area, family, device, reportEveryMs, metrics, revision, document } = parts;
      const series = JSON.stringify(parts.series);
      const key = [point, area, family, device, reportEveryMs, metrics, series, revision, document];
      // As a migration writes it (database.ts), so that what was made by a former version is found again.
      const hash = Buffer.concat([Buffer.of(IMPLIED_RULES), digest(JSON.stringify(key))]);
      const known = find.get(hash);
      return Number(known === undefined ? inserting().run(hash, ...key, IMPLIED_RULES).lastInsertRowid : known.id);
    },
    assemble(id, parts) {
      const { point, area, family, device, reportEveryMs, revision, impliedRules } = parts;
      const metrics = store.numberedMetrics(parts.metrics, parts.series);
      const document = store.document(parts.document);
      const former = impliedRules === undefined ? {} : { impliedRules };
      return { id, point, area, family, device, reportEveryMs, metrics, revision, document, ...former };
    },
    get(ids) {
      const found = new Map<number, PointDefinition>();
      for (const row of read.iterate(JSON.stringify(ids)) as unknown as Iterable<DefinitionRow>) {
        found.set(row.id, store.assemble(row.id, partsOf(row)));
      }
      return ids.map((id) => {
        const definition = found.get(id);
        if (definition === undefined) {
          throw new RangeError(`registry holds no definition ${id}: the data folder is damaged`);
        }
        return definition;
      });
    },
    one: (id) => store.get([id])[0] as PointDefinition,
    putSeries(point, metric) {
      const known = findSeries.get(point, metric);
      return Number(known === undefined ? insertSeries.run(point, metric).lastInsertRowid : known.id);
    },
    forget() {
      numbers.clear();
      bodies.clear();
      seriesSeen.clear();
    },
    series(id) {
      const seen = seriesSeen.get(id);
      if (seen !== undefined) return seen;
      const row = readSeries.get(id);
      if (row === undefined) return undefined;
      const series = { point: String(row.point), metric: String(row.metric) };
      seriesSeen.set(id, series);
      return series;
    },
  };
  return store;
}

function partsOf(row: DefinitionRow): DefinitionParts {
  const { point, area, family, device, metrics, revision, document } = row;
  const series = JSON.parse(row.series) as number[];
  const parts = {
    point,
    area,
    family,
    device,
    reportEveryMs: row.report_every_ms,
    metrics,
    series,
    revision,
    document,
  };
  const impliedRules = row.implied_rules ?? 1;
  return impliedRules === 1 || impliedRules === 2 ? { ...parts, impliedRules } : parts;
}

/** Half of SHA-256: long enough that two different texts never meet. */
function digest(text: string): Uint8Array {
  return createHash('sha256').update(text).digest().subarray(0, 16);
}
