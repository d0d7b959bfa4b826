import type { PointDefinition } from '../model/definition.ts';
import { BAD } from '../model/reading.ts';
import type { Metric } from '../model/site.ts';
import type { CompiledPoint, CompiledRule, RangeOverride } from './compiled.ts';
import { inputFor, marksOf, trusted } from './inputs.ts';
import { isStale, metricSilenceFromMs, NEVER_SAMPLED, type Point, Sample, silenceFromMs, unheard } from './point.ts';
import { link, put, seriesOf, unlink } from './point-table.ts';
import { QUIET } from './state.ts';
import { type Input, step } from './step.ts';
import { type Turn, touch } from './turn.ts';
import { advance, blind, countVote, emit, recount, recountZonesOf } from './votes.ts';

/** Points come, change and go. */

/** Puts a definition in force: a new point, or a changed one, whose current value is judged anew at once. */
export function define(turn: Turn, definition: PointDefinition): void {
  const known = turn.table.points.get(definition.point);
  if (known !== undefined && turn.position <= known.skipTo) return;
  const compiled = turn.table.compiler.acquire(definition);
  if (known === undefined) {
    const added = put(turn.table, definition, compiled, {
      samples: compiled.metrics.map(() => NEVER_SAMPLED),
      rules: compiled.rules.map(() => QUIET),
      lastArrivalMs: Number.NEGATIVE_INFINITY,
      node: '',
      heardMs: unheard(compiled),
      period: -1,
      watchedFromMs: turn.receivedAtMs,
      silent: false,
      recountMs: Number.POSITIVE_INFINITY,
    });
    touch(turn, added);
    link(turn.table, added);
    turn.table.queue.earlier(added);
    recount(turn, added);
    return;
  }
  redefine(turn, known, definition, compiled);
}

/** What is known of a point is carried over; rules that have changed meet it anew, rules that are gone clear. */
function redefine(turn: Turn, point: Point, definition: PointDefinition, compiled: CompiledPoint): void {
  const atMs = turn.receivedAtMs;
  const former = {
    compiled: point.compiled,
    samples: point.samples,
    rules: point.rules,
    heardMs: point.heardMs,
    metrics: point.definition.metrics,
  };
  touch(turn, point);
  unlink(turn.table, point);
  const isSame = (name: string) => former.metrics[name]?.series === definition.metrics[name]?.series;
  const remarked: number[] = [];
  point.samples = compiled.metrics.map((name, metric) => {
    const sample = isSame(name) ? former.samples[former.compiled.metrics.indexOf(name)] : undefined;
    if (sample === undefined || sample === NEVER_SAMPLED) return NEVER_SAMPLED;
    const formerRange = rangeOf(former.compiled.ranges[former.compiled.metrics.indexOf(name)], former.metrics[name]);
    const range = rangeOf(compiled.ranges[metric], definition.metrics[name]);
    if (JSON.stringify(range) === JSON.stringify(formerRange)) return sample;
    const isStopped = turn.table.paces.isStopped(definition.metrics[name]?.series ?? 0);
    const marks = isStopped ? sample.marks : marksOf(sample, range);
    if (marks === sample.marks) return sample;
    remarked.push(metric);
    return new Sample(sample.timeMs(), sample.value, marks, sample.earlier ?? []);
  });
  point.heardMs = unheard(compiled)?.map((never, metric) => {
    const name = compiled.metrics[metric] ?? '';
    return isSame(name) ? (former.heardMs?.[former.compiled.metrics.indexOf(name)] ?? never) : never;
  });
  const isAsPaced = former.compiled.periodMs === compiled.periodMs;
  for (const metric of former.compiled.pacedMetrics) {
    const name = former.compiled.metrics[metric] ?? '';
    const isPaced = compiled.pacedMetrics.includes(compiled.metrics.indexOf(name));
    if (!isAsPaced || !isSame(name) || !isPaced) turn.table.paces.forget(seriesOf(point, metric));
  }
  if (!isAsPaced) point.period = -1;
  point.definition = definition;
  point.compiled = compiled;
  link(turn.table, point);
  const formerIndex = ({ id, kind }: CompiledRule) =>
    former.compiled.rules.findIndex((rule) => rule.id === id && rule.kind === kind);
  point.rules = compiled.rules.map((rule) => former.rules[formerIndex(rule)] ?? QUIET);
  let hasLost = false;
  former.compiled.rules.forEach((rule, index) => {
    if (compiled.rules.some(({ id, kind }) => id === rule.id && kind === rule.kind)) return;
    const state = former.rules[index] ?? QUIET;
    hasLost ||= state.rank > 0;
    const input: Input = { type: 'removed', atMs, receivedAtMs: atMs, reason: 'threshold-changed' };
    emit(turn, point, step(rule, state, input).transitions);
  });
  compiled.rules.forEach((rule, index) => {
    const before = former.compiled.rules[formerIndex(rule)];
    if (before?.key !== rule.key) {
      const name = rule.metricName ?? '';
      const isComparable =
        before?.metricName === rule.metricName && former.metrics[name]?.unit === definition.metrics[name]?.unit;
      adopt(turn, point, rule, index, isComparable ? before : undefined);
    } else if (remarked.includes(rule.metric)) judgeAgain(turn, point, rule, index);
  });
  if (hasLost) recountZonesOf(turn, point);
  turn.table.compiler.release(former.compiled);
  turn.table.queue.earlier(point);
}

