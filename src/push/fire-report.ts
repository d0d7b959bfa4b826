import type { Alert, AlertEvent } from '../model/alert.ts';
import { isAnnounced } from '../model/announced.ts';
import {
  COMPONENT_FLAGS,
  type ComponentFlag,
  type ComponentPlace,
  type ComponentReport,
  type Measured,
  type OperationReport,
} from '../model/component-report.ts';
import { rankOf } from '../model/level.ts';
import type { LiveValue } from '../model/live-values.ts';
import type { PointRecord } from '../model/registry.ts';
import type { Channel } from './channel.ts';

export interface FireReportOptions {
  readonly point: (id: string) => PointRecord | undefined;
  /** Resolves when the platform has confirmed all of them. */
  readonly send: (reports: readonly ComponentReport[]) => Promise<void>;
  /** Somebody has acknowledged the alert of a guard check. */
  readonly onGuardAnswered: () => Promise<void>;
}

/** The rule of the server's own alert by which a guard check of the platform is put before operators. */
export const GUARD_CHECK_RULE = 'guard-check';

/**
 * Tells a fire monitoring platform of the alerts of points of the fire family, each as a component: its whole state, whenever
 * an alert of it has come, changed or gone. States do no harm twice.
 */
export function createFireReport({ point, send, onGuardAnswered }: FireReportOptions): Channel {
  /** What stands at present, as far as it has been told. */
  let told = new Map<string, Standing>();

  return {
    name: 'gbt26875-report',

    async begin(open) {
      const now = new Map(open.flatMap((alert) => entryOf(alert, point(alert.point))));
      const points = new Set([...now.values()].map(({ record }) => record));
      const reports = [...points].map((record) => reportOf(record, flagsOf(now, record.id), sinceMs(now, record.id)));
      if (reports.length > 0) await send(reports);
      told = now;
    },

    async deliver(events) {
      // What fails is told again from what stood before it.
      const now = new Map(told);
      const reports: ComponentReport[] = [];
      for (const { event, at, alert } of events) {
        // A point that is gone by now is told to be well as long as it is known what it was.
        const record = point(alert.point) ?? now.get(alert.id)?.record;
        if (record === undefined || !isTold(event, alert)) continue;
        const before = flagsOf(now, alert.point);
        now.delete(alert.id);
        for (const [id, standing] of entryOf(alert, record)) now.set(id, standing);
        const flags = flagsOf(now, alert.point);
        // One that another has taken over is closed without having passed; the other's own entry follows.
        const isSuperseded = event === 'note' && alert.state === 'closed';
        const isSaid = SAID.has(event) || !isSame(before, flags);
        if (isSaid && !isSuperseded) reports.push(reportOf(record, flags, at, alert));
      }
      if (reports.length > 0) await send(reports);
      if (events.some(isGuardAnswer)) await onGuardAnswered();
      told = now;
    },
  };
}

/** How all components are at present, for a platform that asks. */
export function presentReports(
  points: Iterable<PointRecord>,
  open: readonly Alert[],
  nowMs: number,
  valuesOf: (point: string) => Readonly<Record<string, LiveValue>>,
): ComponentReport[] {
  const records = new Map([...points].filter(({ family }) => family === 'fire').map((one) => [one.id, one]));
  const byPoint = new Map<string, Set<ComponentFlag>>();
  for (const alert of open) {
    for (const [, { record, flag }] of entryOf(alert, records.get(alert.point))) {
      byPoint.set(record.id, (byPoint.get(record.id) ?? new Set()).add(flag));
    }
  }
  return [...records.values()].map((record) => ({
    ...reportOf(record, byPoint.get(record.id) ?? new Set(), nowMs),
    // One of the platform's questions is about a few of them.
    get present() {
      return measuredOf(record, valuesOf(record.id));
    },
  }));
}

function measuredOf({ metrics }: PointRecord, values: Readonly<Record<string, LiveValue>>): Measured[] {
  return Object.entries(metrics).flatMap(([name, { unit }]) => {
    const live = values[name];
    if (live === undefined || live.quality === 'bad' || typeof live.value !== 'number' || unit === undefined) return [];
    return [{ value: live.value, unit }];
  });
}

/**
 * What people have done, from entries of the alert log, the oldest first: who acknowledges an alert confirms it at its
 * system, who resets one resets it there, and who acknowledges a guard check answers it.
 */
export function operationReports(
  events: readonly AlertEvent[],
  point: (id: string) => PointRecord | undefined,
): OperationReport[] {
  return events.flatMap((entry): OperationReport[] => {
    const { event, at, alert } = entry;
    if (isGuardAnswer(entry)) return [{ system: null, what: 'guard-answered', atMs: at }];
    const what = event === 'acknowledged' ? 'confirm' : event === 'reset' ? 'reset' : undefined;
    const record = point(alert.point);
    if (what === undefined || record === undefined || !isTold(event, alert)) return [];
    return [{ system: placeOf(record), what, atMs: at }];
  });
}

/**
 * Entries that are told although the state may be the same: there is one more alert, or another value; or nobody knows any
 * more what was told before, as after a crash.
 */
