import { BAD } from '../model/reading.ts';
import type { CompiledRule } from './compiled.ts';
import { isSilenced, trusted } from './inputs.ts';
import { deadlineOf, metricSilenceFromMs, type Point, silenceFromMs } from './point.ts';
import { QUIET } from './state.ts';
import type { Input } from './step.ts';
import { type Turn, touch } from './turn.ts';
import { advance, blind, recount } from './votes.ts';

/** Time passes without readings: delays end, and points fall silent. */

/** Every deadline of arrival time up to that of the turn takes effect, in the order of their times. */
export function tick(turn: Turn): void {
  const { queue } = turn.table;
  const later: Point[] = [];
  for (let point = queue.first(); point !== undefined && point.queuedMs <= turn.receivedAtMs; point = queue.first()) {
    const dueMs = point.queuedMs;
    if (turn.position > point.skipTo) fallDue({ ...turn, receivedAtMs: dueMs }, point);
    point.queuedMs = Number.POSITIVE_INFINITY;
    // One that is due again at the same moment waits for the next tick, so that no mistake here can loop for ever.
    if (deadlineOf(point) > dueMs) queue.earlier(point);
    else later.push(point);
  }
  for (const point of later) queue.earlier(point);
}

/** What falls due at the time of the turn happens to a point. */
function fallDue(turn: Turn, point: Point): void {
  touch(turn, point);
  const dueMs = turn.receivedAtMs;
  const { compiled } = point;
  if (point.recountMs <= dueMs) recount(turn, point);
  const fromMs = silenceFromMs(point);
  let silenced: Set<number> | undefined;
  for (const index of compiled.noDataRules) {
    const atMs = fromMs + (compiled.rules[index]?.afterMs ?? Number.POSITIVE_INFINITY);
    if (point.rules[index]?.rank !== 0 || atMs > dueMs) continue;
    const input: Input = { type: 'flag', isOn: true, value: null, atMs, receivedAtMs: dueMs, reason: null };
    advance(turn, point, index, input);
  }
  for (const index of compiled.metricNoDataRules) {
    const { metric, afterMs } = compiled.rules[index] as CompiledRule;
    const atMs = metricSilenceFromMs(point, metric) + afterMs;
    if (point.rules[index]?.rank !== 0 || atMs > dueMs) continue;
    const input: Input = { type: 'flag', isOn: true, value: null, atMs, receivedAtMs: dueMs, reason: null };
    advance(turn, point, index, input);
    silenced = (silenced ?? new Set()).add(metric);
  }
  // On-delays first: an alarm that is due is due, and silence from the same moment only makes it unverified.
  for (const [index, rule] of compiled.rules.entries()) {
    if ((point.rules[index]?.wallMs ?? Number.POSITIVE_INFINITY) > dueMs) continue;
    advance(turn, point, index, { type: 'deadline', wallMs: dueMs, samples: trusted(point, rule, dueMs) });
    const hasBadData = ((point.samples[rule.metric]?.marks ?? 0) & BAD) !== 0;
    if (rule.kind === 'levels' && (point.silent || hasBadData || isSilenced(point, rule.metric)))
      blind(turn, point, index, dueMs);
  }
  for (const [index, { kind, metric }] of compiled.rules.entries()) {
    if (silenced?.has(metric) !== true || (kind !== 'levels' && kind !== 'stuck')) continue;
    blind(turn, point, index, dueMs);
  }
  if (!point.silent && fromMs + compiled.silenceMs <= dueMs) {
    point.silent = true;
    for (const [index, { kind }] of compiled.rules.entries()) {
      if (kind === 'levels' || kind === 'stuck') {
        blind(turn, point, index, fromMs + compiled.silenceMs);
      }
    }
  }
}

/**
 * The server began to listen (again): silence is counted anew from here. Of several servers one alone began to: of what came
 * through it last.
 */
export function start(turn: Turn, node: string | undefined): void {
  const { receivedAtMs } = turn;
  for (const point of turn.table.points.values()) {
    if (turn.position <= point.skipTo) continue;
    if (node !== undefined && point.node !== node) continue;
    touch(turn, point);
    point.watchedFromMs = receivedAtMs;
    // A clock that was set back must not leave an arrival in the future, which would put off the next silence.
    point.lastArrivalMs = Math.min(point.lastArrivalMs, receivedAtMs);
    for (const index of point.compiled.rules.keys()) {
      if (point.rules[index] !== QUIET) advance(turn, point, index, { type: 'start', receivedAtMs });
    }
    turn.table.queue.earlier(point);
  }
}
