import type { Alert, AlertEvent } from '../model/alert.ts';
import type { Checkpoint } from '../model/checkpoint.ts';
import type { PointDefinition } from '../model/definition.ts';
import type { AreaParents, Control, JournalEntry, OperatorAction } from '../model/entry.ts';
import { rankOf } from '../model/level.ts';
import type { Maintenance } from '../model/maintenance.ts';
import type { Reading } from '../model/reading.ts';
import type { StandingAlert } from '../model/standing-alert.ts';
import type { Transition } from '../model/transition.ts';
import type { ActionOutcome, ResetRule } from './actions.ts';
import { createLifecycle, type LifecycleChanges } from './lifecycle.ts';
import { createPlaces } from './places.ts';
import type { AlertStore } from './store.ts';

/** What alerts need of evaluation; evaluate/ has the real thing. */
export interface AlertEvaluator {
  define(definition: PointDefinition, position: number, atMs: number): readonly Transition[];
  retire(point: string, position: number, atMs: number): readonly Transition[];
  message(readings: readonly Reading[], receivedAtMs: number, position: number): readonly Transition[];
  through(node: string): void;
  start(receivedAtMs: number, position: number, node?: string): readonly Transition[];
  tick(receivedAtMs: number, position: number): readonly Transition[];
  reset(point: string, rule: string, receivedAtMs: number, position: number): ReturnType<ResetRule>;
  nextDeadlineMs(): number | undefined;
  /** A time that is not later than that, at no cost. */
  deadlineNotBeforeMs(): number | undefined;
  takeDirty(pointsMax: number): readonly Checkpoint[];
  dirtyFrom(): number | undefined;
  restore(definition: PointDefinition, state: string, position: number, standing?: Standing): void;
}

/** The active alerts of a point, for evaluation to go on from when journal entries before `position` are lost. */
interface Standing {
  readonly alerts: readonly StandingAlert[];
  readonly position: number;
}

export interface AlertFollowerOptions {
  readonly evaluation: AlertEvaluator;
  readonly store: AlertStore;
  /** Definitions by their ids, in that order; asked for many at a time, since one by one they cost a query each. */
  readonly definitions: (ids: readonly number[]) => readonly PointDefinition[];
  /** The journal begins here because what it held before is lost, whether or not it had been taken. */
  readonly lostBefore?: number | undefined;
  /** New log entries, in order; they are stored right afterwards, before anything else happens on this thread. */
  readonly onEvents: (events: readonly AlertEvent[]) => void;
  /** An entry made evaluation throw: our bug. The others go on being judged. */
  readonly onBug: (error: unknown, position: number) => void;
}

/**
 * The journal's follower that decides: it feeds each entry to evaluation, makes alerts and log entries of what comes out,
 * and stores both with its cursor. Everything it does is a function of the journal, so a crash at any instant repeats or
 * loses nothing.
 */
export interface AlertFollower {
  /**
   * Takes committed entries, the first at position `first`; what was taken before is skipped. Throws where entries are
   * missing in between: nobody would learn of the breach that is among them. `node`: the one of several servers that took
   * them.
   */
  take(first: number, entries: readonly JournalEntry[], node?: string): void;
  /** What became of an operator's action at a position of the batch just taken. */
  outcome(position: number): ActionOutcome | undefined;
  /** Stores the state of some points that changed, so that the next start has less to replay. */
  checkpoint(pointsMax: number): void;
  /** The position from which the journal is needed at the next start. */
  replayFrom(): number;
  /** The position of the last entry taken. */
  position(): number;
  /** The earliest time, ms, at which a tick would change something. */
  nextDeadlineMs(): number | undefined;
  /** A time that is not later than that, at no cost. */
  deadlineNotBeforeMs(): number | undefined;
  /** The definition last journalled for each point. */
  definitionInForce(point: string): number | undefined;
  /** The points that are in force. */
  pointsInForce(): Iterable<string>;
  open(): Alert[];
  openOf(point: string): Alert[];
  /** Closed alerts whose response goes on. */
  responding(): Alert[];
  headSeq(): number;
  /** The tree of areas last journalled. */
  areasInForce(): AreaParents;
  /** Maintenance that has not ended. */
  maintenance(): Maintenance[];
  /** Null when well, otherwise what is wrong with evaluating or storing. */
  failure(): string | null;
}

const CHECKPOINTS_AT_ONCE = 1_000;

