import type { ReasonTold } from './delivery.ts';
import type { TextTemplate } from './setup.ts';

/** What a message would say of alerts that were raised, with nothing sent. */
export interface NoticeWish {
  readonly reason: ReasonTold;
  readonly language: 'zh' | 'en';
  /** How this channel would show it; null: the words alone. */
  readonly channel: string | null;
  /** Words that are proposed; null: those in force. */
  readonly templates: readonly TextTemplate[] | null;
}

export interface NoticeText {
  readonly kind: 'alert' | 'situation' | 'cleared' | 'system' | 'rehearsal' | 'test';
  readonly title: string;
  readonly body: string;
  /** As a chat shows it, cut to what its robot takes; null without a channel, and for one that is no chat or lacks a secret. */
  readonly shown: string | null;
  /** Alerts that do not fit into it and are only counted. */
  readonly leftOut: number;
}
