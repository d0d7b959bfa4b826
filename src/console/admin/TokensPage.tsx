import { useQuery } from '@tanstack/react-query';
import AntApp from 'antd/es/app';
import Button from 'antd/es/button';
import Table, { type ColumnsType } from 'antd/es/table';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { requestAll } from '../api/client.ts';
import { Empty } from '../ui/Empty.tsx';
import { dateTime } from '../ui/format.ts';
import { QueryError } from '../ui/QueryError.tsx';
import { AdminOnly } from './AdminOnly.tsx';
import { TokenDialog } from './TokenDialog.tsx';
import type { TokenRow } from './types.ts';
import { useChange } from './useChange.ts';

const NONE: readonly TokenRow[] = [];

export default function TokensPage() {
  return (
    <AdminOnly>
      <Tokens />
    </AdminOnly>
  );
}

function Tokens() {
  const { t } = useTranslation();
  const { modal } = AntApp.useApp();
  const [adding, setAdding] = useState(false);
  const change = useChange('tokens');
  const {
    data = NONE,
    error,
    isPending,
    refetch,
  } = useQuery({
    queryKey: ['tokens'],
    queryFn: ({ signal }) => requestAll<TokenRow>('/tokens', { signal }),
  });
  const when = (ms: number | null, none: string) =>
    ms === null ? <span className="faint">{none}</span> : dateTime(ms);
  const columns: ColumnsType<TokenRow> = [
    { key: 'name', title: t('point.name'), render: (_, token) => <strong>{token.name}</strong> },
    { key: 'prefix', title: t('admin.prefix'), width: 150, render: (_, token) => <code>{token.prefix}…</code> },
    { key: 'role', title: t('admin.role'), width: 100, render: (_, token) => t(`user.role.${token.role}`) },
    { key: 'createdBy', title: t('admin.createdBy'), width: 120, dataIndex: 'createdBy', ellipsis: true },
    {
      key: 'expiresAt',
      title: t('admin.expires'),
      width: 170,
      render: (_, token) => when(token.expiresAt, t('admin.noExpiry')),
    },
    {
      key: 'lastUsedAt',
      title: t('admin.lastUsed'),
      width: 170,
      render: (_, token) => when(token.lastUsedAt, t('admin.never')),
    },
    {
      key: 'do',
      title: '',
      width: 100,
      align: 'right',
      render: (_, token) => (
        <Button
          size="small"
          onClick={() =>
            modal.confirm({
              title: t('admin.revokeToken', { name: token.name }),
              okText: t('admin.revoke'),
              cancelText: t('action.cancel'),
              onOk: () => change.mutateAsync({ path: `/tokens/${encodeURIComponent(token.id)}`, method: 'DELETE' }),
            })
          }
        >
          {t('admin.revoke')}
        </Button>
      ),
    },
  ];
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t('nav.tokens')}</h1>
        <span className="soft">{t('admin.tokensHelp')}</span>
        <Button type="primary" className="push" onClick={() => setAdding(true)}>
          {t('admin.addToken')}
        </Button>
      </div>
      {error !== null ? (
        <QueryError error={error} onRetry={() => void refetch()} />
      ) : (
        <div className="panel plain-table">
          <Table<TokenRow>
            rowKey="id"
            size="small"
            pagination={false}
            loading={isPending}
            columns={columns}
            dataSource={data}
            scroll={{ x: 900 }}
            locale={{ emptyText: <Empty title={t('admin.noTokens')} /> }}
          />
        </div>
      )}
      {adding && <TokenDialog onClose={() => setAdding(false)} />}
    </div>
  );
}
