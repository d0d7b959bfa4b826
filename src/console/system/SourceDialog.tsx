import Button from 'antd/es/button';
import Form from 'antd/es/form';
import Input from 'antd/es/input';
import InputNumber from 'antd/es/input-number';
import Modal from 'antd/es/modal';
import Select from 'antd/es/select';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { REASON_MAX } from '../../model/bounds.ts';
import { LINE_NAMES } from '../../model/source-setup.ts';
import type { Source } from '../../wire/calls/sources.ts';
import { useProfiles } from '../devices/useProfiles.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { FormModal } from '../ui/FormModal.tsx';
import fieldCss from '../ui/fields.module.css';
import { ToCopy } from '../ui/ToCopy.tsx';
import { SourceHistory } from './SourceHistory.tsx';
import { SourceTested } from './SourceTested.tsx';
import {
  BROKERS,
  fieldsOf,
  fieldsOfSettings,
  isBroker,
  isLine,
  PLATFORM_PRESETS,
  type Preset,
  type SourceFields,
} from './source-form.ts';
import { drawKey, useSourceForm } from './useSourceForm.ts';

const LOOPBACK = /^(localhost|127\.|\[::1\])/;
interface Props {
  /** Null: a new one. */
  readonly source: Source | null;
  /** Those that there are. */
  readonly names: readonly string[];
  readonly onClose: () => void;
}

/** Sets a source up, or changes it: what is connected, where, as whom, and what its devices are. */
export function SourceDialog({ source, names, onClose }: Props) {
  const { t } = useTranslation();
  const { form, preset, isBusy, failure, isTrying, tested, push, submit, test, changed, clear } = useSourceForm(
    source,
    onClose,
  );

  if (push !== null) return <PushAddress {...push} onClose={onClose} />;
  return (
    <FormModal<SourceFields>
      title={source === null ? t('sources.add') : `${t('sources.edit')} · ${source.name}`}
      okText={t('sources.save')}
      form={form}
      isBusy={isBusy}
      failure={failure}
      width={640}
      layoutClass={fieldCss.twoColumns ?? ''}
      isMarked
      initialValues={
        source === null ? fieldsOf('the-things-stack', drawKey()) : fieldsOfSettings(source.name, source.settings)
      }
      onValuesChange={changed}
      onSubmit={submit}
      onCancel={onClose}
      footer={(_, { OkBtn, CancelBtn }) => (
        <>
          {(isLine(preset) || isBroker(preset)) && (
            <Button loading={isTrying} onClick={() => void test()}>
              {t('sources.test')}
            </Button>
          )}
          <CancelBtn />
          <OkBtn />
        </>
      )}
    >
      <PresetField isKnown={source !== null} names={names} />
      {!isLine(preset) && source === null && (
        <Form.Item name="name" label={t('sources.name')} extra={t('sources.nameHelp')} rules={[needed(t)]}>
          <Input autoComplete="off" />
        </Form.Item>
      )}
      {isBroker(preset) && <BrokerFields hasSecret={source?.hasSecret ?? false} />}
      {isLine(preset) && <ListenerFields form={form} />}
      {!isLine(preset) && !isBroker(preset) && (
        <Form.Item
          name="secret"
          label={t('sources.key')}
          extra={t(source === null ? 'sources.keyHelp' : 'sources.keyKept')}
          rules={source === null ? [needed(t)] : []}
        >
          <Input autoComplete="off" />
        </Form.Item>
      )}
      <ProfileField />
      <Form.Item name="reason" label={t('sources.reason')}>
        <Input autoComplete="off" maxLength={REASON_MAX} />
      </Form.Item>
      {tested !== null && <SourceTested tested={tested} isPort={isLine(preset)} />}
      {source !== null && (
        <SourceHistory
          name={source.name}
          onFill={(settings) => {
            clear();
            form.setFieldsValue({ user: undefined, profile: undefined, ...fieldsOfSettings(source.name, settings) });
          }}
        />
      )}
    </FormModal>
  );
}

const needed = (t: TFunction) => ({
  required: true,
  whitespace: true,
  message: t('sources.required'),
});

