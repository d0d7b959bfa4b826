import Input from 'antd/es/input';
import type { TextAreaRef } from 'antd/es/input/TextArea';
import Modal from 'antd/es/modal';
import Segmented from 'antd/es/segmented';
import { useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Alert } from '../../model/alert.ts';
import { NOTE_MAX } from '../../model/bounds.ts';
import { resetNeedsReason } from '../../model/refusal-of.ts';
import { useNames } from '../api/queries.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { useLive } from '../live/context.tsx';
import { LevelTag } from '../ui/LevelMark.tsx';
import css from './action-dialog.module.css';
import { type Action, needsNote } from './actions.ts';
import { whatText } from './describe.ts';
import { useRunAction } from './useRunAction.ts';

const SHELVE_MINUTES = [15, 30, 60, 240, 480] as const;
/** Alerts named in the dialog before the rest is only counted. */
const NAMED_MAX = 6;

interface Props {
  readonly action: Action;
  readonly alerts: readonly Alert[];
  readonly onClose: () => void;
}

export default function ActionDialog({ action, alerts, onClose }: Props) {
  const { t } = useTranslation();
  const live = useLive();
  const names = useNames();
  const nameText = useNameText();
  const run = useRunAction();
  const noteId = useId();
  const noteBox = useRef<TextAreaRef>(null);
  const [note, setNote] = useState('');
  const [minutes, setMinutes] = useState<number>(30);
  const [busy, setBusy] = useState(false);
  const noteNeeded = needsNote(action, alerts);
  const noteMissing = noteNeeded && note.trim() === '';
  /** Of a reset: some of these alerts have recovered, and of others nobody knows. */
  const isBlind = action === 'reset' && noteNeeded;

  async function confirm() {
    if (noteMissing) return;
    setBusy(true);
    const text = note.trim() === '' ? {} : { note: note.trim() };
    const until = action === 'shelve' ? { until: live.serverNowMs() + minutes * 60_000 } : {};
    await run(action, alerts, { ...text, ...until });
    onClose();
  }

  const title = action === 'unshelve' ? t('action.unshelve') : t(`action.${action}Title`, { count: alerts.length });
  return (
    <Modal
      open
      title={title}
      okText={t(`action.${action}`)}
      cancelText={t('action.cancel')}
      okButtonProps={{ disabled: noteMissing }}
      confirmLoading={busy}
      onOk={() => void confirm()}
      onCancel={onClose}
      // The dialog takes the focus itself when it opens; the note is what one writes.
      afterOpenChange={(open) => open && noteBox.current?.focus()}
    >
      <ul className={css.dialogAlerts}>
        {alerts.slice(0, NAMED_MAX).map((alert) => (
          <li key={alert.id}>
            <LevelTag level={alert.level} />
            <span>
              {nameText(names.point(alert.point))}{' '}
              <span className="soft">
                {whatText(alert, nameText(names.metric(alert.point, alert.metric ?? '')), t)}
              </span>
            </span>
          </li>
        ))}
        {alerts.length > NAMED_MAX && <li className="soft">+ {alerts.length - NAMED_MAX}</li>}
      </ul>
      {(action === 'shelve' || action === 'reset') && <p className="soft">{t(`action.${action}Help`)}</p>}
      {isBlind && <p>{t('action.resetBlind', { count: alerts.filter(resetNeedsReason).length })}</p>}
      {action === 'shelve' && (
        <fieldset className={css.dialogField}>
          <legend>{t('action.shelveFor')}</legend>
          <Segmented
            value={minutes}
            onChange={setMinutes}
            options={SHELVE_MINUTES.map((value) => ({
              value,
              label: value < 60 ? t('action.minutes', { count: value }) : t('action.hours', { count: value / 60 }),
            }))}
          />
        </fieldset>
      )}
      <div className={css.dialogField}>
        <label htmlFor={noteId}>{t(isBlind ? 'action.resetReason' : 'action.note')}</label>
        <Input.TextArea
          id={noteId}
          ref={noteBox}
          rows={3}
          maxLength={NOTE_MAX}
          required={noteNeeded}
          placeholder={t(noteNeeded ? 'action.noteNeededPlaceholder' : 'action.notePlaceholder')}
          value={note}
          onChange={(event) => setNote(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void confirm();
          }}
        />
      </div>
    </Modal>
  );
}
