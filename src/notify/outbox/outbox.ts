import type { Clock, Uptime } from '../../lib/clock.ts';
import type { AlertEvent } from '../../model/alert.ts';
import type { LogPlace } from '../../model/log-place.ts';
import type { AlertNames } from '../../model/notify/alert-names.ts';
import type { Rehearsed } from '../../model/notify/rehearsal.ts';
import { emptySetup, type NotifySetup } from '../../model/notify/setup.ts';
import type { Silence } from '../../model/notify/silence.ts';
import type { ChannelFigures } from '../../model/notify/told.ts';
import { typedName } from '../../model/notify/typed-name.ts';
import { CHANNEL_FAILING, NOTIFY_CLOCK } from '../../model/system-alerts.ts';
import { HOUR_MS } from '../../model/time.ts';
import type { Outcome, ProofOf } from '../channel.ts';
import type { AlertInPlace, Input, StepResult } from '../decide/input.ts';
import type { DutyAt } from '../decide/setup.ts';
import type { Step } from '../decide/step.ts';
import { failureText, isClockOff } from './channel-health.ts';
import { createClockWatch } from './clock-set.ts';
import type { Desk, SystemCondition } from './desk.ts';
import { createFates } from './fates.ts';
import { createIncoming } from './incoming.ts';
import { type ChannelTypes, readChannels, type UsableChannel } from './live-channels.ts';
import { channelRow, ofChannel, readMemory } from './memory.ts';
import { createNotTold } from './not-told.ts';
import type { AlertShown } from './notice.ts';
import { type Leaving, placeOfTest, planChannel } from './plan.ts';
import { createRehearsing } from './rehearsing.ts';
import { GIVE_UP_MS } from './retry.ts';
import { createRevising } from './revising.ts';
import { createSettling } from './settling.ts';
import { type Answer, type Attempt, openOutboxStore, type StoredRequest } from './store.ts';

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
  /**
   * Whether telling begins anew, at what place the rows are: nothing of before leaves then, and nothing falls due, until
   * `begin` has dropped it.
   */
  readonly startsAnew: (place: LogPlace | undefined) => boolean;
  /** Sends one request; resolves with what came of it, and never rejects. */
  readonly send: (channel: UsableChannel, request: StoredRequest) => Promise<Outcome>;
  readonly newId: () => string;
  readonly newCode: () => string;
  /** The machine's own time, by which it is seen that somebody set the clock. */
  readonly uptime: Uptime;
  /** The site's zone, an IANA name, in which messages tell the time. */
  readonly timezone: string;
  /** See PlanContext. */
  readonly linkOf: (request: string, nowMs: number) => string | null;
  /** A condition of the server itself that people must see. It may be said again. */
  readonly onSystem: (condition: SystemCondition) => void;
  /** Somebody answered: it is said until `answered` is called with its id. */
  readonly onAnswer: (answer: Answer) => void;
  /** Deciding threw: our mistake. What it was given is passed over, for the alerts behind it must be told. */
  readonly onBug: (error: unknown, input: Input) => void;
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

export type Outbox = ReturnType<typeof openOutbox>;

/** Whatever somebody does to the clock, so often it is looked at. */
const LOOK_EVERY_MS = 10_000;
const PRUNE_EVERY_MS = HOUR_MS / 60;
/** After a write that failed, as on a full disk. */
const AGAIN_AFTER_MS = 1_000;
/** So many deadlines have their turn in one transaction: after a long standstill all of them may have come. */
const DUE_AT_ONCE = 1_000;

