import type { Alert, Cause } from '../model/alert.ts';
import { causeText } from '../model/cause.ts';
import type { AreaParents } from '../model/entry.ts';
import type { Maintenance, MaintenancePlan } from '../model/maintenance.ts';
import type { Transition } from '../model/transition.ts';
import type { Agenda } from './agenda.ts';
import type { Book } from './book.ts';
import type { Memory } from './memory.ts';
import type { Places } from './places.ts';
import { causedBy, createSilences, isSilent, type SilenceMemory } from './silence.ts';
import { createSuppression } from './suppression.ts';

/**
 * Which alerts keep quiet, and why: a plan covers their point, or another alert speaks for their silent device. Whenever
 * that may have changed, open alerts are put under it or taken out of it, with a log entry for each.
 */
export interface Quiet {
  /** Why an alert is to keep quiet as things stand; null when it is not. */
  suppressorOf(alert: Alert): Cause | null;
  /** The same for one that is about to be raised, perhaps on a device that will be silent altogether. */
  suppressorOfRaise(alert: Alert): Cause | null;
  /** Takes the transitions of one entry, knowing beforehand which devices they silence; those are judged anew then. */
  taking(list: readonly Transition[], nowMs: number, take: () => void): void;
  plan(plan: MaintenancePlan, nowMs: number): void;
  endPlan(id: string, by: string, nowMs: number): void;
  /** A plan may begin or end now. */
  turn(plan: string, nowMs: number): void;
  /** The time of grace of a device that spoke up again is over. */
  graceEnds(device: string, nowMs: number): void;
  setAreas(parents: AreaParents, nowMs: number): void;
  /** A point belongs elsewhere now; `devices` are those it is and was of. */
  moved(point: string, devices: readonly string[], nowMs: number): void;
  /** The clock may have been set back. */
  restart(nowMs: number): void;
  /** Remembers what came of silences, for they are touched in many places. */
  rememberSilences(): void;
  /** Plans that have not ended. */
  plans(): Maintenance[];
  /** Plans that changed since the last call, the ended ones included. */
  takeChangedPlans(): Maintenance[];
  areas(): AreaParents;
}

export interface QuietOptions {
  readonly book: Book;
  readonly places: Places;
  readonly agenda: Agenda;
  readonly memory: Memory;
  readonly plans: readonly Maintenance[];
}