/** A new or changed rule meets what is known of its point. `former` is what it was, if it judged the same metric. */
function adopt(turn: Turn, point: Point, rule: CompiledRule, index: number, former?: CompiledRule): void {
  const atMs = turn.receivedAtMs;
  if (rule.kind === 'vote') {
    countVote(turn, point, index);
  } else if (rule.kind === 'levels' || rule.kind === 'stuck') {
    const samples = trusted(point, rule, atMs);
    advance(turn, point, index, { type: 'edited', receivedAtMs: atMs, samples, former });
  } else {
    const own = point.samples[rule.metric] ?? NEVER_SAMPLED;
    const fromMs = rule.metric < 0 ? silenceFromMs(point) : metricSilenceFromMs(point, rule.metric);
    const isOn = rule.kind === 'range' ? (own.marks & BAD) !== 0 : fromMs + rule.afterMs <= atMs;
    const isRead = rule.kind === 'range' && !turn.table.paces.isStopped(point.series[rule.metric] ?? 0);
    const value = isRead ? own.value : null;
    const input: Input = { type: 'flag', isOn, value, atMs, receivedAtMs: atMs, reason: 'threshold-changed' };
    advance(turn, point, index, input);
  }
}

/** An edit of the range made a bad value good or a good one bad: rules that did not change see it anew. */
function judgeAgain(turn: Turn, point: Point, rule: CompiledRule, index: number): void {
  const own = point.samples[rule.metric] ?? NEVER_SAMPLED;
  const isBad = (own.marks & BAD) !== 0;
  if (rule.kind === 'range') adopt(turn, point, rule, index);
  else if (isBad) blind(turn, point, index, turn.receivedAtMs);
  else if (!isStale(point, turn.receivedAtMs)) {
    advance(turn, point, index, inputFor(rule, own, point.samples, false, false, false, turn.receivedAtMs));
  }
}

/** The point is gone; what it had open clears. */
export function retire(turn: Turn, id: string): void {
  const point = turn.table.points.get(id);
  if (point === undefined || turn.position <= point.skipTo) return;
  const { receivedAtMs } = turn;
  point.compiled.rules.forEach((_, index) => {
    advance(turn, point, index, { type: 'removed', atMs: receivedAtMs, receivedAtMs, reason: 'point-removed' });
  });
  for (const metric of point.compiled.pacedMetrics) turn.table.paces.forget(seriesOf(point, metric));
  unlink(turn.table, point);
  turn.table.points.delete(id);
  point.dirtyFrom = 0;
  turn.table.compiler.release(point.compiled);
  point.rules = [];
  point.compiled = { ...point.compiled, noDataRules: [], metricNoDataRules: [] };
}

/** What makes a value of a metric bad: what the document says, otherwise the profile. */
function rangeOf(override: RangeOverride | undefined, metric: Metric | undefined): RangeOverride {
  const [low, high] = metric?.range ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  return override ?? { low, high, sentinels: metric?.sentinels ?? [] };
}
