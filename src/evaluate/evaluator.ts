import type { PointDefinition } from '../model/definition.ts';
import { type Level, levelOf } from '../model/level.ts';
import { BAD, type Marks, type Reading, type Value } from '../model/reading.ts';
import { type Compilable, compileLeniently } from './compile.ts';
import type { CompiledPoint, CompiledRule, RangeOverride } from './compiled.ts';
import type { SeriesSample } from './criterion.ts';
import { createDeadlineQueue } from './deadlines.ts';
import { settleState } from './machine.ts';
import { deadlineOf, NEVER_SAMPLED, type Point, pointFromText, pointToText, silenceFromMs } from './point.ts';
import { QUIET, type RuleState } from './state.ts';
import { type Input, isQuiet, step } from './step.ts';
import type { RuleTransition, Transition } from './transition.ts';

/** The newest value of a metric. */
export interface CurrentValue {
  readonly value: Value;
  readonly tsMs: number;
  readonly marks: Marks;
}

export interface Checkpoint {
  readonly point: string;
  readonly definition: number;
  readonly position: number;
  readonly state: string;
}

/**
 * Evaluation of all points: a fold over the journal, entry by entry in its order. It reads no clock and does no I/O, so
 * the same entries give the same transitions, live, after a crash, and in a backtest.
 *
 * Each call takes the journal position of its entry. A point that has seen that position already (because it was restored
 * from a checkpoint) skips it.
 */
export interface Evaluator {
  /** Puts a definition in force: a new point, or a changed one, whose current value is judged anew at once. */
  define(definition: PointDefinition, position: number, atMs: number): Transition[];
  /** The point is gone; what it had open clears. */
  retire(point: string, position: number, atMs: number): Transition[];
  /** One message: readings of one device, sorted by time. */
  message(readings: readonly Reading[], receivedAtMs: number, position: number): Transition[];
  /** The server began to listen (again): silence is counted anew from here. */
  start(receivedAtMs: number, position: number): Transition[];
  /** Every deadline of arrival time up to `receivedAtMs` takes effect, in the order of their times. */
  tick(receivedAtMs: number, position: number): Transition[];
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
  ): { readonly level: Level | null; readonly peak: { readonly value: Value; readonly at: number } | null } | undefined;
  lastArrivalMs(point: string): number | undefined;

  /** The state of points that changed since it was last taken, longest ago first; about `pointsMax` of them. */
  takeDirty(pointsMax: number): Checkpoint[];
  /** The first position whose effects on some point have not been taken yet. */
  dirtyFrom(): number | undefined;
  /** Puts back a state that `takeDirty` gave. */
  restore(definition: PointDefinition, state: string, position: number): void;
}

/** Where the readings of a series go. */
interface Route {
  readonly point: Point;
  readonly metric: number;
}

const NONE: Transition[] = [];

