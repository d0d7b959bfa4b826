import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '../session/context.tsx';
import { Empty } from '../ui/Empty.tsx';

/** A page that only administrators may see says so to everybody else who finds its address. */
export function AdminOnly({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  if (useMay('admin')) return children;
  return <Empty title={t('user.needs', { role: t('user.role.admin') })} />;
}
