import Form from 'antd/es/form';
import Select from 'antd/es/select';
import { useTranslation } from 'react-i18next';
import { useAreas } from '../api/queries.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { classes } from '../ui/classes.ts';
import css from './place-fields.module.css';

/** The area that a point lies in, within a form. */
export function AreaField({ help, isWide = false }: { help?: string | undefined; isWide?: boolean }) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const areas = useAreas();
  return (
    <Form.Item
      name="area"
      label={t('point.area')}
      extra={help}
      className={classes(isWide && css.wholeRow)}
      rules={[{ required: true, message: t('device.required') }]}
    >
      <Select
        showSearch={{ optionFilterProp: 'label' }}
        options={areas.map(({ id, name }) => ({ value: id, label: nameText(name) }))}
      />
    </Form.Item>
  );
}
