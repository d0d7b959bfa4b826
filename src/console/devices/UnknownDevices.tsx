import { useQuery } from '@tanstack/react-query';
import type { ColumnsType } from 'antd/es/table';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { asked } from '../api/asked.ts';
import { Empty } from '../ui/Empty.tsx';
import { dateTime } from '../ui/format.ts';
import { QueryError } from '../ui/QueryError.tsx';
import { TableBox } from '../ui/TableBox.tsx';
import { CommissionButton } from './CommissionButton.tsx';
import { shownText } from './hex.ts';
import { SourcesLink } from './SourcesLink.tsx';
import type { Quarantined } from './types.ts';

/** The newest messages of unregistered devices that are looked through. */
const LOOKED_AT = 1_000;
const REFRESH_MS = 10_000;

interface Unknown {
  readonly device: string;
  readonly messages: number;
  readonly newest: Quarantined;
}

/** Devices that send but are in no site file: who they are, what they say, and how to register them. */
export function UnknownDevices() {
  const { t } = useTranslation();
  const query = useQuery({
    ...asked('GET /quarantine', { query: { reason: 'unknown-device', limit: LOOKED_AT } }),
    refetchInterval: REFRESH_MS,
  });
  const rows = useMemo(() => {
    const found = new Map<string, Unknown>();
    for (const item of query.data?.items ?? []) {
      const before = found.get(item.device);
      found.set(item.device, {
        device: item.device,
        messages: (before?.messages ?? 0) + 1,
        newest: before?.newest ?? item,
      });
    }
    return [...found.values()];
  }, [query.data]);
  const columns: ColumnsType<Unknown> = [
    {
      key: 'device',
      title: t('point.device'),
      width: 180,
      className: 'wraps',
      render: (_, row) => <strong>{row.device}</strong>,
    },
    { key: 'messages', title: t('device.messages'), width: 90, align: 'right', dataIndex: 'messages' },
    {
      key: 'seen',
      title: t('device.lastSeen'),
      width: 170,
      render: (_, row) => <time>{dateTime(row.newest.receivedAt)}</time>,
    },
    {
      key: 'payload',
      title: t('device.payload'),
      width: 420,
      ellipsis: true,
      render: (_, row) => <code className="soft">{shownText(row.newest)}</code>,
    },
    {
      key: 'do',
      title: '',
      width: 120,
      render: (_, row) => <CommissionButton message={row.newest} />,
    },
  ];
  return (
    <>
      <div className="page-head">
        <span className="soft">{t('device.unknownHelp')}</span>
        <SourcesLink />
      </div>
      {query.error !== null && rows.length === 0 ? (
        <QueryError error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <TableBox<Unknown>
          rowKey="device"
          columns={columns}
          dataSource={rows}
          loading={query.isPending}
          minWidth={900}
          locale={{ emptyText: <Empty title={t('device.noUnknown')} /> }}
        />
      )}
    </>
  );
}
