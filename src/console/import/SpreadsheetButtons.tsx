import Button from 'antd/es/button';
import Dropdown from 'antd/es/dropdown';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { addressOf } from '../api/client.ts';
import { patiently } from '../ui/patiently.ts';

const ImportDialog = lazy(patiently(() => import('./ImportDialog.tsx')));

interface Props {
  readonly area: string | null;
  readonly family: string | null;
  readonly mayImport: boolean;
  readonly onImported: () => void;
}

/** Points and limits out to a spreadsheet, and back in. What is filtered here is filtered there. */
export function SpreadsheetButtons({ area, family, mayImport, onImported }: Props) {
  const { t, i18n } = useTranslation();
  const [isOpen, setIsOpen] = useState(false);
  const href = (format: 'xlsx' | 'csv', sheet?: 'limits' | 'points') =>
    addressOf('GET /spreadsheet', { query: { format, sheet, lang: i18n.language, area, family } });
  const item = (key: string, label: string, address: string) => ({
    key,
    label: (
      <a href={address} download>
        {label}
      </a>
    ),
  });
  return (
    <>
      <Dropdown
        trigger={['click']}
        menu={{
          items: [
            item('xlsx', t('table.exportXlsx'), href('xlsx')),
            item('limits', t('table.exportCsvLimits'), href('csv', 'limits')),
            item('points', t('table.exportCsvPoints'), href('csv', 'points')),
          ],
        }}
      >
        <Button>{t('table.export')}</Button>
      </Dropdown>
      {mayImport && <Button onClick={() => setIsOpen(true)}>{t('table.import')}</Button>}
      {isOpen && (
        <Suspense>
          <ImportDialog
            onClose={() => setIsOpen(false)}
            onImported={() => {
              setIsOpen(false);
              onImported();
            }}
          />
        </Suspense>
      )}
    </>
  );
}
