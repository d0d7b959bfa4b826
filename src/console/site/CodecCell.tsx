import AntApp from 'antd/es/app';
import Button from 'antd/es/button';
import Tag from 'antd/es/tag';
import { useTranslation } from 'react-i18next';
import { useStale } from '../api/asked.ts';
import { call } from '../api/client.ts';
import { useErrorText } from '../api/useErrorText.ts';
import type { Profile } from '../devices/useProfiles.ts';
import { useNameText } from '../i18n/i18n.tsx';

/** The payload codec of a kind of device: its file, why it is switched off, and having what waits decoded again. */
export function CodecCell({ profile: { id, name, codec }, may }: { profile: Profile; may: boolean }) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const errorText = useErrorText();
  const { message } = AntApp.useApp();
  const stale = useStale();
  if (codec === null) return null;
  const { file, off } = codec;
  if (off !== null) {
    const why = `${off.fault}: ${off.detail}`;
    return (
      <span title={`${file} – ${why}`}>
        <Tag color="error">{t('places.profile.codecOff')}</Tag>
        {why}
      </span>
    );
  }

  async function retry(): Promise<void> {
    try {
      const { uplinks } = await call('POST /profiles/{id}/retry', { path: { id } });
      await stale('GET /quarantine');
      message.success(t('places.profile.retried', { count: uplinks }));
    } catch (error) {
      message.error(errorText(error));
    }
  }

  return (
    <span className="row-buttons" title={t('places.profile.retryHelp')}>
      <code title={file}>{file}</code>
      <Button
        size="small"
        disabled={!may}
        aria-label={`${t('places.profile.actionsOf', { profile: nameText(name) })} – ${t('places.profile.retry')}`}
        onClick={() => void retry()}
      >
        {t('places.profile.retry')}
      </Button>
    </span>
  );
}
