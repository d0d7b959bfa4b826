import type { Clock } from '../../lib/clock.ts';
import type { Alert, AlertEvent } from '../../model/alert.ts';
import type { LogPlace } from '../../model/log-place.ts';
import type { Intent, NotTold, Recipient } from '../../model/notify/delivery.ts';
import type { NotifySetup } from '../../model/notify/setup.ts';
import type { Silence } from '../../model/notify/silence.ts';
import { CHANNEL_FAILING, NOTIFY_CLOCK } from '../../model/system-alerts.ts';
import { HOUR_MS } from '../../model/time.ts';
import type { Outcome, ProofOf } from '../channel.ts';
import type { AlertInPlace, Input, StepResult } from '../decide/input.ts';
import type { DutyAt } from '../decide/setup.ts';
import type { Step } from '../decide/step.ts';
import { channelAfter, isClockOff } from './channel-health.ts';
import { type ChannelTypes, type LiveChannels, readChannels, type UsableChannel } from './live-channels.ts';
import { channelRow, type Memory, ofChannel, putWaiting, readMemory, withAlerts } from './memory.ts';
import { type AlertNames, SITE_TIMEZONE } from './notice.ts';
import { type Leaving, planChannel } from './plan.ts';
import { GIVE_UP_MS, retryAfterMs } from './retry.ts';
import {
  type Answer,
  type Attempt,
  type IntentState,
  openOutboxStore,
  type StoredIntent,
  type StoredRequest,
} from './store.ts';

/**
 * The outbox: what is decided is written in one transaction with the place in the log, what leaves is written before it
 * leaves, and what came of it after. Everything that happens goes through `commit`: inputs to deciding, the intents that
 * come of them, and the requests that may leave at once are one transaction, so that a red alert costs one write to disk
 * before its message leaves.
 */

/** A revision of the setup, secrets of channels among their settings. */
export interface LiveSetup {
  readonly revision: number;
  readonly setup: NotifySetup;
}

export interface OutboxOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly step: Step;
  readonly dutyAt: DutyAt;
  readonly types: ChannelTypes;
  /** Sends one request; resolves with what came of it, and never rejects. */
  readonly send: (channel: UsableChannel, request: StoredRequest) => Promise<Outcome>;
  readonly newId: () => string;
  readonly newCode: () => string;
  /** A condition of the server itself that people must see. It may be said again. */
  readonly onSystem: (condition: SystemCondition) => void;
  /** Somebody answered: it is said until `answered` is called with its id. */
  readonly onAnswer: (answer: Answer) => void;
  /** Deciding threw: our mistake. What it was given is passed over, for the alerts behind it must be told. */
  readonly onBug: (error: unknown, input: Input) => void;
}

export interface SystemCondition {
  readonly condition: string;
  readonly level: Alert['level'];
  readonly active: boolean;
  readonly detail: string;
}

/** An entry of the alert log with what the registry knows of it. */
export interface OfferedEntry {
  readonly event: AlertEvent;
  readonly areas: readonly string[];
  readonly names: AlertNames;
}

export interface OpenAlert extends AlertInPlace {
  readonly names: AlertNames;
}

/** How a channel fares, for people. */
export interface ChannelReport {
  readonly id: string;
  readonly waiting: number;
  readonly underWay: number;
  readonly failure: string | null;
  readonly failingSinceMs: number | null;
  readonly blockedUntilMs: number | null;
  readonly lastAcceptedAtMs: number | null;
  readonly clockOffsetMs: number | null;
}

export type Outbox = ReturnType<typeof openOutbox>;

/** Whatever somebody does to the clock, so often it is looked at. */
const LOOK_EVERY_MS = 10_000;
const PRUNE_EVERY_MS = HOUR_MS / 60;
/** After a write that failed, as on a full disk. */
const AGAIN_AFTER_MS = 1_000;
/** A due row that is still due after its turn is our mistake; it must not stop the others. */
const DUE_AT_ONCE = 10_000;
/** How long a code in a message may be replied to. */
const CODE_HOLDS_MS = 24 * HOUR_MS;
const WRONG_CODES_MAX = 5;

