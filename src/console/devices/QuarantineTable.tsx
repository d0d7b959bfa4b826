import { useInfiniteQuery } from '@tanstack/react-query';
import Button from 'antd/es/button';
import Input from 'antd/es/input';
import type { ColumnsType } from 'antd/es/table';
import { useDeferredValue, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { FIRST_PAGE, keyOf } from '../api/asked.ts';
import { call } from '../api/client.ts';
import { rejectionWords } from '../i18n/rejection-words.ts';
import { codeWords } from '../ui/code-words.ts';
import { Empty } from '../ui/Empty.tsx';
import { dateTime } from '../ui/format.ts';
import { QueryError } from '../ui/QueryError.tsx';
import { TableBox } from '../ui/TableBox.tsx';
import { usePageParams } from '../ui/usePageParams.ts';
import css from './devices.module.css';
import { shownText } from './hex.ts';
import { PayloadDialog } from './PayloadDialog.tsx';
import type { Quarantined } from './types.ts';

const PAGE_SIZE = 200;
const REFRESH_MS = 15_000;

/** What could not be read: when, from whom, why, and the payload as it came. */
export function QuarantineTable() {
  const { t, i18n } = useTranslation();
  const { get, set } = usePageParams();
  const search = get('q') ?? '';
  const [opened, setOpened] = useState<Quarantined | null>(null);
  const device = useDeferredValue(search.trim());
  const query = useInfiniteQuery({
    queryKey: keyOf('GET /quarantine', { query: { device } }, 'pages'),
    initialPageParam: FIRST_PAGE,
    queryFn: ({ pageParam, signal }) =>
      call('GET /quarantine', { signal, query: { device, limit: PAGE_SIZE, cursor: pageParam } }),
    getNextPageParam: (last) => last.next,
    refetchInterval: REFRESH_MS,
  });
  const rows = useMemo(() => query.data?.pages.flatMap(({ items }) => items) ?? [], [query.data]);
  const reason = (code: string) => codeWords(t, 'quarantine', code);
  const columns: ColumnsType<Quarantined> = [
    {
      key: 'receivedAt',
      title: t('alert.receivedAt'),
      width: 170,
      render: (_, item) => (
        <button
          type="button"
          className={css.linkButton}
          onClick={(event) => {
            event.stopPropagation();
            setOpened(item);
          }}
        >
          <time>{dateTime(item.receivedAt)}</time>
        </button>
      ),
    },
    { key: 'device', title: t('point.device'), width: 160, className: 'wraps', dataIndex: 'device' },
    {
      key: 'reason',
      title: t('device.reason'),
      width: 170,
      className: 'wraps',
      render: (_, item) => <strong>{reason(item.reason)}</strong>,
    },
    {
      key: 'detail',
      title: t('device.detail'),
      width: 280,
      className: 'wraps',
      render: (_, item) => rejectionWords(item, i18n.language),
    },
    {
      key: 'payload',
      title: t('device.payload'),
      width: 320,
      ellipsis: true,
      render: (_, item) => <code className="soft">{shownText(item)}</code>,
    },
  ];
  return (
    <>
      <div className="page-head">
        <span className="soft">{t('device.quarantineHelp')}</span>
        <Input
          allowClear
          className="push"
          style={{ width: 240 }}
          placeholder={t('device.exactId')}
          aria-label={t('device.exactId')}
          value={search}
          onChange={(event) => set({ q: event.target.value })}
        />
      </div>
      {query.error !== null && rows.length === 0 ? (
        <QueryError error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <TableBox<Quarantined>
          rowKey="id"
          columns={columns}
          dataSource={rows}
          loading={query.isPending}
          minWidth={1_000}
          locale={{ emptyText: <Empty title={t('device.noQuarantine')} detail={t('device.noQuarantineDetail')} /> }}
          onRow={(item) => ({ onClick: () => setOpened(item) })}
        />
      )}
      {query.hasNextPage && (
        <Button loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {t('action.loadMore')}
        </Button>
      )}
      {opened !== null && (
        <PayloadDialog item={opened} reason={reason(opened.reason)} onClose={() => setOpened(null)} />
      )}
    </>
  );
}
