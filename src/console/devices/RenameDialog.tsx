import Form from 'antd/es/form';
import Input from 'antd/es/input';
import { useTranslation } from 'react-i18next';
import { classes } from '../ui/classes.ts';
import fieldCss from '../ui/fields.module.css';
import { ActModal } from './ActModal.tsx';
import type { Device } from './types.ts';

interface Fields {
  readonly zh?: string;
  readonly en?: string;
}

/** The name people know a device by. The id, which it logs in with, is not touched. */
export function RenameDialog({ device, onClose }: { device: Device; onClose: () => void }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<Fields>();
  const own = (name: string) => (name === device.id ? '' : name);
  const initial = { zh: own(device.name.zh), en: device.name.en === device.name.zh ? '' : own(device.name.en) };
  const { zh = initial.zh, en = initial.en } = Form.useWatch<Fields>([], form) ?? {};
  const name = {
    ...(zh.trim() === '' ? {} : { zh: zh.trim() }),
    ...(en.trim() === '' ? {} : { en: en.trim() }),
  };
  const body = { name: Object.keys(name).length === 0 ? null : name };
  return (
    <ActModal<Fields>
      title={`${t('devices.rename')} · ${device.id}`}
      okText={t('devices.rename')}
      form={form}
      initialValues={initial}
      call={{ name: 'PATCH /devices/{id}', device: device.id, body }}
      fields={{}}
      done={t('devices.renamed', { device: device.id })}
      onClose={onClose}
    >
      <p>{t('devices.renameMeans', { device: device.id })}</p>
      <div className={classes(fieldCss.twoColumns)}>
        <Form.Item name="zh" label={t('device.nameZh')}>
          <Input autoFocus maxLength={128} />
        </Form.Item>
        <Form.Item name="en" label={t('device.nameEn')}>
          <Input maxLength={128} />
        </Form.Item>
      </div>
    </ActModal>
  );
}
