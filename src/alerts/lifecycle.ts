import type { Alert, AlertEvent, Cause } from '../model/alert.ts';
import { causeText } from '../model/cause.ts';
import type { AreaParents, OperatorAction } from '../model/entry.ts';
import { type Level, rankOf } from '../model/level.ts';
import type { Maintenance, MaintenancePlan } from '../model/maintenance.ts';
import type { Value } from '../model/reading.ts';
import { resetRefusal } from '../model/reset.ts';
import type { Transition } from '../model/transition.ts';
import { createAgenda } from './agenda.ts';
import { createBook, type Occasion, ruleKey } from './book.ts';
import { announced, FLOOD_BEGINS_ABOVE, type FloodMemory, floodEndsAtMs, NO_FLOOD, restarted } from './flood.ts';
import type { Places } from './places.ts';
import { causedBy, createSilences, isSilent, type SilenceMemory } from './silence.ts';
import { createSuppression } from './suppression.ts';

export interface LifecycleState {
  readonly open: readonly Alert[];
  readonly headSeq: number;
  /** Plans that have not ended. */
  readonly maintenance: readonly Maintenance[];
  /** What `takeChanges` gave to remember last, by key. */
  readonly memory: Readonly<Record<string, string>>;
  /** Where points belong. Kept by the caller, at the position of the entry that is being taken. */
  readonly places: Places;
}

export type ActionOutcome =
  | { readonly ok: true; readonly alert: Alert }
  | {
      readonly ok: false;
      readonly error: 'unknown-alert' | 'conflict';
      readonly code: string;
      readonly detail: string;
    };

/** The point name of alerts about the server itself. */
export const SYSTEM_POINT = 'brink';
/** The rule name of the alert that says that more alerts come than a person can deal with. */
export const FLOOD_RULE = 'alarm-flood';
/** A flood of alerts asks nobody to do anything by itself, so it must not compete with those that do. */
const FLOOD_LEVEL: Level = 'blue';

/** The longest an alert may be shelved, ms. ISA-18.2 asks for a maximum; a shift is 8 to 12 h, so a day is generous. */
export const SHELVE_MAX_MS = 24 * 3_600_000;
/** Three raises in this time are chattering (ISA-18.2); after as long without another it is over. */
const CHATTER_MS = 60_000;

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

export interface SystemCondition {
  readonly condition: string;
  readonly level: Level;
  readonly active: boolean;
  readonly detail: string;
}

/** Asks evaluation to let go of a latched rule. */
export type ResetRule = (point: string, rule: string) => 'reset' | 'still-breaching' | 'not-latched';

/** A rule that an operator put aside: its alerts, also those to come, unless they are more severe. */
interface Shelf {
  readonly untilMs: number;
  readonly level: Level;
}