export function createEvaluator(): Evaluator {
  const points = new Map<string, Point>();
  const routes = new Map<number, Route>();
  const queue = createDeadlineQueue<Point>();
  /** Points whose state has changed, with the position that changed it first; in that order. */
  const dirty = new Map<Point, number>();
  /** For each point the zones whose votes it counts in. */
  const zonesOf = new Map<string, Set<string>>();
  const compiler = createCompiler();
  let seen = 0;

  function touch(point: Point, position: number): void {
    if (!dirty.has(point)) dirty.set(point, position);
  }

  function emit(out: Transition[], point: Point, transitions: readonly RuleTransition[], position: number): void {
    const { point: id, revision } = point.definition;
    for (const transition of transitions) out.push({ ...transition, point: id, revision, position });
  }

  /** One step of one rule of a point. */
  function advance(out: Transition[], point: Point, index: number, input: Input, position: number): void {
    const rule = point.compiled.rules[index];
    const state = point.rules[index];
    if (rule === undefined || state === undefined) return;
    const stepped = step(rule, state, input);
    if (stepped.state !== state) point.rules[index] = stepped.state;
    if (stepped.transitions.length > 0) emit(out, point, stepped.transitions, position);
  }

  // --- messages

  function message(readings: readonly Reading[], receivedAtMs: number, position: number): Transition[] {
    seen = Math.max(seen, position);
    const [only] = readings;
    if (only === undefined) return NONE;
    const out: Transition[] = [];
    if (readings.length === 1) {
      const route = routes.get(only.series);
      if (route !== undefined) takeGroup(out, route.point, [route.metric], [only], receivedAtMs, position);
      return out;
    }
    // All metrics of one point and one time belong together, because a criterion may look at two of them.
    for (let start = 0; start < readings.length; ) {
      const tsMs = readings[start]?.tsMs;
      let end = start + 1;
      while (readings[end]?.tsMs === tsMs && end < readings.length) end++;
      takeInstant(out, readings.slice(start, end), receivedAtMs, position);
      start = end;
    }
    mergeRetrospective(out);
    return out;
  }

  function takeInstant(out: Transition[], readings: readonly Reading[], receivedAtMs: number, position: number): void {
    const groups = new Map<Point, { metrics: number[]; readings: Reading[] }>();
    for (const reading of readings) {
      const route = routes.get(reading.series);
      if (route === undefined) continue;
      const group = groups.get(route.point) ?? { metrics: [], readings: [] };
      groups.set(route.point, group);
      group.metrics.push(route.metric);
      group.readings.push(reading);
    }
    for (const [point, group] of groups) takeGroup(out, point, group.metrics, group.readings, receivedAtMs, position);
  }

  function takeGroup(
    out: Transition[],
    point: Point,
    metrics: readonly number[],
    readings: readonly Reading[],
    receivedAtMs: number,
    position: number,
  ): void {
    if (position <= point.skipTo) return;
    touch(point, position);
    arrive(out, point, receivedAtMs, position);
    const fresh: number[] = [];
    const first = readings[0]?.tsMs ?? 0;
    let isGap = false;
    let lateSamples: SeriesSample[] | undefined;
    for (let i = 0; i < readings.length; i++) {
      const reading = readings[i] as Reading;
      const metric = metrics[i] as number;
      const marks = marksOf(reading, point.compiled.ranges[metric]);
      if (reading.value === null && (marks & BAD) === 0) continue;
      const newest = point.samples[metric] ?? NEVER_SAMPLED;
      if (reading.tsMs === newest.tsMs) continue;
      const next: SeriesSample = { tsMs: reading.tsMs, value: reading.value, marks };
      if (reading.tsMs < newest.tsMs) {
        lateSamples ??= point.samples.map(() => NEVER_SAMPLED);
        lateSamples[metric] = next;
        continue;
      }
      isGap ||= reading.tsMs - newest.tsMs > point.compiled.silenceMs;
      point.samples[metric] = next;
      fresh.push(metric);
    }
    if (lateSamples !== undefined) takeLate(out, point, lateSamples, receivedAtMs, position);
    if (fresh.length > 0) takeFresh(out, point, fresh, first, isGap, receivedAtMs, position);
  }

  /** Something came from the point: it is not silent. */
  function arrive(out: Transition[], point: Point, receivedAtMs: number, position: number): void {
    point.lastArrivalMs = receivedAtMs;
    point.silent = false;
    for (const index of point.compiled.noDataRules) {
      if (point.rules[index]?.alert === null) continue;
      advance(
        out,
        point,
        index,
        { type: 'flag', isOn: false, value: null, atMs: receivedAtMs, receivedAtMs, reason: null },
        position,
      );
      queue.earlier(point);
    }
  }

  /** The rules that look at new samples run, each once, whatever the number of metrics that changed. */
  function takeFresh(
    out: Transition[],
    point: Point,
    fresh: readonly number[],
    tsMs: number,
    isGap: boolean,
    receivedAtMs: number,
    position: number,
  ): void {
    const { rules } = point.compiled;
    let hasMoved = false;
    for (const index of rulesLookingAt(point.compiled, fresh)) {
      const rule = rules[index] as CompiledRule;
      if (rule.kind === 'vote') continue;
      const own = point.samples[rule.metric] ?? NEVER_SAMPLED;
      if (own.tsMs !== tsMs) continue;
      const isBad = (own.marks & BAD) !== 0;
      const state = point.rules[index] as RuleState;
      if (rule.kind === 'levels' && !isBad && isQuiet(rule, state, point)) continue;
      const rankBefore = state.rank;
      advance(out, point, index, inputFor(rule, own, point, isBad, isGap, receivedAtMs), position);
      hasMoved = true;
      if ((point.rules[index] as RuleState).rank !== rankBefore) countVotes(out, point, tsMs, receivedAtMs, position);
    }
    if (hasMoved) queue.earlier(point);
  }

  function takeLate(
    out: Transition[],
    point: Point,
    samples: readonly SeriesSample[],
    receivedAtMs: number,
    position: number,
  ): void {
    const nearMs = RETRO_NEAR_REPORTS * point.compiled.reportEveryMs;
    for (const index of point.compiled.levelRules) {
      const own = samples[point.compiled.rules[index]?.metric ?? -1];
      if (own === undefined || own === NEVER_SAMPLED || (own.marks & BAD) !== 0) continue;
      advance(out, point, index, { type: 'late', tsMs: own.tsMs, receivedAtMs, samples, nearMs }, position);
    }
  }

  /** A point's level has changed: the zones it votes in are counted again. */
  function countVotes(out: Transition[], member: Point, tsMs: number, receivedAtMs: number, position: number): void {
    for (const zone of zonesOf.get(member.definition.point) ?? []) {
      const point = points.get(zone);
      if (point === undefined || position <= point.skipTo) continue;
      for (const index of point.compiled.voteRules) {
        const vote = point.compiled.rules[index]?.vote;
        if (vote === undefined || !vote.points.includes(member.definition.point)) continue;
        const count = vote.points.filter((id) => votesFor(points.get(id), vote.rule, vote.rank)).length;
        touch(point, position);
        const samples = [{ tsMs, value: count, marks: 0 }];
        advance(out, point, index, { type: 'sample', tsMs, receivedAtMs, samples, isGap: false }, position);
        queue.earlier(point);
      }
    }
  }

  // --- time

  function tick(receivedAtMs: number, position: number): Transition[] {
    seen = Math.max(seen, position);
    const out: Transition[] = [];
    const later: Point[] = [];
    for (let point = queue.first(); point !== undefined && point.queuedMs <= receivedAtMs; point = queue.first()) {
      const dueMs = point.queuedMs;
      if (position > point.skipTo) pass(out, point, dueMs, position);
      point.queuedMs = Number.POSITIVE_INFINITY;
      // One that is due again at the same moment waits for the next tick, so that no mistake here can loop for ever.
      if (deadlineOf(point) > dueMs) queue.earlier(point);
      else later.push(point);
    }
    for (const point of later) queue.earlier(point);
    return out;
  }

  /** What falls due at `dueMs` happens to a point. */
  function pass(out: Transition[], point: Point, dueMs: number, position: number): void {
    touch(point, position);
    const { compiled } = point;
    const fromMs = silenceFromMs(point);
    for (const index of compiled.noDataRules) {
      const rule = compiled.rules[index] as CompiledRule;
      if (point.rules[index]?.alert !== null || fromMs + rule.afterMs > dueMs) continue;
      advance(
        out,
        point,
        index,
        { type: 'flag', isOn: true, value: null, atMs: fromMs + rule.afterMs, receivedAtMs: dueMs, reason: null },
        position,
      );
    }
    // On-delays first: an alarm that is due is due, and silence from the same moment only makes it unverified.
    for (const index of [...compiled.levelRules, ...compiled.voteRules]) {
      const state = point.rules[index] as RuleState;
      if (state.wallMs > dueMs) continue;
      advance(
        out,
        point,
        index,
        { type: 'deadline', wallMs: dueMs, samples: trusted(point, compiled.rules[index]) },
        position,
      );
      if (point.rules[index]?.rank !== state.rank) countVotes(out, point, dueMs, dueMs, position);
    }
    if (!point.silent && fromMs + compiled.silenceMs <= dueMs) {
      point.silent = true;
      for (const index of compiled.levelRules) {
        advance(out, point, index, { type: 'blind', atMs: fromMs + compiled.silenceMs, receivedAtMs: dueMs }, position);
      }
    }
  }

  function start(receivedAtMs: number, position: number): Transition[] {
    seen = Math.max(seen, position);
    for (const point of points.values()) {
      if (position <= point.skipTo) continue;
      touch(point, position);
      point.watchedFromMs = receivedAtMs;
      // A clock that was set back must not leave an arrival in the future, which would put off the next silence.
      if (point.lastArrivalMs !== null) point.lastArrivalMs = Math.min(point.lastArrivalMs, receivedAtMs);
      queue.earlier(point);
    }
    return NONE;
  }

  // --- points come, change and go

  function define(definition: PointDefinition, position: number, atMs: number): Transition[] {
    seen = Math.max(seen, position);
    const known = points.get(definition.point);
    if (known !== undefined && position <= known.skipTo) return NONE;
    const compiled = compiler(definition);
    if (known === undefined) {
      const state = { samples: compiled.metrics.map(() => NEVER_SAMPLED), rules: compiled.rules.map(() => QUIET) };
      const added = put(definition, compiled, { ...state, lastArrivalMs: null, watchedFromMs: atMs, silent: false });
      touch(added, position);
      link(added);
      queue.earlier(added);
      return NONE;
    }
    return redefine(known, definition, compiled, position, atMs);
  }

  /** What is known of a point is carried over; rules that have changed meet it anew, rules that are gone clear. */
  function redefine(
    point: Point,
    definition: PointDefinition,
    compiled: CompiledPoint,
    position: number,
    atMs: number,
  ): Transition[] {
    const out: Transition[] = [];
    const former = {
      compiled: point.compiled,
      samples: point.samples,
      rules: point.rules,
      metrics: point.definition.metrics,
    };
    touch(point, position);
    unlink(point);
    point.samples = compiled.metrics.map((name) => {
      const isSame = former.metrics[name]?.series === definition.metrics[name]?.series;
      return (isSame ? former.samples[former.compiled.metrics.indexOf(name)] : undefined) ?? NEVER_SAMPLED;
    });
    point.definition = definition;
    point.compiled = compiled;
    link(point);
    const formerIndex = (rule: CompiledRule) =>
      former.compiled.rules.findIndex(({ id, kind }) => id === rule.id && kind === rule.kind);
    point.rules = compiled.rules.map((rule) => former.rules[formerIndex(rule)] ?? QUIET);
    former.compiled.rules.forEach((rule, index) => {
      if (compiled.rules.some(({ id, kind }) => id === rule.id && kind === rule.kind)) return;
      dropRule(out, point, rule, former.rules[index] ?? QUIET, atMs, position);
    });
    compiled.rules.forEach((rule, index) => {
      if (former.compiled.rules[formerIndex(rule)]?.key !== rule.key) adopt(out, point, rule, index, atMs, position);
    });
    queue.earlier(point);
    return out;
  }

  /** A new or changed rule meets what is known of its point. */
  function adopt(
    out: Transition[],
    point: Point,
    rule: CompiledRule,
    index: number,
    atMs: number,
    position: number,
  ): void {
    if (rule.kind === 'levels') {
      advance(out, point, index, { type: 'edited', atMs, receivedAtMs: atMs, samples: trusted(point, rule) }, position);
      return;
    }
    if (rule.kind === 'vote') return;
    const own = point.samples[rule.metric] ?? NEVER_SAMPLED;
    const isOn =
      (rule.kind === 'noData' && point.rules[index]?.alert !== null && silenceFromMs(point) + rule.afterMs <= atMs) ||
      (rule.kind === 'range' && own !== NEVER_SAMPLED && (own.marks & BAD) !== 0);
    advance(
      out,
      point,
      index,
      {
        type: 'flag',
        isOn,
        value: rule.kind === 'range' ? own.value : null,
        atMs,
        receivedAtMs: atMs,
        reason: 'threshold-changed',
      },
      position,
    );
  }

  function dropRule(
    out: Transition[],
    point: Point,
    rule: CompiledRule,
    state: RuleState,
    atMs: number,
    position: number,
  ): void {
    const { transitions } = step(rule, state, {
      type: 'removed',
      atMs,
      receivedAtMs: atMs,
      reason: 'threshold-changed',
    });
    emit(out, point, transitions, position);
  }

  function retire(id: string, position: number, atMs: number): Transition[] {
    seen = Math.max(seen, position);
    const point = points.get(id);
    if (point === undefined || position <= point.skipTo) return NONE;
    const out: Transition[] = [];
    point.compiled.rules.forEach((_, index) => {
      advance(out, point, index, { type: 'removed', atMs, receivedAtMs: atMs, reason: 'point-removed' }, position);
    });
    unlink(point);
    points.delete(id);
    dirty.delete(point);
    point.rules = [];
    point.compiled = { ...point.compiled, noDataRules: [] };
    return out;
  }

  function reset(
    id: string,
    ruleId: string,
    _receivedAtMs: number,
    position: number,
  ): 'reset' | 'still-breaching' | 'not-latched' {
    seen = Math.max(seen, position);
    const point = points.get(id);
    const index = point?.compiled.rules.findIndex((rule) => rule.id === ruleId) ?? -1;
    const alert = point?.rules[index]?.alert;
    if (point === undefined || alert === undefined || alert === null) return 'not-latched';
    if (position <= point.skipTo) return 'not-latched';
    if (point.compiled.rules[index]?.latch !== true) return 'not-latched';
    if (!alert.recovered && !alert.unverified) return 'still-breaching';
    touch(point, position);
    advance([], point, index, { type: 'reset' }, position);
    return 'reset';
  }

  function put(
    definition: PointDefinition,
    compiled: CompiledPoint,
    state: Pick<Point, 'samples' | 'rules' | 'lastArrivalMs' | 'watchedFromMs' | 'silent'>,
  ): Point {
    const point: Point = {
      id: definition.point,
      queuedMs: Number.POSITIVE_INFINITY,
      deadlineMs: () => deadlineOf(point),
      definition,
      compiled,
      skipTo: 0,
      ...state,
    };
    points.set(definition.point, point);
    return point;
  }

  function link(point: Point): void {
    point.compiled.metrics.forEach((name, metric) => {
      const series = point.definition.metrics[name]?.series;
      if (series !== undefined) routes.set(series, { point, metric });
    });
    for (const member of membersOf(point)) zonesOf.set(member, (zonesOf.get(member) ?? new Set()).add(point.id));
  }

  function unlink(point: Point): void {
    for (const { series } of Object.values(point.definition.metrics)) routes.delete(series);
    for (const member of membersOf(point)) zonesOf.get(member)?.delete(point.id);
  }

  /** The points whose state must be stored together with a point's: votes connect them. */
  function connected(point: Point): Point[] {
    const ids = [...membersOf(point), ...(zonesOf.get(point.id) ?? [])];
    return ids.map((id) => points.get(id)).filter((other) => other !== undefined);
  }

  return {
    define,
    retire,
    message,
    start,
    tick,
    reset,
    nextDeadlineMs: () => queue.first()?.queuedMs,
    deadlineNotBeforeMs: () => queue.notBeforeMs(),

    values(id) {
      const point = points.get(id);
      const values: Record<string, CurrentValue> = {};
      point?.compiled.metrics.forEach((name, metric) => {
        const sample = point.samples[metric];
        if (sample !== undefined && sample !== NEVER_SAMPLED) values[name] = sample;
      });
      return values;
    },
    rule(id, ruleId) {
      const point = points.get(id);
      const index = point?.compiled.rules.findIndex((rule) => rule.id === ruleId) ?? -1;
      const state = point?.rules[index];
      if (state === undefined) return undefined;
      const { alert, peak } = state;
      return {
        level: alert === null ? null : levelOf(alert.rank),
        peak: peak === null ? null : { value: peak.value, at: peak.atMs },
      };
    },
    lastArrivalMs: (id) => points.get(id)?.lastArrivalMs ?? undefined,

    takeDirty(pointsMax) {
      const taken = new Set<Point>();
      for (const point of dirty.keys()) {
        if (taken.size >= pointsMax) break;
        const group = [point];
        for (const member of group) {
          if (taken.has(member)) continue;
          taken.add(member);
          if (zonesOf.size > 0) group.push(...connected(member));
        }
      }
      return [...taken].map((point) => {
        dirty.delete(point);
        return { point: point.id, definition: point.definition.id, position: seen, state: pointToText(point) };
      });
    },
    dirtyFrom: () => dirty.values().next().value,
    restore(definition, state, position) {
      const compiled = compiler(definition);
      const restored = pointFromText(state, compiled);
      const rules = restored.rules.map((rule, index) => settled(compiled.rules[index], rule));
      const point = put(definition, compiled, { ...restored, rules });
      point.skipTo = position;
      seen = Math.max(seen, position);
      link(point);
      queue.earlier(point);
    },
  };
}

