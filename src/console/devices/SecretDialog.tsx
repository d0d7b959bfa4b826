import Button from 'antd/es/button';
import Modal from 'antd/es/modal';
import QRCode from 'antd/es/qr-code';
import { useTranslation } from 'react-i18next';
import { ToCopy } from '../ui/ToCopy.tsx';
import css from './devices.module.css';
import { type MqttPorts, useMqttPorts } from './useMqttPorts.ts';
import { type Profile, useProfiles } from './useProfiles.ts';

/** What a device of this kind may say, as short as it can be. */
function examplePayload(profile: Profile | undefined): string {
  const [field, metric] = Object.entries(profile?.metrics ?? {})[0] ?? ['value', { type: 'number' }];
  const value = metric.type === 'number' ? 1 : metric.type === 'boolean' ? false : '';
  return JSON.stringify({ [field]: value });
}

/** What the page was opened as where the server is; a device elsewhere would find itself there. */
const LOOPBACK = /^(localhost|127\.|\[::1\])/;

/** How the broker is reached: with TLS where it is on. */
function portWords({ plain, tls }: MqttPorts): string {
  return tls === null ? `-p ${plain}` : `-p ${tls} --cafile ca.pem`;
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
  const ports = useMqttPorts();
  const payload = examplePayload(profiles.data?.find(({ id }) => id === device.profile));
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
      <div data-testid="secret-code">
        <QRCode type="svg" size={128} value={device.secret} className={css.secretCode} />
      </div>
      {ports !== undefined && (
        <>
          <dl className={css.secretFacts}>
            <dt>{t('devices.server')}</dt>
            <dd>
              {location.hostname}
              {LOOPBACK.test(location.hostname) && <span className="soft"> {t('devices.serverIsHere')}</span>}
            </dd>
            <dt>{t('devices.port')}</dt>
            <dd>
              {ports.tls === null ? ports.plain : t('devices.portsWithTls', { tls: ports.tls, plain: ports.plain })}
            </dd>
            <dt>{t('devices.userName')}</dt>
            <dd>{device.id}</dd>
            <dt>{t('device.topic')}</dt>
            <dd>telemetry/{device.id}</dd>
          </dl>
          <h3>{t('firstSteps.secret.try')}</h3>
          <ToCopy
            text={
              `mosquitto_pub -h ${location.hostname} ${portWords(ports)} -q 1 -u '${device.id}' -P '${device.secret}' ` +
              `-t 'telemetry/${device.id}' -m '${payload}'`
            }
          />
        </>
      )}
    </Modal>
  );
}