function* inGroups<T>(items: Iterable<T>, size: number): Generator<T[]> {
  let group: T[] = [];
  for (const item of items) {
    group.push(item);
    if (group.length < size) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}

/** Opens the follower at its stored state; entries from `replayFrom()` on must be handed to `take` before new ones. */
export function openAlertFollower(options: AlertFollowerOptions): AlertFollower {
  const { evaluation, store, lostBefore } = options;
  const stored = lostBefore === undefined ? store.cursor() : lostBefore - 1;
  const places = createPlaces();
  const active = store.open().filter(({ state }) => state === 'active');
  const standingAt = (point: string): Standing | undefined =>
    lostBefore === undefined
      ? undefined
      : { alerts: active.filter((alert) => alert.point === point).map(standingOf), position: lostBefore };
  for (const checkpoints of inGroups(store.checkpoints(), CHECKPOINTS_AT_ONCE)) {
    const definitions = options.definitions(checkpoints.map(({ definition }) => definition));
    for (const [i, definition] of definitions.entries()) {
      const checkpoint = checkpoints[i];
      if (checkpoint !== undefined) {
        evaluation.restore(definition, checkpoint.state, checkpoint.position, standingAt(checkpoint.point));
      }
      places.put(definition);
    }
  }
  const lifecycle = createLifecycle({
    open: store.open(),
    responding: store.responding(),
    headSeq: store.headSeq(),
    maintenance: store.liveMaintenance(),
    memory: store.memory(),
    places,
  });
  let replayFrom = lostBefore ?? store.replayFrom();
  let position = replayFrom - 1;
  let outcomes = new Map<number, ActionOutcome>();
  let unsaved = nothing();
  let failure: Error | undefined;
  let bugs = 0;

  /** Effects up to the stored cursor are in the store already; only evaluation's own state is made again. */
  const isNew = () => position > stored;

  function apply(transitions: readonly Transition[], receivedAtMs: number): void {
    if (isNew() && transitions.length > 0) lifecycle.transitions(transitions, receivedAtMs, position);
  }

  function takeEntry(entry: JournalEntry): void {
    if (entry.kind === 'message') {
      apply(evaluation.message(entry.readings, entry.receivedAtMs, position), entry.receivedAtMs);
    } else if (entry.kind === 'control') {
      takeControl(entry.control, entry.receivedAtMs);
    }
  }

  function takeControl(control: Control, receivedAtMs: number): void {
    switch (control.type) {
      case 'start':
        apply(evaluation.start(receivedAtMs, position, control.node), receivedAtMs);
        if (isNew()) lifecycle.start(receivedAtMs, position);
        return;
      case 'tick': {
        const transitions = evaluation.tick(receivedAtMs, position);
        if (isNew()) lifecycle.tick(transitions, receivedAtMs, position);
        return;
      }
      case 'define':
        for (const definition of options.definitions(control.definitions)) define(definition, receivedAtMs);
        return;
      case 'retire':
        for (const point of control.points) retire(point, receivedAtMs);
        return;
      case 'operator':
        operate(control.action, receivedAtMs);
        return;
      case 'areas':
        if (isNew()) lifecycle.setAreas(control.parents, receivedAtMs, position);
        return;
      case 'maintenance':
        if (!isNew()) return;
        if (control.do === 'plan') lifecycle.planMaintenance(control.plan, receivedAtMs, position);
        else lifecycle.endMaintenance(control.id, control.by, receivedAtMs, position);
        return;
      case 'digest':
        // Compared beside the log; nothing follows from it here.
        return;
      case 'reread':
        // The readings in question stand in entries of their own.
        return;
      case 'system':
        if (isNew()) lifecycle.system(control, receivedAtMs, position);
        return;
    }
  }

  function define(definition: PointDefinition, receivedAtMs: number): void {
    const { point, device } = definition;
    const former = places.get(point)?.device ?? device;
    places.put(definition);
    apply(evaluation.define(definition, position, receivedAtMs), receivedAtMs);
    if (isNew()) lifecycle.moved(point, former === device ? [device] : [former, device], receivedAtMs, position);
  }

  function retire(point: string, receivedAtMs: number): void {
    const former = places.get(point);
    apply(evaluation.retire(point, position, receivedAtMs), receivedAtMs);
    places.remove(point);
    if (!isNew()) return;
    if (former !== undefined) lifecycle.moved(point, [former.device], receivedAtMs, position);
    unsaved.retired.push(point);
    unsaved.checkpoints = unsaved.checkpoints.filter((checkpoint) => checkpoint.point !== point);
  }

  function operate(action: OperatorAction, receivedAtMs: number): void {
    if (isNew()) {
      const reset: ResetRule = (point, rule) => evaluation.reset(point, rule, receivedAtMs, position);
      outcomes.set(position, lifecycle.act(action, receivedAtMs, position, reset));
    } else if (action.do === 'reset') {
      // AlertEvaluator takes part in a reset, so it has to be told again, but only of one that came about: an alert that was
      // over then may have left its rule to another one.
      const reset = store.log(action.alert).find(({ event, at }) => event === 'reset' && at === receivedAtMs);
      if (reset !== undefined) evaluation.reset(reset.alert.point, reset.alert.rule, receivedAtMs, position);
    }
  }

  /** Puts what the lifecycle has to say to what is to be stored. Gives the new log entries, and whether there is anything. */
  function collect(): { readonly events: readonly AlertEvent[]; readonly isAnything: boolean } {
    const changes = lifecycle.takeChanges();
    const { events, alerts, maintenance, memory } = changes;
    unsaved.events.push(...events);
    unsaved.alerts.push(...alerts);
    unsaved.maintenance.push(...maintenance);
    for (const [key, body] of memory) unsaved.memory.set(key, body);
    return { events, isAnything: isAnything(changes) };
  }

  /**
   * Stores what is new. A store that cannot be written (a full disk) loses nothing: the journal holds the cause of every
   * entry, so people are told at once and the writing is tried again with the next change.
   */
  function storeChanges(): void {
    const cursor = Math.max(position, stored);
    // What has not been saved yet still counts as to be replayed.
    const dirtyFrom = evaluation.dirtyFrom() ?? cursor + 1;
    const next = failure === undefined ? Math.min(dirtyFrom, cursor + 1) : replayFrom;
    try {
      store.commit({ cursor, replayFrom: next, ...unsaved });
      unsaved = nothing();
      replayFrom = next;
      failure = undefined;
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error));
    }
  }

  return {
    take(first, entries, node = '') {
      if (first > position + 1) throw new Error(`entry ${position + 1} is next to be judged, and ${first} came`);
      outcomes = new Map();
      evaluation.through(node);
      for (let i = Math.max(0, position + 1 - first); i < entries.length; i++) {
        const entry = entries[i];
        if (entry === undefined) break;
        position = first + i;
        try {
          takeEntry(entry);
        } catch (error) {
          // Ending here would mean ending again at every start, and nobody would be watched over at all.
          bugs++;
          options.onBug(error, position);
        }
      }
      const { events, isAnything } = collect();
      // People first: the journal has the cause on disk, so what is told now comes out the same after a crash.
      if (events.length > 0) options.onEvents(events);
      if (isAnything) storeChanges();
    },
    outcome: (at) => outcomes.get(at),
    checkpoint(pointsMax) {
      // Until the replay has come to where the store stands, some points are ahead of others.
      if (position < stored) return;
      const checkpoints = evaluation.takeDirty(pointsMax);
      unsaved.checkpoints.push(...checkpoints);
      if (checkpoints.length > 0 || unsaved.retired.length > 0 || isAnything(unsaved)) storeChanges();
    },
    replayFrom: () => replayFrom,
    position: () => position,
    nextDeadlineMs: () => earlier(lifecycle.nextDeadlineMs(), evaluation.nextDeadlineMs()),
    deadlineNotBeforeMs: () => earlier(lifecycle.nextDeadlineMs(), evaluation.deadlineNotBeforeMs()),
    definitionInForce: (point) => places.get(point)?.definition,
    pointsInForce: () => places.points(),
    open: () => lifecycle.open(),
    openOf: (point) => lifecycle.openOf(point),
    responding: () => lifecycle.responding(),
    headSeq: () => lifecycle.headSeq(),
    areasInForce: () => lifecycle.areas(),
    maintenance: () => lifecycle.maintenance(),
    failure() {
      if (failure !== undefined) return failure.message;
      return bugs === 0 ? null : `evaluation failed on ${bugs} journal entries; see the log`;
    },
  };
}

function standingOf({ rule, level, recoveredAt, unverified, value, limit, raisedAt, peak }: Alert): StandingAlert {
  return {
    rule,
    rank: rankOf(level),
    recovered: recoveredAt !== null,
    unverified,
    value,
    limit,
    raisedAtMs: raisedAt,
    peak: { value: peak.value, atMs: peak.at, rank: rankOf(peak.level) },
  };
}

function earlier(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined) return b;
  return b === undefined ? a : Math.min(a, b);
}

interface Unsaved {
  readonly events: AlertEvent[];
  readonly alerts: Alert[];
  readonly maintenance: Maintenance[];
  readonly memory: Map<string, string>;
  readonly retired: string[];
  checkpoints: Checkpoint[];
}

function nothing(): Unsaved {
  return { events: [], alerts: [], maintenance: [], memory: new Map(), retired: [], checkpoints: [] };
}

function isAnything({ events, maintenance, memory }: LifecycleChanges): boolean {
  return events.length > 0 || maintenance.length > 0 || memory.size > 0;
}
