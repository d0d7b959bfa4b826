import Button from 'antd/es/button';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '../session/context.tsx';
import { patiently } from '../ui/patiently.ts';
import type { Quarantined } from './types.ts';

const CommissionDialog = lazy(patiently(() => import('./CommissionDialog.tsx')));

export function CommissionButton({ message }: { message: Quarantined }) {
  const { t } = useTranslation();
  const may = useMay('engineer');
  const [open, setOpen] = useState(false);
  return (
    <>
      <span title={may ? undefined : t('user.needs', { role: t('user.role.engineer') })}>
        <Button size="small" disabled={!may} onClick={() => setOpen(true)}>
          {t('device.commission')}
        </Button>
      </span>
      {open && (
        <Suspense>
          <CommissionDialog
            device={message.device}
            message={message}
            isSecretDrawn={false}
            onClose={() => setOpen(false)}
          />
        </Suspense>
      )}
    </>
  );
}
