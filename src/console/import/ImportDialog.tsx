import AntApp from 'antd/es/app';
import Button from 'antd/es/button';
import Modal from 'antd/es/modal';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Given } from '../../wire/calls.ts';
import type { SpreadsheetChanges } from '../../wire/spreadsheet.ts';
import { useStale } from '../api/asked.ts';
import { exchange } from '../api/client.ts';
import { ApprovalNote, Failure } from '../change/Notes.tsx';
import { ReasonField } from '../change/ReasonField.tsx';
import { BeforeAfter } from '../change/RuleChanges.tsx';
import { useReasonedDeed } from '../change/useReasonedDeed.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { useDeed } from '../ui/useDeed.ts';
import { DropBox, sheetType } from './DropBox.tsx';
import { type Handout, HandoutDialog } from './HandoutDialog.tsx';
import css from './import-dialog.module.css';
import { SheetNotes } from './SheetNotes.tsx';

const FILE_BYTES_MAX = 32 << 20;
/** A large workbook is unpacked, compared and written in that time. */
const TIMEOUT_MS = 120_000;

interface Looked {
  readonly file: File;
  readonly answer: SpreadsheetChanges;
  /** Stands for what was looked at: applying something else than that is refused. */
  readonly etag: string;
}

interface Props {
  /** The page it is opened from is about devices: a sheet that could be one of points is one of those. */
  readonly sheet?: 'devices';
  readonly onClose: () => void;
  readonly onImported: () => void;
}

/** A spreadsheet, what it would change and what is wrong with it cell by cell; then all of it in one transaction. */
export default function ImportDialog({ sheet, onClose, onImported }: Props) {
  const { t, i18n } = useTranslation();
  const stale = useStale();
  const { message } = AntApp.useApp();
  const looking = useDeed();
  const applying = useReasonedDeed('table.importChangedSince');
  const isBusy = looking.isBusy || applying.isBusy;
  const [looked, setLooked] = useState<Looked | null>(null);
  const [handed, setHanded] = useState<{ readonly handout: Handout; readonly count: number } | null>(null);
  const answer = looked?.answer;
  const isFine =
    answer !== undefined &&
    answer.errors.length === 0 &&
    answer.conflicts.length === 0 &&
    answer.items.length + answer.devices.length > 0;

  async function post(file: File, query: Given<'POST /spreadsheet'>['query'], headers: Record<string, string> = {}) {
    const type = sheetType(file.name);
    return exchange('POST /spreadsheet', {
      query: { lang: i18n.language, sheet, host: sheet === undefined ? undefined : location.hostname, ...query },
      headers: { 'content-type': type, ...headers },
      body: file,
      timeoutMs: TIMEOUT_MS,
    });
  }

  async function look(file: File) {
    if (file.size > FILE_BYTES_MAX) {
      looking.setFailure(t('table.tooLarge'));
      return;
    }
    await looking.attempt(
      async () => {
        const { body: answer, etag = '*' } = await post(file, { dryRun: true });
        setLooked({ file, answer, etag });
      },
      () => {
        setLooked(null);
        return undefined;
      },
    );
  }

  const apply = ({ file, etag }: Looked) =>
    applying.attempt(
      async (reason) => {
        const { status, body: done } = await post(file, { reason }, { 'if-match': etag });
        const { items, devices } = done;
        const handout = status === 200 ? done.handout : undefined;
        const saved =
          devices.length > 0
            ? t('devices.imported', { count: devices.length })
            : t('table.saved', { count: items.length });
        message.success(done.applied ? saved : t('table.proposed'), 6);
        await stale('GET /points');
        if (handout === undefined) onImported();
        else setHanded({ handout, count: devices.filter(({ secret }) => secret === 'drawn').length });
      },
      (isRace) => {
        if (isRace) void look(file);
      },
    );

  if (handed !== null) return <HandoutDialog {...handed} onClose={onImported} />;
  return (
    <Modal
      open
      width={820}
      title={t('table.importTitle')}
      okText={t(answer?.needsApproval === true ? 'table.confirmProposal' : 'table.importApply')}
      cancelText={t('action.cancel')}
      confirmLoading={isBusy && looked !== null}
      okButtonProps={{ disabled: !isFine }}
      onOk={() => looked !== null && void apply(looked)}
      onCancel={onClose}
    >
      {looked === null ? (
        <DropBox isBusy={isBusy} kinds={t('table.importKinds')} onFile={(file) => void look(file)} />
      ) : (
        <div className="page-head">
          <strong>{looked.file.name}</strong>
          <span className="soft">{t('table.importRows', { count: looked.answer.rowsRead })}</span>
          <Button
            className="push"
            onClick={() => {
              setLooked(null);
              applying.setFailure(null);
            }}
          >
            {t('table.importOther')}
          </Button>
        </div>
      )}
      <Failure words={looking.failure ?? applying.failure} />
      {answer !== undefined && <Found answer={answer} />}
      <ApprovalNote isNeeded={answer?.needsApproval} />
      {isFine && <ReasonField field={applying.field} />}
    </Modal>
  );
}

function Found({ answer: { items, devices, errors, conflicts, warnings } }: { answer: SpreadsheetChanges }) {
  const { t } = useTranslation();
  return (
    <div className={css.importFound}>
      <SheetNotes title={t('table.importErrors', { count: errors.length })} notes={errors} isBad />
      <SheetNotes title={t('table.importConflicts', { count: conflicts.length })} notes={conflicts} isBad />
      <SheetNotes title={t('table.importWarnings', { count: warnings.length })} notes={warnings} />
      {items.length + devices.length === 0 && <h3>{t('table.importNone')}</h3>}
      {devices.length > 0 && (
        <>
          <h3>{t('devices.importChanges', { count: devices.length })}</h3>
          <Changed things={devices.map(({ device, ...rest }) => ({ id: device, ...rest }))} />
        </>
      )}
      {items.length > 0 && (
        <>
          <h3>{t('table.importChanges', { count: items.length })}</h3>
          <Changed things={items.map(({ point, ...rest }) => ({ id: point, ...rest }))} />
        </>
      )}
    </div>
  );
}

type Thing = Omit<SpreadsheetChanges['items'][number], 'point'> & { readonly id: string };

function Changed({ things }: { things: readonly Thing[] }) {
  const { t } = useTranslation();
  const nameText = useNameText();
  return (
    <table className={css.importTable}>
      <tbody>
        {things.map(({ id, name, isNew, changes }) =>
          changes.map(({ place, rule, what, before, after }, index) => (
            <tr key={`${id} ${place} ${what} ${after}`}>
              {index === 0 && (
                <th scope="rowgroup" rowSpan={changes.length}>
                  {nameText(name)} {isNew && <span className="badge">{t('table.importNew')}</span>}
                  <small className="faint">{id}</small>
                </th>
              )}
              <td className="faint">{place}</td>
              <td>{rule === null ? what : `${rule} · ${what}`}</td>
              <td>
                <BeforeAfter was={before || null} is={after || null} />
              </td>
            </tr>
          )),
        )}
      </tbody>
    </table>
  );
}
