import AntApp from 'antd/es/app';
import Button from 'antd/es/button';
import { useTranslation } from 'react-i18next';

/** A text that somebody takes elsewhere, such as a token that is shown once. */
export function ToCopy({ text }: { text: string }) {
  const { t } = useTranslation();
  const { message } = AntApp.useApp();
  // Without HTTPS a browser gives a page no clipboard.
  const copied = async () => {
    try {
      await navigator.clipboard.writeText(text);
      message.success(t('action.copied'));
    } catch {
      message.info(t('admin.copyByHand'));
    }
  };
  return (
    <div className="to-copy">
      <pre className="payload">{text}</pre>
      <Button onClick={() => void copied()}>{t('action.copy')}</Button>
    </div>
  );
}
