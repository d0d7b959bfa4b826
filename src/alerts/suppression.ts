import { appliesAt, boundariesOf, type Calendar, compileCalendar, LOOK_AHEAD_DAYS } from '../model/calendar.ts';
import type { AreaParents } from '../model/entry.ts';
import type { Maintenance, MaintenancePlan } from '../model/maintenance.ts';
import { DAY_MS } from '../model/time.ts';
import type { PointPlace } from './places.ts';

/**
 * Which points are suppressed by people's plans: maintenance from one time to another or recurring, and out of service.
 * A plan is active or not by what was recorded and by the deadlines passed so far, never by looking at a clock.
 */
export interface Suppression {
  /** Takes a plan; gives it as it stands at `atMs`, perhaps active already. */
  plan(plan: MaintenancePlan, atMs: number): Maintenance;
  /** Ends a plan; undefined when it has ended already or never was. */
  end(id: string, by: string, atMs: number): Maintenance | undefined;
  /**
   * Brings a plan whose `nextAt` has passed up to `nowMs`. Gives the time at which it last began or ended, or undefined
   * when it stands as it did.
   */
  bringUpTo(id: string, nowMs: number): number | undefined;
  /** The clock may have been set back: what is not to happen yet is looked at anew. Gives the plans that changed. */
  restart(nowMs: number): Maintenance[];
  setAreas(parents: AreaParents): void;
  areas(): AreaParents;
  /** The earliest made of the active plans that cover a point. */
  cover(point: string, place: PointPlace): Maintenance | undefined;
  /** Every plan that has not ended. */
  live(): Maintenance[];
  /** Plans that changed since the last call, the ended ones included. */
  takeChanged(): Maintenance[];
}

export function createSuppression(live: readonly Maintenance[], initialAreas: AreaParents): Suppression {
  const plans = new Map<string, Maintenance>();
  const calendars = new Map<string, Calendar>();
  let active: Maintenance[] = [];
  let parents = initialAreas;
  let changed = new Map<string, Maintenance>();
  for (const maintenance of live) keep(maintenance);

  function keep(maintenance: Maintenance): void {
    const { id, recurring } = maintenance;
    if (maintenance.state === 'ended') {
      plans.delete(id);
      calendars.delete(id);
    } else {
      plans.set(id, maintenance);
      // A time zone that this program does not know any more is found out when the plan is made, not here.
      if (recurring !== null && !calendars.has(id))
        calendars.set(
          id,
          compileCalendar(recurring, () => {}),
        );
    }
    active = [...plans.values()].filter(({ state }) => state === 'active').sort(byAge);
  }

  function change(maintenance: Maintenance): Maintenance {
    keep(maintenance);
    changed.set(maintenance.id, maintenance);
    return maintenance;
  }

  function isActiveAt({ id, from, to }: MaintenancePlan, atMs: number): boolean {
    if (atMs < from || (to !== null && atMs >= to)) return false;
    const calendar = calendars.get(id);
    return calendar === undefined || appliesAt(calendar, atMs);
  }

  /** The first time after `atMs` at which the plan may begin or end; null when it never will. */
  function nextAt({ id, from, to }: MaintenancePlan, atMs: number): number | null {
    if (atMs < from) return from;
    const calendar = calendars.get(id);
    if (calendar === undefined) return to;
    const isActive = appliesAt(calendar, atMs);
    let next = atMs + LOOK_AHEAD_DAYS * DAY_MS;
    for (const boundaryMs of boundariesOf([calendar], atMs)) {
      if (appliesAt(calendar, boundaryMs) === isActive) continue;
      next = boundaryMs;
      break;
    }
    return to === null ? next : Math.min(next, to);
  }

  /** The plan as it stands at a time. */
  function at(maintenance: Maintenance, atMs: number): Maintenance {
    if (maintenance.to !== null && atMs >= maintenance.to) {
      return { ...maintenance, state: 'ended', nextAt: null, endedAt: maintenance.to };
    }
    const state = isActiveAt(maintenance, atMs) ? 'active' : 'planned';
    return { ...maintenance, state, nextAt: nextAt(maintenance, atMs) };
  }

  function isWithin(area: string, wanted: string): boolean {
    const seen = new Set<string>();
    for (let here: string | null | undefined = area; here != null && !seen.has(here); here = parents[here]) {
      if (here === wanted) return true;
      seen.add(here);
    }
    return false;
  }

  return {
    plan(plan, atMs) {
      const fresh: Maintenance = {
        ...plan,
        createdAt: atMs,
        state: 'planned',
        nextAt: null,
        endedAt: null,
        endedBy: null,
      };
      keep(fresh);
      return change(at(fresh, atMs));
    },

    end(id, by, atMs) {
      const known = plans.get(id);
      if (known === undefined) return undefined;
      return change({ ...known, state: 'ended', nextAt: null, endedAt: atMs, endedBy: by });
    },

    bringUpTo(id, nowMs) {
      const known = plans.get(id);
      if (known === undefined) return undefined;
      let present = known;
      let changedAtMs: number | undefined;
      while (present.nextAt !== null && present.nextAt <= nowMs) {
        const dueMs = present.nextAt;
        const next = at(present, dueMs);
        if ((next.state === 'active') !== (present.state === 'active')) changedAtMs = dueMs;
        present = next;
      }
      change(present);
      return (present.state === 'active') === (known.state === 'active') ? undefined : changedAtMs;
    },

    restart(nowMs) {
      const turned: Maintenance[] = [];
      for (const known of plans.values()) {
        if (known.nextAt !== null && known.nextAt <= nowMs) continue;
        const present = at(known, nowMs);
        if (present.state !== known.state || present.nextAt !== known.nextAt) turned.push(present);
      }
      return turned.map(change);
    },

    setAreas(given) {
      parents = given;
    },
    areas: () => parents,

    cover(point, { device, area }) {
      return active.find(({ scope }) => {
        if ('point' in scope) return scope.point === point;
        if ('device' in scope) return scope.device === device;
        return isWithin(area, scope.area);
      });
    },

    live: () => [...plans.values()],

    takeChanged() {
      const taken = [...changed.values()];
      changed = new Map();
      return taken;
    },
  };
}

function byAge(a: Maintenance, b: Maintenance): number {
  return a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1);
}
