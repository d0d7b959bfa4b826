import AntApp from 'antd/es/app';
import Button from 'antd/es/button';
import Modal from 'antd/es/modal';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ROW_FATES } from '../../../model/notify/setup-sheet.ts';
import type { Answer, Given } from '../../../wire/calls.ts';
import { useStale } from '../../api/asked.ts';
import { call } from '../../api/client.ts';
import { Failure } from '../../change/Notes.tsx';
import { ReasonField } from '../../change/ReasonField.tsx';
import { BeforeAfter } from '../../change/RuleChanges.tsx';
import { useReasonedDeed } from '../../change/useReasonedDeed.ts';
import { DropBox, sheetType } from '../../import/DropBox.tsx';
import importCss from '../../import/import-dialog.module.css';
import { SheetNotes } from '../../import/SheetNotes.tsx';
import { useDeed } from '../../ui/useDeed.ts';
import css from '../notify.module.css';

/** What a sheet is of. */
export type SheetOf = 'people' | 'calendar';
type Found = Answer<'POST /notify/people/sheet'>;

/** A large workbook is unpacked and compared in that time. */
const TIMEOUT_MS = 120_000;

/** A sheet: what becomes of each row, what is wrong cell by cell; then all of it as one revision of the setup. */
export default function SheetImport({ of, onClose }: { readonly of: SheetOf; readonly onClose: () => void }) {
  const { t, i18n } = useTranslation();
  const { message } = AntApp.useApp();
  const stale = useStale();
  const looking = useDeed();
  const applying = useReasonedDeed('table.importChangedSince');
  const [looked, setLooked] = useState<{ readonly file: File; readonly found: Found } | null>(null);
  const changed = looked?.found.rows.filter(({ changes }) => changes.length > 0) ?? [];
  const isFine =
    looked !== null &&
    looked.found.errors.length === 0 &&
    changed.length > 0 &&
    looked.found.rows.every(({ fate }) => fate !== 'stale' && fate !== 'wrong');

  const post = (file: File, query: Given<'POST /notify/people/sheet'>['query']) =>
    call(`POST /notify/${of}/sheet`, {
      query: { lang: i18n.language, ...query },
      headers: { 'content-type': sheetType(file.name) },
      body: file,
      timeoutMs: TIMEOUT_MS,
    });

  const look = (file: File) =>
    looking.attempt(async () => {
      setLooked(null);
      setLooked({ file, found: await post(file, { dryRun: true }) });
    });

  const apply = (file: File, { revision }: Found) =>
    applying.attempt(async (reason) => {
      const done = await post(file, { revision, reason });
      await stale('GET /notify/setup', 'GET /notify/duties', 'GET /notify/duties/gaps');
      message.success(t('notify.applied', { revision: done.revision }), 6);
      onClose();
    });

  return (
    <Modal
      open
      width={820}
      title={t(`setup.sheets.import.${of}`)}
      okText={t('table.importApply')}
      cancelText={t('action.cancel')}
      confirmLoading={applying.isBusy}
      okButtonProps={{ disabled: !isFine }}
      onOk={() => looked !== null && void apply(looked.file, looked.found)}
      onCancel={onClose}
    >
      {looked === null ? (
        <DropBox
          isBusy={looking.isBusy}
          kinds={t(`setup.sheets.kinds.${of}`)}
          accept={of === 'calendar' ? ',.ics,text/calendar' : ''}
          onFile={(file) => void look(file)}
        />
      ) : (
        <div className={`page-head ${css.panelHead}`}>
          <strong>{looked.file.name}</strong>
          <Button className="push" onClick={() => setLooked(null)}>
            {t('table.importOther')}
          </Button>
        </div>
      )}
      <Failure words={looking.failure ?? applying.failure} />
      {looked !== null && <Rows found={looked.found} />}
      {isFine && <ReasonField field={applying.field} />}
    </Modal>
  );
}

function Rows({ found: { rows, untouched, errors, warnings } }: { readonly found: Found }) {
  const { t } = useTranslation();
  const counted = ROW_FATES.map((fate) => [fate, rows.filter((row) => row.fate === fate).length] as const)
    .filter(([, count]) => count > 0)
    .map(([fate, count]) => t(`setup.sheets.fate.${fate}`, { count }));
  const left = untouched > 0 ? [t('setup.sheets.untouched', { count: untouched })] : [];
  return (
    <div className={importCss.importFound} data-testid="sheet-found">
      <SheetNotes title={t('table.importErrors', { count: errors.length })} notes={errors} isBad />
      <SheetNotes title={t('table.importWarnings', { count: warnings.length })} notes={warnings} />
      <p>{[...counted, ...left].join(t('setup.routes.and'))}</p>
      <table className={importCss.importTable}>
        <tbody>
          {rows.flatMap(({ place: row, name, id, changes }) =>
            changes.map(({ place, what, before, after }, index) => (
              <tr key={`${row} ${place} ${what}`}>
                {index === 0 && (
                  <th scope="rowgroup" rowSpan={changes.length}>
                    {name || id}
                  </th>
                )}
                <td className="faint">{place}</td>
                <td>{what}</td>
                <td>
                  <BeforeAfter was={before || null} is={after || null} />
                </td>
              </tr>
            )),
          )}
        </tbody>
      </table>
    </div>
  );
}
