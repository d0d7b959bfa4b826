import DatePicker from 'antd/es/date-picker';
import Form from 'antd/es/form';
import Input from 'antd/es/input';
import Radio from 'antd/es/radio';
import Select from 'antd/es/select';
import type { Dayjs } from 'dayjs';
import { useTranslation } from 'react-i18next';
import { REASON_MAX } from '../../../model/bounds.ts';
import { LEVELS } from '../../../model/level.ts';
import { FAMILIES } from '../../../model/site.ts';
import type { Given } from '../../../wire/calls.ts';
import { useStale } from '../../api/asked.ts';
import { call } from '../../api/client.ts';
import { usePoints } from '../../api/queries.ts';
import { useNameText } from '../../i18n/i18n.tsx';
import { FormModal } from '../../ui/FormModal.tsx';
import { useDeed } from '../../ui/useDeed.ts';
import { useAreaChoices } from '../setup/choices.ts';

type Body = Given<'POST /notify/silences'>['body'];
type Match = Body['match'];

interface Fields {
  readonly points?: string[];
  readonly areas?: string[];
  readonly families?: Match['families'];
  readonly levels?: Match['levels'];
  readonly duration: string;
  readonly until?: Dayjs;
  readonly reason: string;
}

const DURATIONS = ['30m', '1h', '2h', '4h', '8h', '24h'] as const;
const UNTIL = 'until';

function bodyOf({ points, areas, families, levels, duration, until, reason }: Fields): Body {
  const lists = Object.entries({ points, areas, families, levels }).filter(([, list]) => (list?.length ?? 0) > 0);
  const time = duration === UNTIL ? { to: until?.valueOf() } : { for: duration };
  return { match: Object.fromEntries(lists) as Match, ...time, reason };
}

/** Holds back telling of some alerts for a while. They are raised and shown all the same. */
export function SilenceForm({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const stale = useStale();
  const [form] = Form.useForm<Fields>();
  const points = usePoints();
  const areas = useAreaChoices();
  const duration = Form.useWatch('duration', form);
  const { isBusy, failure, setFailure, attempt } = useDeed();
  const submit = (fields: Fields) => {
    const body = bodyOf(fields);
    if (Object.keys(body.match).length === 0) {
      setFailure(t('setup.silences.matchRule'));
      return;
    }
    return attempt(async () => {
      await call('POST /notify/silences', { body });
      await stale('GET /notify/silences');
      onClose();
    });
  };
  const multiple = { mode: 'multiple', allowClear: true, placeholder: t('setup.routes.any') } as const;
  const required = { required: true, message: t('device.required') };
  return (
    <FormModal<Fields>
      title={t('setup.silences.add')}
      okText={t('setup.silences.add')}
      form={form}
      isBusy={isBusy}
      failure={failure}
      intro={<p className="soft">{t('setup.silences.formHelp')}</p>}
      initialValues={{ duration: '2h' }}
      onSubmit={submit}
      onCancel={onClose}
    >
      <Form.Item name="points" label={t('nav.points')}>
        <Select
          {...multiple}
          options={points.map(({ id, name }) => ({ value: id, label: nameText(name) }))}
          showSearch={{ optionFilterProp: 'label' }}
        />
      </Form.Item>
      <Form.Item name="areas" label={t('point.area')}>
        <Select {...multiple} options={[...areas]} showSearch={{ optionFilterProp: 'label' }} />
      </Form.Item>
      <Form.Item name="families" label={t('point.family')}>
        <Select {...multiple} options={FAMILIES.map((value) => ({ value, label: t(`family.${value}`) }))} />
      </Form.Item>
      <Form.Item name="levels" label={t('alert.level')} extra={t('setup.silences.levelHelp')}>
        <Select {...multiple} options={LEVELS.toReversed().map((value) => ({ value, label: t(`level.${value}`) }))} />
      </Form.Item>
      <Form.Item name="duration" label={t('maintenance.howLong')}>
        <Radio.Group
          optionType="button"
          options={[
            ...DURATIONS.map((value) => ({
              value,
              label: t(value.endsWith('m') ? 'action.minutes' : 'action.hours', { count: Number.parseInt(value, 10) }),
            })),
            { value: UNTIL, label: t('setup.silences.until') },
          ]}
        />
      </Form.Item>
      {duration === UNTIL && (
        <Form.Item name="until" label={t('setup.silences.until')} rules={[required]}>
          <DatePicker showTime={{ format: 'HH:mm' }} format="YYYY-MM-DD HH:mm" />
        </Form.Item>
      )}
      <Form.Item name="reason" label={t('device.reason')} rules={[{ ...required, whitespace: true }]}>
        <Input maxLength={REASON_MAX} placeholder={t('maintenance.reasonHint')} />
      </Form.Item>
    </FormModal>
  );
}
