import DownOutlined from '@ant-design/icons/DownOutlined';
import UpOutlined from '@ant-design/icons/UpOutlined';
import Button from 'antd/es/button';
import Form from 'antd/es/form';
import Input from 'antd/es/input';
import InputNumber from 'antd/es/input-number';
import Select from 'antd/es/select';
import { useTranslation } from 'react-i18next';
import { formatDuration, parseDurationMs } from '../../../model/duration.ts';
import { CHANNEL_FACTS } from '../../../model/notify/channel-facts.ts';
import type { Target } from '../../../model/notify/setup.ts';
import { MINUTE_MS } from '../../../model/time.ts';
import css from '../notify.module.css';
import { useSetup } from '../useSetup.ts';
import { useChoices } from './choices.ts';

interface FieldProps<T> {
  readonly id?: string;
  readonly value?: T;
  readonly onChange?: (value: T | undefined) => void;
}

/** Whom to tell: persons, teams, who is on duty, groups behind a channel. */
export function TargetsField({ id, value = [], onChange }: FieldProps<readonly Target[]>) {
  const { t } = useTranslation();
  const choices = useChoices();
  const { setup } = useSetup();
  const channels = setup?.setup.channels ?? [];
  const isGroup = (channel: string) => channels.some((one) => one.id === channel && CHANNEL_FACTS[one.kind].isGroup);
  const option = (target: Target, label: string) => ({ value: JSON.stringify(target), label });
  const groups = [
    {
      label: t('setup.routes.to.rota'),
      options: choices.rotas.flatMap(({ value: rota, label }) =>
        (['primary', 'backup', 'both'] as const).map((slot) =>
          option({ rota, slot }, t(`setup.routes.onDuty.${slot}`, { rota: label })),
        ),
      ),
    },
    { label: t('setup.routes.to.team'), options: choices.teams.map((one) => option({ team: one.value }, one.label)) },
    {
      label: t('setup.routes.to.channel'),
      options: choices.channels
        .filter((one) => isGroup(one.value))
        .map((one) => option({ channel: one.value }, one.label)),
    },
    {
      label: t('setup.routes.to.person'),
      options: choices.people.map((one) => option({ person: one.value }, one.label)),
    },
  ].filter(({ options }) => options.length > 0);
  return (
    <Select<string[]>
      mode="multiple"
      {...(id === undefined ? {} : { id })}
      options={groups}
      showSearch={{ optionFilterProp: 'label' }}
      value={value.map(targetText)}
      onChange={(texts) => onChange?.(texts.map((text) => JSON.parse(text) as Target))}
    />
  );
}

/** As the options write it, whatever the order of its fields was. */
function targetText(target: Target): string {
  return JSON.stringify('rota' in target ? { rota: target.rota, slot: target.slot } : target);
}

/** A duration, in minutes; empty is none. */
export function MinutesField({ id, value, onChange, label }: FieldProps<string> & { readonly label?: string }) {
  const { t } = useTranslation();
  const ms = value === undefined ? undefined : parseDurationMs(value);
  return (
    <InputNumber<number>
      {...(id === undefined ? {} : { id })}
      {...(label === undefined ? {} : { 'aria-label': label })}
      min={0}
      step={1}
      suffix={t('setup.routes.minutes')}
      className={css.figure ?? ''}
      value={ms === undefined ? null : ms / MINUTE_MS}
      onChange={(minutes) => onChange?.(minutes === null ? undefined : formatDuration(Math.round(minutes * MINUTE_MS)))}
    />
  );
}

/** Channels in the order of a person's choice. */
export function ChannelsField({ id, value, onChange }: FieldProps<readonly string[]>) {
  const { channels } = useChoices();
  return (
    <Select<string[]>
      mode="multiple"
      {...(id === undefined ? {} : { id })}
      options={[...channels]}
      showSearch={{ optionFilterProp: 'label' }}
      value={[...(value ?? [])]}
      onChange={(ids) => onChange?.(ids.length === 0 ? undefined : ids)}
    />
  );
}

/** A time of day. */
export const CLOCK = /^([01]\d|2[0-3]):[0-5]\d$/;
/** The same as an end, for which people write 24:00 too. */
export const CLOCK_OR_END = /^(([01]\d|2[0-3]):[0-5]\d|24:00)$/;

/** From when to when of a day; both empty is the whole day. */
export function HoursFields({ name, label }: { readonly name: readonly string[]; readonly label: string }) {
  const { t } = useTranslation();
  return (
    <Form.Item label={label}>
      <div className={css.hours}>
        {([0, 1] as const).map((at) => (
          <Form.Item
            key={at}
            noStyle
            name={[...name, at]}
            dependencies={[[...name, 1 - at]]}
            rules={[
              ({ getFieldValue }) => ({
                validator: async (_, text: string | undefined) => {
                  const other = getFieldValue([...name, 1 - at]) as string | undefined;
                  if (!text && !other) return;
                  if (!(at === 0 ? CLOCK : CLOCK_OR_END).test(text ?? '')) throw new Error(t('setup.rota.clockRule'));
                },
              }),
            ]}
          >
            <Input
              placeholder={at === 0 ? '22:00' : '07:00'}
              aria-label={`${label} ${t(at === 0 ? 'setup.rota.begins' : 'setup.rota.ends')}`}
            />
          </Form.Item>
        ))}
      </div>
    </Form.Item>
  );
}

/** What something is called; nothing goes without. */
export function NameField({ hint }: { readonly hint: string }) {
  const { t } = useTranslation();
  return (
    <Form.Item
      name="name"
      label={t('setup.name')}
      rules={[{ required: true, whitespace: true, message: t('device.required') }]}
    >
      <Input maxLength={64} placeholder={hint} autoComplete="off" />
    </Form.Item>
  );
}

interface MoveProps {
  readonly at: number;
  readonly count: number;
  readonly move: (from: number, to: number) => void;
}

/** Moves one row of a list before or behind its neighbour. */
export function MoveButtons({ at, count, move }: MoveProps) {
  const { t } = useTranslation();
  return (
    <>
      <Button
        icon={<UpOutlined />}
        disabled={at === 0}
        aria-label={`${t('setup.up')} ${at + 1}`}
        onClick={() => move(at, at - 1)}
      />
      <Button
        icon={<DownOutlined />}
        disabled={at === count - 1}
        aria-label={`${t('setup.down')} ${at + 1}`}
        onClick={() => move(at, at + 1)}
      />
    </>
  );
}
