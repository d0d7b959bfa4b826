import Form from 'antd/es/form';
import Input from 'antd/es/input';
import { useTranslation } from 'react-i18next';

export interface NameValues {
  readonly zh?: string;
  readonly en?: string;
}

/** The name of what was filled in; nothing where it has none of its own. */
export function nameOf({ zh, en }: NameValues): { readonly name?: { readonly zh?: string; readonly en?: string } } {
  if (!zh && !en) return {};
  return { name: { ...(zh ? { zh } : {}), ...(en ? { en } : {}) } };
}

/** What something is called, in both languages, within a form. */
export function NameFields({ isRequired = false }: { isRequired?: boolean }) {
  const { t } = useTranslation();
  return (
    <>
      <Form.Item
        name="zh"
        label={t('device.nameZh')}
        rules={isRequired ? [{ required: true, whitespace: true, message: t('device.required') }] : []}
      >
        <Input autoFocus={isRequired} autoComplete="off" />
      </Form.Item>
      <Form.Item name="en" label={t('device.nameEn')}>
        <Input autoComplete="off" />
      </Form.Item>
    </>
  );
}
