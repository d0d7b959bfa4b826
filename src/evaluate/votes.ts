import type { RankChange } from './machine.ts';
import type { Point } from './point.ts';
import type { Input } from './step.ts';
import { step } from './step.ts';
import type { RuleTransition } from './transition.ts';
import { type Turn, touch } from './turn.ts';

/** Steps of rules, and the votes of zones that count the levels they stand at: each may cause the other. */

/** One step of one rule of a point, and of the zones that count its level. */
export function advance(turn: Turn, point: Point, index: number, input: Input): void {
  const rule = point.compiled.rules[index];
  const state = point.rules[index];
  if (rule === undefined || state === undefined) return;
  const stepped = step(rule, state, input);
  if (stepped.state !== state) point.rules[index] = stepped.state;
  if (stepped.transitions.length > 0) emit(turn, point, stepped.transitions);
  if (stepped.ranks !== undefined && rule.kind === 'levels' && turn.table.zonesOf.size > 0) {
    for (const change of stepped.ranks) countVotes(turn, point, { index, ...change });
  }
}

export function emit(turn: Turn, point: Point, transitions: readonly RuleTransition[]): void {
  const { point: id, revision } = point.definition;
  for (const transition of transitions) turn.out.push({ ...transition, point: id, revision, position: turn.position });
}

/** Nothing is known of the rule's metric any more: what stands becomes unverified. */
export function blind(turn: Turn, point: Point, index: number, atMs: number): void {
  advance(turn, point, index, { type: 'blind', atMs, receivedAtMs: turn.receivedAtMs });
}

/** In the order of their ids, which a restart does not change. */
function zonesThatCount(turn: Turn, member: Point): string[] {
  return [...(turn.table.zonesOf.get(member.id) ?? [])].sort();
}

/** A level of a point has changed: the zones it votes in are counted again. */
function countVotes(turn: Turn, member: Point, change: RankChange & { readonly index: number }): void {
  for (const id of zonesThatCount(turn, member)) {
    const zone = turn.table.points.get(id);
    if (zone === undefined || turn.position <= zone.skipTo) continue;
    for (const index of zone.compiled.voteRules) {
      if (zone.compiled.rules[index]?.vote?.points.includes(member.id) !== true) continue;
      countVote(turn, zone, index, change.atMs, { member, ...change });
    }
  }
}

/** Counts one vote. `change` stands in place of what its member's rule stands at now. */
export function countVote(
  turn: Turn,
  zone: Point,
  index: number,
  tsMs = turn.receivedAtMs,
  change?: { readonly member: Point; readonly index: number; readonly rank: number },
): void {
  const vote = zone.compiled.rules[index]?.vote;
  if (vote === undefined) return;
  let count = 0;
  for (const id of vote.points) {
    const point = turn.table.points.get(id);
    if (point === undefined) continue;
    const isVoting = point.compiled.levelRules.some((at) => {
      if (vote.rule !== undefined && point.compiled.rules[at]?.id !== vote.rule) return false;
      const isChanged = change?.member === point && change.index === at;
      return (isChanged ? change.rank : (point.rules[at]?.rank ?? 0)) >= vote.rank;
    });
    if (isVoting) count++;
  }
  touch(turn, zone);
  const samples = [{ tsMs, value: count, marks: 0 }];
  const { receivedAtMs } = turn;
  advance(turn, zone, index, { type: 'sample', tsMs, receivedAtMs, samples, isNew: true, isGap: false });
  turn.table.queue.earlier(zone);
}

/** Counts all votes of a zone, or those of its rules that `isWanted` picks. */
export function recount(turn: Turn, zone: Point, isWanted: (index: number) => boolean = () => true): void {
  zone.recountMs = Number.POSITIVE_INFINITY;
  for (const index of zone.compiled.voteRules) {
    if (isWanted(index)) countVote(turn, zone, index);
  }
}

/** The zones that count a point whose levels changed in a way that no step tells of: it is gone, or its rules are. */
export function recountZonesOf(turn: Turn, member: Point): void {
  for (const id of zonesThatCount(turn, member)) {
    const zone = turn.table.points.get(id);
    if (zone === undefined || turn.position <= zone.skipTo) continue;
    recount(turn, zone, (index) => zone.compiled.rules[index]?.vote?.points.includes(member.id) === true);
  }
}

/** The votes of a zone are counted at the tick that is due at once. */
export function askForRecount(turn: Turn, id: string): void {
  const zone = turn.table.points.get(id);
  if (zone === undefined || turn.position <= zone.skipTo) return;
  touch(turn, zone);
  zone.recountMs = turn.receivedAtMs;
  turn.table.queue.earlier(zone);
}
