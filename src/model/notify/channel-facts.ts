import type { ChannelEntry, ChannelKind } from './channel.ts';
import type { Person } from './people.ts';

/** An address of a person, by which a channel can reach or mention him. */
export type Address = 'phone' | 'email' | 'wecom' | 'dingtalk' | 'feishu';

/** What deciding must know of a kind of channel. How it is spoken is no matter of deciding. */
export interface ChannelFacts {
  /** How far a message can be proven to have come: robots and mail never say more than that they took it. */
  readonly proof: 'accepted' | 'delivered' | 'answered';
  /** A person needs one of these to be told by it; none: he is only named. */
  readonly addresses: readonly Address[];
  /** Whether it can be told by itself, without a person: a chat, a siren, another system. */
  readonly isGroup: boolean;
  /**
   * What beside alarms is told by it. No telephone rings to say that something is over, and a text message that says who took
   * it would use up one of the few a number may have in a day.
   */
  readonly tells: { readonly cleared: boolean; readonly acknowledged: boolean };
  /** Whether a telephone rings or buzzes with it, so that it wakes whom it is for. */
  readonly wakes: boolean;
}

const EVERYTHING = { cleared: true, acknowledged: true } as const;
const ROBOT = { proof: 'accepted', isGroup: true, tells: EVERYTHING, wakes: true } as const;
const TEXT = {
  proof: 'answered',
  addresses: ['phone'],
  isGroup: false,
  wakes: true,
  tells: { cleared: true, acknowledged: false },
} as const;
const VOICE = { ...TEXT, tells: { cleared: false, acknowledged: false } } as const;

export const CHANNEL_FACTS: Readonly<Record<ChannelKind, ChannelFacts>> = {
  wecom: { ...ROBOT, addresses: ['wecom', 'phone'] },
  dingtalk: { ...ROBOT, addresses: ['dingtalk', 'phone'] },
  // It mentions by its own ids alone.
  feishu: { ...ROBOT, addresses: ['feishu'] },
  email: { proof: 'accepted', addresses: ['email'], isGroup: false, tells: EVERYTHING, wakes: false },
  webhook: { ...ROBOT, addresses: [], wakes: false },
  'template-webhook': { ...ROBOT, addresses: [], wakes: false },
  'aliyun-sms': TEXT,
  'aliyun-voice': VOICE,
  'tencent-sms': TEXT,
  'tencent-voice': VOICE,
  modem: TEXT,
  mqtt: { ...ROBOT, proof: 'delivered', addresses: [], wakes: false },
};

/** Whether a person has what a channel needs to reach him. */
export function hasAddress(person: Person, { kind }: Pick<ChannelEntry, 'kind'>): boolean {
  const { addresses } = CHANNEL_FACTS[kind];
  return addresses.length === 0 || addresses.some((address) => person[address] !== undefined);
}
