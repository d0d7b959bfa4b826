import Button, { type ButtonProps } from 'antd/es/button';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '../session/context.tsx';
import { patiently } from '../ui/patiently.ts';
import type { RuleTestSubject } from './rule-test-subject.ts';

const RuleTestDialog = lazy(patiently(() => import('./RuleTestDialog.tsx')));

/** Makes a rule test of a period of real history, so that a lesson is kept. */
export function RuleTestButton({ subject, size }: { subject: RuleTestSubject; size?: ButtonProps['size'] }) {
  const { t } = useTranslation();
  const mayAct = useMay('operator');
  const [open, setOpen] = useState(false);
  return (
    <span title={mayAct ? undefined : t('user.needs', { role: t('user.role.operator') })}>
      <Button {...(size === undefined ? {} : { size })} disabled={!mayAct} onClick={() => setOpen(true)}>
        {t('lesson.button')}
      </Button>
      {open && (
        <Suspense>
          <RuleTestDialog subject={subject} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </span>
  );
}
