import { setImmediate } from 'node:timers/promises';
import type { Alert } from '../model/alert.ts';
import type { ToldMessage } from '../model/notify/told.ts';
import type { ToldSheetMessage, ToldSheetRow } from '../model/notify/told-sheet.ts';
import { ownOf } from '../model/own.ts';
import { resolveName } from '../model/resolve-name.ts';
import type { ApiDeps } from './deps.ts';
import { errorAt, ProblemError } from './problems.ts';

/** What is read at a time, so that acknowledgements go on in between. */
const PAGE = 500;
/** Beyond what anybody looks through; a night of 300 alerts a minute for an hour, told to two each, is below it. */
const ROWS_MAX = 50_000;

type Deps = Pick<ApiDeps, 'alerts' | 'telling' | 'registry'>;

interface Period {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * What the sheet of who was told says of a period: alerts that were orange or red at their worst and were raised or told of
 * in it, in the order of their raise, each with what was told of it in the order of decision. Of an alert that nobody was told of
 * within the period, what was told later; and if that is nothing, that it was told to nobody. Who acknowledged an alert is
 * looked up as its row is asked for. Throws the problem `validation-failed` when there is too much of it.
 */
export async function toldSheetRows(
  deps: Deps,
  period: Period,
  mayReadWords: boolean,
  signal: AbortSignal,
): Promise<Iterable<ToldSheetRow>> {
  const alerts = new Map<string, Alert>();
  const messages = new Map<string, ToldMessage[]>();
  let rows = 0;
  const count = (more: number) => {
    rows += more;
    if (rows > ROWS_MAX) {
      const problem = { code: 'too-many-rows', values: { most: ROWS_MAX } } as const;
      throw new ProblemError('validation-failed', { errors: [errorAt('from', problem)] });
    }
  };
  const keep = (message: ToldMessage, ids: readonly string[]) => {
    for (const id of ids) {
      const alert = alerts.get(id) ?? deps.alerts.get(id);
      if (alert === undefined || !isGrave(alert)) continue;
      alerts.set(id, alert);
      const known = messages.get(id);
      if (known === undefined) messages.set(id, [message]);
      else known.push(message);
      count(1);
    }
  };
  for await (const message of messagesOf(deps, period, signal)) keep(message, message.alerts);
  for await (const alert of alertsOf(deps, period, signal)) {
    alerts.set(alert.id, alert);
    if (messages.has(alert.id)) continue;
    const later = await deps.telling.toldOf(alert.id);
    for (const message of later) keep(message, [alert.id]);
    if (later.length === 0) count(1);
  }
  const sorted = [...alerts.values()].sort((a, b) => a.raisedAt - b.raisedAt || (a.id < b.id ? -1 : 1));
  return rowsOf(deps, sorted, messages, mayReadWords);
}

function isGrave({ peak }: Alert): boolean {
  return peak.level === 'orange' || peak.level === 'red';
}

async function* messagesOf({ telling }: Deps, period: Period, signal: AbortSignal): AsyncGenerator<ToldMessage> {
  for (let after = 0; ; ) {
    const found = await telling.toldBetween({ ...period, after, limit: PAGE });
    signal.throwIfAborted();
    yield* found;
    const last = found.at(-1);
    if (last === undefined || found.length < PAGE) return;
    after = last.number;
  }
}

/** Those that were raised in the period and were orange or red at their worst. */
async function* alertsOf({ alerts }: Deps, period: Period, signal: AbortSignal): AsyncGenerator<Alert> {
  for (const peakLevel of ['red', 'orange'] as const) {
    for (let before: { raisedAt: number; id: string } | undefined; ; ) {
      const found = alerts.list({ state: 'all', ...period, peakLevel, before, limit: PAGE });
      yield* found;
      const last = found.at(-1);
      if (last === undefined || found.length < PAGE) break;
      before = { raisedAt: last.raisedAt, id: last.id };
      await setImmediate();
      signal.throwIfAborted();
    }
  }
}

function* rowsOf(
  deps: Deps,
  alerts: readonly Alert[],
  messages: ReadonlyMap<string, readonly ToldMessage[]>,
  mayReadWords: boolean,
): Generator<ToldSheetRow> {
  const setup = deps.telling.setup()?.setup;
  const persons = new Map(setup?.people.map(({ id, name }) => [id, name]));
  const kinds = new Map(setup?.channels.map(({ id, kind }) => [id, kind]));
  const areas = new Map(deps.registry.areas().map(({ id, name }) => [id, name]));
  for (const alert of alerts) {
    const point = deps.registry.point(alert.point);
    const metric = alert.metric === null || point === undefined ? undefined : ownOf(point.metrics, alert.metric);
    const about = {
      alert,
      area: areas.get(alert.area) ?? resolveName(undefined, alert.area),
      point: point?.name ?? resolveName(undefined, alert.point),
      metric: metric?.name === undefined || alert.metric === null ? null : resolveName(metric.name, alert.metric),
      acknowledged: acknowledgementOf(deps, alert),
    };
    const told = messages.get(alert.id);
    if (told === undefined) yield { ...about, message: null };
    for (const one of told ?? []) {
      const message: ToldSheetMessage = {
        ...one,
        person: 'person' in one.to ? (persons.get(one.to.person) ?? one.to.person) : null,
        kind: kinds.get(one.channel) ?? null,
        mayReadWords,
      };
      yield { ...about, message };
    }
  }
}

/** The last one: one of a level that it went beyond afterwards does not count. */
function acknowledgementOf({ alerts }: Deps, { id, acknowledged }: Alert): ToldSheetRow['acknowledged'] {
  const entry = acknowledged ? alerts.log(id).findLast(({ event }) => event === 'acknowledged') : undefined;
  return entry === undefined ? null : { by: entry.by, atMs: entry.at };
}
