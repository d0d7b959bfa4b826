import Form from 'antd/es/form';
import Input from 'antd/es/input';
import InputNumber from 'antd/es/input-number';
import Select from 'antd/es/select';
import { useTranslation } from 'react-i18next';
import type { Readable } from '../../model/device-command.ts';
import { call } from '../api/client.ts';
import { codeWords } from '../ui/code-words.ts';
import { FormModal } from '../ui/FormModal.tsx';
import { useDeed } from '../ui/useDeed.ts';
import { PLACE } from './types.ts';

interface Props {
  readonly device: string;
  readonly onGiven: () => Promise<void>;
  readonly onClose: () => void;
}

/** Asks whether somebody is at the post, and how long they may take to say so. */
export function GuardCheckDialog({ device, onGiven, onClose }: Props) {
  const { t } = useTranslation();
  const [form] = Form.useForm<{ readonly withinMinutes: number }>();
  const { isBusy, failure, attempt } = useDeed();
  return (
    <FormModal
      title={`${t('commands.guardCheck')} · ${device}`}
      okText={t('commands.guardCheck')}
      form={form}
      initialValues={{ withinMinutes: 10 }}
      isBusy={isBusy}
      failure={failure}
      intro={<p>{t('commands.guardCheckMeans')}</p>}
      onSubmit={({ withinMinutes }) =>
        attempt(async () => {
          await call('POST /devices/{id}/guard-check', { path: { id: device }, body: { withinMinutes } });
          await onGiven();
        })
      }
      onCancel={onClose}
    >
      <Form.Item name="withinMinutes" label={t('commands.within')} rules={[{ required: true, message: '1–255' }]}>
        <InputNumber autoFocus min={1} max={255} precision={0} />
      </Form.Item>
    </FormModal>
  );
}

interface ReadFields {
  readonly what: Readable;
  readonly place?: string;
}

interface ReadProps extends Props {
  readonly readable: readonly Readable[];
  /** Whether it has systems and components below it, of which other things can be read. */
  readonly hasPlaces: boolean;
}

/** Asks a device, or what is below it, for its state, version and so on. */
export function ReadDialog({ device, readable, hasPlaces, onGiven, onClose }: ReadProps) {
  const { t } = useTranslation();
  const [form] = Form.useForm<ReadFields>();
  const { isBusy, failure, attempt } = useDeed();
  const options = (hasPlaces && !readable.includes('values') ? [...readable, 'values' as const] : readable).map(
    (value) => ({ value, label: codeWords(t, 'commands.what', value) }),
  );
  const submit = ({ what, place = '' }: ReadFields) =>
    attempt(async () => {
      const body = { what, ...(place.trim() === '' ? {} : { place: place.trim().toLowerCase() }) };
      await call('POST /devices/{id}/read', { path: { id: device }, body });
      await onGiven();
    });
  return (
    <FormModal<ReadFields>
      title={`${t('commands.read')} · ${device}`}
      okText={t('commands.read')}
      form={form}
      initialValues={{ what: 'state' }}
      isBusy={isBusy}
      failure={failure}
      onSubmit={submit}
      onCancel={onClose}
    >
      <Form.Item name="what" label={t('commands.readWhat')}>
        <Select options={options} />
      </Form.Item>
      {hasPlaces && (
        <Form.Item
          name="place"
          label={t('commands.place')}
          extra={t('commands.placeHelp')}
          rules={[
            {
              validator: (_rule, value: string | undefined) =>
                (value ?? '').trim() === '' || PLACE.test((value ?? '').trim())
                  ? Promise.resolve()
                  : Promise.reject(new Error(t('commands.placeWrong'))),
            },
          ]}
        >
          <Input placeholder="1-00010002" maxLength={12} />
        </Form.Item>
      )}
    </FormModal>
  );
}
