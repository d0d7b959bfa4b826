import AntApp from 'antd/es/app';
import { useTranslation } from 'react-i18next';
import { useStale } from '../api/asked.ts';
import { call } from '../api/client.ts';
import { useNames } from '../api/queries.ts';
import { useErrorText } from '../api/useErrorText.ts';
import { useNameText } from '../i18n/i18n.tsx';
import type { Device } from './types.ts';

/** Takes a device out with its points, after it has been said which these are; `onOut` is told once it is. */
export function useTakeOut(onOut: () => void) {
  const { t, i18n } = useTranslation();
  const { modal, message } = AntApp.useApp();
  const stale = useStale();
  const errorText = useErrorText();
  const names = useNames();
  const nameText = useNameText();

  const list = new Intl.ListFormat(i18n.language);

  async function takeOut(device: string) {
    try {
      await call('DELETE /devices/{id}', { path: { id: device } });
      message.success(t('device.takenOut', { device }));
      onOut();
    } catch (error) {
      modal.error({ title: t('device.takeOut'), content: errorText(error) });
    }
    await stale('GET /devices', 'GET /points');
  }

  return ({ id, points }: Device) =>
    modal.confirm({
      title: t('device.takeOutAsk', { device: id }),
      content:
        points.length === 0
          ? t('device.takeOutNone')
          : t('device.takeOutMeans', {
              points: list.format(points.map((point) => nameText(names.point(point)))),
            }),
      okText: t('device.takeOut'),
      okButtonProps: { danger: true },
      cancelText: t('action.cancel'),
      onOk: () => takeOut(id),
    });
}
