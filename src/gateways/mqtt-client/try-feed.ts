import { randomBytes } from 'node:crypto';
import type { Clock } from '../../lib/clock.ts';
import type { Feed } from '../../model/feed.ts';
import type { RouteOf } from '../../model/route.ts';
import type { SourceTest } from '../../model/source-setup.ts';
import { FILTER_REFUSED } from './mqtt-client.ts';

export interface TryFeedOptions {
  readonly clock: Clock;
  readonly routeOf: RouteOf;
}

/** It must be answered within this. */
const ANSWER_WITHIN_MS = 10_000;
/** What comes is listened to for so long. */
const LISTEN_MS = 3_000;
const HEARD_MAX = 10;
/** CONNACK of 3.1.1: what the name or the password is refused with, and whoever is not allowed. */
const REFUSED_CODES = [4, 5];

/**
 * Connects to a broker as a client of its own, whose session is not kept, subscribes, listens for a while and leaves. Nothing
 * that comes is taken in. A shared subscription is tried without its group, whose messages are for who is in use.
 */
export async function tryFeed(feed: Omit<Feed, 'name'>, { clock, routeOf }: TryFeedOptions): Promise<SourceTest> {
  const { connect } = await import('mqtt');
  const heard = new Map<string, boolean>();
  return new Promise((resolve) => {
    const client = connect(feed.url, {
      clientId: `brink-try-${randomBytes(6).toString('hex')}`,
      username: feed.user,
      password: feed.password,
      protocolVersion: 4,
      clean: true,
      connectTimeout: ANSWER_WITHIN_MS,
      reconnectPeriod: 0,
    });
    let cancel = clock.after(ANSWER_WITHIN_MS, () => end('unreachable', 'no answer'));
    let isOver = false;

    function end(state: SourceTest['state'], words: string, granted?: number): void {
      if (isOver) return;
      isOver = true;
      cancel();
      client.end(true);
      const topics = [...heard].map(([topic, isRead]) => ({ topic, isRead }));
      resolve({ state, words, isKeptForUs: granted === undefined ? null : granted > 0, heard: topics });
    }

    client.on('connect', () => {
      const filters = feed.topics.map((topic) => topic.replace(/^\$share\/[^/]+\//, ''));
      client.subscribe(filters, { qos: 1 }, (error, _grants, packet) => {
        const codes = (packet?.granted ?? []).map(Number);
        const refused = filters.filter((_topic, i) => codes[i] === FILTER_REFUSED);
        if (refused.length > 0) return end('refused', `the broker refuses ${refused.join(', ')}`);
        if (error) return end('refused', error.message);
        if (isOver) return;
        cancel();
        cancel = clock.after(LISTEN_MS, () => end('works', '', Math.min(...codes)));
      });
    });
    client.on('message', (topic) => {
      if (heard.size < HEARD_MAX) heard.set(topic, routeOf(topic) !== undefined);
    });
    client.on('error', (error) => {
      const { code } = error as { readonly code?: unknown };
      end(REFUSED_CODES.includes(Number(code)) ? 'refused' : 'unreachable', error.message || String(code));
    });
    client.on('close', () => end('unreachable', 'the connection ended'));
  });
}
