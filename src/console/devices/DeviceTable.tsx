import { useQuery } from '@tanstack/react-query';
import Button from 'antd/es/button';
import Dropdown from 'antd/es/dropdown';
import Input from 'antd/es/input';
import Select from 'antd/es/select';
import type { ColumnsType } from 'antd/es/table';
import { lazy, Suspense, useDeferredValue, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';
import { askedAll, useStale } from '../api/asked.ts';
import { useNames } from '../api/queries.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { refusalWords } from '../i18n/refusal-words.ts';
import { useSlowServerNow } from '../live/clock.ts';
import { useMay } from '../session/context.tsx';
import { Empty } from '../ui/Empty.tsx';
import { dateTime, formatSpan } from '../ui/format.ts';
import { matches } from '../ui/matches.ts';
import { patiently } from '../ui/patiently.ts';
import { QueryError } from '../ui/QueryError.tsx';
import { TableBox } from '../ui/TableBox.tsx';
import { usePageParams } from '../ui/usePageParams.ts';
import { AddDeviceButton } from './AddDeviceButton.tsx';
import { ClockCell, clockTrouble } from './ClockCell.tsx';
import { DeviceSheetButton } from './DeviceSheetButton.tsx';
import type { MadeDevice } from './SecretDialog.tsx';
import type { Device } from './types.ts';
import { useDrawSecret } from './useDrawSecret.ts';
import { useProfiles } from './useProfiles.ts';
import { useTakeOut } from './useTakeOut.ts';

const DeviceActs = lazy(patiently(() => import('./DeviceActs.tsx')));
const SecretDialog = lazy(patiently(() => import('./SecretDialog.tsx')));

const REFRESH_MS = 15_000;
const NONE: readonly Device[] = [];
const STATES = ['offline', 'skewed', 'refused', 'repaired'] as const;

function needsCare(device: Device, state: string | null): boolean {
  if (state === 'offline') return !device.online;
  if (state === 'skewed') return clockTrouble(device) !== null;
  if (state === 'refused') return device.refused > 0;
  if (state === 'repaired') return device.repaired > 0;
  return true;
}

export function DeviceTable() {
  const { t, i18n } = useTranslation();
  const nameText = useNameText();
  const names = useNames();
  const nowMs = useSlowServerNow(5);
  const { get, set } = usePageParams();
  const search = get('q') ?? '';
  const state = get('state');
  const wanted = useDeferredValue(search.trim());
  const {
    data = NONE,
    error,
    isPending,
    refetch,
  } = useQuery({
    ...askedAll('GET /devices'),
    refetchInterval: REFRESH_MS,
  });
  const { data: profiles } = useProfiles();
  const profileText = useMemo(() => {
    const texts = new Map(profiles?.map(({ id, name }) => [id, nameText(name)]));
    return ({ profile }: Device) => texts.get(profile) ?? profile;
  }, [profiles, nameText]);
  const rows = useMemo(() => {
    const isFound = matches<Device>(wanted, (device) => {
      const { id, name, profile } = device;
      return [id, name.zh, name.en, profile, profileText(device)];
    });
    return data.filter((device) => needsCare(device, state) && isFound(device));
  }, [data, state, wanted, profileText]);
  const stale = useStale();
  const may = useMay('engineer');
  const [made, setMade] = useState<MadeDevice | null>(null);
  const askNewSecret = useDrawSecret(setMade);
  const askTakeOut = useTakeOut();
  const [acting, setActing] = useState<{ readonly device: Device; readonly act: string } | null>(null);
  const offline = data.filter((device) => !device.online).length;

  const columns: ColumnsType<Device> = [
    {
      key: 'online',
      title: t('point.state'),
      width: 110,
      sorter: (a, b) => Number(a.online) - Number(b.online),
      defaultSortOrder: 'ascend',
      render: (_, device) =>
        device.online ? (
          <span className="faint">{t('point.online')}</span>
        ) : (
          <span className="badge">{t(device.lastSeen === null ? 'point.never' : 'point.offline')}</span>
        ),
    },
    {
      key: 'id',
      title: t('point.device'),
      width: 140,
      ellipsis: true,
      sorter: (a, b) => a.id.localeCompare(b.id, 'zh-CN', { numeric: true }),
      render: (_, device) => <strong title={nameText(device.name)}>{nameText(device.name)}</strong>,
    },
    {
      key: 'profile',
      title: t('device.profile'),
      width: 138,
      ellipsis: true,
      sorter: (a, b) => profileText(a).localeCompare(profileText(b), 'zh-CN', { numeric: true }),
      render: (_, device) => <span title={device.profile}>{profileText(device)}</span>,
    },
    {
      key: 'points',
      title: t('nav.points'),
      width: 156,
      ellipsis: true,
      render: (_, device) => (
        <span className="comma-list">
          {device.points.map((point) => (
            <Link key={point} to={`/points/${encodeURIComponent(point)}`} title={nameText(names.point(point))}>
              {nameText(names.point(point))}
            </Link>
          ))}
        </span>
      ),
    },
    {
      key: 'lastSeen',
      title: t('device.lastSeen'),
      width: 130,
      sorter: (a, b) => (a.lastSeen ?? 0) - (b.lastSeen ?? 0),
      render: (_, { lastSeen }) =>
        lastSeen === null ? (
          '–'
        ) : (
          <time title={dateTime(lastSeen)}>{t('time.ago', { time: formatSpan(nowMs - lastSeen, t) })}</time>
        ),
    },
    {
      key: 'connected',
      title: t('device.connection'),
      width: 110,
      render: (_, { connected }) => (
        <span className="faint">{t(connected ? 'device.connected' : 'device.disconnected')}</span>
      ),
    },
    {
      key: 'clock',
      title: t('device.clock'),
      width: 130,
      sorter: (a, b) => Math.abs(a.clockOffsetMs ?? 0) - Math.abs(b.clockOffsetMs ?? 0),
      render: (_, device) => <ClockCell device={device} />,
    },
    {
      key: 'refused',
      title: t('device.refused'),
      width: 90,
      align: 'right',
      sorter: (a, b) => a.refused - b.refused,
      render: (_, { refused, lastRefusal }) =>
        refused === 0 ? (
          <span className="faint">0</span>
        ) : (
          <strong
            title={
              lastRefusal === null
                ? undefined
                : `${dateTime(lastRefusal.at)} ${refusalWords(lastRefusal.detail, i18n.language)}`
            }
          >
            {refused}
          </strong>
        ),
    },
    {
      key: 'unread',
      title: t('device.lastRefusal'),
      width: 150,
      ellipsis: true,
      render: (_, { lastRefusal, repaired }) =>
        lastRefusal === null ? (
          repaired > 0 && <span className="soft">{t('device.repairedCount', { count: repaired })}</span>
        ) : (
          <span title={`${dateTime(lastRefusal.at)} ${refusalWords(lastRefusal.detail, i18n.language)}`}>
            {t(`quarantine.${lastRefusal.reason as 'not-json'}`, { defaultValue: lastRefusal.reason })}{' '}
            <span className="soft">{refusalWords(lastRefusal.detail, i18n.language)}</span>
          </span>
        ),
    },
    {
      key: 'do',
      title: '',
      width: 90,
      align: 'right',
      render: (_, device) => (
        <span title={may ? undefined : t('user.needs', { role: t('user.role.engineer') })}>
          <Dropdown
            trigger={['click']}
            disabled={!may}
            menu={{
              items: [
                { key: 'rename', label: t('devices.rename') },
                { key: 'move', label: t('devices.move') },
                { key: 'profile', label: t('devices.setProfile') },
                { key: 'secret', label: t('device.newSecret') },
                { key: 'replace', label: t('devices.replace') },
                { key: 'out', label: t('device.takeOut'), danger: true },
              ],
              onClick: ({ key }) => {
                if (key === 'secret') void askNewSecret(device.id, device.profile);
                else if (key === 'out') void askTakeOut(device);
                else setActing({ device, act: key });
              },
            }}
          >
            <Button size="small" disabled={!may} aria-label={t('device.actionsOf', { device: device.id })}>
              {t('device.actions')}
            </Button>
          </Dropdown>
        </span>
      ),
    },
  ];
  const close = () => {
    setMade(null);
    void stale('GET /devices', 'GET /refused-names');
  };

  return (
    <>
      <div className="page-head">
        <span className="soft">
          {t('device.count', { count: data.length })} · {t('device.offlineCount', { count: offline })}
        </span>
        <Input
          allowClear
          className="push"
          style={{ width: 240 }}
          placeholder={t('point.search')}
          aria-label={t('point.search')}
          value={search}
          onChange={(event) => set({ q: event.target.value })}
        />
        <Select
          allowClear
          style={{ width: 150 }}
          placeholder={t('point.state')}
          aria-label={t('point.state')}
          value={state}
          onChange={(value) => set({ state: value })}
          options={STATES.map((value) => ({ value, label: t(`device.filter.${value}`) }))}
        />
        <DeviceSheetButton />
        <AddDeviceButton />
      </div>
      {error !== null && data.length === 0 ? (
        <QueryError error={error} onRetry={() => void refetch()} />
      ) : (
        <TableBox<Device>
          rowKey="id"
          columns={columns}
          dataSource={rows}
          loading={isPending}
          minWidth={1_200}
          locale={{ emptyText: <Empty title={t(data.length === 0 ? 'device.none' : 'device.noneFiltered')} /> }}
        />
      )}
      <Suspense>
        {acting !== null && <DeviceActs {...acting} onClose={() => setActing(null)} onMade={setMade} />}
        {made !== null && <SecretDialog device={made} onClose={close} />}
      </Suspense>
    </>
  );
}
