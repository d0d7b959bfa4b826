import DatePicker from 'antd/es/date-picker';
import Form from 'antd/es/form';
import Input from 'antd/es/input';
import Radio from 'antd/es/radio';
import Select from 'antd/es/select';
import TimePicker from 'antd/es/time-picker';
import type { Dayjs } from 'dayjs';
import { useTranslation } from 'react-i18next';
import { REASON_MAX } from '../../model/bounds.ts';
import type { Scope } from '../../model/maintenance.ts';
import { isOneOf } from '../../model/own.ts';
import type { Given } from '../../wire/calls.ts';
import { useStale } from '../api/asked.ts';
import { call } from '../api/client.ts';
import { useAreas, usePoints } from '../api/queries.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { useMay } from '../session/context.tsx';
import { FormModal } from '../ui/FormModal.tsx';
import { useDeed } from '../ui/useDeed.ts';

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const DURATIONS = ['30m', '1h', '2h', '4h', '8h', '24h'] as const;

interface Fields {
  readonly kind: 'point' | 'device' | 'area';
  readonly target: string;
  readonly time: 'now' | 'range' | 'recurring';
  readonly duration: string;
  readonly range?: readonly [Dayjs, Dayjs];
  readonly days?: readonly (typeof DAYS)[number][];
  readonly hours?: readonly [Dayjs, Dayjs];
  readonly reason: string;
}

const SCOPES = ['point', 'device', 'area'] as const;

function bodyOf(fields: Fields): Given<'POST /maintenance'>['body'] {
  const { kind, target, time, duration, range, days, hours, reason } = fields;
  const scope = { [kind]: target } as Scope;
  if (time === 'now') return { scope, for: duration, reason };
  if (time === 'range') return { scope, from: range?.[0].valueOf(), to: range?.[1].valueOf(), reason };
  const recurring = {
    ...(days === undefined || days.length === 0 ? {} : { weekdays: days }),
    ...(hours === undefined ? {} : { hours: [hours[0].format('HH:mm'), hours[1].format('HH:mm')] as const }),
  };
  return { scope, recurring, reason };
}

interface Props {
  /** What it is about, when that is known already. */
  readonly scope?: Scope;
  readonly onClose: () => void;
}

/** Keeps the alerts of a point, a device or an area quiet for a time. */
export function PlanDialog({ scope, onClose }: Props) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const stale = useStale();
  const mayRepeat = useMay('engineer');
  const points = usePoints();
  const areas = useAreas();
  const [form] = Form.useForm<Fields>();
  const kind = Form.useWatch('kind', form) ?? 'point';
  const time = Form.useWatch('time', form) ?? 'now';
  const { isBusy, failure, attempt } = useDeed();

  const targets = {
    point: points.map(({ id, name }) => ({ value: id, label: `${nameText(name)} · ${id}` })),
    device: [...new Set(points.map(({ device }) => device))].map((id) => ({ value: id, label: id })),
    area: areas.map(({ id, name }) => ({ value: id, label: nameText(name) })),
  };
  const [presetKind, presetTarget] = Object.entries(scope ?? {})[0] ?? [];

  const submit = (fields: Fields) =>
    attempt(async () => {
      await call('POST /maintenance', { body: bodyOf(fields) });
      await stale('GET /maintenance');
      onClose();
    });

  const required = [{ required: true, message: t('device.required') }];
  return (
    <FormModal<Fields>
      title={t('maintenance.plan')}
      okText={t('maintenance.plan')}
      form={form}
      isBusy={isBusy}
      failure={failure}
      intro={<p className="soft">{t('maintenance.help')}</p>}
      initialValues={{
        kind: isOneOf(SCOPES, presetKind) ? presetKind : 'point',
        target: presetTarget,
        time: 'now',
        duration: '2h',
      }}
      onSubmit={submit}
      onCancel={onClose}
    >
      <Form.Item name="kind" label={t('maintenance.scope')}>
        <Radio.Group
          optionType="button"
          onChange={() => form.setFieldValue('target', undefined)}
          options={(['point', 'device', 'area'] as const).map((value) => ({
            value,
            label: t(`maintenance.of.${value}`),
          }))}
        />
      </Form.Item>
      <Form.Item name="target" label={t(`maintenance.of.${kind}`)} rules={required}>
        <Select showSearch={{ optionFilterProp: 'label' }} options={targets[kind]} />
      </Form.Item>
      <Form.Item
        name="time"
        label={t('maintenance.when')}
        {...(mayRepeat ? {} : { extra: t('maintenance.operatorLimit') })}
      >
        <Radio.Group
          optionType="button"
          options={[
            { value: 'now', label: t('maintenance.fromNow') },
            { value: 'range', label: t('maintenance.fromTo') },
            { value: 'recurring', label: t('maintenance.recurring'), disabled: !mayRepeat },
          ]}
        />
      </Form.Item>
      {time === 'now' && (
        <Form.Item name="duration" label={t('maintenance.howLong')}>
          <Radio.Group
            optionType="button"
            options={DURATIONS.map((value) => ({
              value,
              label: value.endsWith('m')
                ? t('action.minutes', { count: Number.parseInt(value, 10) })
                : t('action.hours', { count: Number.parseInt(value, 10) }),
            }))}
          />
        </Form.Item>
      )}
      {time === 'range' && (
        <Form.Item name="range" label={t('maintenance.fromTo')} rules={required}>
          <DatePicker.RangePicker showTime={{ format: 'HH:mm' }} format="YYYY-MM-DD HH:mm" style={{ width: '100%' }} />
        </Form.Item>
      )}
      {time === 'recurring' && (
        <>
          <Form.Item name="days" label={t('maintenance.days')}>
            <Select mode="multiple" options={DAYS.map((value) => ({ value, label: t(`maintenance.day.${value}`) }))} />
          </Form.Item>
          <Form.Item name="hours" label={t('maintenance.hours')} rules={required}>
            <TimePicker.RangePicker format="HH:mm" order={false} style={{ width: '100%' }} />
          </Form.Item>
        </>
      )}
      <Form.Item name="reason" label={t('device.reason')} rules={[{ ...required[0], whitespace: true }]}>
        <Input maxLength={REASON_MAX} placeholder={t('maintenance.reasonHint')} />
      </Form.Item>
    </FormModal>
  );
}
