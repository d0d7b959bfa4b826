import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useParams } from 'react-router-dom';
import { asked } from '../api/asked.ts';
import { useNames } from '../api/queries.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { useSlowServerNow } from '../live/clock.ts';
import { dateTime, formatSpan } from '../ui/format.ts';
import { pathTo } from '../ui/paths.ts';
import { QueryError } from '../ui/QueryError.tsx';
import { ClockCell } from './ClockCell.tsx';
import { DeviceCommands } from './DeviceCommands.tsx';
import { DeviceMenu } from './DeviceMenu.tsx';
import { DeviceUnread } from './DeviceUnread.tsx';
import css from './devices.module.css';
import { dialectLines } from './dialect.ts';
import { LastMessages } from './LastMessages.tsx';
import type { Device, DeviceWithDefinition } from './types.ts';
import { useDeviceActs } from './useDeviceActs.tsx';
import { useProfiles } from './useProfiles.ts';

const REFRESH_MS = 5_000;

/** One device: what it is and how it does, what it measures, and what it sends beside what is read of it. */
export default function DevicePage() {
  const { t } = useTranslation();
  const { id = '' } = useParams();
  const navigate = useNavigate();
  const { data, error, refetch } = useQuery({
    ...asked('GET /devices/{id}', { path: { id } }),
    refetchInterval: REFRESH_MS,
  });
  // The secret of the one in its place is shown over the page of that one.
  const { act, dialogs } = useDeviceActs({
    onGone: (next) => void navigate(next === undefined ? pathTo('devices') : pathTo('device', { id: next })),
  });
  return (
    <>
      {data !== undefined ? (
        <DeviceView key={id} device={data} onAct={act} />
      ) : error !== null ? (
        <QueryError error={error} onRetry={() => void refetch()} />
      ) : (
        <p className="empty">{t('app.loading')}</p>
      )}
      {dialogs}
    </>
  );
}

interface ViewProps {
  readonly device: DeviceWithDefinition;
  readonly onAct: (device: Device, act: string) => void;
}

function DeviceView({ device, onAct }: ViewProps) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const profile = useProfiles().data?.find(({ id }) => id === device.profile);
  const profileText = profile === undefined ? device.profile : nameText(profile.name);
  return (
    <div className="page" data-testid="device-page">
      <div className="page-head">
        <h1>{nameText(device.name)}</h1>
        {device.online ? (
          <span className="faint">{t('point.online')}</span>
        ) : (
          <span className="badge">{t(device.lastSeen === null ? 'point.never' : 'point.offline')}</span>
        )}
        <span className="soft">
          {profileText} · {t(`family.${device.family}`)}
        </span>
        <span className="push" />
        <DeviceMenu device={device} onAct={onAct} />
      </div>
      <div className={css.deviceGrid}>
        <div className="stack">
          <LastMessages device={device.id} profile={profile} />
          <DeviceUnread device={device.id} />
        </div>
        <div className="stack">
          <Facts device={device} profileText={profileText} />
          <DeviceCommands device={device} />
        </div>
      </div>
    </div>
  );
}

function Facts({ device, profileText }: { readonly device: DeviceWithDefinition; readonly profileText: string }) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const names = useNames();
  const nowMs = useSlowServerNow(5);
  const { lastSeen, points, refused, repaired } = device;
  return (
    <section className="panel block">
      <h2>{t('devices.about')}</h2>
      <dl className="facts">
        <dt>{t('device.exactId')}</dt>
        <dd>{device.id}</dd>
        <dt>{t('device.profile')}</dt>
        <dd title={device.profile}>{profileText}</dd>
        <dt>{t('nav.points')}</dt>
        <dd>
          {points.length === 0
            ? t('devices.noPoints')
            : points.map((point) => (
                <div key={point}>
                  <Link to={pathTo('point', { id: point })}>{nameText(names.point(point))}</Link>
                </div>
              ))}
        </dd>
        <dt>{t('device.lastSeen')}</dt>
        <dd>
          {lastSeen === null ? (
            '–'
          ) : (
            <time title={dateTime(lastSeen)}>
              {t('time.ago', { time: formatSpan(Math.max(0, nowMs - lastSeen), t) })}
            </time>
          )}
        </dd>
        <dt>{t('device.connection')}</dt>
        <dd>{t(device.connected ? 'device.connected' : 'device.disconnected')}</dd>
        <dt>{t('device.clock')}</dt>
        <dd>
          <ClockCell device={device} />
        </dd>
        <dt>{t('point.reportEvery')}</dt>
        <dd>{formatSpan(device.reportEveryMs, t)}</dd>
        {device.protocol !== null && (
          <>
            <dt>{t('commands.dialect')}</dt>
            <dd>
              {dialectLines(device.protocol, t).map((line) => (
                <div key={line}>{line}</div>
              ))}
            </dd>
          </>
        )}
        <dt>{t('device.secret')}</dt>
        <dd>{t(device.hasSecret ? 'devices.hasSecret' : 'devices.hasNoSecret')}</dd>
        <dt>{t('device.refused')}</dt>
        <dd>{refused}</dd>
        {repaired > 0 && (
          <>
            <dt>{t('devices.repaired')}</dt>
            <dd>{repaired}</dd>
          </>
        )}
      </dl>
    </section>
  );
}
