import AntApp from 'antd/es/app';
import Form from 'antd/es/form';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Source } from '../../wire/calls/sources.ts';
import type { Answer } from '../../wire/calls.ts';
import { useStale } from '../api/asked.ts';
import { ApiError, call } from '../api/client.ts';
import { useDeed } from '../ui/useDeed.ts';
import {
  fieldOf,
  fieldsOf,
  isBroker,
  isLine,
  type Preset,
  type SourceFields,
  settingsOf,
  topicsOfUser,
} from './source-form.ts';

const KEY_BYTES = 24;

/** A key that nobody guesses, as what stands in an address can be written. */
export function drawKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_');
}

/** The form of a source: what is sent of it, what came of trying it, and what fills its fields. `source` null: a new one. */
export function useSourceForm(source: Source | null, onClose: () => void) {
  const { t } = useTranslation();
  const { message } = AntApp.useApp();
  const stale = useStale();
  const [form] = Form.useForm<SourceFields>();
  const preset = Form.useWatch('preset', form) ?? 'the-things-stack';
  const { isBusy, failure, attempt } = useDeed();
  const trying = useDeed();
  const [tested, setTested] = useState<Answer<'POST /sources/{name}/test'> | null>(null);
  const [push, setPush] = useState<{ readonly name: string; readonly preset: Preset; readonly secret: string } | null>(
    null,
  );

  const nameOf = (fields: SourceFields) =>
    source?.name ?? (isLine(fields.preset) ? fields.preset : (fields.name ?? ''));
  const secretOf = ({ preset: of, secret }: SourceFields) => (isLine(of) || !secret ? {} : { secret });
  const isOn = source?.settings.isOn ?? true;

  /** What the server refuses stands at the fields it is about. */
  function atFields(error: unknown): null | undefined {
    if (!(error instanceof ApiError)) return undefined;
    const wrong = error.errors.flatMap(({ path, message: words }) => {
      const name = fieldOf(path);
      return name === undefined ? [] : [{ name, errors: [words] }];
    });
    form.setFields(wrong);
    return wrong.length === error.errors.length && wrong.length > 0 ? null : undefined;
  }

  const submit = (fields: SourceFields) =>
    attempt(async () => {
      const { reason } = fields;
      const name = nameOf(fields);
      await call('PUT /sources/{name}', {
        path: { name },
        body: {
          revision: source?.revision ?? 0,
          settings: settingsOf(fields, isOn),
          ...secretOf(fields),
          ...(reason?.trim() ? { reason: reason.trim() } : {}),
        },
      });
      await stale('GET /sources', 'GET /system');
      const { secret } = secretOf(fields);
      if (!isBroker(fields.preset) && secret !== undefined) return setPush({ name, preset: fields.preset, secret });
      message.success(t('sources.saved', { name }));
      onClose();
    }, atFields);

  async function test(): Promise<void> {
    setTested(null);
    const fields = await form.validateFields().catch(() => undefined);
    if (fields === undefined) return;
    await trying.attempt(async () => {
      const body = { settings: settingsOf(fields, isOn), ...secretOf(fields) };
      setTested(await call('POST /sources/{name}/test', { path: { name: nameOf(fields) }, body }));
    }, atFields);
  }

  function changed({ preset: chosen, user }: Partial<SourceFields>): void {
    setTested(null);
    // What belongs to another kind of source is no good for this one.
    if (chosen !== undefined) return form.setFieldsValue(fieldsOf(chosen, drawKey()));
    const topics = user === undefined ? undefined : topicsOfUser(preset, user);
    if (topics !== undefined) form.setFieldsValue({ topics });
  }

  return {
    form,
    preset,
    isBusy,
    failure: failure ?? trying.failure,
    isTrying: trying.isBusy,
    tested,
    push,
    submit,
    test,
    changed,
    clear: () => setTested(null),
  };
}
