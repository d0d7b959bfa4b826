import Button from 'antd/es/button';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '../session/context.tsx';
import { patiently } from '../ui/patiently.ts';
import type { MadeDevice } from './SecretDialog.tsx';

const CommissionDialog = lazy(patiently(() => import('./CommissionDialog.tsx')));
const SecretDialog = lazy(patiently(() => import('./SecretDialog.tsx')));

/** Registers a device that nobody has heard of yet, and shows its secret once. */
export function AddDeviceButton({ primary = false }: { primary?: boolean }) {
  const { t } = useTranslation();
  const may = useMay('engineer');
  const [isOpen, setOpen] = useState(false);
  const [made, setMade] = useState<MadeDevice | null>(null);
  return (
    <>
      <span title={may ? undefined : t('user.needs', { role: t('user.role.engineer') })}>
        <Button type={primary ? 'primary' : 'default'} disabled={!may} onClick={() => setOpen(true)}>
          {t('firstSteps.device.button')}
        </Button>
      </span>
      <Suspense>
        {isOpen && (
          <CommissionDialog
            device={null}
            message={null}
            isSecretDrawn
            onClose={() => setOpen(false)}
            onMade={setMade}
          />
        )}
        {made !== null && <SecretDialog device={made} onClose={() => setMade(null)} />}
      </Suspense>
    </>
  );
}
