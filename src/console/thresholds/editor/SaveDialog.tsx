import DatePicker from 'antd/es/date-picker';
import Input from 'antd/es/input';
import type { TextAreaRef } from 'antd/es/input/TextArea';
import Modal from 'antd/es/modal';
import Radio from 'antd/es/radio';
import dayjs, { type Dayjs } from 'dayjs';
import { useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ThresholdPreview } from '../../../model/preview.ts';
import type { ThresholdDocument } from '../../../model/threshold.ts';
import type { Point } from '../../api/types.ts';
import { useLive } from '../../live/context.tsx';
import { ChangeList } from './ChangeList.tsx';
import type { Wish } from './useSave.ts';

const REASON_MAX = 2_048;
const HOUR_MS = 3_600_000;
const SHORTCUTS_HOURS = [2, 8, 24, 72] as const;

interface Props {
  readonly point: Point;
  readonly before: ThresholdDocument;
  readonly after: ThresholdDocument;
  /** Figures for this very draft; undefined while there are none. */
  readonly preview: ThresholdPreview | undefined;
  readonly isBusy: boolean;
  /** Why the last attempt did not succeed. */
  readonly failure: string | null;
  readonly onSave: (wish: Wish) => void;
  readonly onClose: () => void;
}

/** What is about to change, what it would have done, why, and for how long. */
export default function SaveDialog({ point, before, after, preview, isBusy, failure, onSave, onClose }: Props) {
  const { t } = useTranslation();
  const live = useLive();
  const reasonId = useId();
  const reasonBox = useRef<TextAreaRef>(null);
  const [reason, setReason] = useState('');
  const [effect, setEffect] = useState<'good' | 'temporary'>('good');
  const [until, setUntil] = useState<Dayjs | null>(null);
  const [tried, setTried] = useState(false);
  const nowMs = live.serverNowMs();
  const reasonProblem = reason.trim() === '' ? t('editor.save.reasonNeeded') : null;
  const untilProblem =
    effect === 'good'
      ? null
      : until === null
        ? t('editor.save.untilNeeded')
        : until.valueOf() <= nowMs
          ? t('editor.save.untilPast')
          : null;

  function confirm() {
    setTried(true);
    if (reasonProblem !== null || untilProblem !== null) return;
    onSave({
      document: after,
      reason: reason.trim(),
      untilMs: effect === 'temporary' && until !== null ? until.valueOf() : null,
    });
  }

  return (
    <Modal
      open
      width={640}
      title={t('editor.save.title')}
      okText={t('editor.save.confirm')}
      cancelText={t('action.cancel')}
      confirmLoading={isBusy}
      onOk={confirm}
      onCancel={onClose}
      afterOpenChange={(open) => open && reasonBox.current?.focus()}
    >
      <ChangeList point={point} before={before} after={after} />
      <p className="soft save-preview">
        {preview === undefined
          ? t('editor.save.noPreview')
          : t('editor.save.preview', {
              count: Math.round((preview.to - preview.from) / (24 * HOUR_MS)),
              before: preview.present.alerts,
              after: preview.proposed.alerts,
              gained: preview.gainedTotal,
              lost: preview.lostTotal,
            })}
      </p>
      <div className="field wide">
        <label htmlFor={reasonId}>{t('device.reason')}</label>
        <Input.TextArea
          id={reasonId}
          ref={reasonBox}
          rows={2}
          maxLength={REASON_MAX}
          status={tried && reasonProblem !== null ? 'error' : ''}
          aria-describedby={`${reasonId}-help`}
          placeholder={t('editor.save.reasonHint')}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) confirm();
          }}
        />
        <div id={`${reasonId}-help`} className="field-help">
          {tried && reasonProblem !== null && <span className="field-problem">{reasonProblem}</span>}
        </div>
      </div>
      <fieldset className="save-effect">
        <legend>{t('editor.save.effect')}</legend>
        <Radio.Group
          value={effect}
          options={[
            { value: 'good', label: t('editor.save.now') },
            { value: 'temporary', label: t('editor.save.temporary') },
          ]}
          onChange={({ target }) => setEffect(target.value as 'good' | 'temporary')}
        />
        {effect === 'temporary' && (
          <div className="field wide">
            <DatePicker
              aria-label={t('editor.save.until')}
              showTime={{ format: 'HH:mm' }}
              format="YYYY-MM-DD HH:mm"
              value={until}
              placeholder={t('editor.save.until')}
              status={tried && untilProblem !== null ? 'error' : ''}
              presets={SHORTCUTS_HOURS.map((hours) => ({
                label: t('action.hours', { count: hours }),
                value: () => dayjs(nowMs + hours * HOUR_MS),
              }))}
              onChange={(next) => setUntil(Array.isArray(next) ? null : next)}
            />
            <div className="field-help">
              {tried && untilProblem !== null && <span className="field-problem">{untilProblem}</span>}
              <span className="faint">{t('editor.save.temporaryHelp')}</span>
            </div>
          </div>
        )}
      </fieldset>
      {failure !== null && (
        <p role="alert" className="field-problem">
          {failure}
        </p>
      )}
    </Modal>
  );
}
