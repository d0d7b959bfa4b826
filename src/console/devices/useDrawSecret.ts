import AntApp from 'antd/es/app';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import { useErrorText } from '../api/useErrorText.ts';
import type { MadeDevice } from './SecretDialog.tsx';

/** Gives a device another secret, after a question; `onMade` is told of it, to show it this once. */
export function useDrawSecret(onMade: (made: MadeDevice) => void) {
  const { t } = useTranslation();
  const { modal } = AntApp.useApp();
  const errorText = useErrorText();

  async function draw(device: string, profile: string | undefined) {
    try {
      const { secret } = await call('POST /devices/{id}/secret', { path: { id: device } });
      onMade({ id: device, secret, ...(profile === undefined ? {} : { profile }) });
    } catch (error) {
      modal.error({ title: t('device.newSecret'), content: errorText(error) });
    }
  }

  return (device: string, profile?: string) =>
    modal.confirm({
      title: t('device.newSecretAsk', { device }),
      content: t('device.newSecretMeans'),
      okText: t('device.newSecret'),
      cancelText: t('action.cancel'),
      onOk: () => draw(device, profile),
    });
}
