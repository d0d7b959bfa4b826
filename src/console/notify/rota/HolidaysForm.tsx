import Form from 'antd/es/form';
import Input from 'antd/es/input';
import { useTranslation } from 'react-i18next';
import type { NotifySetup } from '../../../model/notify/setup.ts';
import { SetupForm } from '../setup/SetupForm.tsx';
import { SheetButtons } from '../sheets/SheetButtons.tsx';
import { datesOfText, textOfDates } from './days.ts';

interface Fields {
  readonly off: string;
  readonly working: string;
}

interface Props {
  readonly calendar: NotifySetup['calendar'];
  readonly onClose: () => void;
}

/** Public holidays, and weekends that are worked instead (调休), as the notice of the year lists them. */
export function HolidaysForm({ calendar, onClose }: Props) {
  const { t } = useTranslation();
  const [form] = Form.useForm<Fields>();
  const rule = {
    validator: async (_: unknown, text: string) => {
      if (datesOfText(text) === null) throw new Error(t('setup.rota.datesRule'));
    },
  };
  return (
    <SetupForm<Fields>
      title={t('setup.rota.holidays')}
      form={form}
      intro={
        <>
          <p className="soft">{t('setup.rota.holidaysHelp')}</p>
          <p className="row-buttons">
            <SheetButtons of="calendar" />
          </p>
        </>
      }
      initialValues={{ off: textOfDates(calendar.off), working: textOfDates(calendar.working) }}
      place={() => ['calendar']}
      change={(before, { off, working }) => ({
        ...before,
        calendar: { off: datesOfText(off) ?? [], working: datesOfText(working) ?? [] },
      })}
      onClose={onClose}
    >
      {(['off', 'working'] as const).map((kind) => (
        <Form.Item key={kind} name={kind} label={t(`setup.rota.${kind}Days`)} rules={[rule]}>
          <Input.TextArea rows={5} placeholder={t(`setup.rota.${kind}Hint`)} />
        </Form.Item>
      ))}
    </SetupForm>
  );
}
