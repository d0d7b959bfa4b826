import Form from 'antd/es/form';
import Select, { type SelectProps } from 'antd/es/select';
import { useTranslation } from 'react-i18next';
import { useNameText } from '../i18n/i18n.tsx';
import type { Trial } from './TrialResult.tsx';
import { type Profile, useProfiles } from './useProfiles.ts';

interface Props {
  /** What each kind of device would read of a message that came, the likeliest first. */
  readonly trials?: readonly Trial[] | undefined;
}

/** The field `profile` of a form: the kinds of device there are, those first that a message is like. */
export function ProfileSelect({ trials = [] }: Props) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const { data = [] } = useProfiles();
  const textOf = ({ name, family }: Profile) => `${nameText(name)} · ${t(`family.${family}`)}`;
  const like = trials.flatMap(({ profile, likeness, devices }) => {
    const found = data.find(({ id }) => id === profile);
    if (found === undefined || likeness <= 0) return [];
    const fields = new Set(devices.flatMap(({ readings }) => readings.map(({ field }) => field))).size;
    return [{ value: profile, label: `${nameText(found.name)} · ${t('trial.reads', { count: fields })}` }];
  });
  const isLike = new Set(like.map(({ value }) => value));
  const others = data
    .filter(({ id }) => !isLike.has(id))
    .map((profile) => ({ value: profile.id, label: textOf(profile) }));
  const groups: NonNullable<SelectProps['options']> = [
    { label: t('trial.like'), options: like },
    { label: t('trial.unlike'), options: others },
  ];
  const options: SelectProps['options'] = like.length === 0 ? others : groups;
  return (
    <Form.Item name="profile" label={t('device.profile')} rules={[{ required: true, message: t('device.required') }]}>
      <Select showSearch={{ optionFilterProp: 'label' }} options={options} />
    </Form.Item>
  );
}
