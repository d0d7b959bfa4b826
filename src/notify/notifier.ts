import { randomInt, randomUUID } from 'node:crypto';
import type { Clock } from '../lib/clock.ts';
import type { Composed, Edge, Notice, Outcome, ProofOf } from './channel.ts';
import type { TestResult } from './notify-protocol.ts';
import type { UsableChannel } from './outbox/live-channels.ts';
import { noticeOf } from './outbox/notice.ts';
import { type LiveSetup, type Outbox, type OutboxOptions, openOutbox } from './outbox/outbox.ts';
import { createPolling } from './polling.ts';
import { createSender } from './sender.ts';

/** The outbox with its channels open: all of telling people that is not the thread it runs in. */
export interface Notifier extends Outbox {
  test(channel: string, person: string | null): Promise<TestResult>;
  /** Lets what is under way come to its end, for some seconds, so that nothing of it has to be repeated; then closes. */
  end(): Promise<void>;
}

export interface NotifierOptions
  extends Pick<
    OutboxOptions,
    | 'path'
    | 'clock'
    | 'uptime'
    | 'timezone'
    | 'linkOf'
    | 'step'
    | 'dutyAt'
    | 'types'
    | 'startsAnew'
    | 'onSystem'
    | 'onAnswer'
    | 'onBug'
  > {
  readonly edge: Omit<Edge, 'onProof' | 'nowMs' | 'after'>;
}

const END_LIMIT_MS = 5_000;
const END_LOOK_MS = 20;
const CODES = 10_000;
const CODE_DIGITS = 4;

export function openNotifier({ clock, edge, ...options }: NotifierOptions): Notifier {
  const sender = createSender({
    clock,
    edge: { ...edge, nowMs: clock.nowMs, after: clock.after },
    onProof: (channel: string, proof: ProofOf) => outbox.proof(channel, proof),
  });
  const outbox = openOutbox({
    ...options,
    clock,
    send: (channel, { composed }) => sender.send(channel, composed),
    newId: randomUUID,
    newCode: () => String(randomInt(CODES)).padStart(CODE_DIGITS, '0'),
  });
  const polling = createPolling({ clock, outbox, sender });
  const usable = (): UsableChannel[] => [...outbox.all()].flatMap((channel) => ('problem' in channel ? [] : channel));

  return {
    ...outbox,
    setUp(setup: LiveSetup): void {
      outbox.setUp(setup);
      sender.use(usable());
    },

    async test(id, personId): Promise<TestResult> {
      const channel = outbox.channel(id);
      if (channel === undefined) return { outcome: null, words: 'there is no such channel' };
      if ('problem' in channel) return { outcome: null, words: channel.problem };
      const person = personId === null ? undefined : outbox.person(personId);
      if (personId !== null && person === undefined) return { outcome: null, words: 'there is no such person' };
      const composed = composeTest(channel, person === undefined ? [] : [person], clock, options.timezone);
      const attempt = outbox.beginTest(channel, personId);
      if ('waitMs' in attempt) return { outcome: null, words: fullWords(attempt.waitMs) };
      const outcome: Outcome = await sender.send(channel, composed);
      outbox.tested(attempt, outcome);
      return { outcome, words: outcome.words };
    },

    async end() {
      outbox.stop();
      polling.stop();
      const until = clock.steadyMs() + END_LIMIT_MS;
      while (outbox.underWay() > 0 && clock.steadyMs() < until) {
        await new Promise<void>((resolve) => void clock.after(END_LOOK_MS, resolve));
      }
      sender.close();
      outbox.close();
    },
  };
}

/** Why a test was not sent: what is left of the budget is for alerts. */
function fullWords(waitMs: number): string {
  const seconds = Math.ceil(waitMs / 1_000);
  const [zh, en] = Number.isFinite(waitMs)
    ? [`${seconds} 秒后可再试`, `try again in ${seconds} s`]
    : ['正在发送的有了结果后可再试', 'try again when what is under way is answered'];
  return `没有发出，余量留给报警，${zh} / nothing was sent, what is left is for alerts: ${en}`;
}

function composeTest(
  channel: UsableChannel,
  to: readonly Parameters<UsableChannel['type']['compose']>[1][number][],
  clock: Clock,
  timezone: string,
): Composed {
  const spec = {
    id: randomUUID(),
    language: to[0]?.language ?? 'zh',
    reasons: ['test'],
    alerts: [],
    atMs: clock.nowMs(),
    link: null,
    code: null,
  } as const;
  const notice: Notice = noticeOf(spec, { timezone, templates: [] });
  return channel.type.compose(notice, to, channel.settings);
}
