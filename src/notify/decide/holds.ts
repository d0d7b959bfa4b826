import { appliesAt, boundariesOf, type Calendar, LOOK_AHEAD_DAYS } from '../../model/calendar.ts';
import type { Level } from '../../model/level.ts';
import { DAY_MS } from '../../model/time.ts';
import { isSilencing } from './routes.ts';
import type { Run } from './run.ts';
import type { DecideRoute } from './setup.ts';
import type { AlertRow, GroupRow, QuietRow, Row, SilenceRow } from './state.ts';

/** What makes telling wait, beside the time of a ladder: groups, silences and quiet hours. Each is a row that names alerts. */

/** An alert of a rule that was raised three times within a minute waits so long, so that who is told of it is told once. */
const CHATTER_WAIT_MS = 60_000;

/** What holds back that somebody is told now; undefined: nothing does. */
export interface Hold {
  readonly key: string;
  readonly untilMs: number;
  readonly silence: string | null;
}

export function holdOf(run: Run, row: AlertRow, route: DecideRoute | undefined): Hold | undefined {
  return silenceOf(run, row) ?? quietOf(run, row.alert.level, route);
}

function silenceOf(run: Run, row: AlertRow): Hold | undefined {
  let last: Hold | undefined;
  for (const [key, silence] of run.withPrefix('silence:')) {
    if (silence.kind !== 'silence' || !isSilencing(silence.silence, row, run.atMs)) continue;
    const { untilMs, id } = silence.silence;
    // Of several the one that ends last, so that it is not held a second time.
    if (last === undefined || untilMs > last.untilMs) last = { key, untilMs, silence: id };
  }
  return last;
}

/** The quiet hours that hold back what is told by a route of a level: red ignores them. */
export function quietOf(run: Run, level: Level, route: DecideRoute | undefined): Hold | undefined {
  if (level === 'red' || route === undefined || route.quiet === null) return undefined;
  if (!appliesAt(route.quiet, run.atMs)) return undefined;
  return { key: `quiet:${route.id}`, untilMs: endOf(route.quiet, run.atMs), silence: null };
}

/** When hours that apply at a time end. Where that is far away, a time at which one looks again. */
export function endOf(calendar: Calendar, atMs: number): number {
  for (const boundaryMs of boundariesOf([calendar], atMs)) if (!appliesAt(calendar, boundaryMs)) return boundaryMs;
  return atMs + LOOK_AHEAD_DAYS * DAY_MS;
}

/** Puts an alert with what a silence or quiet hours hold back. */
export function hold(run: Run, row: AlertRow, route: string, { key, untilMs }: Hold): void {
  const present = run.get(key);
  if (present?.kind === 'silence') run.put(key, { ...present, alerts: withOne(present.alerts, row.alert.id) });
  else {
    const alerts = present?.kind === 'quiet' ? present.alerts : [];
    run.put(key, { kind: 'quiet', route, dueAtMs: untilMs, alerts: withOne(alerts, row.alert.id) });
  }
}

/** The group in which an alert waits for others of a route; undefined: it does not wait. */
export function groupOf(
  run: Run,
  { alert }: AlertRow,
  route: DecideRoute,
): { readonly key: string; readonly untilMs: number; readonly why: 'group' | 'chattering' } | undefined {
  if (alert.level === 'red') return undefined;
  const why = alert.chattering ? 'chattering' : 'group';
  const waitMs = Math.max(route.group?.waitMs ?? 0, alert.chattering ? CHATTER_WAIT_MS : 0);
  if (waitMs === 0) return undefined;
  // What chatters waits by itself: its group is one whatever comes of it, so that its wait ends.
  const parts = alert.chattering
    ? [alert.point, alert.rule]
    : (route.group?.by ?? []).map((of) => `${of}=${alert[of]}`);
  const key = `group:${[route.id, ...parts].join('|')}`;
  return { key, untilMs: run.get(key)?.dueAtMs ?? run.atMs + waitMs, why };
}

export function joinGroup(run: Run, { alert }: AlertRow, route: string, group: { key: string; untilMs: number }): void {
  const present = run.get(group.key);
  const alerts = present?.kind === 'group' ? present.alerts : [];
  run.put(group.key, { kind: 'group', route, dueAtMs: group.untilMs, alerts: withOne(alerts, alert.id) });
}

/** Takes an alert out of what it waits in. */
export function leave(run: Run, key: string | null, alert: string): void {
  const row = key === null ? undefined : run.get(key);
  if (key === null || row === undefined || row.kind === 'alert') return;
  const alerts = row.alerts.filter((id) => id !== alert);
  run.put(key, withAlerts(row, alerts));
}

/** A row that holds nothing back is gone, but for a silence, which is there until it ends. */
function withAlerts(row: GroupRow | QuietRow | SilenceRow, alerts: readonly string[]): Row | null {
  return alerts.length === 0 && row.kind !== 'silence' ? null : { ...row, alerts };
}

const withOne = (list: readonly string[], one: string): readonly string[] =>
  list.includes(one) ? list : [...list, one];
