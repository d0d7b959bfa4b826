import { useQuery } from '@tanstack/react-query';
import AntApp from 'antd/es/app';
import Button from 'antd/es/button';
import Select from 'antd/es/select';
import type { ColumnsType } from 'antd/es/table';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ROLES, type Role } from '../../model/roles.ts';
import { askedAll } from '../api/asked.ts';
import { useUser } from '../session/context.tsx';
import { dateTime } from '../ui/format.ts';
import { AdminList } from './AdminList.tsx';
import { PasswordDialog } from './PasswordDialog.tsx';
import type { UserRow } from './types.ts';
import { UserDialog } from './UserDialog.tsx';
import { useChange } from './useChange.ts';

const useUsers = () => useQuery(askedAll('GET /users'));

export default function UsersPage() {
  const { t } = useTranslation();
  const { modal } = AntApp.useApp();
  const me = useUser();
  const [adding, setAdding] = useState(false);
  const [passwordOf, setPasswordOf] = useState<string | null>(null);
  const setRole = useChange('PATCH /users/{name}', 'GET /users');
  const remove = useChange('DELETE /users/{name}', 'GET /users');
  const roleOptions = ROLES.map((value) => ({ value, label: t(`user.role.${value}`) }));
  const columns: ColumnsType<UserRow> = [
    { key: 'username', title: t('login.username'), render: (_, user) => <strong>{user.username}</strong> },
    {
      key: 'role',
      title: t('admin.role'),
      width: 160,
      render: (_, user) => (
        <span title={user.username === me.username ? t('admin.notYourself') : undefined}>
          <Select<Role>
            size="small"
            style={{ width: 120 }}
            aria-label={`${t('admin.role')} ${user.username}`}
            value={user.role}
            disabled={user.username === me.username}
            options={roleOptions}
            onChange={(role) => setRole.mutate({ path: { name: user.username }, body: { role } })}
          />
        </span>
      ),
    },
    {
      key: 'lastLoginAt',
      title: t('admin.lastLogin'),
      width: 180,
      render: (_, user) => (user.lastLoginAt === null ? t('admin.never') : dateTime(user.lastLoginAt)),
    },
    { key: 'createdAt', title: t('admin.created'), width: 180, render: (_, user) => dateTime(user.createdAt) },
    {
      key: 'password',
      title: t('login.password'),
      width: 140,
      render: (_, user) => (
        <span className="faint">{user.mustChangePassword ? t('admin.mustChange') : t('admin.ownPassword')}</span>
      ),
    },
    {
      key: 'do',
      title: '',
      width: 210,
      align: 'right',
      render: (_, user) => (
        <span className="row-buttons">
          <Button size="small" onClick={() => setPasswordOf(user.username)}>
            {t('admin.setPassword')}
          </Button>
          <Button
            size="small"
            disabled={user.username === me.username}
            title={user.username === me.username ? t('admin.notYourself') : undefined}
            onClick={() =>
              modal.confirm({
                title: t('admin.removeUser', { name: user.username }),
                okText: t('action.remove'),
                cancelText: t('action.cancel'),
                onOk: () => remove.mutateAsync({ path: { name: user.username } }),
              })
            }
          >
            {t('action.remove')}
          </Button>
        </span>
      ),
    },
  ];
  return (
    <>
      <AdminList
        title={t('nav.users')}
        help={t('admin.usersHelp')}
        add={{ label: t('admin.addUser'), onClick: () => setAdding(true) }}
        useRows={useUsers}
        rowKey="username"
        columns={columns}
        minWidth={820}
        none={t('admin.noUsers')}
      />
      {adding && <UserDialog onClose={() => setAdding(false)} />}
      {passwordOf !== null && <PasswordDialog username={passwordOf} onClose={() => setPasswordOf(null)} />}
    </>
  );
}
