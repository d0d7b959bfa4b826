import Form from 'antd/es/form';
import Input from 'antd/es/input';
import { useTranslation } from 'react-i18next';
import { classes } from '../ui/classes.ts';
import fieldCss from '../ui/fields.module.css';
import { ActModal } from './ActModal.tsx';
import type { MadeDevice } from './SecretDialog.tsx';
import { type Device, ID } from './types.ts';

interface Fields {
  readonly id?: string;
  readonly secret?: string;
}

interface Props {
  readonly device: Device;
  readonly onClose: () => void;
  /** Told of a secret that was drawn, to be shown this once. */
  readonly onMade: (made: MadeDevice) => void;
  readonly onReplaced: ((next: string) => void) | undefined;
}

/** Puts a new device in the place of one that is broken, in one step. */
export function ReplaceDialog({ device, onClose, onMade, onReplaced }: Props) {
  const { t } = useTranslation();
  const [form] = Form.useForm<Fields>();
  const { id = '', secret = '' } = Form.useWatch<Fields>([], form) ?? {};
  const body = { id, ...(secret === '' ? {} : { secret }) };
  const wrongId = { name: 'id', words: t('devices.wrong.id') };
  return (
    <ActModal<Fields>
      title={`${t('devices.replace')} · ${device.id}`}
      okText={t('devices.replace')}
      isDanger
      form={form}
      call={ID.test(id) ? { name: 'POST /devices/{id}/replace', device: device.id, body } : null}
      fields={{
        '/id': wrongId,
        'device-exists': wrongId,
        '/secret': { name: 'secret', words: t('device.wrong.secret') },
      }}
      done={t('devices.replaced', { device: device.id, next: id })}
      onDone={(answer) => {
        if (answer.secret !== undefined) onMade({ id, profile: device.profile, secret: answer.secret });
        onReplaced?.(id);
      }}
      onClose={onClose}
    >
      <p>{t('devices.replaceMeans', { device: device.id })}</p>
      <div className={classes(fieldCss.twoColumns)}>
        <Form.Item
          name="id"
          label={t('devices.newId')}
          extra={t('devices.newIdHelp')}
          rules={[{ required: true, pattern: ID, message: t('firstSteps.area.idRule') }]}
        >
          <Input autoFocus autoComplete="off" />
        </Form.Item>
        <Form.Item
          name="secret"
          label={t('device.secret')}
          extra={t(device.hasSecret ? 'device.secretDrawn' : 'devices.noSecretEither')}
        >
          <Input.Password autoComplete="new-password" />
        </Form.Item>
      </div>
    </ActModal>
  );
}
