import type { Checkpoint } from '../model/checkpoint.ts';
import type { PointDefinition } from '../model/definition.ts';
import { type Level, levelOf } from '../model/level.ts';
import type { Marks, Reading, Value } from '../model/reading.ts';
import type { NewestInstant } from '../model/sequence.ts';
import type { StandingAlert } from '../model/standing-alert.ts';
import { takeMessage } from './arrivals.ts';
import type { CompiledRule } from './compiled.ts';
import { define, retire } from './definitions.ts';
import { start, tick } from './passing-time.ts';
import { NEVER_SAMPLED, type Point, pointFromText, pointToText } from './point.ts';
import { connected, createPointTable, link, newestOf, put, seriesOf } from './point-table.ts';
import { type QuietBands, quietBandsOf } from './quiet.ts';
import { agreeWith } from './standing.ts';
import { QUIET, type RuleState } from './state.ts';
import { step } from './step.ts';
import type { EvaluatedTransition } from './transition.ts';
import { type Turn, touch, turnAt } from './turn.ts';
import { askForRecount } from './votes.ts';

/**
 * Evaluation of all points: a fold over the journal, entry by entry in its order. It reads no clock and does no I/O, so
 * the same entries give the same transitions, live, after a crash, and in a backtest.
 *
 * Each call takes the journal position of its entry. A point that has seen that position already (because it was restored
 * from a checkpoint) skips it.
 */
export interface Evaluator {
  /** Puts a definition in force: a new point, or a changed one, whose current value is judged anew at once. */
  define(definition: PointDefinition, position: number, atMs: number): EvaluatedTransition[];
  /** The point is gone; what it had open clears. */
  retire(point: string, position: number, atMs: number): EvaluatedTransition[];
  /** One message: readings of one device, sorted by time. */
  message(readings: readonly Reading[], receivedAtMs: number, position: number): EvaluatedTransition[];
  /** What is evaluated from here on was taken by this one of several servers. */
  through(node: string): void;
  /** The server began to listen (again): silence is counted anew from here; with `node` that of what came through it last. */
  start(receivedAtMs: number, position: number, node?: string): EvaluatedTransition[];
  /** Every deadline of arrival time up to `receivedAtMs` takes effect, in the order of their times. */
  tick(receivedAtMs: number, position: number): EvaluatedTransition[];
  /** Lets go of a latched alert, if its condition has passed or can't be verified any more. */
  reset(
    point: string,
    rule: string,
    receivedAtMs: number,
    position: number,
  ): 'reset' | 'still-breaching' | 'not-latched';
  /** The earliest arrival time at which a tick would change something. */
  nextDeadlineMs(): number | undefined;
  /** A time that is not later than that, at no cost: readings put deadlines off all the time. */
  deadlineNotBeforeMs(): number | undefined;

  values(point: string): Readonly<Record<string, CurrentValue>>;
  /** The level a rule stands at, and the worst it has seen since its alert was raised; undefined when it is unknown. */
  rule(
    point: string,
    rule: string,
  ):
    | {
        readonly level: Level | null;
        readonly peak: { readonly value: Value; readonly at: number } | null;
        /** First sample of the breaching stretch under way; null when there is none. */
        readonly breachFromMs: number | null;
      }
    | undefined;
  /** What may be passed over as things stand; undefined while anything of the point is under way. */
  quiet(point: string): QuietBands | undefined;
  /** The last reading of a series among those passed over: as a message, but for the pace, which is known already. */
  pass(reading: Reading, receivedAtMs: number, position: number): void;
  lastArrivalMs(point: string): number | undefined;
  /** The time of the newest sample of a series, ms; undefined when there was none. */
  newestMs(series: number): number | undefined;
  /** The same with the fraction that tells it from others of its millisecond. */
  newestTimeMs(series: number): number | undefined;
  /** What is known of the newest millisecond of a series; undefined when there is none. */
  newestInstant(series: number): NewestInstant | undefined;

  /** The state of points that changed since it was last taken, longest ago first; about `pointsMax` of them. */
  takeDirty(pointsMax: number): Checkpoint[];
  /** The first position whose effects on some point have not been taken yet. */
  dirtyFrom(): number | undefined;
  /**
   * Puts back a state that `takeDirty` gave. `standing`: the point's active alerts and the position before which entries
   * are lost, when some that came after that state are.
   */
  restore(
    definition: PointDefinition,
    state: string,
    position: number,
    standing?: { readonly alerts: readonly StandingAlert[]; readonly position: number },
  ): void;
}

/** The newest value of a metric. */
export interface CurrentValue {
  readonly value: Value;
  readonly tsMs: number;
  readonly marks: Marks;
}

