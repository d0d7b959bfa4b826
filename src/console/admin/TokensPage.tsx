import { useQuery } from '@tanstack/react-query';
import AntApp from 'antd/es/app';
import Button from 'antd/es/button';
import type { ColumnsType } from 'antd/es/table';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { askedAll } from '../api/asked.ts';
import { dateTime } from '../ui/format.ts';
import { AdminList } from './AdminList.tsx';
import { TokenDialog } from './TokenDialog.tsx';
import type { TokenRow } from './types.ts';
import { useChange } from './useChange.ts';

const useTokens = () => useQuery(askedAll('GET /tokens'));

export default function TokensPage() {
  const { t } = useTranslation();
  const { modal } = AntApp.useApp();
  const [adding, setAdding] = useState(false);
  const revoke = useChange('DELETE /tokens/{id}', 'GET /tokens');
  const when = (ms: number | null, none: string) =>
    ms === null ? <span className="faint">{none}</span> : dateTime(ms);
  const columns: ColumnsType<TokenRow> = [
    { key: 'name', title: t('point.name'), render: (_, token) => <strong>{token.name}</strong> },
    { key: 'prefix', title: t('admin.prefix'), width: 150, render: (_, token) => <code>{token.prefix}…</code> },
    { key: 'role', title: t('admin.role'), width: 100, render: (_, token) => t(`user.role.${token.role}`) },
    { key: 'createdBy', title: t('admin.createdBy'), width: 120, dataIndex: 'createdBy', className: 'wraps' },
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
              onOk: () => revoke.mutateAsync({ path: { id: token.id } }),
            })
          }
        >
          {t('admin.revoke')}
        </Button>
      ),
    },
  ];
  return (
    <>
      <AdminList
        title={t('nav.tokens')}
        help={t('admin.tokensHelp')}
        add={{ label: t('admin.addToken'), onClick: () => setAdding(true) }}
        useRows={useTokens}
        rowKey="id"
        columns={columns}
        minWidth={900}
        none={t('admin.noTokens')}
      />
      {adding && <TokenDialog onClose={() => setAdding(false)} />}
    </>
  );
}
