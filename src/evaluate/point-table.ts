import type { PointDefinition } from '../model/definition.ts';
import type { CompiledPoint } from './compiled.ts';
import { type Compiler, createCompiler } from './compiler.ts';
import { createDeadlineQueue, type DeadlineQueue } from './deadlines.ts';
import { createDirtyList, type DirtyList } from './dirty.ts';
import { Fresh } from './fresh.ts';
import { createPaces, type Paces } from './pace.ts';
import { deadlineOf, type KeptPoint, NEVER_SAMPLED, type Point, type Sample } from './point.ts';

/** All points under evaluation, and how one finds them: by id, by series, by deadline, by vote, by what has changed. */
export interface PointTable {
  readonly points: Map<string, Point>;
  /** Where the readings of a series go, by the number of the series: the point, and the metric's index there. */
  readonly pointOf: (Point | undefined)[];
  readonly metricOf: number[];
  readonly queue: DeadlineQueue<Point>;
  /** Points whose state has changed since it was last taken, in the order of the positions that changed them first. */
  readonly dirty: DirtyList;
  /** For each point the zones whose votes it counts in. */
  readonly zonesOf: Map<string, Set<string>>;
  /** Points that were connected by a vote since their state was last taken. */
  readonly formerTies: Map<string, Set<string>>;
  readonly compiler: Compiler;
  readonly paces: Paces;
  readonly fresh: Fresh;
  /** The newest position of an entry that took effect. */
  seen: number;
  /** The server that took the entries which are evaluated now; empty where there is one alone. */
  node: string;
}

export function createPointTable(): PointTable {
  return {
    points: new Map(),
    pointOf: [],
    metricOf: [],
    queue: createDeadlineQueue<Point>(deadlineOf),
    dirty: createDirtyList(),
    zonesOf: new Map(),
    formerTies: new Map(),
    compiler: createCompiler(),
    paces: createPaces(),
    fresh: new Fresh(),
    seen: 0,
    node: '',
  };
}

const NO_SERIES: readonly number[] = [];

/** A point is known from here on; `link` leads its readings to it. */
export function put(table: PointTable, definition: PointDefinition, compiled: CompiledPoint, state: KeptPoint): Point {
  const point: Point = {
    id: definition.point,
    queuedMs: Number.POSITIVE_INFINITY,
    definition,
    compiled,
    skipTo: 0,
    dirtyFrom: 0,
    series: NO_SERIES,
    ...state,
  };
  table.points.set(definition.point, point);
  return point;
}

export function link(table: PointTable, point: Point): void {
  const isPaced = point.compiled.pacedMetrics.length > 0;
  const seriesByIndex = () => point.compiled.metrics.map((name) => point.definition.metrics[name]?.series ?? 0);
  point.series = isPaced ? seriesByIndex() : NO_SERIES;
  point.compiled.metrics.forEach((name, metric) => {
    const series = point.definition.metrics[name]?.series;
    if (series === undefined) return;
    // Filled up without holes, for an array with holes is a hash table.
    for (let next = table.pointOf.length; next <= series; next++) {
      table.pointOf.push(undefined);
      table.metricOf.push(0);
    }
    table.pointOf[series] = point;
    table.metricOf[series] = metric;
  });
  for (const member of membersOf(point))
    table.zonesOf.set(member, (table.zonesOf.get(member) ?? new Set()).add(point.id));
}

export function unlink(table: PointTable, point: Point): void {
  for (const { series } of Object.values(point.definition.metrics)) table.pointOf[series] = undefined;
  for (const member of membersOf(point)) {
    table.zonesOf.get(member)?.delete(point.id);
    table.formerTies.set(member, (table.formerTies.get(member) ?? new Set()).add(point.id));
    table.formerTies.set(point.id, (table.formerTies.get(point.id) ?? new Set()).add(member));
  }
}

export function newestOf(table: PointTable, series: number): Sample | undefined {
  const sample = table.pointOf[series]?.samples[table.metricOf[series] ?? -1];
  return sample === NEVER_SAMPLED ? undefined : sample;
}

/** The points whose state must be stored together with a point's: votes connect them, or did until lately. */
export function connected(table: PointTable, point: Point): Point[] {
  const ids = [...membersOf(point), ...(table.zonesOf.get(point.id) ?? []), ...(table.formerTies.get(point.id) ?? [])];
  return ids.map((id) => table.points.get(id)).filter((other) => other !== undefined);
}

export function seriesOf(point: Point, metric: number): number {
  return point.series[metric] as number;
}

function membersOf({ compiled }: Point): string[] {
  return compiled.voteRules.flatMap((index) => compiled.rules[index]?.vote?.points ?? []);
}