export function createEvaluator(): Evaluator {
  const table = createPointTable();
  const { points, queue, dirty, paces, compiler, zonesOf, formerTies } = table;

  return {
    define(definition, position, atMs) {
      const turn = turnAt(table, position, atMs);
      define(turn, definition);
      return turn.out;
    },
    retire(point, position, atMs) {
      const turn = turnAt(table, position, atMs);
      retire(turn, point);
      return turn.out;
    },
    message(readings, receivedAtMs, position) {
      const turn = turnAt(table, position, receivedAtMs);
      takeMessage(turn, readings);
      return turn.out;
    },
    pass: (reading, receivedAtMs, position) => takeMessage(turnAt(table, position, receivedAtMs, true), [reading]),
    through(node) {
      table.node = node;
    },
    start(receivedAtMs, position, node) {
      const turn = turnAt(table, position, receivedAtMs);
      start(turn, node);
      return turn.out;
    },
    tick(receivedAtMs, position) {
      const turn = turnAt(table, position, receivedAtMs);
      tick(turn);
      return turn.out;
    },
    reset: (point, rule, receivedAtMs, position) => reset(turnAt(table, position, receivedAtMs), point, rule),
    nextDeadlineMs: () => queue.first()?.queuedMs,
    deadlineNotBeforeMs: () => queue.notBeforeMs(),

    values(id) {
      const point = points.get(id);
      const values: Record<string, CurrentValue> = {};
      point?.compiled.metrics.forEach((name, metric) => {
        const sample = point.samples[metric];
        if (sample === undefined || sample === NEVER_SAMPLED) return;
        const { value, tsMs, marks } = sample;
        values[name] = { value, tsMs, marks };
      });
      return values;
    },
    rule(id, ruleId) {
      const point = points.get(id);
      const index = point?.compiled.rules.findIndex((rule) => rule.id === ruleId) ?? -1;
      const state = point?.rules[index];
      if (state === undefined) return undefined;
      const { alert, peak, breach } = state;
      return {
        level: alert === null ? null : levelOf(alert.rank),
        peak: peak === null ? null : { value: peak.value, at: peak.atMs },
        breachFromMs: breach?.fromMs ?? null,
      };
    },
    quiet(id) {
      const point = points.get(id);
      if (point === undefined || zonesOf.size > 0) return undefined;
      const bands = quietBandsOf(point.compiled, point.definition, point.rules);
      const { pacedMetrics, periodMs } = point.compiled;
      if (bands === undefined || pacedMetrics.length === 0) return bands;
      return {
        ...bands,
        begin(atMs) {
          const period = Math.floor(atMs / periodMs);
          if (period === point.period) return true;
          if (point.period >= 0) {
            if (pacedMetrics.some((metric) => paces.wouldStop(seriesOf(point, metric)))) return false;
            for (const metric of pacedMetrics) paces.close(seriesOf(point, metric));
          }
          point.period = period;
          return true;
        },
        came: paces.came,
      };
    },
    newestMs: (series) => newestOf(table, series)?.tsMs,
    newestTimeMs: (series) => newestOf(table, series)?.timeMs(),
    newestInstant(series) {
      const sample = newestOf(table, series);
      return sample && { tsMs: sample.timeMs(), values: [...(sample.earlier ?? []), sample.value] };
    },
    lastArrivalMs(id) {
      const lastMs = points.get(id)?.lastArrivalMs ?? Number.NEGATIVE_INFINITY;
      return lastMs === Number.NEGATIVE_INFINITY ? undefined : lastMs;
    },

    takeDirty(pointsMax) {
      const taken = new Set<Point>();
      for (const point of dirty.points()) {
        if (taken.size >= pointsMax) break;
        const group = [point];
        for (const member of group) {
          if (taken.has(member)) continue;
          taken.add(member);
          if (zonesOf.size > 0) group.push(...connected(table, member));
        }
      }
      return [...taken].map((point) => {
        point.dirtyFrom = 0;
        formerTies.delete(point.id);
        return {
          point: point.id,
          definition: point.definition.id,
          position: table.seen,
          state: pointToText(point, paces),
        };
      });
    },
    dirtyFrom: dirty.from,
    restore(definition, state, position, standing) {
      const compiled = compiler.acquire(definition);
      const point = put(table, definition, compiled, pointFromText(state, compiled, definition, paces));
      if (standing !== undefined) {
        const alertOf = (id: string) => standing.alerts.find(({ rule }) => rule === id);
        point.rules = compiled.rules.map((rule, i) => agreeWith(rule, point.rules[i] ?? QUIET, alertOf(rule.id)));
        if (point.dirtyFrom === 0) dirty.add(point, standing.position);
      }
      point.skipTo = position;
      table.seen = Math.max(table.seen, position);
      link(table, point);
      queue.earlier(point);
    },
  };
}

/** Lets go of a latched alert, if its condition has passed or can't be verified any more. */
function reset(turn: Turn, id: string, ruleId: string): 'reset' | 'still-breaching' | 'not-latched' {
  const point = turn.table.points.get(id);
  const index = point?.compiled.rules.findIndex((rule) => rule.id === ruleId) ?? -1;
  const alert = point?.rules[index]?.alert;
  if (point === undefined || alert === undefined || alert === null) return 'not-latched';
  if (turn.position <= point.skipTo) return 'not-latched';
  if (point.compiled.rules[index]?.latch !== true) return 'not-latched';
  if (!alert.recovered && !alert.unverified) return 'still-breaching';
  touch(turn, point);
  const rule = point.compiled.rules[index] as CompiledRule;
  const before = point.rules[index] as RuleState;
  const newestMs = point.samples[rule.metric]?.tsMs ?? Number.NEGATIVE_INFINITY;
  point.rules[index] = step(rule, before, { type: 'reset', newestMs }).state;
  // A reset gives no transitions, so a vote that it takes away is counted at the tick that is due at once.
  if (before.rank > 0) {
    for (const zone of turn.table.zonesOf.get(id) ?? []) askForRecount(turn, zone);
  }
  return 'reset';
}
