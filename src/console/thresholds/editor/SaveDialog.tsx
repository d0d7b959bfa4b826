import { useQuery } from '@tanstack/react-query';
import DatePicker from 'antd/es/date-picker';
import Input from 'antd/es/input';
import type { TextAreaRef } from 'antd/es/input/TextArea';
import Modal from 'antd/es/modal';
import Radio from 'antd/es/radio';
import dayjs, { type Dayjs } from 'dayjs';
import { useId, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { REASON_MAX } from '../../../model/bounds.ts';
import { isOneOf } from '../../../model/own.ts';
import type { ThresholdPreview } from '../../../model/preview.ts';
import type { ThresholdDocument } from '../../../model/threshold.ts';
import { HOUR_MS } from '../../../model/time.ts';
import { type WeakenedPoint, type Weakening, weakenings } from '../../../model/weakening.ts';
import { asked } from '../../api/asked.ts';
import type { Point } from '../../api/types.ts';
import { useLive } from '../../live/context.tsx';
import { DataNote } from '../../review/DataNote.tsx';
import { LevelTag } from '../../ui/LevelMark.tsx';
import { ChangeList } from './ChangeList.tsx';
import css from './editor.module.css';
import type { Wish } from './useSave.ts';

const SHORTCUTS_HOURS = [2, 8, 24, 72] as const;

const EFFECTS = ['now', 'later', 'temporary'] as const;
type Effect = (typeof EFFECTS)[number];

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
  const [effect, setEffect] = useState<Effect>('now');
  const [from, setFrom] = useState<Dayjs | null>(null);
  const [until, setUntil] = useState<Dayjs | null>(null);
  const [tried, setTried] = useState(false);
  const nowMs = live.serverNowMs();
  const fromMs = effect === 'later' ? (from?.valueOf() ?? null) : null;
  const untilMs = effect === 'temporary' ? (until?.valueOf() ?? null) : null;
  const reasonProblem = reason.trim() === '' ? t('editor.save.reasonNeeded') : null;
  const timeProblem = effect === 'now' ? null : timeProblemOf(fromMs ?? untilMs);
  const weakens = useWeakenings(point, before, after);

  function timeProblemOf(ms: number | null): string | null {
    if (ms === null) return t('editor.save.timeNeeded');
    return ms <= nowMs ? t('editor.save.timePast') : null;
  }

  function confirm() {
    setTried(true);
    if (reasonProblem !== null || timeProblem !== null) return;
    onSave({ document: after, reason: reason.trim(), fromMs, untilMs });
  }

  return (
    <Modal
      open
      width={640}
      title={t('editor.save.title')}
      okText={t(
        weakens.length > 0
          ? 'editor.save.propose'
          : effect === 'later'
            ? 'editor.save.schedule'
            : 'editor.save.confirm',
      )}
      cancelText={t('action.cancel')}
      confirmLoading={isBusy}
      onOk={confirm}
      onCancel={onClose}
      afterOpenChange={(open) => open && reasonBox.current?.focus()}
    >
      <ChangeList point={point} before={before} after={after} />
      <div className={`soft ${css.savePreview}`}>
        {preview === undefined && <p>{t('editor.save.noPreview')}</p>}
        {/* Nothing gained and nothing lost would be read as no effect. */}
        {preview !== undefined && preview.data.judges !== 'nothing' && (
          <p>
            {t('editor.save.preview', {
              count: Math.round((preview.to - preview.from) / (24 * HOUR_MS)),
              before: preview.present.alerts,
              after: preview.proposed.alerts,
              gained: preview.gainedTotal,
              lost: preview.lostTotal,
            })}
          </p>
        )}
        {preview !== undefined && <DataNote preview={preview} />}
      </div>
      <div className={`${css.field} ${css.wide}`}>
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
        <div id={`${reasonId}-help`} className={css.fieldHelp}>
          {tried && reasonProblem !== null && (
            <span className={css.fieldProblem} data-testid="field-problem">
              {reasonProblem}
            </span>
          )}
        </div>
      </div>
      <fieldset className={css.saveEffect}>
        <legend>{t('editor.save.effect')}</legend>
        <Radio.Group
          value={effect}
          options={EFFECTS.map((value) => ({ value, label: t(`editor.save.${value}`) }))}
          onChange={({ target }) => isOneOf(EFFECTS, target.value) && setEffect(target.value)}
        />
        {effect !== 'now' && (
          <div className={`${css.field} ${css.wide}`}>
            <TimePicker
              key={effect}
              label={t(effect === 'later' ? 'editor.save.from' : 'editor.save.until')}
              value={effect === 'later' ? from : until}
              nowMs={nowMs}
              isWrong={tried && timeProblem !== null}
              onChange={effect === 'later' ? setFrom : setUntil}
            />
            <div className={css.fieldHelp}>
              {tried && timeProblem !== null && (
                <span className={css.fieldProblem} data-testid="field-problem">
                  {timeProblem}
                </span>
              )}
              <span className="faint">{t(`editor.save.${effect}Help`)}</span>
            </div>
          </div>
        )}
      </fieldset>
      {weakens.length > 0 && (
        <p className={css.editorNotice}>
          {t('editor.save.needsSecond')}{' '}
          {weakens.map(({ rule, level, change }) => (
            <span key={`${rule} ${level} ${change}`} className={css.weakening}>
              <LevelTag level={level} /> {rule} {t(`editor.weakens.${change}`)}
            </span>
          ))}
        </p>
      )}
      {failure !== null && (
        <p role="alert" className={css.fieldProblem} data-testid="field-problem">
          {failure}
        </p>
      )}
    </Modal>
  );
}

interface TimePickerProps {
  readonly label: string;
  readonly value: Dayjs | null;
  readonly nowMs: number;
  readonly isWrong: boolean;
  readonly onChange: (value: Dayjs | null) => void;
}

function TimePicker({ label, value, nowMs, isWrong, onChange }: TimePickerProps) {
  const { t } = useTranslation();
  return (
    <DatePicker
      aria-label={label}
      showTime={{ format: 'HH:mm' }}
      format="YYYY-MM-DD HH:mm"
      value={value}
      placeholder={label}
      status={isWrong ? 'error' : ''}
      presets={SHORTCUTS_HOURS.map((hours) => ({
        label: t('editor.save.inHours', { count: hours }),
        value: () => dayjs(nowMs + hours * HOUR_MS),
      }))}
      onChange={(next) => onChange(Array.isArray(next) ? null : next)}
    />
  );
}

/** The orange and red levels that become harder to reach, where the site wants a second person for that. */
function useWeakenings(point: Point, before: ThresholdDocument, after: ThresholdDocument): readonly Weakening[] {
  const { data } = useQuery({
    ...asked('GET /thresholds/proposals', { query: { limit: 1 } }),
    staleTime: 600_000,
  });
  return useMemo(() => {
    if (data?.required !== true) return [];
    const { metrics, reportEveryMs } = point;
    return weakenings(before, after, { metrics, reportEveryMs } as WeakenedPoint);
  }, [data, point, before, after]);
}
