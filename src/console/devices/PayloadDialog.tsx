import Modal from 'antd/es/modal';
import { useTranslation } from 'react-i18next';
import { rejectionWords } from '../i18n/rejection-words.ts';
import { dateTime } from '../ui/format.ts';
import { hexOf } from './hex.ts';
import type { Quarantined } from './types.ts';

/** JSON is set out so that it can be read; anything else, also what that would lose a part of, is shown as it came. */
function readable({ payload, reason }: Quarantined): string {
  if (reason === 'duplicate-key') return payload;
  try {
    return JSON.stringify(JSON.parse(payload), null, 2);
  } catch {
    return payload;
  }
}

export function PayloadDialog({ item, reason, onClose }: { item: Quarantined; reason: string; onClose: () => void }) {
  const { t, i18n } = useTranslation();
  const shown =
    item.payloadBase64 === null ? new TextEncoder().encode(item.payload).length : atob(item.payloadBase64).length;
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
        <dd>{rejectionWords(item, i18n.language)}</dd>
        <dt>{t('device.payload')}</dt>
        <dd>
          {t('device.bytes', { count: item.payloadBytes })}
          {shown < item.payloadBytes && ` · ${t('device.cut')}`}
        </dd>
      </dl>
      <pre className="payload">{readable(item)}</pre>
      {item.payloadBase64 !== null && (
        <>
          <p className="soft">{t('device.notUtf8')}</p>
          <pre className="payload">{hexOf(item.payloadBase64)}</pre>
        </>
      )}
    </Modal>
  );
}
