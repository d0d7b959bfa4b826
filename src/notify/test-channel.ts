import type { Person } from '../model/notify/people.ts';
import type { Edge, Outcome } from './channel.ts';
import type { ReadyChannel } from './channel-types.ts';
import { CLOCK_OFFSET_MAX_MS } from './outbox/channel-health.ts';
import { noticeOf, SITE_TIMEZONE } from './outbox/notice.ts';

/** What came of a channel's test, for who set it up. */
export interface ChannelTest {
  readonly state: Outcome['state'];
  /** Why not, when it was not accepted. */
  readonly why: string | null;
  /** The gateway's own words, without secrets. */
  readonly words: string;
  /** How long it took, ms. */
  readonly tookMs: number;
  /** How far the gateway's clock is ahead of ours, ms; null when its answer says nothing of it. */
  readonly clockOffsetMs: number | null;
  /** Signatures hold the time: this one is too far off, and every signed channel is or will be refused for it. */
  readonly isClockOff: boolean;
}

/**
 * Sends a test message by a channel, now, past the outbox and its budget: somebody sits before the button and waits. `id`
 * is new for each test. `to`: whom it goes to, for channels that reach persons.
 */
export async function testChannel(
  channel: ReadyChannel,
  edge: Edge,
  { id, to, language }: { readonly id: string; readonly to: readonly Person[]; readonly language: 'zh' | 'en' },
): Promise<ChannelTest> {
  const startedAtMs = edge.nowMs();
  const notice = noticeOf(
    { id, language, reasons: ['test'], alerts: [], atMs: startedAtMs, link: null, code: null },
    { timezone: SITE_TIMEZONE, templates: [] },
  );
  const opened = channel.open(edge);
  try {
    const outcome = await opened.send(channel.compose(notice, to));
    const { state, words, clockOffsetMs } = outcome;
    return {
      state,
      why: outcome.state === 'accepted' ? null : outcome.why,
      words,
      tookMs: edge.nowMs() - startedAtMs,
      clockOffsetMs,
      isClockOff: clockOffsetMs !== null && Math.abs(clockOffsetMs) > CLOCK_OFFSET_MAX_MS,
    };
  } finally {
    opened.close();
  }
}