/** Late breaches closer together than this many reports are one. */
const RETRO_NEAR_REPORTS = 3;

function settled(rule: CompiledRule | undefined, state: RuleState): RuleState {
  return rule === undefined || state === QUIET ? state : settleState(rule, state);
}

function membersOf({ compiled }: Point): string[] {
  return compiled.voteRules.flatMap((index) => compiled.rules[index]?.vote?.points ?? []);
}

function votesFor(point: Point | undefined, rule: string | undefined, rank: number): boolean {
  if (point === undefined) return false;
  return point.compiled.levelRules.some((index) => {
    const isCounted = rule === undefined || point.compiled.rules[index]?.id === rule;
    return isCounted && (point.rules[index]?.rank ?? 0) >= rank;
  });
}

/** The current samples, unless the point is silent or the rule's metric bad or missing. */
function trusted(point: Point, rule: CompiledRule | undefined): readonly SeriesSample[] | undefined {
  const own = point.samples[rule?.metric ?? -1];
  const isGood = own !== undefined && own !== NEVER_SAMPLED && (own.marks & BAD) === 0;
  return isGood && !point.silent ? point.samples : undefined;
}

/** The rules that look at any of these metrics, each once, in the order of the document. */
function rulesLookingAt({ byMetric }: CompiledPoint, metrics: readonly number[]): readonly number[] {
  const [only] = metrics;
  if (metrics.length === 1 && only !== undefined) return byMetric[only] ?? [];
  const rules = new Set(metrics.flatMap((metric) => byMetric[metric] ?? []));
  return [...rules].sort((a, b) => a - b);
}