export function openOutbox(options: OutboxOptions) {
  const { clock, step, dutyAt, types } = options;
  const store = openOutboxStore(options.path);
  store.transact(() => store.takeUp(clock.nowMs()));
  const desk: Desk = {
    store,
    memory: readMemory(store),
    channels: readChannels(emptySetup(), {}),
    touched: new Set(),
    afterwards: [],
    onSystem: options.onSystem,
  };
  const fates = createFates(desk);
  const settling = createSettling(desk, fates, clock.nowMs);
  const revising = createRevising(desk, fates, settling);
  const rehearsing = createRehearsing(desk, fates);
  const notTold = createNotTold(desk);
  const clockWatch = createClockWatch(desk, clock, options.uptime);
  const incoming = createIncoming(desk, fates, options);
  let setup: LiveSetup | undefined;
  let log = store.place()?.log ?? '';
  const lookAgain = new Map<string, number | null>();
  /** Outcomes that could not be written yet. */
  let unwritten: (() => void)[] = [];
  let cancelWake: (() => void) | undefined;
  let prunedAtMs = clock.steadyMs();
  let isToBegin = options.startsAnew(store.place());
  let isStopping = false;
  let isClosed = false;

  /** Runs `change` and all that follows of it as one transaction; throws when it could not be written, and then nothing happened. */
  function commit(change: () => Input[]): void {
    const leaving: Leaving[] = [];
    try {
      store.transact(() => {
        clockWatch.follow();
        decide(change());
        notTold.review();
        const nowMs = clock.nowMs();
        for (const id of isStopping || isToBegin ? [] : desk.touched) {
          const planned = planChannel(id, planContext(), nowMs);
          leaving.push(...planned.leaving);
          lookAgain.set(id, planned.againAtMs);
        }
      });
    } catch (error) {
      desk.afterwards.length = 0;
      desk.touched.clear();
      desk.memory = readMemory(store);
      wakeAt(clock.nowMs() + AGAIN_AFTER_MS);
      throw error;
    }
    clockWatch.done();
    desk.touched.clear();
    for (const one of leaving) sendOff(one);
    for (const effect of desk.afterwards.splice(0)) effect();
    schedule();
  }

  const planContext = () => ({
    store,
    memory: desk.memory,
    channels: desk.channels,
    newId: options.newId,
    newCode: options.newCode,
    linkOf: options.linkOf,
    timezone: options.timezone,
    templates: setup?.setup.templates ?? [],
  });

  // Deciding.

  function decide(inputs: readonly Input[]): void {
    const queue = [...inputs];
    let dues = 0;
    for (;;) {
      const input = queue.shift() ?? dueInput();
      if (input === undefined) return;
      // The rest has its turn when what was decided is written.
      if (input.type === 'due' && ++dues > DUE_AT_ONCE) return;
      queue.push(...decideOne(input));
    }
  }

  function dueInput(): Input | undefined {
    if (setup === undefined || isToBegin) return undefined;
    const due = desk.memory.state.nextDue();
    const nowMs = clock.nowMs();
    return due === undefined || due.atMs > nowMs ? undefined : { type: 'due', key: due.key, atMs: nowMs };
  }

  /** One step, and what it leads to at once. */
  function decideOne(input: Input): Input[] {
    if (setup === undefined) return [];
    const found = stepped({ ...setup, log }, input);
    if (found === undefined) return [];
    desk.memory.state.apply(found.changed);
    store.keepDecided(found.changed);
    const next: Input[] = [];
    for (const intent of found.intents) next.push(...fates.admit(intent, input.atMs));
    for (const id of found.withdrawn) next.push(...fates.withdraw(id, input.atMs));
    for (const one of found.notTold) notTold.say(one);
    return next;
  }

  function stepped(of: LiveSetup & { readonly log: string }, input: Input): StepResult | undefined {
    try {
      return step({ setup: of, dutyAt }, desk.memory.state, input);
    } catch (error) {
      options.onBug(error, input);
      // A row whose turn fails would fall due for ever.
      if (input.type === 'due') desk.memory.state.apply(new Map([[input.key, null]]));
      return undefined;
    }
  }

  // Sending.

  function sendOff({ request, attempt }: Leaving): void {
    const channel = desk.channels.get(request.channel);
    const gone: Outcome = { state: 'refused', why: 'settings', words: 'the channel is gone', clockOffsetMs: null };
    const sent = channel === undefined || 'problem' in channel ? Promise.resolve(gone) : options.send(channel, request);
    void sent.then((outcome) => write(() => commit(() => settling.settle(request, attempt, outcome))));
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

  // Time.

  function wakeAt(atMs: number): void {
    cancelWake?.();
    if (isClosed) return;
    cancelWake = clock.after(Math.max(0, atMs - clock.nowMs()), look);
  }

  function schedule(): void {
    if (isStopping || isToBegin) return;
    const nowMs = clock.nowMs();
    const times = [desk.memory.state.nextDue()?.atMs, ...lookAgain.values()].flatMap((time) => time ?? []);
    wakeAt(Math.min(nowMs + LOOK_EVERY_MS, ...times));
  }

  /** Does what time has made due. */
  function look(): void {
    const again = unwritten;
    unwritten = [];
    for (const work of again) write(work);
    const nowMs = clock.nowMs();
    for (const [id, atMs] of lookAgain) if (atMs !== null && atMs <= nowMs) desk.touched.add(id);
    for (const id of [...desk.memory.waiting.keys(), ...desk.memory.open.keys()]) desk.touched.add(id);
    const due = desk.memory.state.nextDue();
    try {
      if (clockWatch.isSet() || desk.touched.size > 0 || (due !== undefined && due.atMs <= nowMs))
        commit(() => expired(clock.nowMs()));
      else schedule();
      prune();
    } catch {
      // It is tried again: commit has seen to that.
    }
  }

  /** What has waited for a day without leaving is of no use to anybody. */
  function expired(nowMs: number): Input[] {
    return [...desk.memory.waiting.values()].flatMap((intents) =>
      [...intents.values()].flatMap((intent) => {
        if (nowMs - intent.atMs < GIVE_UP_MS) return [];
        const stored = store.intent(intent.id);
        return stored === undefined ? [] : fates.fail(stored, 'it could not be sent for a day', nowMs);
      }),
    );
  }

  function prune(): void {
    if (clock.steadyMs() - prunedAtMs < PRUNE_EVERY_MS) return;
    store.prune(clock.nowMs());
    prunedAtMs = clock.steadyMs();
  }

  // What comes in.

  function keepAlert({ alert, names, takenBy: by }: AlertShown, atMs: number): void {
    store.keepAlert({ alert, names, ...(by === undefined ? {} : { takenBy: by }) }, atMs);
  }

  /** Who has acknowledged an alert, as people call him: that it was taken is told with it. */
  function takenBy({ event, alert, by }: AlertEvent): string | undefined {
    if (!alert.acknowledged) return undefined;
    if (event !== 'acknowledged' || by === null) return store.alert(alert.id)?.takenBy;
    const person = desk.channels.withAccount(by)[0] ?? desk.channels.person(by);
    // By a link of a group somebody has typed his name.
    return person?.name ?? typedName(by) ?? by;
  }

  wakeAt(clock.nowMs());

  return {
    place: () => store.place(),
    isToBegin: () => isToBegin,

    /**
     * Telling begins in this log, at its end: nothing is told of what was before. What another log had waiting is dropped, for
     * nobody knows what of it was told by whom.
     */
    begin(place: LogPlace, open: readonly OpenAlert[]): void {
      const wasToBegin = isToBegin;
      isToBegin = false;
      try {
        commit(() => {
          const atMs = clock.nowMs();
          const words = 'it is of another alert log';
          for (const requests of desk.memory.open.values()) {
            for (const request of [...requests.values()]) settling.keepRequest({ ...request, state: 'failed', words });
          }
          const dropped = store
            .queued()
            .flatMap((intent) => fates.end({ ...intent, state: 'withdrawn', words }, 'withdrawn', atMs));
          log = place.log;
          store.keepPlace(place);
          for (const one of open) keepAlert(one, atMs);
          const at = open.map(({ alert, areas }) => ({ alert, areas }));
          return [...dropped.filter(({ type }) => type === 'proof'), { type: 'begin', atMs, open: at }];
        });
      } catch (error) {
        isToBegin = wasToBegin;
        throw error;
      }
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
          keepAlert({ alert: event.alert, names, takenBy: takenBy(event) }, atMs);
          return { type: 'entry', atMs, event, areas };
        });
      });
    },

    /** Another setup is in force. */
    setUp(next: LiveSetup): void {
      const isNew = setup?.revision !== next.revision;
      setup = next;
      const before = desk.channels;
      desk.channels = readChannels(next.setup, types);
      commit(() => {
        const atMs = clock.nowMs();
        const revised = revising.revise(before, atMs);
        return isNew ? [...revised, { type: 'setup', atMs }] : revised;
      });
    },

    /** An account's console has shown all of the log up to `seq`. */
    seen({ user, seq, atMs }: { readonly user: string; readonly seq: number; readonly atMs: number }): void {
      const persons = desk.channels.withAccount(user);
      if (persons.length === 0) return;
      const inputs = [...desk.memory.state.withPrefix('alert:')].flatMap(([, row]) => {
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
    proof: (channel: string, proof: ProofOf) => write(() => commit(() => incoming.take(channel, proof))),

    /** Asks everybody by each of his channels; what is there already of this id stays as it is. Throws when it could not be written. */
    rehearse(id: string, of: readonly Rehearsed[]): void {
      commit(() => rehearsing.rehearse(id, of, clock.nowMs()));
    },
    /** What came of a rehearsal; empty when there is none of this id. */
    rehearsal: (id: string) => rehearsing.messagesOf(id),

    /** What a request told of; null when there is no such request any more. */
    answerPage: (request: string) => incoming.page(request),

    /** Somebody answered by the link of a request; `by`: who, where the request does not say. False when it is not there. */
    answerByLink(request: string, by: string | null): boolean {
      const isThere = store.request(request) !== undefined;
      if (isThere) commit(() => incoming.answerByLink(request, by));
      return isThere;
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
      const raised = [...desk.memory.channels.values()].filter(({ isRaised }) => isRaised).map(({ id }) => id);
      const said = standing.flatMap((rule) =>
        rule.startsWith(CHANNEL_FAILING) ? [rule.slice(CHANNEL_FAILING.length)] : [],
      );
      for (const id of new Set([...raised, ...said]))
        if (raised.includes(id) !== said.includes(id)) settling.sayFailing(id);
      const isOff = [...desk.memory.channels.values()].some(isClockOff);
      if (isOff !== standing.includes(NOTIFY_CLOCK)) settling.sayClock();
      notTold.stands(standing);
      for (const answer of store.openAnswers()) options.onAnswer(answer);
    },

    /**
     * Takes a place of the budget for a test message, before it is sent: at some gateways one too many costs ten minutes of silence.
     * Gives how long there is none instead, ms; none of those kept for red is taken.
     */
    beginTest(channel: UsableChannel, person: string | null): Attempt | { readonly waitMs: number } {
      const nowMs = clock.nowMs();
      const place = placeOfTest(channel, person, { store, memory: desk.memory, channels: desk.channels }, nowMs);
      if (place.atMs > nowMs) return { waitMs: place.atMs - nowMs };
      const { recipients } = place;
      const attempt = { request: `test/${options.newId()}`, channel: channel.id, recipients, startedAtMs: nowMs };
      const begun = store.transact(() => store.beginAttempt(attempt));
      desk.memory.used.get(channel.id)?.push(begun);
      return begun;
    },

    /** The outcome of a test message counts for the channel as any other. */
    tested(attempt: Attempt, outcome: Outcome): void {
      write(() =>
        commit(() => {
          settling.tested(attempt, outcome);
          return [];
        }),
      );
    },

    channel: (id: string) => desk.channels.get(id),
    all: () => desk.channels.all(),
    person: (id: string) => desk.channels.person(id),
    /** What a channel has accepted since then and nothing is proven of yet. */
    pending: (channel: string, sinceMs: number) =>
      distinctBy(store.unproven(channel, sinceMs), ({ ref }) => ref).flatMap(({ ref, to, acceptedAtMs, state }) => {
        const of = desk.channels.get(channel);
        const isDelivered = state === 'delivered';
        // What is on the device is asked about for the answer alone, where one can come.
        const mayAnswer = of !== undefined && 'type' in of && of.type.proof === 'answered';
        if (isDelivered && !mayAnswer) return [];
        const phone = 'person' in to ? desk.channels.person(to.person)?.phone : undefined;
        return ref === null || phone === undefined || acceptedAtMs === null
          ? []
          : [{ ref, phone, acceptedAtMs, isDelivered }];
      }),

    channels(): ChannelFigures[] {
      return [...desk.channels.all()].map((channel) => {
        const row = channelRow(desk.memory, channel.id);
        const open = [...ofChannel(desk.memory.open, channel.id).values()];
        return {
          id: channel.id,
          waiting: ofChannel(desk.memory.waiting, channel.id).size + open.length,
          underWay: open.filter(({ state }) => state === 'sending').length,
          failure: 'problem' in channel ? channel.problem : row.words,
          trouble: 'problem' in channel ? channel.problem : row.failingSinceMs === null ? null : failureText(row),
          failingSinceMs: row.failingSinceMs,
          blockedUntilMs: row.blockedUntilMs > clock.nowMs() ? row.blockedUntilMs : null,
          lastAcceptedAtMs: row.lastAcceptedAtMs,
          clockOffsetMs: row.clockOffsetMs,
        };
      });
    },
    deliveriesOf: (alert: string) => store.intentsOfAlert(alert),
    deliveriesBetween: store.intentsBetween,
    requestsOf: store.requestsOf,
    state: () => desk.memory.state,

    /** Nothing leaves any more; what is under way may still come to its end. */
    stop(): void {
      isStopping = true;
    },
    underWay: () =>
      [...desk.memory.open.values()].flatMap((open) => [...open.values()].filter(({ state }) => state === 'sending'))
        .length,

    close(): void {
      isClosed = true;
      cancelWake?.();
      store.close();
    },
  };
}

/** One message may have told of several things, all of which have its reference. */
function distinctBy<T>(list: readonly T[], keyOf: (one: T) => unknown): T[] {
  const seen = new Set<unknown>();
  return list.filter((one) => !seen.has(keyOf(one)) && seen.add(keyOf(one)));
}
