import type { NoticeText, NoticeWish } from '../model/notify/notice-text.ts';
import type { NotifySetup } from '../model/notify/setup.ts';
import { readChannel } from './channel-types.ts';
import { type AlertShown, noticeOf } from './outbox/notice.ts';

/** Stands where a message would have an id of its own. */
const PREVIEW_ID = 'preview';

/**
 * What a message would say of alerts, as the outbox would word it now, and as a chat would show it. `setup`: with the secrets of
 * channels, without which a channel writes nothing.
 */
export function noticeText(
  setup: NotifySetup,
  alerts: readonly AlertShown[],
  { reason, language, channel: id, templates }: NoticeWish,
  { timezone, nowMs }: { readonly timezone: string; readonly nowMs: number },
): NoticeText {
  const spec = { id: PREVIEW_ID, language, reasons: [reason], alerts, atMs: nowMs, link: null, code: null };
  const notice = noticeOf(spec, { timezone, templates: templates ?? setup.templates });
  const { kind, title, body } = notice;
  const entry = setup.channels.find((channel) => channel.id === id);
  const channel = entry === undefined ? null : readChannel(entry, {}).ready;
  const composed = channel?.compose(notice, []);
  return {
    ...{ kind, title, body },
    shown: composed === undefined ? null : (channel?.type.shownText?.(composed.body) ?? null),
    leftOut: composed?.leftOut ?? 0,
  };
}
