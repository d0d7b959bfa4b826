import type { ColumnsType } from 'antd/es/table';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';
import { useNames } from '../api/queries.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { rejectionWords } from '../i18n/rejection-words.ts';
import { useSlowServerNow } from '../live/clock.ts';
import { codeWords } from '../ui/code-words.ts';
import { dateTime, formatSpan } from '../ui/format.ts';
import { pathTo } from '../ui/paths.ts';
import { ClockCell } from './ClockCell.tsx';
import { DeviceMenu } from './DeviceMenu.tsx';
import css from './devices.module.css';
import type { Device } from './types.ts';

interface Options {
  readonly profileText: (device: Device) => string;
  readonly onAct: (device: Device, act: string) => void;
}

/** What the table says of each device, and what may be done to it. */
export function useDeviceColumns({ profileText, onAct }: Options): ColumnsType<Device> {
  const { t, i18n } = useTranslation();
  const nameText = useNameText();
  const names = useNames();
  const nowMs = useSlowServerNow(5);
  return [
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
      className: 'wraps',
      sorter: (a, b) => a.id.localeCompare(b.id, 'zh-CN', { numeric: true }),
      render: (_, device) => (
        <Link to={pathTo('device', { id: device.id })} title={nameText(device.name)}>
          <strong>{nameText(device.name)}</strong>
        </Link>
      ),
    },
    {
      key: 'profile',
      title: t('device.profile'),
      width: 138,
      className: 'wraps',
      sorter: (a, b) => profileText(a).localeCompare(profileText(b), 'zh-CN', { numeric: true }),
      render: (_, device) => <span title={device.profile}>{profileText(device)}</span>,
    },
    {
      key: 'points',
      title: t('nav.points'),
      width: 156,
      className: 'wraps',
      render: (_, device) => (
        <span className={css.commaList}>
          {device.points.map((point) => (
            <Link key={point} to={pathTo('point', { id: point })} title={nameText(names.point(point))}>
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
                : `${dateTime(lastRefusal.at)} ${rejectionWords(lastRefusal, i18n.language)}`
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
      className: 'wraps',
      render: (_, { lastRefusal, repaired }) =>
        lastRefusal === null ? (
          repaired > 0 && <span className="soft">{t('device.repairedCount', { count: repaired })}</span>
        ) : (
          <span title={`${dateTime(lastRefusal.at)} ${rejectionWords(lastRefusal, i18n.language)}`}>
            {codeWords(t, 'quarantine', lastRefusal.reason)}{' '}
            <span className="soft">{rejectionWords(lastRefusal, i18n.language)}</span>
          </span>
        ),
    },
    {
      key: 'do',
      title: '',
      width: 90,
      align: 'right',
      render: (_, device) => <DeviceMenu device={device} onAct={onAct} />,
    },
  ];
}
