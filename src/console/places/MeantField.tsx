import Checkbox from 'antd/es/checkbox';
import Form from 'antd/es/form';
import { useTranslation } from 'react-i18next';

/** What looks like a mistake is taken once somebody says that it is none. */
export function MeantField({ name }: { name: string }) {
  const { t } = useTranslation();
  return (
    <Form.Item
      name={name}
      valuePropName="checked"
      rules={[
        {
          validator: async (_, checked) => {
            if (checked !== true) throw new Error(t('firstSteps.place.meantNeeded'));
          },
        },
      ]}
    >
      <Checkbox>{t('firstSteps.place.meant')}</Checkbox>
    </Form.Item>
  );
}