export function createLifecycle(from: LifecycleState): Lifecycle {
  const { places, memory } = from;
  const recall = <T>(key: string, otherwise: T): T =>
    memory[key] === undefined ? otherwise : (JSON.parse(memory[key]) as T);
  const book = createBook(from, noteAnnounced);
  const suppression = createSuppression(from.maintenance, recall<AreaParents>('areas', {}));
  const silences = createSilences({
    places,
    openOf: book.openOf,
    isCovered: (point) => coverOf(point) !== null,
    memory: recall<SilenceMemory>('silences', []),
  });
  const shelves = new Map(recall<readonly (readonly [string, Shelf])[]>('shelves', []));
  let flood = recall<FloodMemory>('flood', NO_FLOOD);
  const agenda = createAgenda();
  let remembered = new Map<string, string>();
  /** Of the entry that is being taken. */
  let position = 0;
  /** Devices that will be silent altogether once the entry has been taken. */
  let fallingSilent: ReadonlySet<string> = new Set();

  for (const [key, { untilMs }] of shelves) agenda.set(`shelf ${key}`, untilMs);
  for (const plan of suppression.live()) plannedNext(plan);
  for (const device of silences.devices()) agenda.set(`silence ${device}`, silences.heldUntilMs(device));
  for (const alert of book.open()) if (alert.chattering) chattersUntil(alert);
  agenda.set('flood', floodEndsAtMs(flood));

  // --- what is remembered beside the alerts

  function remember(key: string, value: unknown): void {
    remembered.set(key, JSON.stringify(value));
  }

  function setFlood(next: FloodMemory): void {
    if (next === flood) return;
    flood = next;
    remember('flood', flood);
    agenda.set('flood', floodEndsAtMs(flood));
  }

  function setShelf(key: string, shelf: Shelf | undefined): void {
    if (shelf === undefined ? !shelves.delete(key) : shelves.get(key) === shelf) return;
    if (shelf !== undefined) shelves.set(key, shelf);
    remember(
      'shelves',
      [...shelves].sort(([a], [b]) => (a < b ? -1 : 1)),
    );
    agenda.set(`shelf ${key}`, shelf?.untilMs);
  }

  function plannedNext({ id, state, nextAt }: Maintenance): void {
    agenda.set(`plan ${id}`, state === 'ended' || nextAt === null ? undefined : nextAt);
  }

  function chattersUntil({ id, receivedAt }: Alert): void {
    agenda.set(`chatter ${id}`, receivedAt + CHATTER_MS);
  }

  // --- who keeps quiet, and why

  /** The plan that suppresses a point; null for none. */
  function coverOf(point: string): Cause | null {
    const place = places.get(point);
    const plan = place === undefined ? undefined : suppression.cover(point, place);
    return plan === undefined ? null : { code: plan.kind, ref: plan.id };
  }

  /** Why an alert is to keep quiet as things stand; null when it is not. */
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
      const occasion = { atMs: nowMs, nowMs, by, cause, words: null };
      book.log('note', { ...alert, ...quiet }, occasion);
    }
  }

  function settleSilence(device: string, nowMs: number): void {
    silences.settle(device, nowMs);
    agenda.set(`silence ${device}`, silences.heldUntilMs(device));
    resuppress(places.watchedOf(device).flatMap(book.openOf), nowMs, null);
  }

  /** Plans or areas have changed: every open alert is looked at, devices first, so that one alert speaks for each. */
  function settleAll(nowMs: number, by: string | null): void {
    const silent = book.open().filter(isSilent);
    const devices = new Set([...silences.devices(), ...silent.map(({ point }) => places.get(point)?.device ?? '')]);
    for (const device of [...devices].sort()) {
      silences.settle(device, nowMs);
      agenda.set(`silence ${device}`, silences.heldUntilMs(device));
    }
    resuppress(book.open(), nowMs, by);
  }

  // --- raising and clearing

  function create(transition: Transition): Alert {
    const { point, rule } = transition;
    const place = places.get(point);
    if (place === undefined) throw new Error(`transition of ${point}, which is not in force`);
    return {
      id: book.newId(point, rule, position),
      point,
      area: place.area,
      device: place.device,
      family: place.family,
      metric: transition.metric,
      rule,
      kind: transition.kind,
      level: transition.level,
      label: transition.label,
      latched: transition.latched,
      chattering: transition.chattering,
      value: transition.value,
      limit: transition.limit,
      comparison: transition.comparison,
      unit: transition.unit,
      raisedAt: transition.atMs,
      receivedAt: transition.receivedAtMs,
      peak: transition.peak,
      thresholdRevision: transition.revision,
      ...FRESH,
    };
  }

  function raise(alert: Alert, reason: Cause | null): void {
    const occasion = { atMs: alert.raisedAt, nowMs: alert.receivedAt, by: null, words: null };
    const key = ruleKey(alert.point, alert.rule);
    const shelf = shelves.get(key);
    const isShelved = shelf !== undefined && rankOf(alert.level) <= rankOf(shelf.level);
    if (!isShelved) setShelf(key, undefined);
    const suppressor = suppressorOfRaise(alert);
    const fresh: Alert = {
      ...alert,
      shelvedUntil: isShelved ? shelf.untilMs : null,
      ...suppressedAs(suppressor),
    };
    const cause = suppressor ?? reason;
    const former = book.ofRule(alert.point, alert.rule);
    if (former === undefined) {
      chatter(book.log('raised', fresh, { ...occasion, cause }));
      return;
    }
    // The former one came and went unacknowledged. One rule has one open alert, so the new one takes its place and says
    // how many it stands for; what was announced then still waits for its acknowledgement.
    agenda.set(`chatter ${former.id}`, undefined);
    book.log(
      'note',
      { ...former, state: 'closed', shelvedUntil: null },
      { ...occasion, cause: { code: 'superseded-by', ref: alert.id } },
    );
    const takenOver = { ...fresh, repeats: former.repeats + 1, announcedAt: former.announcedAt };
    chatter(book.log('raised', takenOver, { ...occasion, cause }));
  }

  function suppressorOfRaise(alert: Alert): Cause | null {
    const device = places.get(alert.point)?.device;
    if (!isSilent(alert) || device === undefined || !fallingSilent.has(device)) return suppressorOf(alert);
    const cover = coverOf(alert.point);
    const leader = cover === null ? silences.causeOfRaise(alert, device) : undefined;
    return leader === undefined ? cover : causedBy(leader);
  }

  function chatter(alert: Alert): void {
    if (alert.chattering) chattersUntil(alert);
  }

  /** An alert that was never announced asks nobody for anything, so it closes when it clears. */
  function clear(alert: Alert, event: 'cleared' | 'reset', occasion: Occasion): Alert {
    const state = alert.acknowledged || alert.announcedAt === null ? 'closed' : 'cleared';
    const shelvedUntil = state === 'closed' ? null : alert.shelvedUntil;
    const cleared: Alert = { ...alert, state, clearedAt: occasion.atMs, unverified: false, shelvedUntil };
    return book.log(event, cleared, occasion);
  }

  function transition(given: Transition): void {
    const { atMs, receivedAtMs, reason, peak } = given;
    const cause = reason === null ? null : { code: reason };
    const occasion: Occasion = { atMs, nowMs: receivedAtMs, by: null, cause, words: null };
    if (given.type === 'raised') return raise(create(given), cause);
    if (given.type === 'retrospective') {
      const alert = create(given);
      const past = { retrospective: true, state: 'closed', clearedAt: atMs, latched: false } as const;
      book.logPast('retrospective', { ...alert, ...past, ...suppressedAs(suppressorOf(alert)) }, occasion);
      return;
    }
    const present = book.ofRule(given.point, given.rule);
    if (present === undefined || present.state !== 'active') {
      throw new Error(`${given.type} of ${given.point}/${given.rule}, which has no active alert`);
    }
    const alert = { ...present, peak };
    const { level, label, value, limit, comparison, unit, revision: thresholdRevision } = given;
    const shown = { level, label, value, limit, comparison, unit, thresholdRevision };
    switch (given.type) {
      case 'escalated': {
        // More severe than what was acknowledged or shelved: a person must look again.
        setShelf(ruleKey(given.point, given.rule), undefined);
        const anew = { acknowledged: false, shelvedUntil: null, recoveredAt: null };
        book.log('escalated', { ...alert, ...shown, ...anew }, occasion);
        return;
      }
      case 'deescalated':
        book.log('deescalated', { ...alert, ...shown }, occasion);
        return;
      case 'recovered':
        book.log('note', { ...alert, recoveredAt: atMs }, { ...occasion, cause: { code: 'condition-passed' } });
        return;
      case 'relapsed':
        book.log('note', { ...alert, recoveredAt: null }, { ...occasion, cause: { code: 'condition-returned' } });
        return;
      case 'cleared':
        clear(alert, 'cleared', occasion);
        return;
      case 'unverified':
        book.log('unverified', { ...alert, unverified: true }, occasion);
        return;
      case 'verified':
        book.log('verified', { ...alert, unverified: false }, occasion);
        return;
    }
  }

  function takeAll(list: readonly Transition[], before: (transition: Transition) => void): void {
    fallingSilent = silences.foresee(list);
    for (const one of list) {
      before(one);
      transition(one);
    }
    fallingSilent = new Set();
  }

  /** No-data alerts came or went: the devices they are of are judged anew. */
  function settleSilences(list: readonly Transition[], nowMs: number): void {
    const devices = new Set<string>();
    for (const { kind, point } of list) {
      const device = kind === 'noData' ? places.get(point)?.device : undefined;
      if (device !== undefined) devices.add(device);
    }
    for (const device of devices) settleSilence(device, nowMs);
  }

  // --- the server's own conditions, and floods

  function raiseOwn(
    rule: string,
    level: Level,
    value: Value,
    limit: number | null,
    unit: string | null,
    nowMs: number,
  ) {
    const alert: Alert = {
      id: book.newId(SYSTEM_POINT, rule, position),
      point: SYSTEM_POINT,
      area: SYSTEM_POINT,
      device: null,
      family: 'other',
      metric: null,
      rule,
      kind: 'system',
      level,
      label: null,
      latched: false,
      chattering: false,
      value,
      limit,
      unit,
      raisedAt: nowMs,
      receivedAt: nowMs,
      peak: { value, at: nowMs, level },
      thresholdRevision: 0,
      ...FRESH,
    };
    raise(alert, null);
  }

  function noteAnnounced({ rule, point }: Alert, nowMs: number): void {
    if (rule === FLOOD_RULE && point === SYSTEM_POINT) return;
    const wasOn = flood.count !== null;
    setFlood(announced(flood, nowMs));
    if (wasOn || flood.count === null) return;
    raiseOwn(FLOOD_RULE, FLOOD_LEVEL, flood.count, FLOOD_BEGINS_ABOVE, 'alarms/10min', nowMs);
  }

  function endFlood(atMs: number): void {
    const { times, count } = flood;
    setFlood({ times, count: null });
    const alert = book.ofRule(SYSTEM_POINT, FLOOD_RULE);
    if (alert?.state !== 'active') return;
    const cause = { code: 'alarms-announced', ref: String(count) };
    clear(alert, 'cleared', { atMs, nowMs: atMs, by: null, cause, words: null });
  }

  // --- deadlines

  function pass(nowMs: number): void {
    for (let due = agenda.takeDue(nowMs); due !== undefined; due = agenda.takeDue(nowMs)) {
      const [kind = ''] = due.key.split(' ', 1);
      takeDeadline(kind, due.key.slice(kind.length + 1), due.atMs, nowMs);
    }
  }

  function takeDeadline(kind: string, subject: string, atMs: number, nowMs: number): void {
    const occasion: Occasion = { atMs, nowMs: atMs, by: null, cause: null, words: null };
    switch (kind) {
      case 'shelf': {
        setShelf(subject, undefined);
        const [point = '', rule = ''] = subject.split('\n');
        const alert = book.ofRule(point, rule);
        if (alert !== undefined && alert.shelvedUntil !== null) {
          book.log('unshelved', { ...alert, shelvedUntil: null }, occasion);
        }
        return;
      }
      case 'plan': {
        const turnedAtMs = suppression.pass(subject, nowMs);
        const plan = suppression.live().find(({ id }) => id === subject);
        if (plan !== undefined) plannedNext(plan);
        if (turnedAtMs !== undefined) settleAll(turnedAtMs, null);
        return;
      }
      case 'silence':
        silences.release(subject);
        resuppress(places.watchedOf(subject).flatMap(book.openOf), atMs, null);
        return;
      case 'chatter': {
        const alert = book.find(subject);
        if (alert === undefined || !alert.chattering) return;
        book.log('note', { ...alert, chattering: false }, { ...occasion, cause: { code: 'chattering-ended' } });
        return;
      }
      case 'flood':
        endFlood(atMs);
        return;
    }
  }

  /** A verdict changes nothing of what is live; it is told as a note. */
  function judge(action: Extract<OperatorAction, { do: 'verdict' }>, nowMs: number): ActionOutcome {
    const { alert: id, verdict, closed, by } = action;
    const open = book.find(id);
    const alert = open ?? closed;
    if (alert === null) {
      const detail = 'the alert was never there';
      return { ok: false, error: 'unknown-alert', code: 'alert-not-open', detail };
    }
    const cause = { code: 'verdict', ref: verdict };
    const log = open === undefined ? book.logPast : book.log;
    return {
      ok: true,
      alert: log('note', { ...alert, verdict }, { atMs: nowMs, nowMs, by, cause, words: action.note }),
    };
  }

  function act(action: OperatorAction, nowMs: number, reset: ResetRule): ActionOutcome {
    if (action.do === 'verdict') return judge(action, nowMs);
    const alert = book.find(action.alert);
    if (alert === undefined) {
      const detail = 'the alert is closed or was never there';
      return { ok: false, error: 'unknown-alert', code: 'alert-not-open', detail };
    }
    const { by, note } = action;
    const occasion: Occasion = { atMs: nowMs, nowMs, by, cause: null, words: note };
    const key = ruleKey(alert.point, alert.rule);
    switch (action.do) {
      case 'ack': {
        if (alert.acknowledged) return conflict('alert-already-acknowledged', 'somebody has acknowledged it already');
        const isOver = alert.state === 'cleared';
        const state = isOver ? 'closed' : alert.state;
        const shelvedUntil = isOver ? null : alert.shelvedUntil;
        const acknowledged: Alert = { ...alert, acknowledged: true, state, shelvedUntil };
        return { ok: true, alert: book.log('acknowledged', acknowledged, occasion) };
      }
      case 'reset': {
        const refused = resetRefusal(alert);
        if (refused === 'not-latched')
          return conflict('alert-not-latched', 'only a latched alert is reset; this one clears by itself');
        if (refused === 'closed' || refused === 'not-active') return conflict('alert-not-active', 'it has cleared');
        if (refused !== null || reset(alert.point, alert.rule) !== 'reset') {
          return conflict('alert-still-breaching', 'the condition still holds; it can be reset once it has passed');
        }
        // Whoever resets has seen it.
        return { ok: true, alert: clear({ ...alert, acknowledged: true }, 'reset', occasion) };
      }
      case 'note':
        return { ok: true, alert: book.log('note', alert, occasion) };
      case 'shelve':
        if (alert.latched && alert.level === 'red')
          return conflict('alert-not-shelvable', 'a latched red alert may not be shelved');
        if (action.untilMs <= nowMs || action.untilMs > nowMs + SHELVE_MAX_MS) {
          return conflict('shelve-time-out-of-range', 'the end must lie ahead, at most 24 h');
        }
        setShelf(key, { untilMs: action.untilMs, level: alert.level });
        return { ok: true, alert: book.log('shelved', { ...alert, shelvedUntil: action.untilMs }, occasion) };
      case 'unshelve':
        if (alert.shelvedUntil === null) return conflict('alert-not-shelved', 'it is not shelved');
        setShelf(key, undefined);
        return { ok: true, alert: book.log('unshelved', { ...alert, shelvedUntil: null }, occasion) };
    }
  }

  /** Remembers what came of silences at the end of every entry, for they are touched in many places. */
  function taking(at: number, work: () => void): void {
    position = at;
    work();
    const silent = silences.takeMemory();
    if (silent !== undefined) remember('silences', silent);
  }

  return {
    transitions: (list, nowMs, at) =>
      taking(at, () => {
        takeAll(list, () => {});
        settleSilences(list, nowMs);
      }),
    tick: (list, nowMs, at) =>
      taking(at, () => {
        takeAll(list, ({ receivedAtMs }) => pass(Math.min(receivedAtMs, nowMs)));
        settleSilences(list, nowMs);
        pass(nowMs);
      }),
    start: (nowMs, at) =>
      taking(at, () => {
        setFlood(restarted(flood, nowMs));
        const turned = suppression.restart(nowMs);
        for (const plan of turned) plannedNext(plan);
        if (turned.length > 0) settleAll(nowMs, null);
      }),
    act(action, nowMs, at, reset) {
      let outcome: ActionOutcome | undefined;
      taking(at, () => {
        outcome = act(action, nowMs, reset);
      });
      return outcome ?? conflict('conflict', 'the action came to nothing');
    },
    system: ({ condition, level, active, detail }, nowMs, at) =>
      taking(at, () => {
        const present = book.ofRule(SYSTEM_POINT, condition);
        const isRaised = present?.state === 'active';
        if (active && !isRaised) raiseOwn(condition, level, detail, null, null, nowMs);
        if (!active && isRaised)
          clear(present, 'cleared', { atMs: nowMs, nowMs, by: null, cause: null, words: detail });
      }),
    planMaintenance: (plan, nowMs, at) =>
      taking(at, () => {
        const planned = suppression.plan(plan, nowMs);
        plannedNext(planned);
        if (planned.state === 'active') settleAll(nowMs, plan.by);
      }),
    endMaintenance: (id, by, nowMs, at) =>
      taking(at, () => {
        const ended = suppression.end(id, by, nowMs);
        if (ended === undefined) return;
        plannedNext(ended);
        settleAll(nowMs, by);
      }),
    setAreas: (parents, nowMs, at) =>
      taking(at, () => {
        suppression.setAreas(parents);
        remember('areas', parents);
        settleAll(nowMs, null);
      }),
    moved: (point, devices, nowMs, at) =>
      taking(at, () => {
        for (const device of devices) settleSilence(device, nowMs);
        resuppress(book.openOf(point), nowMs, null);
      }),
    nextDeadlineMs: agenda.nextMs,
    takeChanges() {
      const { events, alerts } = book.takeChanges();
      const taken = { events, alerts, maintenance: suppression.takeChanged(), memory: remembered };
      remembered = new Map();
      return taken;
    },
    open: book.open,
    openOf: book.openOf,
    find: book.find,
    headSeq: book.headSeq,
    maintenance: suppression.live,
    areas: suppression.areas,
  };
}

function suppressedAs(suppressor: Cause | null): Pick<Alert, 'suppressed' | 'suppressedBy'> {
  return { suppressed: suppressor !== null, suppressedBy: suppressor === null ? null : causeText(suppressor) };
}

/** What an alert is before anything has happened to it. */
const FRESH = {
  state: 'active',
  acknowledged: false,
  unverified: false,
  shelvedUntil: null,
  suppressed: false,
  suppressedBy: null,
  announcedAt: null,
  retrospective: false,
  repeats: 0,
  clearedAt: null,
  recoveredAt: null,
  seq: 0,
} as const;

function conflict(code: string, detail: string): ActionOutcome {
  return { ok: false, error: 'conflict', code, detail };
}
