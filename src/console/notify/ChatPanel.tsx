import { useInfiniteQuery } from '@tanstack/react-query';
import Button from 'antd/es/button';
import Segmented from 'antd/es/segmented';
import { useTranslation } from 'react-i18next';
import type { ChannelKind } from '../../model/notify/channel.ts';
import type { ItemOf } from '../../wire/calls.ts';
import { FIRST_PAGE, keyOf } from '../api/asked.ts';
import { call } from '../api/client.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { Empty } from '../ui/Empty.tsx';
import { dateTime } from '../ui/format.ts';
import { LevelTag } from '../ui/LevelMark.tsx';
import { QueryError } from '../ui/QueryError.tsx';
import { usePageParams } from '../ui/usePageParams.ts';
import css from './notify.module.css';
import { useChannelName, useSetup } from './useSetup.ts';

const REFRESH_MS = 2_000;
const PAGE_SIZE = 50;
/** Channels whose messages a group reads as one conversation. */
const CHATS: readonly ChannelKind[] = ['wecom', 'dingtalk', 'feishu'];

type Message = ItemOf<'GET /notify/channels/{id}/messages'>;

/** What the robots have said in their groups, a group at a time. */
export function ChatPanel() {
  const { t } = useTranslation();
  const nameText = useNameText();
  const channelName = useChannelName();
  const { get, set } = usePageParams();
  const { setup, error, retry } = useSetup();
  const chats = setup?.setup.channels.filter(({ kind }) => CHATS.includes(kind)) ?? [];
  const chat = chats.find(({ id }) => id === get('channel')) ?? chats[0];
  if (error !== null && setup === undefined) return <QueryError error={error} onRetry={retry} />;
  return (
    <section className="panel block" data-testid="chat">
      <h2>{t('notify.tabs.chat')}</h2>
      <p className="soft">{t('notify.chat.help')}</p>
      {setup !== undefined && chat === undefined && (
        <Empty title={t('notify.chat.none')} detail={t('notify.chat.noneDetail')} />
      )}
      {chats.length > 1 && (
        <Segmented
          value={chat?.id}
          onChange={(id) => set({ channel: id })}
          options={chats.map(({ id }) => ({ value: id, label: channelName(id) }))}
        />
      )}
      {chat !== undefined && (
        <Chat
          key={chat.id}
          id={chat.id}
          title={chat.name === undefined ? t(`notify.kind.${chat.kind}`) : nameText(chat.name)}
        />
      )}
    </section>
  );
}

function Chat({ id, title }: { readonly id: string; readonly title: string }) {
  const { t } = useTranslation();
  const query = useInfiniteQuery({
    queryKey: keyOf('GET /notify/channels/{id}/messages', { path: { id } }, 'pages'),
    initialPageParam: FIRST_PAGE,
    queryFn: ({ pageParam, signal }) =>
      call('GET /notify/channels/{id}/messages', {
        signal,
        path: { id },
        query: { limit: PAGE_SIZE, cursor: pageParam ?? undefined },
      }),
    getNextPageParam: (last) => last.next,
    refetchInterval: REFRESH_MS,
  });
  const messages = query.data?.pages.flatMap(({ items }) => items).toReversed();
  if (query.error !== null && messages === undefined) {
    return <QueryError error={query.error} onRetry={() => void query.refetch()} />;
  }
  if (messages?.length === 0) return <Empty title={t('notify.chat.quiet')} />;
  return (
    <>
      <h3>{title}</h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: whoever has no mouse scrolls it too. */}
      <section className={css.scroll} aria-label={title} tabIndex={0}>
        <div>
          {query.hasNextPage && (
            <Button loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
              {t('notify.chat.earlier')}
            </Button>
          )}
          <ol className={css.chat}>
            {messages?.map((message) => (
              <Bubble key={message.id} message={message} />
            ))}
          </ol>
        </div>
      </section>
    </>
  );
}

function Bubble({ message }: { readonly message: Message }) {
  const { t } = useTranslation();
  const { level, isOver, text, state, at, acceptedAt } = message;
  return (
    <li data-testid="chat-message">
      <div className={css.said}>
        <time className="soft">{dateTime(acceptedAt ?? at)}</time>
        <span className={state === 'failed' ? css.bad : 'soft'}>{t(`notify.chat.state.${state}`)}</span>
      </div>
      <div className={css.bubble}>
        {level !== null && <LevelTag level={level} hollow={isOver} />}
        <p>{text}</p>
      </div>
    </li>
  );
}
