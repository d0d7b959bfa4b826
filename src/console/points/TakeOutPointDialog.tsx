import AntApp from 'antd/es/app';
import Modal from 'antd/es/modal';
import { useTranslation } from 'react-i18next';
import { whatText } from '../alerts/describe.ts';
import { useStale } from '../api/asked.ts';
import { call } from '../api/client.ts';
import { useNames } from '../api/queries.ts';
import type { Point } from '../api/types.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { useListText } from '../i18n/useListText.ts';
import { useAlertView } from '../live/context.tsx';
import css from '../places/place-fields.module.css';
import { useThresholds } from '../thresholds/useThresholds.ts';
import { useDeed } from '../ui/useDeed.ts';

/** What is said before is what is, also when somebody changes it meanwhile. */
const LOOK_EVERY_MS = 3_000;

interface Props {
  readonly point: Point;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

/** Takes a point away, after it has been said what becomes of its device, limits, alerts and history. */
export default function TakeOutPointDialog({ point, onClose, onDone }: Props) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const listText = useListText();
  const names = useNames();
  const { message } = AntApp.useApp();
  const stale = useStale();
  const open = useAlertView().byPoint.get(point.id) ?? [];
  const revision = useThresholds(point.id, { refetchEveryMs: LOOK_EVERY_MS }).data?.revision ?? 0;
  const { isBusy, failure, attempt } = useDeed();
  const name = nameText(point.name);

  const takeOut = () =>
    attempt(async () => {
      await call('DELETE /points/{id}', { path: { id: point.id } });
      message.success(t('places.point.takenOut', { point: name }));
      // First away from the page of what is no longer there.
      onDone();
      await stale('GET /points', 'GET /devices');
    });

  const alerts = listText(
    open.map((alert) => whatText(alert, nameText(names.metric(point.id, alert.metric ?? '')), t)),
  );
  return (
    <Modal
      open
      title={t('places.point.takeOutAsk', { point: name })}
      okText={t('places.point.takeOut')}
      okButtonProps={{ danger: true }}
      cancelText={t('action.cancel')}
      confirmLoading={isBusy}
      onOk={takeOut}
      onCancel={onClose}
    >
      <ul className={css.takeOutMeans} data-testid="take-out-means">
        <li>{t('places.point.means.told')}</li>
        <li>{t('places.point.means.device', { device: point.device })}</li>
        <li>{revision === 0 ? t('places.point.means.noLimits') : t('places.point.means.limits', { revision })}</li>
        <li>
          {open.length === 0
            ? t('places.point.means.noAlerts')
            : t('places.point.means.alerts', { count: open.length, names: alerts })}
        </li>
        <li>{t('places.point.means.history')}</li>
      </ul>
      {failure !== null && <p role="alert">{failure}</p>}
    </Modal>
  );
}