export function createQuiet({ book, places, agenda, memory, plans }: QuietOptions): Quiet {
  const suppression = createSuppression(plans, memory.recall<AreaParents>('areas', {}));
  const silences = createSilences({
    places,
    openOf: book.openOf,
    isCovered: (point) => coverOf(point) !== null,
    memory: memory.recall<SilenceMemory>('silences', []),
  });
  /** Devices that will be silent altogether once the entry has been taken. */
  let fallingSilent: ReadonlySet<string> = new Set();

  for (const plan of suppression.live()) plannedNext(plan);
  for (const device of silences.devices()) graceUntil(device);

  function plannedNext({ id, state, nextAt }: Maintenance): void {
    agenda.set({ kind: 'plan', plan: id }, state === 'ended' || nextAt === null ? undefined : nextAt);
  }

  function graceUntil(device: string): void {
    agenda.set({ kind: 'silence', device }, silences.heldUntilMs(device));
  }

  /** The plan that suppresses a point; null for none. */
  function coverOf(point: string): Cause | null {
    const place = places.get(point);
    const plan = place === undefined ? undefined : suppression.cover(point, place);
    return plan === undefined ? null : { code: plan.kind, ref: plan.id };
  }

  function suppressorOf(alert: Alert): Cause | null {
    const cover = coverOf(alert.point);
    const device = places.get(alert.point)?.device;
    if (cover !== null || device === undefined) return cover;
    const leader = silences.causeOf(alert, device);
    return leader === undefined ? null : causedBy(leader);
  }

  /** Puts alerts under the suppression that holds for them now, or takes them out of it, with an entry for each. */
  function resuppress(alerts: readonly Alert[], nowMs: number, by: string | null): void {
    for (const alert of alerts.toSorted((a, b) => a.seq - b.seq)) {
      const suppressor = suppressorOf(alert);
      const quiet = suppressedAs(suppressor);
      if (quiet.suppressedBy === alert.suppressedBy) continue;
      // What must be reset by hand and stands at the most severe level is never taken off the screen again.
      if (alert.suppressedBy === null && alert.latched && alert.level === 'red') continue;
      const cause = suppressor ?? { code: 'suppression-ended' };
      book.log('note', { ...alert, ...quiet }, { atMs: nowMs, nowMs, by, cause, words: null });
    }
  }

  function judgeDevice(device: string, nowMs: number): void {
    silences.reassess(device, nowMs);
    graceUntil(device);
  }

  /** The device is judged anew, and with it the alerts of its points. */
  function judgeSilence(device: string, nowMs: number): void {
    judgeDevice(device, nowMs);
    resuppress(places.watchedOf(device).flatMap(book.openOf), nowMs, null);
  }

  /** Plans or areas have changed: every open alert is looked at, devices first, so that one alert speaks for each. */
  function judgeAll(nowMs: number, by: string | null): void {
    const silent = book.open().filter(isSilent);
    const devices = new Set([...silences.devices(), ...silent.map(({ point }) => places.get(point)?.device ?? '')]);
    for (const device of [...devices].sort()) judgeDevice(device, nowMs);
    resuppress(book.open(), nowMs, by);
  }

  return {
    suppressorOf,
    suppressorOfRaise(alert) {
      const device = places.get(alert.point)?.device;
      if (!isSilent(alert) || device === undefined || !fallingSilent.has(device)) return suppressorOf(alert);
      const cover = coverOf(alert.point);
      const leader = cover === null ? silences.causeOfRaise(alert, device) : undefined;
      return leader === undefined ? cover : causedBy(leader);
    },
    taking(list, nowMs, take) {
      fallingSilent = silences.foresee(list);
      take();
      fallingSilent = new Set();
      const devices = new Set<string>();
      for (const { kind, point } of list) {
        const device = kind === 'noData' ? places.get(point)?.device : undefined;
        if (device !== undefined) devices.add(device);
      }
      for (const device of devices) judgeSilence(device, nowMs);
    },
    plan(plan, nowMs) {
      const planned = suppression.plan(plan, nowMs);
      plannedNext(planned);
      if (planned.state === 'active') judgeAll(nowMs, plan.by);
    },
    endPlan(id, by, nowMs) {
      const ended = suppression.end(id, by, nowMs);
      if (ended === undefined) return;
      plannedNext(ended);
      judgeAll(nowMs, by);
    },
    turn(id, nowMs) {
      const turnedAtMs = suppression.bringUpTo(id, nowMs);
      const plan = suppression.live().find((one) => one.id === id);
      if (plan !== undefined) plannedNext(plan);
      if (turnedAtMs !== undefined) judgeAll(turnedAtMs, null);
    },
    graceEnds(device, nowMs) {
      silences.release(device);
      resuppress(places.watchedOf(device).flatMap(book.openOf), nowMs, null);
    },
    setAreas(parents, nowMs) {
      suppression.setAreas(parents);
      memory.remember('areas', parents);
      judgeAll(nowMs, null);
    },
    moved(point, devices, nowMs) {
      for (const device of devices) judgeSilence(device, nowMs);
      resuppress(book.openOf(point), nowMs, null);
    },
    restart(nowMs) {
      const turned = suppression.restart(nowMs);
      for (const plan of turned) plannedNext(plan);
      if (turned.length > 0) judgeAll(nowMs, null);
    },
    rememberSilences() {
      const silent = silences.takeMemory();
      if (silent !== undefined) memory.remember('silences', silent);
    },
    plans: suppression.live,
    takeChangedPlans: suppression.takeChanged,
    areas: suppression.areas,
  };
}

/** How an alert says why it keeps quiet. */
export function suppressedAs(suppressor: Cause | null): Pick<Alert, 'suppressed' | 'suppressedBy'> {
  return { suppressed: suppressor !== null, suppressedBy: suppressor === null ? null : causeText(suppressor) };
}
