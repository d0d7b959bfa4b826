import Button from 'antd/es/button';
import type { ColumnsType } from 'antd/es/table';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useStale } from '../api/asked.ts';
import { useMay } from '../session/context.tsx';
import { Empty } from '../ui/Empty.tsx';
import { dateTime } from '../ui/format.ts';
import { patiently } from '../ui/patiently.ts';
import { QueryError } from '../ui/QueryError.tsx';
import { TableBox } from '../ui/TableBox.tsx';
import type { MadeDevice } from './SecretDialog.tsx';
import { useDrawSecret } from './useDrawSecret.ts';
import { type RefusedName, useRefusedNames } from './useRefusedNames.ts';

const CommissionDialog = lazy(patiently(() => import('./CommissionDialog.tsx')));
const SecretDialog = lazy(patiently(() => import('./SecretDialog.tsx')));

/** Who tried to connect and was refused: unknown devices, wrong secrets; and what to do about each. */
export function RefusedNames() {
  const { t } = useTranslation();
  const { data = [], error, isLoading, refetch } = useRefusedNames();
  const stale = useStale();
  const may = useMay('engineer');
  // Of the page and not of a row, which goes with the device's refusals while its secret is being looked at.
  const [registering, setRegistering] = useState<string | null>(null);
  const [made, setMade] = useState<MadeDevice | null>(null);
  const askNewSecret = useDrawSecret(setMade);
  const close = () => {
    setMade(null);
    void stale('GET /devices', 'GET /refused-names');
  };
  const columns: ColumnsType<RefusedName> = [
    {
      key: 'name',
      title: t('refused.name'),
      width: 180,
      className: 'wraps',
      render: (_, { name }) =>
        name === '' ? <span className="faint">{t('refused.none')}</span> : <strong title={name}>{name}</strong>,
    },
    {
      key: 'why',
      title: t('device.reason'),
      width: 230,
      className: 'wraps',
      render: (_, { why, registrable }) => {
        const text = t(why === 'unknown-device' && !registrable ? 'refused.why.no-id' : `refused.why.${why}`);
        return <span title={text}>{text}</span>;
      },
    },
    { key: 'address', title: t('refused.address'), width: 150, className: 'wraps', dataIndex: 'address' },
    {
      key: 'client',
      title: t('refused.clientId'),
      width: 150,
      className: 'wraps',
      render: (_, { clientId }) => clientId || '–',
    },
    { key: 'count', title: t('refused.count'), width: 80, align: 'right', dataIndex: 'count' },
    {
      key: 'last',
      title: t('device.lastSeen'),
      width: 170,
      render: (_, { lastAt, firstAt }) => (
        <time title={t('refused.since', { time: dateTime(firstAt) })}>{dateTime(lastAt)}</time>
      ),
    },
    {
      key: 'do',
      title: '',
      width: 130,
      render: (_, { name, why, registrable }) =>
        (registrable || why === 'wrong-secret' || why === 'no-secret') && (
          <span title={may ? undefined : t('user.needs', { role: t('user.role.engineer') })}>
            <Button
              size="small"
              disabled={!may}
              onClick={() => (registrable ? setRegistering(name) : void askNewSecret(name))}
            >
              {t(registrable ? 'device.commission' : 'device.newSecret')}
            </Button>
          </span>
        ),
    },
  ];
  return (
    <>
      <div className="page-head">
        <span className="soft">{t('refused.help')}</span>
      </div>
      {error !== null && data.length === 0 ? (
        <QueryError error={error} onRetry={() => void refetch()} />
      ) : (
        <TableBox<RefusedName>
          rowKey={({ name, address }) => `${address} ${name}`}
          columns={columns}
          dataSource={data}
          loading={isLoading}
          minWidth={1_090}
          locale={{ emptyText: <Empty title={t('refused.empty')} /> }}
        />
      )}
      <Suspense>
        {registering !== null && (
          <CommissionDialog
            device={registering}
            message={null}
            isSecretDrawn
            onClose={() => setRegistering(null)}
            onMade={setMade}
          />
        )}
        {made !== null && <SecretDialog device={made} onClose={close} />}
      </Suspense>
    </>
  );
}
