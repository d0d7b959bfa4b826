import { useQuery } from '@tanstack/react-query';
import Input from 'antd/es/input';
import Select from 'antd/es/select';
import { useDeferredValue, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { askedAll } from '../api/asked.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { Empty } from '../ui/Empty.tsx';
import { matches } from '../ui/matches.ts';
import { QueryError } from '../ui/QueryError.tsx';
import { TableBox } from '../ui/TableBox.tsx';
import { usePageParams } from '../ui/usePageParams.ts';
import { AddDeviceButton } from './AddDeviceButton.tsx';
import { clockTrouble } from './ClockCell.tsx';
import { DeviceSheetButton } from './DeviceSheetButton.tsx';
import { SourcesLink } from './SourcesLink.tsx';
import type { Device } from './types.ts';
import { useDeviceActs } from './useDeviceActs.tsx';
import { useDeviceColumns } from './useDeviceColumns.tsx';
import { useProfiles } from './useProfiles.ts';

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
  const { t } = useTranslation();
  const nameText = useNameText();
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
  const { act, dialogs } = useDeviceActs();
  const offline = data.filter((device) => !device.online).length;

  const columns = useDeviceColumns({ profileText, onAct: act });

  return (
    <>
      <div className="page-head">
        <span className="soft">
          {t('device.count', { count: data.length })} · {t('device.offlineCount', { count: offline })}
        </span>
        <SourcesLink />
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
          locale={{
            emptyText:
              data.length === 0 ? (
                <Empty title={t('device.none')} detail={t('device.noneDetail')} />
              ) : (
                <Empty title={t('device.noneFiltered')} />
              ),
          }}
        />
      )}
      {dialogs}
    </>
  );
}
