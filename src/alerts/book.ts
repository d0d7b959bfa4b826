import { createHash } from 'node:crypto';
import type { Alert, AlertEvent, Cause, EventType } from '../model/alert.ts';
import { isAnnounced } from '../model/announced.ts';
import { noteText } from '../model/cause.ts';
import { isOfResponse, isResponding } from '../model/response.ts';

/** When something happened, by both clocks, and who or what did it. */
export interface Occasion {
  /** As the log shows it: event time for what readings did. */
  readonly atMs: number;
  /** Arrival time; when people can first know of it. */
  readonly nowMs: number;
  readonly by: string | null;
  /** Why, when the server knows. */
  readonly cause: Cause | null;
  /** What a person wrote, or a detail in words. */
  readonly words: string | null;
}

/** The alerts that are not closed, by id, point and rule, and the log entries written about them. */
export interface Book {
  /** Puts a changed alert in its place and writes one log entry about it. Gives the alert with the entry's number. */
  log(event: EventType, alert: Alert, occasion: Occasion): Alert;
  /** Logs an alert that never was live, or no longer is, and so stands in nobody's place. */
  logPast(event: EventType, alert: Alert, occasion: Occasion): Alert;
  /** Logs an alert that is open as `log`, any other as `logPast`. */
  logAny(event: EventType, alert: Alert, occasion: Occasion): Alert;
  /** The identity of an alert: its point, its rule, and the journal position that raised it. */
  newId(point: string, rule: string, position: number): string;
  find(id: string): Alert | undefined;
  /** An alert that is closed, and whose response goes on. */
  findResponding(id: string): Alert | undefined;
  responding(): Alert[];
  ofRule(point: string, rule: string): Alert | undefined;
  openOf(point: string): Alert[];
  open(): Alert[];
  headSeq(): number;
  takeChanges(): { readonly events: AlertEvent[]; readonly alerts: Alert[] };
}

/** `onAnnounced` hears of every alert that is put before people for the first time, right after its entry. */
export function createBook(
  from: { readonly open: readonly Alert[]; readonly responding: readonly Alert[]; readonly headSeq: number },
  onAnnounced: (alert: Alert, nowMs: number) => void,
): Book {
  const byId = new Map<string, Alert>();
  const byRule = new Map<string, Alert>();
  const byPoint = new Map<string, Set<Alert['id']>>();
  const responding = new Map(from.responding.map((alert) => [alert.id, alert]));
  let seq = from.headSeq;
  let events: AlertEvent[] = [];
  let changed = new Map<string, Alert>();
  /** Raises of one (point, rule) at one position are told apart by their number. */
  let raises = { position: -1, counts: new Map<string, number>() };
  for (const alert of from.open) index(alert);

  function index(alert: Alert): void {
    byId.set(alert.id, alert);
    byRule.set(ruleKey(alert.point, alert.rule), alert);
    const ids = byPoint.get(alert.point) ?? new Set();
    byPoint.set(alert.point, ids.add(alert.id));
  }

  function unindex(alert: Alert): void {
    byId.delete(alert.id);
    const key = ruleKey(alert.point, alert.rule);
    if (byRule.get(key)?.id === alert.id) byRule.delete(key);
    const ids = byPoint.get(alert.point);
    ids?.delete(alert.id);
    if (ids?.size === 0) byPoint.delete(alert.point);
  }

  function write(event: EventType, alert: Alert, { atMs, nowMs, by, cause, words }: Occasion): Alert {
    seq++;
    const logged = { ...alert, seq };
    changed.set(logged.id, logged);
    if (logged.state === 'closed' && isResponding(logged)) responding.set(logged.id, logged);
    else responding.delete(logged.id);
    const came = isOfResponse(event) ? { receivedAt: nowMs } : {};
    events.push({
      type: 'event',
      seq,
      event,
      at: atMs,
      ...came,
      by,
      note: noteText(cause, words),
      cause,
      alert: logged,
    });
    return logged;
  }

  function log(event: EventType, alert: Alert, occasion: Occasion): Alert {
    const isHeard = alert.state === 'active' && isAnnounced(alert);
    const isNews = isHeard && (event === 'raised' || alert.announcedAt === null);
    const logged = write(event, isNews ? { ...alert, announcedAt: occasion.nowMs } : alert, occasion);
    if (logged.state === 'closed') unindex(logged);
    else index(logged);
    if (isNews) onAnnounced(logged, occasion.nowMs);
    return logged;
  }

  return {
    log,
    logPast: write,
    logAny: (event, alert, occasion) => (byId.has(alert.id) ? log : write)(event, alert, occasion),
    newId(point, rule, position) {
      if (raises.position !== position) raises = { position, counts: new Map() };
      const key = ruleKey(point, rule);
      const count = raises.counts.get(key) ?? 0;
      raises.counts.set(key, count + 1);
      return createHash('sha256').update(`${key}\n${position}\n${count}`).digest('base64url').slice(0, 16);
    },
    find: (id) => byId.get(id),
    findResponding: (id) => responding.get(id),
    responding: () => [...responding.values()],
    ofRule: (point, rule) => byRule.get(ruleKey(point, rule)),
    openOf: (point) => [...(byPoint.get(point) ?? [])].map((id) => byId.get(id)).filter((alert) => alert !== undefined),
    open: () => [...byId.values()],
    headSeq: () => seq,
    takeChanges() {
      const taken = { events, alerts: [...changed.values()] };
      events = [];
      changed = new Map();
      return taken;
    },
  };
}

/** The key of a rule of a point, of which there is at most one open alert. */
export function ruleKey(point: string, rule: string): string {
  return `${point}\n${rule}`;
}
