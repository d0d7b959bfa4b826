import Button from 'antd/es/button';
import Dropdown from 'antd/es/dropdown';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useStale } from '../api/asked.ts';
import { addressOf } from '../api/client.ts';
import { useMay } from '../session/context.tsx';
import { patiently } from '../ui/patiently.ts';

const ImportDialog = lazy(patiently(() => import('../import/ImportDialog.tsx')));

/** Devices out to a spreadsheet, and in by the hundred. */
export function DeviceSheetButton() {
  const { t, i18n } = useTranslation();
  const stale = useStale();
  const may = useMay('engineer');
  const [isOpen, setIsOpen] = useState(false);
  const file = (format: 'xlsx' | 'csv', label: string) => ({
    key: format,
    label: (
      <a href={addressOf('GET /spreadsheet', { query: { format, sheet: 'devices', lang: i18n.language } })} download>
        {label}
      </a>
    ),
  });
  const needs = may ? undefined : t('user.needs', { role: t('user.role.engineer') });
  return (
    <>
      <Dropdown
        trigger={['click']}
        menu={{
          items: [
            file('xlsx', t('devices.exportXlsx')),
            file('csv', t('devices.exportCsv')),
            { key: 'import', label: <span title={needs}>{t('table.import')}</span>, disabled: !may },
          ],
          onClick: ({ key }) => key === 'import' && setIsOpen(true),
        }}
      >
        <Button>{t('devices.sheet')}</Button>
      </Dropdown>
      {isOpen && (
        <Suspense>
          <ImportDialog
            sheet="devices"
            onClose={() => setIsOpen(false)}
            onImported={() => {
              setIsOpen(false);
              void stale('GET /devices', 'GET /refused-names');
            }}
          />
        </Suspense>
      )}
    </>
  );
}