function marksOf({ value, marks }: Reading, range: RangeOverride | undefined): Marks {
  if (range === undefined || typeof value !== 'number') return marks;
  const isBad = value < range.low || value > range.high || range.sentinels.includes(value);
  return isBad ? marks | BAD : marks & ~BAD;
}

function inputFor(
  rule: CompiledRule,
  own: SeriesSample,
  point: Point,
  isBad: boolean,
  isGap: boolean,
  receivedAtMs: number,
): Input {
  const { tsMs, value } = own;
  if (rule.kind === 'range') return { type: 'flag', isOn: isBad, value, atMs: tsMs, receivedAtMs, reason: null };
  if (isBad) return { type: 'blind', atMs: tsMs, receivedAtMs };
  if (rule.kind === 'stuck') return { type: 'unchanged', tsMs, receivedAtMs, value };
  return { type: 'sample', tsMs, receivedAtMs, samples: point.samples, isGap };
}

/** Points with the same document and metrics share what is compiled of them: 100,000 points must not cost 100,000 times. */
function createCompiler(): (definition: Compilable) => CompiledPoint {
  const cache = new Map<string, CompiledPoint>();
  return ({ metrics, reportEveryMs, document }) => {
    const plain = Object.entries(metrics).map(([name, { series: _, ...metric }]) => [name, metric]);
    const key = JSON.stringify([plain, reportEveryMs, document]);
    const known = cache.get(key);
    if (known !== undefined) return known;
    const { point } = compileLeniently({ metrics, reportEveryMs, document });
    cache.set(key, point);
    return point;
  };
}

/** Several late instants of one message and rule make one retrospective entry, the most severe, the earliest of those. */
function mergeRetrospective(out: Transition[]): void {
  const best = new Map<string, Transition>();
  const rank = { blue: 1, yellow: 2, orange: 3, red: 4 };
  for (const transition of out) {
    if (transition.type !== 'retrospective') continue;
    const key = `${transition.point}\n${transition.rule}`;
    const present = best.get(key);
    if (present === undefined || rank[transition.level] > rank[present.level]) best.set(key, transition);
  }
  if (best.size === 0) return;
  const kept = out.filter((t) => t.type !== 'retrospective' || best.get(`${t.point}\n${t.rule}`) === t);
  out.splice(0, out.length, ...kept);
}
