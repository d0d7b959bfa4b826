import { useQuery } from '@tanstack/react-query';
import Button from 'antd/es/button';
import type { ColumnsType } from 'antd/es/table';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';
import type { ItemOf } from '../../wire/calls.ts';
import { askedAll } from '../api/asked.ts';
import { addressOf } from '../api/client.ts';
import { Empty } from '../ui/Empty.tsx';
import { dateTime } from '../ui/format.ts';
import { LevelTag } from '../ui/LevelMark.tsx';
import { pathTo } from '../ui/paths.ts';
import { QueryError } from '../ui/QueryError.tsx';
import { TableBox } from '../ui/TableBox.tsx';
import css from './notify.module.css';
import { Proof } from './Proof.tsx';
import { useChannelName } from './useSetup.ts';

const REFRESH_MS = 5_000;

type Told = ItemOf<'GET /notify/told'>;

/** Everything that was said to anybody in the last day, the newest first. */
export function ToldTable() {
  const { t, i18n } = useTranslation();
  const channelName = useChannelName();
  const { data, error, isPending, refetch } = useQuery({
    ...askedAll('GET /notify/told'),
    refetchInterval: REFRESH_MS,
  });
  const columns: ColumnsType<Told> = [
    { key: 'at', title: t('notify.when'), width: 170, render: (_, told) => dateTime(told.at) },
    {
      key: 'level',
      title: t('alert.level'),
      width: 90,
      render: (_, { level }) => level !== null && <LevelTag level={level} />,
    },
    {
      key: 'why',
      title: t('notify.why'),
      width: 170,
      render: (_, { reason, step, alerts }) => {
        const words = [t(`notify.reason.${reason}`), step === null ? '' : t('notify.step', { step: step + 1 })].join(
          ' ',
        );
        const [alert] = alerts;
        return alert === undefined ? words : <Link to={pathTo('alert', { id: alert })}>{words}</Link>;
      },
    },
    {
      key: 'whom',
      title: t('notify.whom'),
      width: 150,
      className: 'wraps',
      render: (_, { person }) => (person === null ? t('notify.group') : <strong>{person.name}</strong>),
    },
    {
      key: 'channel',
      title: t('notify.channel'),
      width: 140,
      className: 'wraps',
      render: (_, { channel }) => channelName(channel),
    },
    {
      key: 'proof',
      title: t('notify.proof'),
      width: 320,
      className: 'wraps',
      render: (_, told) => <Proof told={told} />,
    },
  ];
  if (error !== null && data === undefined) return <QueryError error={error} onRetry={() => void refetch()} />;
  return (
    <>
      <Button
        href={addressOf('GET /notify/told/sheet', { query: { lang: i18n.language } })}
        download
        title={t('notify.sheetHelp')}
        className={css.sheet}
      >
        {t('notify.sheet')}
      </Button>
      <TableBox<Told>
        rowKey="id"
        columns={columns}
        dataSource={data?.toReversed() ?? []}
        loading={isPending}
        minWidth={1_040}
        locale={{ emptyText: <Empty title={t('notify.toldNobody')} detail={t('notify.toldNobodyDetail')} /> }}
      />
    </>
  );
}
