import { createHash } from 'node:crypto';
import type { Level } from '../../model/level.ts';
import type { Intent, NotTold, ReasonTold } from '../../model/notify/delivery.ts';
import type { Stage } from '../../model/notify/explanation.ts';
import { RANK } from '../../model/severity.ts';
import type { StepResult } from './input.ts';
import type { Recipient } from './recipients.ts';
import type { DecideSetup, DutyAt } from './setup.ts';
import type { AlertRow, Row, StateView, Track } from './state.ts';

/** What of the world a step is given beside its input; all of it data or pure. */
export interface DecideContext {
  readonly setup: DecideSetup;
  readonly dutyAt: DutyAt;
  /** The name of the alert log: ids of intents are made of it. */
  readonly log: string;
  /** Hears of everything that is done and left, and why; explanations are made of it. */
  readonly hear?: (stage: Stage) => void;
}

type DistributedOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
export type StageOf = DistributedOmit<Stage, 'atMs' | 'alert'>;

/** One step while it is made: rows as they are now, and what has come of it so far. */
export interface Run {
  readonly context: DecideContext;
  readonly setup: DecideSetup;
  readonly atMs: number;
  get(key: string): Row | undefined;
  alert(id: string): AlertRow | undefined;
  /** Keys and rows as they were before, or are now. */
  withPrefix(prefix: 'alert:' | 'group:' | 'quiet:' | 'silence:'): [string, Row][];
  put(key: string, row: Row | null): void;
  /** Puts the row of an alert, with when it is due. Gives it. */
  putAlert(row: AlertRow): AlertRow;
  hear(row: AlertRow, stage: StageOf): void;
  /** That somebody is to be told of an alert. What one is told at once for one reason by one way is one intent. Gives its id. */
  say(row: AlertRow, saying: Saying): string;
  withdraw(intent: string): void;
  /** That nobody is told: of a level that must be, or by a route that leads to nobody. */
  notTold(row: AlertRow, why: NotTold['why'], route: string | null): void;
  result(): StepResult;
}

export interface Saying {
  readonly reason: ReasonTold;
  readonly to: Recipient;
  readonly route: string | null;
  readonly step: number | null;
  readonly follows?: readonly string[] | null;
}

/** What would wake people for nothing once somebody has taken an alert, or it is over. */
export const MAY_BE_CALLED_BACK: ReadonlySet<ReasonTold> = new Set(['step', 'repeat']);

export const alertKey = (id: string): string => `alert:${id}`;

/** `cause` names what is behind the step, the same whenever it is made again. */
export function startRun(context: DecideContext, state: StateView, atMs: number, cause: string): Run {
  const changed = new Map<string, Row | null>();
  const intents = new Map<string, Intent>();
  /** Of the alerts that intents tell of. */
  const levels = new Map<string, Level>();
  const withdrawn: string[] = [];
  const notTold = new Map<string, NotTold>();

  const rank = (alert: string): number => rankOf(levels.get(alert) ?? null);

  const get = (key: string): Row | undefined => {
    const now = changed.get(key);
    return now === undefined ? state.get(key) : (now ?? undefined);
  };

  function put(key: string, row: Row | null): void {
    if (row === null && state.get(key) === undefined) changed.delete(key);
    else changed.set(key, row);
  }

  return {
    context,
    setup: context.setup,
    atMs,
    get,
    alert(id) {
      const row = get(alertKey(id));
      return row?.kind === 'alert' ? row : undefined;
    },
    withPrefix(prefix) {
      const keys = new Set([...state.withPrefix(prefix)].map(([key]) => key));
      for (const key of changed.keys()) if (key.startsWith(prefix)) keys.add(key);
      // In the order of keys, so that a state that was rebuilt from rows gives the same.
      return [...keys].sort().flatMap((key): [string, Row][] => {
        const row = get(key);
        return row === undefined ? [] : [[key, row]];
      });
    },
    put,
    putAlert(row) {
      const due = { ...row, dueAtMs: dueOf(row.tracks) };
      put(alertKey(row.alert.id), due);
      return due;
    },
    hear: (row, stage) => context.hear?.({ atMs, alert: row.alert.id, ...stage }),
    say(row, { reason, to, route, step, follows = null }) {
      const { id: alert, level } = row.alert;
      // What is sent only to those who were told before depends on each alert by itself, and so does what may be called back.
      const isByItself = follows !== null || MAY_BE_CALLED_BACK.has(reason);
      const parts = [context.log, cause, reason, to.channel, to.person ?? '', isByItself ? alert : ''];
      const id = createHash('sha256').update(parts.join('\n')).digest('base64url').slice(0, 22);
      const known = intents.get(id);
      levels.set(alert, level);
      intents.set(id, {
        id,
        reason,
        alerts: known === undefined ? [alert] : [...new Set([...known.alerts, alert])],
        level: known === undefined ? level : moreSevere(known.level, level),
        channel: to.channel,
        to: to.person === null ? { group: true } : { person: to.person },
        atMs,
        route: known === undefined ? route : known.route,
        step: known === undefined ? step : known.step,
        follows,
      });
      return id;
    },
    withdraw: (intent) => withdrawn.push(intent),
    notTold: (row, why, route) =>
      notTold.set(row.alert.id, { alert: row.alert.id, level: row.alert.level, why, route }),
    result: () => ({
      changed,
      // Red first; what was decided first is first otherwise.
      intents: [...intents.values()]
        .map((intent) => ({ ...intent, alerts: intent.alerts.toSorted((a, b) => rank(b) - rank(a)) }))
        .sort((a, b) => rankOf(b.level) - rankOf(a.level)),
      withdrawn,
      notTold: [...notTold.values()],
    }),
  };
}

const rankOf = (level: Level | null): number => (level === null ? 0 : RANK[level]);
const moreSevere = (a: Level | null, b: Level): Level => (a !== null && RANK[a] > RANK[b] ? a : b);

/** When the first of what does not rest is due. */
function dueOf(tracks: readonly Track[]): number | null {
  const times = tracks.flatMap(({ waitsIn, stepAtMs, repeatAtMs }) =>
    waitsIn === null ? [stepAtMs ?? [], repeatAtMs ?? []].flat() : [],
  );
  return times.length === 0 ? null : Math.min(...times);
}
