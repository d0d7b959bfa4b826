import Form from 'antd/es/form';
import { useTranslation } from 'react-i18next';
import { ActModal } from './ActModal.tsx';
import { ProfileSelect } from './ProfileSelect.tsx';
import type { Device } from './types.ts';

interface Fields {
  readonly profile: string;
}

/** Says that a device is of another kind, after what it then measures, and what not, has been said. */
export function ProfileDialog({ device, onClose }: { device: Device; onClose: () => void }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<Fields>();
  const profile = Form.useWatch('profile', form) ?? device.profile;
  return (
    <ActModal<Fields>
      title={`${t('devices.setProfile')} · ${device.id}`}
      okText={t('devices.setProfile')}
      form={form}
      initialValues={{ profile: device.profile }}
      call={profile === device.profile ? null : { name: 'PATCH /devices/{id}', device: device.id, body: { profile } }}
      fields={{ '/profile': { name: 'profile', words: t('device.wrong.profile') } }}
      done={t('devices.profileSet', { device: device.id })}
      onClose={onClose}
    >
      <p>{t('devices.setProfileMeans')}</p>
      <ProfileSelect />
    </ActModal>
  );
}
