import Button from 'antd/es/button';
import Modal from 'antd/es/modal';
import QRCode from 'antd/es/qr-code';
import { useTranslation } from 'react-i18next';
import { ToCopy } from '../ui/ToCopy.tsx';
import { type Profile, useProfiles } from './useProfiles.ts';

/** What a device of this kind may say, as short as it can be. */
function examplePayload(profile: Profile | undefined): string {
  const [field, metric] = Object.entries(profile?.metrics ?? {})[0] ?? ['value', { type: 'number' }];
  const value = metric.type === 'number' ? 1 : metric.type === 'boolean' ? false : '';
  return JSON.stringify({ [field]: value });
}

export interface MadeDevice {
  readonly id: string;
  /** Where it is known. */
  readonly profile?: string;
  readonly secret: string;
}

/** The secret of a device that was just drawn. Nobody can look at it afterwards: it is kept hashed. */
export default function SecretDialog({ device, onClose }: { device: MadeDevice; onClose: () => void }) {
  const { t } = useTranslation();
  const profiles = useProfiles();
  const payload = examplePayload(profiles.data?.find(({ id }) => id === device.profile));
  const command =
    `mosquitto_pub -h ${location.hostname} -p 1883 -q 1 -u '${device.id}' -P '${device.secret}' ` +
    `-t 'telemetry/${device.id}' -m '${payload}'`;
  return (
    <Modal
      open
      title={t('firstSteps.secret.title')}
      footer={<Button onClick={onClose}>{t('action.close')}</Button>}
      onCancel={onClose}
      mask={{ closable: false }}
    >
      <p>{t('firstSteps.secret.once', { device: device.id })}</p>
      <ToCopy text={device.secret} />
      <QRCode type="svg" size={128} value={device.secret} className="secret-code" />
      <h3>{t('firstSteps.secret.try')}</h3>
      <ToCopy text={command} />
    </Modal>
  );
}
