import Button from 'antd/es/button';
import Dropdown from 'antd/es/dropdown';
import { useTranslation } from 'react-i18next';
import { useMay } from '../session/context.tsx';
import { protocolsOf } from './dialect.ts';
import type { Device } from './types.ts';
import { useProfiles } from './useProfiles.ts';

interface Props {
  readonly device: Device;
  readonly onAct: (device: Device, act: string) => void;
}

/** What may be done to a device, for who may. */
export function DeviceMenu({ device, onAct }: Props) {
  const { t } = useTranslation();
  const may = useMay('engineer');
  const { data: profiles = [] } = useProfiles();
  // One that logs in nowhere would be heard no more for having a secret.
  const logsIn = profiles.find(({ id }) => id === device.profile)?.logsIn !== false;
  const spoken = protocolsOf(
    device.id,
    profiles.find(({ id }) => id === device.profile),
  );
  return (
    <span title={may ? undefined : t('user.needs', { role: t('user.role.engineer') })}>
      <Dropdown
        trigger={['click']}
        disabled={!may}
        menu={{
          items: [
            { key: 'rename', label: t('devices.rename') },
            { key: 'move', label: t('devices.move') },
            { key: 'profile', label: t('devices.setProfile') },
            ...(spoken.length > 0 ? [{ key: 'dialect', label: t('commands.dialect') }] : []),
            ...(logsIn ? [{ key: 'secret', label: t('device.newSecret') }] : []),
            { key: 'replace', label: t('devices.replace') },
            { key: 'out', label: t('device.takeOut'), danger: true },
          ],
          onClick: ({ key }) => onAct(device, key),
        }}
      >
        <Button size="small" disabled={!may} aria-label={t('device.actionsOf', { device: device.id })}>
          {t('device.actions')}
        </Button>
      </Dropdown>
    </span>
  );
}
