import Modal from 'antd/es/modal';
import { useTranslation } from 'react-i18next';
import { dateTime } from '../ui/format.ts';
import type { Quarantined } from './types.ts';

/** JSON is set out so that it can be read; anything else is shown as it came. */
function readable(payload: string): string {
  try {
    return JSON.stringify(JSON.parse(payload), null, 2);
  } catch {
    return payload;
  }
}

export function PayloadDialog({ item, reason, onClose }: { item: Quarantined; reason: string; onClose: () => void }) {
  const { t } = useTranslation();
  const shown = new TextEncoder().encode(item.payload).length;
  return (
    <Modal open title={reason} footer={null} width={720} onCancel={onClose}>
      <dl className="facts">
        <dt>{t('alert.receivedAt')}</dt>
        <dd>{dateTime(item.receivedAt)}</dd>
        <dt>{t('point.device')}</dt>
        <dd>{item.device}</dd>
        <dt>{t('device.topic')}</dt>
        <dd>{item.topic}</dd>
        <dt>{t('device.detail')}</dt>
        <dd>{item.detail}</dd>
        <dt>{t('device.payload')}</dt>
        <dd>
          {t('device.bytes', { count: item.payloadBytes })}
          {shown < item.payloadBytes && ` · ${t('device.cut')}`}
        </dd>
      </dl>
      <pre className="payload">{readable(item.payload)}</pre>
    </Modal>
  );
}
