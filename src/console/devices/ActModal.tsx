import AntApp from 'antd/es/app';
import Checkbox from 'antd/es/checkbox';
import Form, { type FormInstance } from 'antd/es/form';
import Modal from 'antd/es/modal';
import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useStale } from '../api/asked.ts';
import { ApiError } from '../api/client.ts';
import { useErrorText } from '../api/useErrorText.ts';
import css from './devices.module.css';
import { EffectList } from './EffectList.tsx';
import { type ActAnswer, type ActCall, perform, useEffectOf } from './useAct.ts';

/** A field of the form, and what is said there when the server refuses what stands in it. */
export interface FieldWords {
  readonly name: string;
  readonly words: string;
}

interface Props<T extends object> {
  readonly title: string;
  readonly okText: string;
  readonly form: FormInstance<T>;
  readonly initialValues?: Partial<T>;
  /** Null while something is missing. */
  readonly call: ActCall | null;
  /** By the path of the problem, or by its code. */
  readonly fields: Readonly<Record<string, FieldWords>>;
  /** It takes something away that somebody may miss. */
  readonly isDanger?: boolean;
  readonly done: string;
  readonly onDone?: (answer: ActAnswer) => void;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

function wrongFields(error: unknown, fields: Props<object>['fields']): FieldWords[] {
  if (!(error instanceof ApiError)) return [];
  return [error.code, ...error.errors.map(({ path }) => path)].flatMap((key) => fields[key] ?? []);
}

function isRace(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'site-lost-race';
}

/** An act on a device: what is asked for, what it means for points, limits and open alerts, and then the deed. */
export function ActModal<T extends object>(props: Props<T>) {
  const { title, okText, form, call, fields, isDanger = false, done, onDone, onClose, children } = props;
  const { t } = useTranslation();
  const { message } = AntApp.useApp();
  const stale = useStale();
  const errorText = useErrorText();
  const { told, error, refetch } = useEffectOf(call);
  const [busy, setBusy] = useState(false);
  const [mayEnd, setMayEnd] = useState(false);
  /** What the deed itself was refused for, and which call it was. */
  const [refused, setRefused] = useState<{ readonly call: string; readonly error: unknown } | null>(null);
  const ends = told?.effect.points.some((point) => point.ends.length > 0) ?? false;
  const isBarred = told === undefined || told.effect.counted.length > 0 || told.effect.needsApproval;
  const wrong = refused !== null && refused.call === JSON.stringify(call) ? refused.error : error;
  const atFields = wrongFields(wrong, fields);
  const fieldsText = JSON.stringify(atFields);

  useEffect(() => {
    for (const { name, words } of JSON.parse(fieldsText) as FieldWords[]) {
      // The names are those of the form, which the caller gives together with it.
      form.setFields([{ name: name as never, errors: [words] }]);
    }
  }, [form, fieldsText]);

  async function submit() {
    if (call === null || told === undefined || isBarred || (ends && !mayEnd)) return;
    setBusy(true);
    setRefused(null);
    try {
      const answer = await perform(call, told.etag);
      message.success(done);
      // One that is replaced is not asked for again.
      const isThere = call.name !== 'POST /devices/{id}/replace';
      await stale(
        'GET /points',
        'GET /devices',
        'GET /points/{id}/handovers',
        'GET /refused-names',
        ...(isThere ? (['GET /devices/{id}'] as const) : []),
      );
      onDone?.(answer);
      onClose();
    } catch (failed) {
      setRefused({ call: JSON.stringify(call), error: failed });
      if (isRace(failed)) void refetch();
      setBusy(false);
    }
  }

  return (
    <Modal
      open
      title={title}
      okText={okText}
      cancelText={t('action.cancel')}
      confirmLoading={busy}
      okButtonProps={{ danger: isDanger, disabled: isBarred || (ends && !mayEnd) }}
      width={640}
      onOk={form.submit}
      onCancel={onClose}
    >
      <Form<T>
        form={form}
        className={css.act}
        layout="vertical"
        requiredMark={false}
        {...(props.initialValues === undefined ? {} : { initialValues: props.initialValues as T })}
        onFinish={() => void submit()}
      >
        {children}
      </Form>
      {wrong !== null && atFields.length === 0 && (
        <p role="alert" className={css.actProblem}>
          {isRace(wrong) ? t('devices.changedSince') : errorText(wrong)}
        </p>
      )}
      {told !== undefined && <EffectList effect={told.effect} />}
      {ends && (
        <Checkbox checked={mayEnd} onChange={(event) => setMayEnd(event.target.checked)}>
          {t('devices.mayEnd')}
        </Checkbox>
      )}
    </Modal>
  );
}
