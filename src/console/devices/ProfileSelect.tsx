import Form from 'antd/es/form';
import Select from 'antd/es/select';
import { useTranslation } from 'react-i18next';
import { useNameText } from '../i18n/i18n.tsx';
import { useProfiles } from './useProfiles.ts';

/** The field `profile` of a form: the kinds of device there are. */
export function ProfileSelect() {
  const { t } = useTranslation();
  const nameText = useNameText();
  const { data = [] } = useProfiles();
  return (
    <Form.Item name="profile" label={t('device.profile')} rules={[{ required: true, message: t('device.required') }]}>
      <Select
        showSearch={{ optionFilterProp: 'label' }}
        options={data.map(({ id, name, family }) => ({
          value: id,
          label: `${nameText(name)} · ${t(`family.${family}`)}`,
        }))}
      />
    </Form.Item>
  );
}
