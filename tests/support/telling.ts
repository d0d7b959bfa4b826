import { z } from 'zod';
import type { Alert, AlertEvent, EventType } from '../../src/model/alert.ts';
import { isAnnounced } from '../../src/model/announced.ts';
import type { Level } from '../../src/model/level.ts';
import type { Intent } from '../../src/model/notify/delivery.ts';
import { notifySetupSchema } from '../../src/model/notify/setup.ts';
import type { Budget, ChannelType, Notice, Outcome } from '../../src/notify/channel.ts';
import { CHANNEL_TYPES } from '../../src/notify/channel-types.ts';
import type { Step } from '../../src/notify/decide/step.ts';
import type { OfferedEntry } from '../../src/notify/outbox/outbox.ts';
import type { FakeClock } from './fake-clock.ts';

/** What tests of telling people share: alerts, a deciding that tells everybody at once, and a robot as its gateway has it. */

const BASE: Omit<Alert, 'id' | 'point' | 'level' | 'raisedAt' | 'receivedAt' | 'announcedAt' | 'seq'> = {
  area: 'town',
  metric: 'v',
  rule: 'high',
  state: 'active',
  acknowledged: false,
  unverified: false,
  latched: false,
  shelvedUntil: null,
  value: 52,
  limit: 50,
  unit: 'cm',
  clearedAt: null,
  peak: { value: 52, at: 0, level: 'red' },
  thresholdRevision: 1,
  kind: 'levels',
  device: 'dev-1',
  family: 'waterlogging',
  recoveredAt: null,
  retrospective: false,
  suppressed: false,
  suppressedBy: null,
  chattering: false,
  repeats: 0,
  label: null,
};

/** An entry of the alert log about one alert. */
export function entryOf(
  seq: number,
  { id, level, atMs, ...more }: { id: string; level: Level; atMs: number } & Partial<Alert>,
  event: EventType = 'raised',
): AlertEvent {
  const alert: Alert = {
    ...BASE,
    id,
    point: `pt-${id}`,
    level,
    raisedAt: atMs,
    receivedAt: atMs,
    announcedAt: atMs,
    seq,
    ...more,
  };
  return { type: 'event', seq, event, at: atMs, by: null, note: null, cause: null, alert };
}

export const NO_NAMES = { point: null, area: null, metric: null };

/** An entry as the registry's names go with it. */
export function offered(event: AlertEvent): OfferedEntry {
  return { event, areas: [event.alert.area], names: NO_NAMES };
}

/** Deciding for tests of what lies behind it: every announced entry goes to every channel, to its group. */
export const tellAll: Step = ({ setup: { setup, log } }, _state, input) => {
  const intents: Intent[] = [];
  if (input.type === 'entry' && isAnnounced(input.event.alert)) {
    const { event, alert, seq } = input.event;
    const isRaise = event === 'raised';
    if (isRaise || event === 'cleared') {
      for (const { id: channel } of setup.channels) {
        const id = (what: string) => `${log}/${what}/${channel}`;
        intents.push({
          id: id(String(seq)),
          reason: isRaise ? 'raised' : 'cleared',
          alerts: [alert.id],
          level: alert.level,
          channel,
          to: { group: true },
          atMs: input.atMs,
          route: null,
          step: null,
          follows: null,
        });
      }
    }
  }
  return { changed: new Map(), intents, withdrawn: [], notTold: [] };
};

export const setupWith = (channels: readonly string[]) =>
  notifySetupSchema.parse({ channels: channels.map((id) => ({ id, kind: 'wecom' })) });

/** What a robot's gateway was sent, and how it answers. */
export interface RobotGateway {
  post(body: { readonly id: string; readonly text: string; readonly alerts: readonly string[] }): Promise<Outcome>;
  readonly posts: readonly {
    readonly atMs: number;
    readonly id: string;
    readonly text: string;
    readonly alerts: readonly string[];
    readonly accepted: boolean;
  }[];
  /** Times at which it had enough of us. */
  readonly blocks: readonly number[];
}

/**
 * A robot that takes 20 messages in any minute, by its own count when they arrive, and refuses the 21st: for the rest of
 * the minute as WeCom does (45009), or for `blockMs` as DingTalk (130101). It answers after 20 to 900 ms.
 */
export function createRobotGateway(
  clock: FakeClock,
  chance: () => number,
  blockMs: number | null = null,
): RobotGateway {
  const posts: { atMs: number; id: string; text: string; alerts: readonly string[]; accepted: boolean }[] = [];
  const blocks: number[] = [];
  const wait = (ms: number) => new Promise<void>((resolve) => void clock.after(ms, resolve));
  return {
    posts,
    blocks,
    async post({ id, text, alerts }) {
      await wait(10 + chance() * 400);
      const atMs = clock.nowMs();
      const recent = posts.filter((post) => post.atMs > atMs - 60_000).length;
      const blockedAtMs = blocks.at(-1);
      const isBlocked = blockMs !== null && blockedAtMs !== undefined && atMs < blockedAtMs + blockMs;
      const accepted = recent < 20 && !isBlocked;
      if (!accepted && !isBlocked) blocks.push(atMs);
      posts.push({ atMs, id, text, alerts, accepted });
      await wait(10 + chance() * 490);
      if (accepted) return { state: 'accepted', refs: [null], words: 'ok', clockOffsetMs: 0 };
      return {
        state: 'later',
        why: 'too-many',
        afterMs: blockMs,
        words: blockMs === null ? '45009' : '130101',
        clockOffsetMs: 0,
      };
    },
  };
}

/** The budget that the channel really has: what holds for it is tried here. */
const ROBOT_BUDGET = CHANNEL_TYPES.wecom.budget({});
const ROBOT_BYTES = 4_096;
/** Kept for how many were left out. */
const TAIL_BYTES = 32;

/** A robot's channel in the plainest form: lines of text up to WeCom's 4096 bytes. */
export function robotType(post: RobotGateway['post'], budget: Budget = ROBOT_BUDGET): ChannelType<unknown> {
  return {
    kind: 'wecom',
    settings: z.unknown(),
    secrets: [],
    proof: 'accepted',
    reaches: 'group',
    budget: () => budget,
    compose: (notice) => composeLines(notice),
    open: () => ({
      send: ({ body }) => post(body as Parameters<RobotGateway['post']>[0]),
      close: () => undefined,
    }),
  };
}

function composeLines({ id, title, items }: Notice) {
  let text = title;
  const alerts: string[] = [];
  for (const item of items) {
    const longer = `${text}\n${item.text}`;
    if (Buffer.byteLength(longer) > ROBOT_BYTES - TAIL_BYTES) break;
    text = longer;
    alerts.push(item.alert);
  }
  const leftOut = items.length - alerts.length;
  return { body: { id, text: leftOut === 0 ? text : `${text}\n另有 ${leftOut} 条`, alerts }, alerts, leftOut };
}