/** What is connected. A listener is there once, by its protocol. */
function PresetField({ isKnown, names }: { readonly isKnown: boolean; readonly names: readonly string[] }) {
  const { t } = useTranslation();
  const option = (value: Preset) => ({
    value,
    label: t(`sources.presets.${value}`),
    disabled: isLine(value) && names.includes(value),
  });
  return (
    <Form.Item name="preset" label={t('sources.what')}>
      <Select
        disabled={isKnown}
        showSearch={{ optionFilterProp: 'label' }}
        listHeight={480}
        options={[
          { label: t('sources.groups.feed'), options: BROKERS.map(option) },
          { label: t('sources.groups.listener'), options: LINE_NAMES.map(option) },
          { label: t('sources.groups.push'), options: PLATFORM_PRESETS.map(option) },
        ]}
      />
    </Form.Item>
  );
}

function BrokerFields({ hasSecret }: { readonly hasSecret: boolean }) {
  const { t } = useTranslation();
  return (
    <>
      <Form.Item name="address" label={t('sources.address')} extra={t('sources.addressHelp')} rules={[needed(t)]}>
        <Input autoComplete="off" placeholder="broker.example:8883" />
      </Form.Item>
      <Form.Item name="user" label={t('sources.user')}>
        <Input autoComplete="off" />
      </Form.Item>
      <Form.Item
        name="secret"
        label={t('sources.password')}
        extra={t(hasSecret ? 'sources.passwordKept' : 'sources.passwordNone')}
      >
        <Input.Password autoComplete="new-password" />
      </Form.Item>
      <Form.Item name="topics" label={t('sources.topics')} extra={t('sources.topicsHelp')} rules={[needed(t)]}>
        <Input.TextArea rows={2} spellCheck={false} />
      </Form.Item>
    </>
  );
}

function ListenerFields({ form }: { readonly form: ReturnType<typeof Form.useForm<SourceFields>>[0] }) {
  const { t } = useTranslation();
  const port = Form.useWatch('port', form);
  const { hostname } = location;
  return (
    <>
      <Form.Item
        name="port"
        label={t('sources.port')}
        extra={
          <>
            {t('sources.tellDevice', { host: hostname, port: port ?? '–' })}
            {LOOPBACK.test(hostname) && ` ${t('sources.tellDeviceHere')}`}
          </>
        }
        rules={[{ required: true, message: t('sources.required') }]}
      >
        <InputNumber min={1} max={65_535} precision={0} style={{ width: 140 }} />
      </Form.Item>
      <Form.Item name="host" label={t('sources.host')} extra={t('sources.hostHelp')} rules={[needed(t)]}>
        <Input autoComplete="off" style={{ maxWidth: 240 }} />
      </Form.Item>
    </>
  );
}

function ProfileField() {
  const { t } = useTranslation();
  const nameText = useNameText();
  const { data = [] } = useProfiles();
  return (
    <Form.Item name="profile" label={t('sources.profile')} extra={t('sources.profileHelp')}>
      <Select
        allowClear
        showSearch={{ optionFilterProp: 'label' }}
        placeholder={t('sources.profileNone')}
        options={data.map(({ id, name, family }) => ({
          value: id,
          label: `${nameText(name)} · ${t(`family.${family}`)}`,
        }))}
      />
    </Form.Item>
  );
}

/** What is entered at the platform, once: the key is sealed from now on. */
function PushAddress(props: {
  readonly name: string;
  readonly preset: Preset;
  readonly secret: string;
  readonly onClose: () => void;
}) {
  const { t } = useTranslation();
  const { name, preset, secret, onClose } = props;
  const address = `${location.origin}/api/v1/push/${encodeURIComponent(name)}`;
  const isSigned = preset === 'onenet';
  return (
    <Modal
      open
      title={name}
      footer={<Button onClick={onClose}>{t('action.close')}</Button>}
      onCancel={onClose}
      mask={{ closable: false }}
    >
      <p>{t(isSigned ? 'sources.pushAddressOnenet' : 'sources.pushAddress')}</p>
      <ToCopy text={isSigned ? address : `${address}?key=${encodeURIComponent(secret)}`} />
      {isSigned && <ToCopy text={secret} />}
    </Modal>
  );
}
