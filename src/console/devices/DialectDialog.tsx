import { useQuery } from '@tanstack/react-query';
import Form from 'antd/es/form';
import Select from 'antd/es/select';
import { useTranslation } from 'react-i18next';
import { asked } from '../api/asked.ts';
import { codeWords } from '../ui/code-words.ts';
import { ActModal } from './ActModal.tsx';
import { ownDialect, protocolsOf, waysOf } from './dialect.ts';
import type { Device, DeviceWithDefinition } from './types.ts';
import { useProfiles } from './useProfiles.ts';

type Choices = NonNullable<Parameters<typeof ownDialect>[0]>;

/** Says where a device speaks its protocol otherwise than its kind does. */
export function DialectDialog({ device, onClose }: { readonly device: Device; readonly onClose: () => void }) {
  const { data } = useQuery(asked('GET /devices/{id}', { path: { id: device.id } }));
  // What the form begins with is said once.
  return data === undefined ? null : <DialectForm device={data} onClose={onClose} />;
}

function DialectForm({ device, onClose }: { readonly device: DeviceWithDefinition; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<Choices>();
  const { data: profiles = [] } = useProfiles();
  const own = device.definition.protocol ?? {};
  const choices = Form.useWatch<Choices>([], form) ?? own;
  const protocol = ownDialect(choices);
  const spoken = protocolsOf(
    device.id,
    profiles.find(({ id }) => id === device.profile),
  );
  const word = (code: string) => codeWords(t, 'commands.dialects', code);
  return (
    <ActModal<Choices>
      title={`${t('commands.dialect')} · ${device.id}`}
      okText={t('action.save')}
      form={form}
      initialValues={own}
      call={{ name: 'PATCH /devices/{id}', device: device.id, body: { protocol } }}
      fields={{}}
      done={t('commands.dialectSaved', { device: device.id })}
      onClose={onClose}
    >
      <p>{t('commands.dialectMeans')}</p>
      {spoken.flatMap((name) =>
        waysOf(name).map(([key, ways]) => (
          <Form.Item key={`${name} ${key}`} name={[name, key]} label={word(key)}>
            <Select
              allowClear
              placeholder={t('commands.dialectAsProfile')}
              options={ways.map((value) => ({ value, label: word(value) }))}
            />
          </Form.Item>
        )),
      )}
    </ActModal>
  );
}
