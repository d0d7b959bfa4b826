import Button from 'antd/es/button';
import type { ColumnsType } from 'antd/es/table';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Profile, useProfiles } from '../devices/useProfiles.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { useListText } from '../i18n/useListText.ts';
import { useMay } from '../session/context.tsx';
import { Empty } from '../ui/Empty.tsx';
import { patiently } from '../ui/patiently.ts';
import { QueryError } from '../ui/QueryError.tsx';
import { TableBox } from '../ui/TableBox.tsx';
import { CodecCell } from './CodecCell.tsx';

const ProfileNamesDialog = lazy(patiently(() => import('./ProfileNamesDialog.tsx')));

/** The kinds of device, of which the names are changed here and all else comes from files. */
export function ProfileTable() {
  const { t } = useTranslation();
  const nameText = useNameText();
  const listText = useListText();
  const may = useMay('engineer');
  const { data: profiles = [], isPending, error, refetch } = useProfiles();
  const [edited, setEdited] = useState<Profile | null>(null);
  const needs = may ? undefined : t('user.needs', { role: t('user.role.engineer') });
  const columns: ColumnsType<Profile> = [
    {
      key: 'name',
      title: t('point.name'),
      width: 220,
      className: 'wraps',
      render: (_, { name }) => <span title={nameText(name)}>{nameText(name)}</span>,
    },
    { key: 'family', title: t('point.family'), width: 120, render: (_, { family }) => t(`family.${family}`) },
    {
      key: 'metrics',
      title: t('places.profile.metrics'),
      width: 300,
      className: 'wraps',
      render: (_, { metrics }) => {
        const names = listText(Object.values(metrics).map(({ name }) => nameText(name)));
        return <span title={names}>{names}</span>;
      },
    },
    {
      key: 'file',
      title: t('places.profile.file'),
      width: 240,
      className: 'wraps',
      render: (_, { id }) => <code title={`devices/${id}/profile.yaml`}>{`devices/${id}/profile.yaml`}</code>,
    },
    {
      key: 'codec',
      title: t('places.profile.codec'),
      width: 220,
      ellipsis: true,
      render: (_, profile) => <CodecCell profile={profile} may={may} />,
    },
    {
      key: 'do',
      title: t('device.actions'),
      width: 130,
      render: (_, profile) => (
        <span className="row-buttons" title={needs}>
          <Button
            size="small"
            disabled={!may}
            aria-label={`${t('places.profile.actionsOf', { profile: nameText(profile.name) })} – ${t('places.profile.edit')}`}
            onClick={() => setEdited(profile)}
          >
            {t('places.profile.edit')}
          </Button>
        </span>
      ),
    },
  ];
  return (
    <>
      <p className="soft">{t('places.profile.help')}</p>
      {error !== null && profiles.length === 0 ? (
        <QueryError error={error} onRetry={() => void refetch()} />
      ) : (
        <TableBox<Profile>
          rowKey={({ id }) => id}
          columns={columns}
          dataSource={profiles}
          loading={isPending}
          minWidth={1_230}
          locale={{ emptyText: <Empty title={t('places.profile.none')} /> }}
        />
      )}
      {edited !== null && (
        <Suspense>
          <ProfileNamesDialog profile={edited} onClose={() => setEdited(null)} />
        </Suspense>
      )}
    </>
  );
}
