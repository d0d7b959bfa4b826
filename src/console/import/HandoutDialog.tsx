import Button from 'antd/es/button';
import Modal from 'antd/es/modal';
import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SpreadsheetApplied } from '../../wire/spreadsheet.ts';

export type Handout = NonNullable<SpreadsheetApplied['handout']>;

interface Props {
  readonly handout: Handout;
  readonly count: number;
  readonly onClose: () => void;
}

/** The secrets that were drawn, for whoever sets the devices up. The server has them in clear no longer. */
export function HandoutDialog({ handout: { name, type, base64 }, count, onClose }: Props) {
  const { t } = useTranslation();
  const [isTaken, setIsTaken] = useState(false);
  const url = useMemo(() => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    return URL.createObjectURL(new Blob([bytes], { type }));
  }, [base64, type]);
  useEffect(() => () => URL.revokeObjectURL(url), [url]);
  return (
    <Modal
      open
      title={t('firstSteps.secret.title')}
      closable={false}
      keyboard={false}
      mask={{ closable: false }}
      footer={
        <>
          <Button type={isTaken ? 'default' : 'primary'} href={url} download={name} onClick={() => setIsTaken(true)}>
            {t('devices.takeSecrets')}
          </Button>
          <Button type={isTaken ? 'primary' : 'default'} disabled={!isTaken} onClick={onClose}>
            {t('action.close')}
          </Button>
        </>
      }
    >
      <p>{t('devices.secretsOnce', { count })}</p>
    </Modal>
  );
}