export function openOutbox(options: OutboxOptions) {
  const { clock, step, dutyAt, types, onSystem } = options;
  const store = openOutboxStore(options.path);
  store.transact(() => store.takeUp(clock.nowMs()));
  let memory: Memory = readMemory(store);
  let setup: LiveSetup | undefined;
  let channels: LiveChannels = readChannels(EMPTY_SETUP, {});
  let log = store.place()?.log ?? '';
  /** What is done once the transaction is on disk. */
  let afterwards: (() => void)[] = [];
  let touched = new Set<string>();
  const lookAgain = new Map<string, number | null>();
  /** Outcomes that could not be written yet. */
  let unwritten: (() => void)[] = [];
  let cancelWake: (() => void) | undefined;
  let prunedAtMs = clock.steadyMs();
  const wrongCodes = new Map<string, { count: number; sinceMs: number }>();
  let isStopping = false;
  let isClosed = false;

  /** Runs `change` and all that follows of it as one transaction; throws when it could not be written, and then nothing happened. */
  function commit(change: () => Input[]): void {
    const leaving: Leaving[] = [];
    try {
      store.transact(() => {
        decide(change());
        const nowMs = clock.nowMs();
        for (const id of isStopping ? [] : touched) {
          const planned = planChannel(id, planContext(), nowMs);
          leaving.push(...planned.leaving);
          lookAgain.set(id, planned.againAtMs);
        }
      });
    } catch (error) {
      afterwards = [];
      touched = new Set();
      memory = readMemory(store);
      wakeAt(clock.nowMs() + AGAIN_AFTER_MS);
      throw error;
    }
    touched = new Set();
    for (const one of leaving) sendOff(one);
    for (const effect of afterwards.splice(0)) effect();
    schedule();
  }

  const planContext = () => ({
    store,
    memory,
    channels,
    newId: options.newId,
    newCode: options.newCode,
    timezone: SITE_TIMEZONE,
    templates: setup?.setup.templates ?? [],
  });

  // Deciding.

  function decide(inputs: readonly Input[]): void {
    const queue = [...inputs];
    let dues = 0;
    for (;;) {
      const input = queue.shift() ?? dueInput();
      if (input === undefined) return;
      if (input.type === 'due' && ++dues > DUE_AT_ONCE) throw new Error(`${input.key} falls due again and again`);
      queue.push(...decideOne(input));
    }
  }

  function dueInput(): Input | undefined {
    if (setup === undefined) return undefined;
    const due = memory.state.nextDue();
    const nowMs = clock.nowMs();
    return due === undefined || due.atMs > nowMs ? undefined : { type: 'due', key: due.key, atMs: nowMs };
  }

  /** One step, and what it leads to at once. */
  function decideOne(input: Input): Input[] {
    if (setup === undefined) return [];
    const found = stepped({ ...setup, log }, input);
    if (found === undefined) return [];
    memory.state.apply(found.changed);
    store.keepDecided(found.changed);
    const next: Input[] = [];
    for (const intent of found.intents) next.push(...admit(intent, input.atMs));
    for (const id of found.withdrawn) next.push(...withdraw(id, input.atMs));
    for (const notTold of found.notTold) sayNotTold(notTold);
    return next;
  }

  function stepped(of: LiveSetup & { readonly log: string }, input: Input): StepResult | undefined {
    try {
      return step({ setup: of, dutyAt }, memory.state, input);
    } catch (error) {
      options.onBug(error, input);
      // A row whose turn fails would fall due for ever.
      if (input.type === 'due') memory.state.apply(new Map([[input.key, null]]));
      return undefined;
    }
  }

  function sayNotTold({ alert, why, route }: NotTold): void {
    const shown = store.alert(alert)?.alert;
    // That nobody is told of an alert about telling leads nowhere.
    if (shown === undefined || shown.kind === 'system') return;
    const detail = `${shown.point} ${shown.rule}: ${why}${route === null ? '' : ` (${route})`}`;
    afterwards.push(() => onSystem({ condition: NOT_TOLD, level: 'orange', active: true, detail }));
  }

  /** Takes an intent in; one that no request can ever hold fails at once, so that a ladder goes on without waiting. */
  function admit(intent: Intent, atMs: number): Input[] {
    if (store.intent(intent.id) !== undefined) return [];
    store.addIntent(intent);
    const stored = store.intent(intent.id);
    if (stored === undefined) return [];
    const problem = uselessness(intent);
    if (problem !== null) return fail(stored, problem, atMs);
    putWaiting(memory, store, stored);
    touched.add(intent.channel);
    return stored.follows === null ? [] : letGo(atMs);
  }

  /** Why a channel can never tell this; null when it can. */
  function uselessness({ channel: id, alerts, to }: Intent): string | null {
    const channel = channels.get(id);
    if (channel === undefined) return 'there is no such channel';
    if ('problem' in channel) return channel.problem;
    if ('person' in to && channels.person(to.person) === undefined) return 'there is no such person';
    const isOfItself = (alert: string) => store.alert(alert)?.alert.rule === `${CHANNEL_FAILING}${id}`;
    return alerts.length > 0 && alerts.every(isOfItself) ? 'it is about this channel itself' : null;
  }

  function withdraw(id: string, atMs: number): Input[] {
    const intent = store.intent(id);
    if (intent === undefined || intent.state !== 'queued' || store.isNamed(id)) return [];
    return end({ ...intent, state: 'withdrawn', words: 'nobody needs it any more' }, 'withdrawn', atMs);
  }

  function fail(intent: StoredIntent, words: string, atMs: number): Input[] {
    return end({ ...intent, state: 'failed', failedAtMs: atMs, words }, 'failed', atMs);
  }

  /** Keeps what became of an intent, and tells deciding. */
  function end(intent: StoredIntent, proof: Extract<Input, { type: 'proof' }>['proof'], atMs: number): Input[] {
    store.setIntent(intent);
    if (intent.state === 'failed' || intent.state === 'withdrawn') {
      memory.waiting.get(intent.channel)?.delete(intent.id);
      memory.held.delete(intent.id);
    }
    const { id, alerts, channel, to } = intent;
    return [{ type: 'proof', atMs, intent: { id, alerts, channel, to }, proof }, ...moved(id, intent.state, atMs)];
  }

  /** Those that follow an intent learn what became of it. */
  function moved(id: string, state: IntentState, atMs: number): Input[] {
    if (!memory.followed.has(id)) return [];
    memory.followed.set(id, state);
    return letGo(atMs);
  }

  /** Sends on its way what has waited for others, or drops it with them. */
  function letGo(atMs: number): Input[] {
    const inputs: Input[] = [];
    for (const [id, intent] of memory.held) {
      const states = (intent.follows ?? []).map((one) => memory.followed.get(one) ?? 'withdrawn');
      if (states.some((state) => state === 'accepted' || state === 'delivered' || state === 'answered')) {
        memory.held.delete(id);
        ofChannel(memory.waiting, intent.channel).set(id, intent);
        touched.add(intent.channel);
      } else if (states.every((state) => state === 'failed' || state === 'withdrawn')) {
        memory.held.delete(id);
        const words = 'what it follows reached nobody';
        inputs.push(...end({ ...intent, state: 'withdrawn', words }, 'withdrawn', atMs));
      }
    }
    if (memory.held.size === 0) memory.followed.clear();
    return inputs;
  }

  // Sending.

  function sendOff({ request, attempt }: Leaving): void {
    const channel = channels.get(request.channel);
    const gone: Outcome = { state: 'refused', why: 'settings', words: 'the channel is gone', clockOffsetMs: null };
    const sent = channel === undefined || 'problem' in channel ? Promise.resolve(gone) : options.send(channel, request);
    void sent.then((outcome) => write(() => commit(() => settle(request, attempt, outcome))));
  }

  /** Writes what must not be forgotten, again and again while the disk takes nothing. */
  function write(work: () => void): void {
    if (isClosed) return;
    try {
      work();
    } catch {
      unwritten.push(work);
      wakeAt(clock.nowMs() + AGAIN_AFTER_MS);
    }
  }

  function settle(request: StoredRequest, attempt: Attempt, outcome: Outcome): Input[] {
    const nowMs = clock.nowMs();
    store.endAttempt(attempt.id, nowMs, outcome.state === 'accepted' ? 'accepted' : outcome.why, outcome.words);
    const used = memory.used.get(request.channel);
    const at = used?.findLastIndex(({ id }) => id === attempt.id) ?? -1;
    if (at >= 0) used?.splice(at, 1, { ...attempt, endedAtMs: nowMs });
    fares(request.channel, outcome, nowMs);
    touched.add(request.channel);
    const { words } = outcome;
    if (outcome.state === 'later' && nowMs - request.madeAtMs < GIVE_UP_MS) {
      const nextAtMs = nowMs + retryAfterMs(request.attempts, outcome.afterMs);
      keepRequest({ ...request, state: 'waiting', nextAtMs, words });
      return [];
    }
    if (outcome.state === 'accepted') return accepted(request, outcome.refs, words, nowMs);
    keepRequest({ ...request, state: 'failed', words });
    if (outcome.state === 'refused' && outcome.why === 'recipient' && request.to.length > 1) return apart(request);
    return store
      .intentsOfRequest(request.id)
      .flatMap((intent) => (intent.state === 'queued' ? fail(intent, words, nowMs) : []));
  }

  function keepRequest(request: StoredRequest): void {
    store.setRequest(request);
    const open = ofChannel(memory.open, request.channel);
    if (request.state === 'waiting') open.set(request.id, request);
    else open.delete(request.id);
  }

  function accepted(request: StoredRequest, refs: readonly (string | null)[], words: string, nowMs: number): Input[] {
    keepRequest({ ...request, state: 'accepted', words });
    // Others wait for their next attempt at a gateway that works again.
    for (const other of ofChannel(memory.open, request.channel).values()) {
      if (other.state === 'waiting' && other.nextAtMs > nowMs) keepRequest({ ...other, nextAtMs: nowMs });
    }
    return store.intentsOfRequest(request.id).flatMap((intent) => {
      if (intent.state !== 'queued') return [];
      const ref = refs[request.to.findIndex((to) => isSame(to, intent.to))] ?? null;
      if (!store.isWhollyAccepted(intent.id)) {
        store.setIntent({ ...intent, ref, words });
        return [];
      }
      return end({ ...intent, state: 'accepted', acceptedAtMs: nowMs, ref, words }, 'accepted', nowMs);
    });
  }

  /** One of several recipients was refused: each is told by himself, and it shows which. */
  function apart(request: StoredRequest): Input[] {
    const intents = store.intentsOfRequest(request.id);
    store.unname(request.id);
    for (const intent of intents) {
      if (intent.state !== 'queued') continue;
      const alone = { ...intent, isAlone: true };
      store.setIntent(alone);
      ofChannel(memory.waiting, intent.channel).set(intent.id, withAlerts(alone, store.unnamed(intent.id)));
    }
    return [];
  }

  function fares(id: string, outcome: Outcome, nowMs: number): void {
    const before = channelRow(memory, id);
    const after = channelAfter(before, outcome, nowMs);
    store.keepChannel(after);
    const wasClockOff = [...memory.channels.values()].some(isClockOff);
    memory.channels.set(id, after);
    if (after.isRaised !== before.isRaised) afterwards.push(() => sayFailing(id));
    if ([...memory.channels.values()].some(isClockOff) !== wasClockOff) afterwards.push(sayClock);
  }

  function sayFailing(id: string): void {
    const { isRaised, words } = channelRow(memory, id);
    const detail = isRaised ? (words ?? 'it does not answer') : 'it accepts messages again';
    onSystem({ condition: `${CHANNEL_FAILING}${id}`, level: 'orange', active: isRaised, detail });
  }

  function sayClock(): void {
    const off = [...memory.channels.values()].filter(isClockOff);
    const detail = off
      .map(({ id, clockOffsetMs }) => `clock: that of ${id} is ${Math.round((clockOffsetMs ?? 0) / 1_000)} s from ours`)
      .join('; ');
    const active = off.length > 0;
    onSystem({ condition: NOTIFY_CLOCK, level: 'orange', active, detail: active ? detail : 'clock: it agrees again' });
  }

  // Time.

  function wakeAt(atMs: number): void {
    cancelWake?.();
    if (isClosed) return;
    cancelWake = clock.after(Math.max(0, atMs - clock.nowMs()), look);
  }

  function schedule(): void {
    const nowMs = clock.nowMs();
    const times = [memory.state.nextDue()?.atMs, ...lookAgain.values()].flatMap((time) => time ?? []);
    wakeAt(Math.min(nowMs + LOOK_EVERY_MS, ...times));
  }

  /** Does what time has made due. */
  function look(): void {
    const again = unwritten;
    unwritten = [];
    for (const work of again) write(work);
    const nowMs = clock.nowMs();
    for (const [id, atMs] of lookAgain) if (atMs !== null && atMs <= nowMs) touched.add(id);
    for (const id of [...memory.waiting.keys(), ...memory.open.keys()]) touched.add(id);
    const due = memory.state.nextDue();
    try {
      if (touched.size > 0 || (due !== undefined && due.atMs <= nowMs)) commit(() => expired(nowMs));
      else schedule();
      prune();
    } catch {
      // It is tried again: commit has seen to that.
    }
  }

  /** What has waited for a day without leaving is of no use to anybody. */
  function expired(nowMs: number): Input[] {
    return [...memory.waiting.values()].flatMap((intents) =>
      [...intents.values()].flatMap((intent) => {
        if (nowMs - intent.atMs < GIVE_UP_MS) return [];
        const stored = store.intent(intent.id);
        return stored === undefined ? [] : fail(stored, 'it could not be sent for a day', nowMs);
      }),
    );
  }

  function prune(): void {
    if (clock.steadyMs() - prunedAtMs < PRUNE_EVERY_MS) return;
    store.prune(clock.nowMs());
    prunedAtMs = clock.steadyMs();
  }

  // What comes in.

  /** Where a receipt, a reply or a key belongs; undefined when it belongs nowhere. */
  function intentsOf(channel: string, { ref, phone, text }: ProofOf): readonly StoredIntent[] {
    const byRef = ref === null ? undefined : store.intentByRef(channel, ref);
    if (byRef !== undefined) return [byRef];
    if (phone === null || text === null) return [];
    const code = /\d{4}/.exec(text)?.[0];
    const persons = channels.withPhone(phone).map(({ id }) => id);
    if (code === undefined || persons.length === 0 || isGuessing(phone)) return [];
    const found = store
      .requestsByCode(code, clock.nowMs() - CODE_HOLDS_MS)
      .filter((request) => request.channel === channel)
      .flatMap((request) => store.intentsOfRequest(request.id))
      .filter(({ to }) => 'person' in to && persons.includes(to.person));
    if (found.length === 0) noteWrongCode(phone);
    return found;
  }

  function isGuessing(phone: string): boolean {
    const wrong = wrongCodes.get(phone);
    if (wrong === undefined) return false;
    if (clock.steadyMs() - wrong.sinceMs > HOUR_MS) wrongCodes.delete(phone);
    return wrong.count >= WRONG_CODES_MAX && wrongCodes.has(phone);
  }

  function noteWrongCode(phone: string): void {
    const wrong = wrongCodes.get(phone) ?? { count: 0, sinceMs: clock.steadyMs() };
    wrongCodes.set(phone, { ...wrong, count: wrong.count + 1 });
  }

  /** Persons answer at once for all that the message told them of. */
  function answeredBy(intent: StoredIntent, via: string, atMs: number): Input[] {
    if (intent.answeredAtMs !== null) return [];
    const person = 'person' in intent.to ? intent.to.person : null;
    const answer = store.addAnswer({ person, via, atMs, alerts: intent.alerts });
    afterwards.push(() => options.onAnswer(answer));
    return end({ ...intent, state: 'answered', answeredAtMs: atMs }, 'answered', atMs);
  }

  function keepAlert({ alert, names }: Pick<OpenAlert, 'alert' | 'names'>, atMs: number): void {
    store.keepAlert({ alert, names }, atMs);
  }

  wakeAt(clock.nowMs());

  return {
    place: () => store.place(),

    /**
     * Telling begins in this log, at its end: nothing is told of what was before. What another log had waiting is dropped, for
     * nobody knows what of it was told by whom.
     */
    begin(place: LogPlace, open: readonly OpenAlert[]): void {
      commit(() => {
        const atMs = clock.nowMs();
        const words = 'it is of another alert log';
        for (const requests of memory.open.values()) {
          for (const request of [...requests.values()]) keepRequest({ ...request, state: 'failed', words });
        }
        const dropped = store
          .queued()
          .flatMap((intent) => end({ ...intent, state: 'withdrawn', words }, 'withdrawn', atMs));
        log = place.log;
        store.keepPlace(place);
        for (const one of open) keepAlert(one, atMs);
        const at = open.map(({ alert, areas }) => ({ alert, areas }));
        return [...dropped.filter(({ type }) => type === 'proof'), { type: 'begin', atMs, open: at }];
      });
    },

    /** Entries of the log, in order; what was taken before is passed over. Throws when it could not be written. */
    take(entries: readonly OfferedEntry[]): void {
      commit(() => {
        const seq = store.place()?.seq ?? 0;
        const fresh = entries.filter(({ event }) => event.seq > seq);
        const last = fresh.at(-1);
        if (last === undefined) return [];
        const atMs = clock.nowMs();
        store.keepPlace({ log, seq: last.event.seq });
        return fresh.map(({ event, areas, names }): Input => {
          keepAlert({ alert: event.alert, names }, atMs);
          return { type: 'entry', atMs, event, areas };
        });
      });
    },

    /** Another setup is in force. */
    setUp(next: LiveSetup): void {
      const isNew = setup?.revision !== next.revision;
      setup = next;
      channels = readChannels(next.setup, types);
      for (const id of [...memory.waiting.keys(), ...memory.open.keys()]) touched.add(id);
      commit(() => {
        const atMs = clock.nowMs();
        const useless = [...memory.waiting.values()].flatMap((intents) =>
          [...intents.values()].flatMap((intent) => {
            const problem = uselessness(intent);
            const stored = problem === null ? undefined : store.intent(intent.id);
            return problem === null || stored === undefined ? [] : fail(stored, problem, atMs);
          }),
        );
        return isNew ? [...useless, { type: 'setup', atMs }] : useless;
      });
    },

    /** An account's console has shown all of the log up to `seq`. */
    seen({ user, seq, atMs }: { readonly user: string; readonly seq: number; readonly atMs: number }): void {
      const persons = channels.withAccount(user);
      if (persons.length === 0) return;
      const inputs = [...memory.state.withPrefix('alert:')].flatMap(([, row]) => {
        if (row.kind !== 'alert' || row.alert.seq > seq) return [];
        const { alert, seenBy } = row;
        const fresh = persons.filter(({ id }) => !seenBy.includes(id));
        return fresh.map((person): Input => ({ type: 'seen', atMs, alert: alert.id, person: person.id }));
      });
      if (inputs.length > 0) write(() => commit(() => inputs));
    },

    silence: (silence: Silence) => commit(() => [{ type: 'silence', atMs: clock.nowMs(), silence }]),
    endSilence: (id: string) => commit(() => [{ type: 'silence-ended', atMs: clock.nowMs(), id }]),

    /** What a gateway tells of a message by itself: a receipt, a reply, a key. */
    proof(channel: string, proof: ProofOf): void {
      write(() =>
        commit(() =>
          intentsOf(channel, proof).flatMap((intent): Input[] => {
            const { words, atMs } = proof;
            if (proof.state === 'answered') return answeredBy(intent, channel, atMs);
            if (intent.state !== 'accepted') return [];
            if (proof.state === 'undelivered') return fail(intent, words, atMs);
            return end({ ...intent, state: 'delivered', deliveredAtMs: atMs, words }, 'delivered', atMs);
          }),
        ),
      );
    },

    /** The alert log says of an answer what it led to. */
    answered(id: number): void {
      write(() =>
        commit(() => {
          store.answerDone(id);
          return [];
        }),
      );
    },

    /** Says again what may have been lost when the server ended: conditions that stand, and answers. */
    repeat(standing: readonly string[]): void {
      const raised = [...memory.channels.values()].filter(({ isRaised }) => isRaised).map(({ id }) => id);
      const said = standing.flatMap((rule) =>
        rule.startsWith(CHANNEL_FAILING) ? [rule.slice(CHANNEL_FAILING.length)] : [],
      );
      for (const id of new Set([...raised, ...said])) if (raised.includes(id) !== said.includes(id)) sayFailing(id);
      const isOff = [...memory.channels.values()].some(isClockOff);
      if (isOff !== standing.includes(NOTIFY_CLOCK)) sayClock();
      for (const answer of store.openAnswers()) options.onAnswer(answer);
    },

    /** The outcome of a test message counts for the channel as any other. */
    tested(channel: string, outcome: Outcome): void {
      write(() =>
        commit(() => {
          fares(channel, outcome, clock.nowMs());
          return [];
        }),
      );
    },

    channel: (id: string) => channels.get(id),
    all: () => channels.all(),
    person: (id: string) => channels.person(id),
    /** What a channel has accepted since then and nothing is proven of yet. */
    pending: (channel: string, sinceMs: number) =>
      store.unproven(channel, sinceMs).flatMap(({ ref, to, acceptedAtMs }) => {
        const phone = 'person' in to ? channels.person(to.person)?.phone : undefined;
        return ref === null || phone === undefined || acceptedAtMs === null ? [] : [{ ref, phone, acceptedAtMs }];
      }),

    channels(): ChannelReport[] {
      return [...channels.all()].map((channel) => {
        const row = channelRow(memory, channel.id);
        const open = [...ofChannel(memory.open, channel.id).values()];
        return {
          id: channel.id,
          waiting: ofChannel(memory.waiting, channel.id).size + open.length,
          underWay: open.filter(({ state }) => state === 'sending').length,
          failure: 'problem' in channel ? channel.problem : row.words,
          failingSinceMs: row.failingSinceMs,
          blockedUntilMs: row.blockedUntilMs > clock.nowMs() ? row.blockedUntilMs : null,
          lastAcceptedAtMs: row.lastAcceptedAtMs,
          clockOffsetMs: row.clockOffsetMs,
        };
      });
    },
    deliveriesOf: (alert: string) => store.intentsOfAlert(alert),
    deliveriesBetween: store.intentsBetween,
    state: () => memory.state,

    /** Nothing leaves any more; what is under way may still come to its end. */
    stop(): void {
      isStopping = true;
    },
    underWay: () =>
      [...memory.open.values()].flatMap((open) => [...open.values()].filter(({ state }) => state === 'sending')).length,

    close(): void {
      isClosed = true;
      cancelWake?.();
      store.close();
    },
  };
}

/** The rule of the alert that says that an announced alert has nobody to be told to. */
const NOT_TOLD = 'alert-not-told';

const EMPTY_SETUP: NotifySetup = {
  people: [],
  teams: [],
  calendar: { off: [], working: [] },
  rotas: [],
  ladders: [],
  routes: [],
  channels: [],
  templates: [],
};

function isSame(a: Recipient, b: Recipient): boolean {
  return 'group' in a ? 'group' in b : 'person' in b && a.person === b.person;
}
