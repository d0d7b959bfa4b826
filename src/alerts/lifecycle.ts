import type { Alert, AlertEvent } from '../model/alert.ts';
import type { AreaParents, OperatorAction } from '../model/entry.ts';
import type { Maintenance, MaintenancePlan } from '../model/maintenance.ts';
import type { Transition } from '../model/transition.ts';
import { type ActionOutcome, conflict, createActions, type ResetRule } from './actions.ts';
import { createAgenda, type Deadline } from './agenda.ts';
import { createBook } from './book.ts';
import { createMemory } from './memory.ts';
import type { Places } from './places.ts';
import { createQuiet } from './quiet.ts';
import { createRaising, type SystemCondition } from './raising.ts';
import { createShelves } from './shelves.ts';

export interface LifecycleState {
  readonly open: readonly Alert[];
  /** Closed alerts whose response goes on. */
  readonly responding: readonly Alert[];
  readonly headSeq: number;
  /** Plans that have not ended. */
  readonly maintenance: readonly Maintenance[];
  /** What `takeChanges` gave to remember last, by key. */
  readonly memory: Readonly<Record<string, string>>;
  /** Where points belong. Kept by the caller, at the position of the entry that is being taken. */
  readonly places: Places;
}

/**
 * Alerts and their log, as a function of transitions, operators' actions and deadlines in journal order
 * (ISA-18.2 / IEC 62682: active or cleared, acknowledged or not, shelved, suppressed, out of service, latched). Knows no
 * clock and no disk; whoever calls it writes what `takeChanges` gives, in one transaction with its cursor.
 */
export interface Lifecycle {
  /** All transitions of one entry, in order. */
  transitions(list: readonly Transition[], receivedAtMs: number, position: number): void;
  /** A tick: its transitions, and every deadline up to its time, each in its turn and at its own time. */
  tick(list: readonly Transition[], receivedAtMs: number, position: number): void;
  /** The server began anew, perhaps with a clock that was set back. */
  start(receivedAtMs: number, position: number): void;
  act(action: OperatorAction, receivedAtMs: number, position: number, reset: ResetRule): ActionOutcome;
  /** A condition of the server itself. */
  system(change: SystemCondition, receivedAtMs: number, position: number): void;
  planMaintenance(plan: MaintenancePlan, receivedAtMs: number, position: number): void;
  endMaintenance(id: string, by: string, receivedAtMs: number, position: number): void;
  setAreas(parents: AreaParents, receivedAtMs: number, position: number): void;
  /** A point was defined anew or is gone: it may belong elsewhere now. `devices` are those it is and was of. */
  moved(point: string, devices: readonly string[], receivedAtMs: number, position: number): void;
  nextDeadlineMs(): number | undefined;
  /** Everything that changed since the last call. */
  takeChanges(): LifecycleChanges;
  open(): Alert[];
  openOf(point: string): Alert[];
  find(id: string): Alert | undefined;
  /** Closed alerts whose response goes on. */
  responding(): Alert[];
  headSeq(): number;
  maintenance(): Maintenance[];
  areas(): AreaParents;
}

export interface LifecycleChanges {
  /** Log entries, in order. */
  readonly events: AlertEvent[];
  readonly alerts: Alert[];
  readonly maintenance: Maintenance[];
  /** What to remember beside the alerts, by key, as text. */
  readonly memory: ReadonlyMap<string, string>;
}

export function createLifecycle(from: LifecycleState): Lifecycle {
  const { places } = from;
  const memory = createMemory(from.memory);
  const agenda = createAgenda();
  /** Of the entry that is being taken. */
  let position = 0;
  const book = createBook(from, (alert, nowMs) => raising.noteAnnounced(alert, nowMs));
  const shelves = createShelves(agenda, memory);
  const quiet = createQuiet({ book, places, agenda, memory, plans: from.maintenance });
  const raising = createRaising({ book, quiet, shelves, places, agenda, memory, position: () => position });
  const actions = createActions({ book, shelves, clear: raising.clear });

  /** Every deadline up to a time, each in its turn. */
  function meetDue(nowMs: number): void {
    for (let due = agenda.takeDue(nowMs); due !== undefined; due = agenda.takeDue(nowMs)) {
      meet(due.deadline, due.atMs, nowMs);
    }
  }

  function meet(deadline: Deadline, atMs: number, nowMs: number): void {
    switch (deadline.kind) {
      case 'chatter':
        return raising.chatterEnds(deadline.alert, atMs);
      case 'flood':
        return raising.floodEnds(atMs);
      case 'plan':
        return quiet.turn(deadline.plan, nowMs);
      case 'shelf':
        return actions.shelfEnds(deadline.point, deadline.rule, atMs);
      case 'silence':
        return quiet.graceEnds(deadline.device, atMs);
    }
  }

  function taking(at: number, work: () => void): void {
    position = at;
    work();
    quiet.rememberSilences();
  }

  return {
    transitions: (list, nowMs, at) =>
      taking(at, () => quiet.taking(list, nowMs, () => list.forEach(raising.transition))),
    tick: (list, nowMs, at) =>
      taking(at, () => {
        quiet.taking(list, nowMs, () => {
          for (const one of list) {
            meetDue(Math.min(one.receivedAtMs, nowMs));
            raising.transition(one);
          }
        });
        meetDue(nowMs);
      }),
    start: (nowMs, at) =>
      taking(at, () => {
        raising.restart(nowMs);
        quiet.restart(nowMs);
      }),
    act(action, nowMs, at, reset) {
      let outcome: ActionOutcome | undefined;
      taking(at, () => {
        outcome = actions.act(action, nowMs, reset);
      });
      return outcome ?? conflict('conflict', 'the action came to nothing');
    },
    system: (change, nowMs, at) => taking(at, () => raising.system(change, nowMs)),
    planMaintenance: (plan, nowMs, at) => taking(at, () => quiet.plan(plan, nowMs)),
    endMaintenance: (id, by, nowMs, at) => taking(at, () => quiet.endPlan(id, by, nowMs)),
    setAreas: (parents, nowMs, at) => taking(at, () => quiet.setAreas(parents, nowMs)),
    moved: (point, devices, nowMs, at) => taking(at, () => quiet.moved(point, devices, nowMs)),
    nextDeadlineMs: agenda.nextMs,
    takeChanges() {
      return { ...book.takeChanges(), maintenance: quiet.takeChangedPlans(), memory: memory.take() };
    },
    open: book.open,
    openOf: book.openOf,
    find: book.find,
    responding: book.responding,
    headSeq: book.headSeq,
    maintenance: quiet.plans,
    areas: quiet.areas,
  };
}
