import type { AliyunTaken } from './aliyun.ts';
import type { Received } from './gateway.ts';

/**
 * People who do not exist, and answer what the stand-in gateways were given as people do: some by the link of a chat, some by the
 * code of an SMS, some by a key in a call, and one never, so that a ladder climbs past him.
 */
export interface StandInPeople {
  /** To be told of everything that gateways were sent. */
  hear(received: Received): void;
  stop(): void;
}

export interface StandInPeopleOptions {
  /** Telephone numbers of those who never answer, at this moment. */
  readonly silent: () => readonly string[];
  /** What the stand-in of SMS and calls has taken, the newest last. */
  readonly taken: () => readonly AliyunTaken[];
  /** Whoever of the group presses the button behind a link. */
  readonly inGroup: string;
  /** Opens the page behind a link and presses its button. */
  readonly pressLink: (link: string, name: string) => void;
  /** Replies to an SMS. */
  readonly reply: (phone: string, code: string) => void;
  readonly after: (delayMs: number, task: () => void) => () => void;
}

/** Nobody has the telephone in his hand. */
const CALL_TAKES_MS = 8_000;
const REPLY_TAKES_MS = 15_000;
const LINK_TAKES_MS = 40_000;
/** Of so many messages with a link, one is answered in the chat: the others are left to those who are called. */
const LINKS_EACH = 3;
const LINK = /https?:\/\/[^\s)\]]+\/answer\/[\w-]+/;

export function createStandInPeople(options: StandInPeopleOptions): StandInPeople {
  const { silent, taken, inGroup, pressLink, reply, after } = options;
  const waiting = new Set<() => void>();
  let links = 0;

  function later(delayMs: number, task: () => void): void {
    const cancel = after(delayMs, () => {
      waiting.delete(cancel);
      task();
    });
    waiting.add(cancel);
  }

  /** A call rings out, or is taken and answered by its key; an SMS with a code is answered by that. */
  function called(message: AliyunTaken): void {
    if (silent().includes(message.phone)) return;
    if (message.action === 'SendSms') {
      message.outcome = { isDelivered: true };
      const { code } = JSON.parse(message.query.TemplateParam ?? '{}') as { readonly code?: string };
      if (code !== undefined) later(REPLY_TAKES_MS, () => reply(message.phone, code));
      return;
    }
    later(CALL_TAKES_MS, () => {
      message.outcome = { isDelivered: true, key: message.query['MenuKeyMap.1.Key'] ?? '1' };
    });
  }

  return {
    hear({ result }) {
      if (result?.isTaken !== true) return;
      const { shown } = result;
      if (shown === undefined) {
        const message = taken().at(-1);
        if (message !== undefined && message.outcome === undefined) called(message);
        return;
      }
      const link = shown.link ?? LINK.exec(shown.text)?.[0];
      if (link === undefined || links++ % LINKS_EACH !== 0) return;
      later(LINK_TAKES_MS, () => pressLink(link, inGroup));
    },
    stop() {
      for (const cancel of waiting) cancel();
      waiting.clear();
    },
  };
}