const SAID: ReadonlySet<AlertEvent['event']> = new Set([
  'raised',
  'escalated',
  'deescalated',
  'cleared',
  'reset',
  'shelved',
  'unshelved',
]);

/** An alert that shows in the state of a component. */
interface Standing {
  readonly record: PointRecord;
  readonly flag: ComponentFlag;
  readonly sinceMs: number;
}

function isTold(event: AlertEvent['event'], alert: Alert): boolean {
  return alert.family === 'fire' && alert.kind !== 'vote' && alert.kind !== 'system' && event !== 'retrospective';
}

function isGuardAnswer({ event, alert }: AlertEvent): boolean {
  return event === 'acknowledged' && alert.kind === 'system' && alert.rule === GUARD_CHECK_RULE;
}

function entryOf(alert: Alert, record: PointRecord | undefined): [string, Standing][] {
  if (record === undefined || alert.state !== 'active' || !isTold('raised', alert)) return [];
  const flag = isAnnounced(alert) ? flagOf(alert) : 'shielded';
  return [[alert.id, { record, flag, sinceMs: alert.raisedAt }]];
}

/** States that a metric of the same name speaks of by itself. */
const NAMED: ReadonlySet<string> = new Set(COMPONENT_FLAGS.filter((flag) => flag !== 'fire'));
const isNamed = (name: string): name is ComponentFlag => NAMED.has(name);
/** Quantities of water, air and power: what is wrong with them is watched, and burns nowhere. */
const SUPPLY_UNITS: ReadonlySet<string> = new Set(['MPa', 'kPa', 'Pa', 'm', 'cm', 'mm', 'L/s', 'm³/h', 'm³/min', 'V']);

/**
 * What an alert is to a component: silence, bad and frozen values are faults; a metric that is itself such a state goes by
 * its name; orange and red are a fire, unless of a supply; what is less, and supplies, are supervisory.
 */
function flagOf({ kind, metric, level, unit }: Alert): ComponentFlag {
  if (kind !== 'levels') return 'fault';
  const name = metric ?? '';
  if (isNamed(name)) return name;
  if (name === 'battery') return 'power_fault';
  if (name.endsWith('fault')) return 'fault';
  return rankOf(level) >= rankOf('orange') && !SUPPLY_UNITS.has(unit ?? '') ? 'fire' : 'supervisory';
}

function flagsOf(standing: ReadonlyMap<string, Standing>, point: string): Set<ComponentFlag> {
  return new Set([...standing.values()].flatMap(({ record, flag }) => (record.id === point ? [flag] : [])));
}

function sinceMs(standing: ReadonlyMap<string, Standing>, point: string): number {
  return Math.max(...[...standing.values()].flatMap((one) => (one.record.id === point ? [one.sinceMs] : [])));
}

function isSame(a: ReadonlySet<unknown>, b: ReadonlySet<unknown>): boolean {
  return a.size === b.size && [...a].every((one) => b.has(one));
}

function reportOf(
  record: PointRecord,
  flags: ReadonlySet<ComponentFlag>,
  atMs: number,
  alert?: Pick<Alert, 'state' | 'value' | 'unit'>,
): ComponentReport {
  const isMeasured = alert?.state === 'active' && typeof alert.value === 'number' && alert.unit !== null;
  const measured = isMeasured ? { value: Number(alert.value), unit: alert.unit ?? '' } : null;
  return { place: placeOf(record), flags, text: nameOf(record), atMs, measured };
}

function nameOf({ name, id }: PointRecord): string {
  if (typeof name === 'string') return name;
  return name.zh ?? name.en ?? id;
}

/** The label that says where the platform knows a point: its system's and its own address, as `1-00010002`. */
const PLACE_LABEL = 'gbt26875';
const PLACE = /^(\d{1,3})-([0-9a-f]{8})$/i;
/** Of points without a label, whose address is the number of their first series, which is theirs for ever. */
const UNLABELLED_SYSTEM = 255;
const FIRE_ALARM_SYSTEM = 1;
/** Kinds of component by what they measure (table 5). */
const TYPES: readonly (readonly [metric: string, type: number])[] = [
  ['smoke', 40],
  ['pressed', 23],
  ['residual_current', 17],
  ['cable_temperature', 18],
  ['ch4', 10],
];

function placeOf({ labels, metrics }: PointRecord): ComponentPlace {
  const [, system = '', address = ''] = PLACE.exec(labels[PLACE_LABEL] ?? '') ?? [];
  const isLabelled = address !== '' && Number(system) <= 0xff;
  return {
    systemType: byteOf(labels['gbt26875-system-type']) ?? FIRE_ALARM_SYSTEM,
    systemAddress: isLabelled ? Number(system) : UNLABELLED_SYSTEM,
    componentType: byteOf(labels['gbt26875-type']) ?? TYPES.find(([metric]) => metric in metrics)?.[1] ?? 0,
    componentAddress: isLabelled
      ? Number.parseInt(address, 16)
      : Math.min(...Object.values(metrics).map(({ series }) => series)) >>> 0,
  };
}

function byteOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,3}$/.test(text) && Number(text) <= 0xff ? Number(text) : undefined;
}
