import Input from 'antd/es/input';
import InputNumber from 'antd/es/input-number';
import Modal from 'antd/es/modal';
import Segmented from 'antd/es/segmented';
import Select from 'antd/es/select';
import { type ReactNode, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Alert, Verdict } from '../../model/alert.ts';
import { MOVED_MAX, NOTE_MAX } from '../../model/bounds.ts';
import { useSetup } from '../notify/useSetup.ts';
import { VERDICTS } from '../review/verdicts.ts';
import css from './action-dialog.module.css';
import type { Asking } from './asking.ts';
import { type Responding, useRespond } from './useRespond.ts';

interface Props {
  readonly alert: Alert;
  readonly asking: Asking;
  readonly onClose: () => void;
}

/** What is written by the way; what is not asked for stays empty. */
interface Draft {
  readonly whom: string | null;
  readonly other: string;
  readonly note: string;
  readonly verdict: Verdict;
  readonly cause: string;
  readonly measures: string;
  readonly moved: number | null;
}

const NAME_MAX = 128;

/** Asks what has to be written down with a step of the response. */
export default function RespondDialog({ alert, asking: { act, dispatch }, onClose }: Props) {
  const { t } = useTranslation();
  const respond = useRespond();
  const [busy, setBusy] = useState(false);
  const [draft, setDraft] = useState<Draft>(() => draftOf(alert));
  const change = (changed: Partial<Draft>) => setDraft((before) => ({ ...before, ...changed }));
  const responding = respondingOf(act, dispatch, draft);

  async function confirm() {
    if (responding === null) return;
    setBusy(true);
    const isDone = await respond(alert, responding);
    setBusy(false);
    if (isDone) onClose();
  }

  return (
    <Modal
      open
      title={t(`respond.${act}Title`)}
      okText={t(`respond.${act}`)}
      cancelText={t('action.cancel')}
      okButtonProps={{ disabled: responding === null }}
      confirmLoading={busy}
      onOk={() => void confirm()}
      onCancel={onClose}
    >
      {act === 'close' && <p className="soft">{t('respond.closeHelp')}</p>}
      {act === 'dispatch' && <Whom draft={draft} change={change} />}
      {act === 'feedback' && <Report draft={draft} change={change} />}
      <Field label={t(act === 'reopen' ? 'respond.reason' : 'respond.note')}>
        {(id) => (
          <Input.TextArea
            id={id}
            rows={2}
            maxLength={NOTE_MAX}
            required={act === 'reopen'}
            autoFocus={act !== 'dispatch' && act !== 'feedback'}
            value={draft.note}
            onChange={(event) => change({ note: event.target.value })}
            onKeyDown={(event) => {
              if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void confirm();
            }}
          />
        )}
      </Field>
    </Modal>
  );
}

/** What was reported before is gone on from. */
function draftOf({ verdict = 'true', response }: Alert): Draft {
  const { cause = null, measures = null, moved = null } = response?.feedback ?? {};
  return { whom: null, other: '', note: '', verdict, cause: cause ?? '', measures: measures ?? '', moved };
}

/** The call that the draft makes; null while something of it is missing. */
function respondingOf(act: Asking['act'], dispatch: number | null, draft: Draft): Responding | null {
  const [note, cause, measures, name] = [draft.note, draft.cause, draft.measures, draft.other].map((one) => one.trim());
  const said = note ? { note } : {};
  switch (act) {
    case 'dispatch': {
      const [kind, ...id] = (draft.whom ?? '').split(':');
      const chosen = id.join(':');
      if (kind === 'person') return { act, body: { to: { person: chosen }, ...said } };
      if (kind === 'team') return { act, body: { to: { team: chosen }, ...said } };
      return name ? { act, body: { to: { name }, ...said } } : null;
    }
    case 'feedback': {
      const { verdict, moved } = draft;
      const written = { ...(cause && { cause }), ...(measures && { measures }), ...(moved !== null && { moved }) };
      return { act, body: { verdict, ...written, ...said } };
    }
    case 'reopen':
      return note ? { act, body: { note } } : null;
    case 'close':
      return { act, body: said };
    default:
      return { act, body: { ...(dispatch !== null && { dispatch }), ...said } };
  }
}

interface PartProps {
  readonly draft: Draft;
  readonly change: (changed: Partial<Draft>) => void;
}

function Whom({ draft, change }: PartProps) {
  const { t } = useTranslation();
  const { setup } = useSetup();
  const { people = [], teams = [] } = setup?.setup ?? {};
  const group = (
    label: string,
    kind: string,
    all: readonly { id: string; name: string; role?: string | undefined }[],
  ) =>
    all.length === 0
      ? []
      : [
          {
            label,
            options: all.map(({ id, name, role }) => ({
              value: `${kind}:${id}`,
              label: role === undefined ? name : `${name} · ${role}`,
            })),
          },
        ];
  const options = [...group(t('respond.people'), 'person', people), ...group(t('respond.teams'), 'team', teams)];
  return (
    <>
      {options.length > 0 && (
        <Field label={t('respond.whom')}>
          {(id) => (
            <Select
              id={id}
              style={{ width: '100%' }}
              showSearch={{ optionFilterProp: 'label' }}
              allowClear
              autoFocus
              placeholder={t('respond.whomPlaceholder')}
              options={options}
              value={draft.whom}
              onChange={(whom: string | undefined) => change({ whom: whom ?? null })}
            />
          )}
        </Field>
      )}
      <Field label={t(options.length > 0 ? 'respond.other' : 'respond.whom')}>
        {(id) => (
          <Input
            id={id}
            maxLength={NAME_MAX}
            disabled={draft.whom !== null}
            autoFocus={options.length === 0}
            placeholder={t('respond.otherPlaceholder')}
            value={draft.other}
            onChange={(event) => change({ other: event.target.value })}
          />
        )}
      </Field>
    </>
  );
}

function Report({ draft, change }: PartProps) {
  const { t } = useTranslation();
  return (
    <>
      <fieldset className={css.dialogField}>
        <legend>{t('respond.verdict')}</legend>
        <Segmented
          value={draft.verdict}
          onChange={(verdict) => change({ verdict })}
          options={VERDICTS.map((value) => ({ value, label: t(`verdict.${value}`) }))}
        />
      </fieldset>
      <Field label={t('respond.cause')}>
        {(id) => (
          <Input
            id={id}
            maxLength={NOTE_MAX}
            autoFocus
            placeholder={t('respond.causePlaceholder')}
            value={draft.cause}
            onChange={(event) => change({ cause: event.target.value })}
          />
        )}
      </Field>
      <Field label={t('respond.measures')}>
        {(id) => (
          <Input.TextArea
            id={id}
            rows={2}
            maxLength={NOTE_MAX}
            placeholder={t('respond.measuresPlaceholder')}
            value={draft.measures}
            onChange={(event) => change({ measures: event.target.value })}
          />
        )}
      </Field>
      <Field label={t('respond.moved')}>
        {(id) => (
          <InputNumber
            id={id}
            min={0}
            max={MOVED_MAX}
            precision={0}
            value={draft.moved}
            onChange={(moved) => change({ moved })}
          />
        )}
      </Field>
    </>
  );
}

function Field({ label, children }: { label: string; children: (id: string) => ReactNode }) {
  const id = useId();
  return (
    <div className={css.dialogField}>
      <label htmlFor={id}>{label}</label>
      {children(id)}
    </div>
  );
}
