import type { Alert, Cause } from '../model/alert.ts';
import { causeText } from '../model/cause.ts';
import { rankOf } from '../model/level.ts';
import type { Transition } from '../model/transition.ts';
import type { Places } from './places.ts';

/** The alert that speaks for a silent device, and until when the others still keep quiet after it has spoken up. */
export interface Silence {
  readonly leader: string;
  readonly heldUntilMs: number | null;
}

/** What is remembered of silent devices, for the store. */
export type SilenceMemory = readonly (readonly [device: string, silence: Silence])[];

export interface SilencesOptions {
  readonly places: Places;
  readonly openOf: (point: string) => readonly Alert[];
  /** Whether somebody's plan suppresses the point; such an alert can't speak for others. */
  readonly isCovered: (point: string) => boolean;
  readonly memory: SilenceMemory;
}

/**
 * Suppression by cause: when every watched point of a device is silent, it is the device that is silent, and one alert
 * says so. The most severe of them speaks, the others are suppressed and name it. When the device speaks up again, points
 * that stay silent have one report interval before they are announced on their own, because a device may send its points
 * one by one.
 */
export interface Silences {
  /** Looks ahead at the transitions of one entry: which devices will be silent altogether once all have been taken. */
  foresee(transitions: readonly Transition[]): ReadonlySet<string>;
  /** The alert that speaks for this one; undefined when it speaks for itself. `device` is of the alert's point. */
  causeOf(alert: Alert, device: string): string | undefined;
  /** A no-data alert is about to be raised on a device that will be silent altogether: who speaks for it? */
  causeOfRaise(alert: Alert, device: string): string | undefined;
  /** Judges a device anew after its alerts or points have changed. */
  reassess(device: string, nowMs: number): void;
  /** The time of grace of a device is over. */
  release(device: string): void;
  /** Devices that an alert speaks for. */
  devices(): string[];
  heldUntilMs(device: string): number | undefined;
  /** What to remember, when it has changed since the last call. */
  takeMemory(): SilenceMemory | undefined;
}

export function createSilences({ places, openOf, isCovered, memory }: SilencesOptions): Silences {
  const silences = new Map<string, Silence>(memory);
  let isChanged = false;

  function put(device: string, silence: Silence | undefined): void {
    const known = silences.get(device);
    if (known?.leader === silence?.leader && known?.heldUntilMs === silence?.heldUntilMs) return;
    isChanged = true;
    if (silence === undefined) silences.delete(device);
    else silences.set(device, silence);
  }

  function silentAlerts(device: string): Alert[] {
    return places.watchedOf(device).flatMap((point) => openOf(point).filter(isSilent));
  }

  /** The most severe speaks, then who does so already, then the first to be announced, then the first to be raised. */
  function elect(alerts: readonly Alert[], present: string | undefined): Alert | undefined {
    const may = alerts.filter(({ point }) => !isCovered(point));
    may.sort(
      (a, b) =>
        rankOf(b.level) - rankOf(a.level) ||
        Number(b.id === present) - Number(a.id === present) ||
        (a.announcedAt ?? Number.POSITIVE_INFINITY) - (b.announcedAt ?? Number.POSITIVE_INFINITY) ||
        a.receivedAt - b.receivedAt ||
        (a.id < b.id ? -1 : 1),
    );
    return may[0];
  }

  return {
    foresee(transitions) {
      const raised = new Set<string>();
      const cleared = new Set<string>();
      const devices = new Set<string>();
      for (const { kind, metric, type, point } of transitions) {
        if (kind !== 'noData' || metric !== null) continue;
        if (type === 'raised') {
          raised.add(point);
          cleared.delete(point);
          devices.add(places.get(point)?.device ?? '');
        } else if (type === 'cleared' || type === 'recovered') {
          raised.delete(point);
          cleared.add(point);
        }
      }
      const silent = new Set<string>();
      for (const device of devices) {
        const watched = places.watchedOf(device);
        const isFallingSilent = (point: string) =>
          raised.has(point) || (!cleared.has(point) && openOf(point).some(isSilent));
        if (watched.length > 1 && watched.every(isFallingSilent)) silent.add(device);
      }
      return silent;
    },

    causeOf(alert, device) {
      const silence = silences.get(device);
      if (silence === undefined || silence.leader === alert.id || !isSilent(alert)) return undefined;
      const isHeld = silence.heldUntilMs !== null;
      return isHeld && alert.suppressedBy !== causeText(causedBy(silence.leader)) ? undefined : silence.leader;
    },

    causeOfRaise(alert, device) {
      const leader = elect([...silentAlerts(device), alert], silences.get(device)?.leader);
      if (leader === undefined) return undefined;
      put(device, { leader: leader.id, heldUntilMs: null });
      return leader.id === alert.id ? undefined : leader.id;
    },

    reassess(device, nowMs) {
      const alerts = silentAlerts(device);
      const watched = places.watchedOf(device);
      const silent = new Set(alerts.map(({ point }) => point));
      const known = silences.get(device);
      if (watched.length > 1 && watched.every((point) => silent.has(point))) {
        const leader = elect(alerts, known?.leader);
        put(device, leader === undefined ? undefined : { leader: leader.id, heldUntilMs: null });
      } else if (known !== undefined) {
        const isAnyHeld = alerts.some(({ suppressedBy }) => suppressedBy === causeText(causedBy(known.leader)));
        const graceMs = Math.max(0, ...watched.map((point) => places.get(point)?.reportEveryMs ?? 0));
        put(device, isAnyHeld ? { ...known, heldUntilMs: known.heldUntilMs ?? nowMs + graceMs } : undefined);
      }
    },

    release: (device) => put(device, undefined),
    devices: () => [...silences.keys()].sort(),
    heldUntilMs: (device) => silences.get(device)?.heldUntilMs ?? undefined,
    takeMemory() {
      if (!isChanged) return undefined;
      isChanged = false;
      return [...silences].sort(([a], [b]) => (a < b ? -1 : 1));
    },
  };
}

/** Why an alert keeps quiet for which another one speaks. */
export function causedBy(leader: string): Cause {
  return { code: 'caused-by', ref: leader };
}

/** Whether the alert says that its point is silent now. */
export function isSilent({ kind, metric, state, recoveredAt }: Alert): boolean {
  return kind === 'noData' && metric === null && state === 'active' && recoveredAt === null;
}
