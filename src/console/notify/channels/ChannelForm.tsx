import Form from 'antd/es/form';
import Input from 'antd/es/input';
import InputNumber from 'antd/es/input-number';
import Select from 'antd/es/select';
import Switch from 'antd/es/switch';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { parseDocument, stringify } from 'yaml';
import { CHANNEL_KINDS, type ChannelEntry, type ChannelKind } from '../../../model/notify/channel.ts';
import type { NotifySetup } from '../../../model/notify/setup.ts';
import { useNameText } from '../../i18n/i18n.tsx';
import { classes } from '../../ui/classes.ts';
import fieldCss from '../../ui/fields.module.css';
import css from '../notify.module.css';
import { editedName, freeId, placeOf, withEntry, withoutEntry } from '../setup/places.ts';
import { SetupForm } from '../setup/SetupForm.tsx';
import { CHANNEL_FIELDS, type ChannelField } from './channel-fields.ts';

interface Fields {
  readonly kind: ChannelKind;
  readonly name?: string;
  readonly isOn: boolean;
  readonly settings: Readonly<Record<string, unknown>>;
}

/** How a channel reaches its gateway. Secrets that are kept are never shown: they can be replaced. `channel`: null for a new one. */
export function ChannelForm({
  channel,
  onClose,
}: {
  readonly channel: ChannelEntry | null;
  readonly onClose: () => void;
}) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const [form] = Form.useForm<Fields>();
  const kind = Form.useWatch('kind', form) ?? channel?.kind ?? 'wecom';
  const known = channel?.id;
  const name = channel?.name === undefined ? undefined : nameText(channel.name);
  /** The id that a new one was last sent with. */
  const made = useRef(known ?? '');

  function change(before: NotifySetup, fields: Fields): NotifySetup {
    made.current =
      known ??
      freeId(
        fields.kind,
        before.channels.map(({ id }) => id),
      );
    const named = editedName(channel?.name, name, fields.name);
    const entry: ChannelEntry = {
      id: made.current,
      kind: fields.kind,
      ...(named === undefined ? {} : { name: named }),
      off: !fields.isOn,
      settings: settingsFrom(CHANNEL_FIELDS[fields.kind], fields.settings),
    };
    return { ...before, channels: withEntry(before.channels, entry) };
  }

  return (
    <SetupForm<Fields>
      title={channel === null ? t('setup.channels.add') : (name ?? channel.id)}
      form={form}
      width={640}
      isNew={known === undefined}
      initialValues={{
        kind,
        name,
        isOn: channel?.off !== true,
        settings: channel === null ? {} : shownSettings(channel),
      }}
      place={(of) => placeOf(of, 'channels', made.current)}
      change={change}
      remove={
        known === undefined ? undefined : (before) => ({ ...before, channels: withoutEntry(before.channels, known) })
      }
      onClose={onClose}
    >
      <div className={fieldCss.twoColumns}>
        <Form.Item name="kind" label={t('setup.channels.kind')}>
          <Select
            disabled={known !== undefined}
            options={CHANNEL_KINDS.map((value) => ({ value, label: t(`notify.kind.${value}`) }))}
          />
        </Form.Item>
        <Form.Item name="name" label={t('setup.name')}>
          <Input maxLength={64} placeholder={t('setup.channels.nameHint')} autoComplete="off" />
        </Form.Item>
      </div>
      <div className={fieldCss.twoColumns} key={kind}>
        {CHANNEL_FIELDS[kind].map((field) => (
          <Setting key={field.name} field={field} isKept={channel?.settings[field.name] !== undefined} />
        ))}
      </div>
      <Form.Item name="isOn" label={t('setup.channels.isOn')} valuePropName="checked">
        <Switch />
      </Form.Item>
    </SetupForm>
  );
}

/** `isKept`: the server has a value for it; of a secret it is only known that it does. */
function Setting({ field, isKept }: { readonly field: ChannelField; readonly isKept: boolean }) {
  const { t } = useTranslation();
  const { name, label, type, isRequired = false, choices = [], hint } = field;
  const mayStayEmpty = !isRequired || (type === 'secret' && isKept);
  const yaml = {
    validator: async (_: unknown, text?: string) => void (text && parsed(text, t('setup.channels.yamlRule'))),
  };
  return (
    <Form.Item
      name={['settings', name]}
      label={t(`setup.channels.field.${label}`)}
      className={classes((type === 'structure' || type === 'long') && css.wholeRow)}
      rules={[
        ...(mayStayEmpty ? [] : [{ required: true, message: t('device.required') }]),
        ...(type === 'structure' ? [yaml] : []),
      ]}
    >
      {type === 'secret' ? (
        <Input.Password autoComplete="new-password" placeholder={isKept ? t('setup.channels.kept') : (hint ?? '')} />
      ) : type === 'number' ? (
        <InputNumber<number> className={css.figure ?? ''} placeholder={hint ?? ''} />
      ) : type === 'choice' ? (
        <Select allowClear placeholder={hint} options={choices.map((value) => ({ value, label: value }))} />
      ) : type === 'text' ? (
        <Input autoComplete="off" placeholder={hint ?? ''} />
      ) : (
        <Input.TextArea className={css.text ?? ''} spellCheck={false} rows={6} placeholder={hint ?? ''} />
      )}
    </Form.Item>
  );
}

/** Settings as the fields show them: no secret, and what has a structure as text. */
function shownSettings({ kind, settings }: ChannelEntry): Record<string, unknown> {
  const shown = CHANNEL_FIELDS[kind].flatMap(({ name, type }) => {
    const value = settings[name];
    if (value === undefined || type === 'secret') return [];
    return [[name, type === 'structure' ? stringify(value) : value] as const];
  });
  return Object.fromEntries(shown);
}

/** What was filled in; a secret that was left empty is left out, which means: as it was. */
function settingsFrom(fields: readonly ChannelField[], filled: Fields['settings']): Record<string, unknown> {
  const given = fields.flatMap(({ name, type }) => {
    const value = filled[name];
    if (value === undefined || value === null || value === '') return [];
    return [[name, type === 'structure' ? parsed(String(value), '') : value] as const];
  });
  return Object.fromEntries(given);
}

function parsed(text: string, complaint: string): unknown {
  const document = parseDocument(text);
  if (document.errors.length > 0) throw new Error(complaint);
  return document.toJS() as unknown;
}
