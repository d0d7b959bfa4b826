import type { LaterReason, Outcome, RefusedReason } from '../channel.ts';
import { askedMs } from './retry.ts';
import type { ChannelRow } from './store.ts';

/** How a channel fares after an outcome, and when people must hear of it: pure. */

export function newChannel(id: string): ChannelRow {
  return {
    id,
    blockedUntilMs: 0,
    failingSinceMs: null,
    failures: 0,
    isRaised: false,
    words: null,
    why: null,
    lastAcceptedAtMs: null,
    clockOffsetMs: null,
  };
}

/** Without a word from the gateway how long it is to be left alone: all its windows are a minute, and a block ten. */
const BLOCK_UNSAID_MS = 60_000;
/** A gateway that does not answer once or twice is no news; one that keeps a message for so long is. */
const FAILING_MS = 15_000;
const FAILING_COUNT = 3;
/** Every signature holds a time, and the gateways refuse one that is minutes off. */
export const CLOCK_OFFSET_MAX_MS = 60_000;

export function channelAfter(row: ChannelRow, outcome: Outcome, nowMs: number): ChannelRow {
  const clockOffsetMs = outcome.clockOffsetMs ?? row.clockOffsetMs;
  if (outcome.state === 'accepted') {
    return {
      ...row,
      clockOffsetMs,
      failingSinceMs: null,
      failures: 0,
      isRaised: false,
      words: null,
      why: null,
      lastAcceptedAtMs: nowMs,
    };
  }
  const { words } = outcome;
  // What is wrong with one message or one number says nothing of the others.
  if (outcome.state === 'refused' && (outcome.why === 'recipient' || outcome.why === 'content')) {
    return { ...row, clockOffsetMs };
  }
  const failures = row.failures + 1;
  const failingSinceMs = row.failingSinceMs ?? nowMs;
  const blockMs =
    outcome.state === 'later' && outcome.why === 'too-many' ? askedMs(outcome.afterMs ?? BLOCK_UNSAID_MS) : 0;
  const lastsMs = nowMs - failingSinceMs;
  const isRaised =
    row.isRaised ||
    outcome.state === 'refused' ||
    outcome.why === 'not-allowed' ||
    blockMs > BLOCK_UNSAID_MS ||
    (failures >= FAILING_COUNT && lastsMs >= FAILING_MS);
  return {
    ...row,
    clockOffsetMs,
    failures,
    failingSinceMs,
    isRaised,
    words,
    why: outcome.why,
    blockedUntilMs: blockMs === 0 ? row.blockedUntilMs : Math.max(row.blockedUntilMs, nowMs + blockMs),
  };
}

/**
 * Why a channel fails, for everybody. Never the gateway's own words: they may be a page of a server within the house, and the
 * alert that says so goes to every group and to whoever may look.
 */
export function failureText({ why }: Pick<ChannelRow, 'why'>): string {
  return why === null ? '消息发不出去 / it accepts nothing' : FAILURES[why];
}

const FAILURES: Readonly<Record<LaterReason | RefusedReason, string>> = {
  'no-answer': '网关没有应答 / it does not answer',
  'server-error': '网关自身出错 / it answers with errors of its own',
  'too-many': '发得太多，网关要求暂停 / it asks to be left alone for a while',
  'unreadable-answer': '应答的不是网关，可能被拦截 / what answers in its place is something else',
  'not-allowed': '服务器未获准连接（--notify-allow） / the server may not connect to it (--notify-allow)',
  settings: '网关不认这里的设置，如密钥 / it refuses what is set up here, such as a key',
  signature: '签名不对，或时钟不准 / it refuses the signature, or the clock is wrong',
  recipient: '网关不认号码或地址 / it refuses a number or address',
  content: '网关不收这段文字 / it refuses the text',
  quota: '额度或余额用完 / what may be sent by it is used up',
};

export function isClockOff({ clockOffsetMs }: ChannelRow): boolean {
  return clockOffsetMs !== null && Math.abs(clockOffsetMs) > CLOCK_OFFSET_MAX_MS;
}
