import Button from 'antd/es/button';
import Dropdown from 'antd/es/dropdown';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { addressOf } from '../../api/client.ts';
import { useMay } from '../../session/context.tsx';
import { patiently } from '../../ui/patiently.ts';
import type { SheetOf } from './SheetImport.tsx';

const SheetImport = lazy(patiently(() => import('./SheetImport.tsx')));

/** People, or days off and worked, out to a spreadsheet and back in. */
export function SheetButtons({ of }: { readonly of: SheetOf }) {
  const { t, i18n } = useTranslation();
  const mayImport = useMay('engineer');
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <Dropdown
        trigger={['click']}
        menu={{
          items: (['xlsx', 'csv'] as const).map((format) => ({
            key: format,
            label: (
              <a href={addressOf(`GET /notify/${of}/sheet`, { query: { format, lang: i18n.language } })} download>
                {t(`setup.sheets.${format}`)}
              </a>
            ),
          })),
        }}
      >
        <Button>{t(`setup.sheets.export.${of}`)}</Button>
      </Dropdown>
      <Button disabled={!mayImport} onClick={() => setIsOpen(true)}>
        {t(`setup.sheets.import.${of}`)}
      </Button>
      {isOpen && (
        <Suspense>
          <SheetImport of={of} onClose={() => setIsOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
