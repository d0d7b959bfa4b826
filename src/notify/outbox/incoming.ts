import type { Clock } from '../../lib/clock.ts';
import type { AnswerPage } from '../../model/notify/answer-page.ts';
import type { Person } from '../../model/notify/people.ts';
import { RANK } from '../../model/severity.ts';
import { HOUR_MS } from '../../model/time.ts';
import type { ProofOf } from '../channel.ts';
import type { Input } from '../decide/input.ts';
import type { Desk } from './desk.ts';
import type { Fates } from './fates.ts';
import { noticeOf } from './notice.ts';
import type { Answer, StoredIntent, StoredRequest } from './store.ts';

/** What gateways tell by themselves of what they took: receipts, replies with a code, keys pressed in a call. */

/** How long a code in a message may be replied to. */
export const CODE_HOLDS_MS = 24 * HOUR_MS;
/** Wrong codes of one number in an hour; then it is not listened to for the rest of it. */
const WRONG_CODES_MAX = 5;

export interface IncomingOptions {
  readonly clock: Clock;
  readonly timezone: string;
  readonly onAnswer: (answer: Answer) => void;
}

export function createIncoming(desk: Desk, fates: Fates, { clock, timezone, onAnswer }: IncomingOptions) {
  const wrongCodes = new Map<string, { count: number; sinceMs: number }>();

  /** Where a receipt, a reply or a key belongs; undefined when it belongs nowhere. */
  function intentsOf(channel: string, { ref, phone, text }: ProofOf): readonly StoredIntent[] {
    const byRef = ref === null ? [] : desk.store.intentsByRef(channel, ref);
    if (byRef.length > 0) return byRef;
    if (phone === null || text === null) return [];
    const code = codeIn(text);
    const persons = desk.channels.withPhone(phone).map(({ id }) => id);
    if (code === undefined || persons.length === 0 || isGuessing(phone)) return [];
    const found = desk.store
      .requestsByCode(code, clock.nowMs() - CODE_HOLDS_MS)
      .filter((request) => request.channel === channel)
      .flatMap((request) => desk.store.intentsOfRequest(request.id))
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

  /** The alert log hears of it; of a rehearsal, which is about no alert, there is nothing to hear. */
  function keepAnswer(given: Omit<Answer, 'id'>): void {
    if (given.alerts.length === 0) return;
    const answer = desk.store.addAnswer(given);
    desk.afterwards.push(() => onAnswer(answer));
  }

  /** Those of an intent that are as its message said, or less severe. What has turned more severe since has messages of its own. */
  function asSaid({ id, alerts }: StoredIntent): readonly string[] {
    const said = desk.store.levelsSaid(id);
    return alerts.filter((alert) => {
      const [then, now] = [said.get(alert), desk.store.alert(alert)?.alert.level];
      return then === null || then === undefined || now === undefined || RANK[now] <= RANK[then];
    });
  }

  /** Persons answer at once for all that the message told them of. */
  function answeredBy(intent: StoredIntent, via: string, atMs: number): Input[] {
    if (intent.answeredAtMs !== null) return [];
    keepAnswer({
      person: 'person' in intent.to ? intent.to.person : null,
      name: null,
      via,
      atMs,
      alerts: asSaid(intent),
    });
    return fates.end({ ...intent, state: 'answered', answeredAtMs: atMs }, 'answered', atMs);
  }

  /**
   * What a receipt, a reply or a key comes to, as inputs of deciding. These are of our time: a gateway whose clock is wrong
   * must not move a ladder.
   */
  function take(channel: string, proof: ProofOf): Input[] {
    const { words } = proof;
    const nowMs = clock.nowMs();
    return intentsOf(channel, proof).flatMap((intent): Input[] => {
      if (proof.state === 'answered') return answeredBy(intent, channel, nowMs);
      if (intent.state !== 'accepted') return [];
      if (proof.state === 'undelivered') return fates.fail(intent, words, nowMs);
      // It was on the device behind its being accepted, and before now.
      const deliveredAtMs = Math.min(nowMs, Math.max(proof.atMs, intent.acceptedAtMs ?? intent.atMs));
      return fates.end({ ...intent, state: 'delivered', deliveredAtMs, words }, 'delivered', nowMs);
    });
  }

  /** The one person that a request went to; null when it went to several, or to a group. */
  function personOf(request: StoredRequest): Person | null {
    const [only, ...others] = request.to;
    if (only === undefined || others.length > 0 || 'group' in only) return null;
    return desk.channels.person(only.person) ?? null;
  }

  /** What a request told of, as it is now, for the page behind its link. */
  function page(id: string): AnswerPage | null {
    const request = desk.store.request(id);
    if (request === undefined) return null;
    const person = personOf(request);
    const language = person?.language ?? 'zh';
    const alerts = alertsOf(id).flatMap((alert) => desk.store.alert(alert) ?? []);
    const context = { timezone, templates: [] };
    const spec = { id, language, reasons: ['raised'], alerts, atMs: clock.nowMs(), link: null, code: null } as const;
    return {
      isRehearsal: desk.store.intentsOfRequest(id).some(({ reason }) => reason === 'rehearsal'),
      alerts: noticeOf(spec, context).items.map(({ alert, level, text }) => ({ id: alert, level, text })),
      person: person === null ? null : { id: person.id, name: person.name },
    };
  }

  const alertsOf = (request: string) => [
    ...new Set(desk.store.intentsOfRequest(request).flatMap(({ alerts }) => alerts)),
  ];

  /**
   * The link of a request was answered: whoever it went to has answered all that it told him of, or, where it went to
   * several, the one who gave his name has.
   */
  function answerByLink(id: string, by: string | null): Input[] {
    const request = desk.store.request(id);
    if (request === undefined) return [];
    const atMs = clock.nowMs();
    const person = personOf(request)?.id ?? null;
    // Whoever has the link of a group may press its button as often as he likes; once something is taken, it is taken.
    const alerts = alertsOf(id).filter((alert) => desk.store.alert(alert)?.alert.acknowledged !== true);
    if (alerts.length > 0) keepAnswer({ person, name: person === null ? by : null, via: 'link', atMs, alerts });
    if (person === null) return [];
    return desk.store
      .intentsOfRequest(id)
      .filter(({ answeredAtMs }) => answeredAtMs === null)
      .flatMap((intent) => fates.end({ ...intent, state: 'answered', answeredAtMs: atMs }, 'answered', atMs));
  }

  return { take, page, answerByLink };
}

/** Four figures by themselves, narrow or as wide as the Chinese keyboard writes them. */
function codeIn(text: string): string | undefined {
  return /(?<!\d)\d{4}(?!\d)/.exec(text.normalize('NFKC'))?.[0];
}
