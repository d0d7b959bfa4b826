import Form from 'antd/es/form';
import Input from 'antd/es/input';
import Select from 'antd/es/select';
import { useTranslation } from 'react-i18next';
import { type Person, personSchema, type Team } from '../../../model/notify/people.ts';
import type { NotifySetup } from '../../../model/notify/setup.ts';
import fieldCss from '../../ui/fields.module.css';
import { useAreaChoices, useChoices } from '../setup/choices.ts';
import { filledIn, freeId, placeOf, withEntry, withoutEntry } from '../setup/places.ts';
import { ruleOf } from '../setup/rules.ts';
import { SetupForm } from '../setup/SetupForm.tsx';

type Fields = Omit<Person, 'id'> & { readonly teams: readonly string[] };

const CHATS = ['wecom', 'dingtalk', 'feishu'] as const;

interface Props {
  /** Null: somebody new. */
  readonly person: Person | null;
  readonly teams: readonly Team[];
  readonly onClose: () => void;
}

/** Who a person is, where he can be reached, and by what he is told. */
export function PersonForm({ person, teams: all, onClose }: Props) {
  const { t } = useTranslation();
  const [form] = Form.useForm<Fields>();
  const id = person?.id;
  const teams = all.filter(({ members }) => id !== undefined && members.includes(id)).map((team) => team.id);

  function change(before: NotifySetup, { teams: chosen, ...fields }: Fields): NotifySetup {
    const own =
      id ??
      freeId(
        fields.name,
        before.people.map((one) => one.id),
      );
    const { name, by = [], areas: his = [], language } = fields;
    const entry: Person = { ...filledIn(fields), id: own, name, by, areas: his, language };
    return {
      ...before,
      people: withEntry(before.people, entry),
      teams: before.teams.map((team) => {
        const isIn = team.members.includes(own);
        if (isIn === chosen.includes(team.id)) return team;
        return { ...team, members: isIn ? team.members.filter((one) => one !== own) : [...team.members, own] };
      }),
    };
  }

  return (
    <SetupForm<Fields>
      title={person?.name ?? t('setup.people.add')}
      form={form}
      width={640}
      initialValues={{ by: [], areas: [], language: 'zh', ...person, teams }}
      place={(of) => (id === undefined ? ['people', of.people.length - 1] : placeOf(of, 'people', id))}
      isNew={id === undefined}
      change={change}
      remove={
        id === undefined
          ? undefined
          : (before) => ({
              ...before,
              people: withoutEntry(before.people, id),
              teams: before.teams.map((team) => ({ ...team, members: team.members.filter((one) => one !== id) })),
            })
      }
      onClose={onClose}
    >
      <PersonFields />
    </SetupForm>
  );
}

function PersonFields() {
  const { t } = useTranslation();
  const choices = useChoices();
  const areas = useAreaChoices();
  const { shape } = personSchema;
  return (
    <>
      <div className={fieldCss.twoColumns}>
        <Form.Item
          name="name"
          label={t('notify.name')}
          rules={[{ required: true, whitespace: true, message: t('device.required') }]}
        >
          <Input maxLength={64} autoComplete="off" />
        </Form.Item>
        <Form.Item name="role" label={t('notify.role')}>
          <Input maxLength={64} placeholder={t('setup.people.roleHint')} autoComplete="off" />
        </Form.Item>
        <Form.Item name="phone" label={t('notify.phone')} rules={[ruleOf(shape.phone, t('setup.people.phoneRule'))]}>
          <Input inputMode="tel" autoComplete="off" />
        </Form.Item>
        <Form.Item
          name="email"
          label={t('setup.people.email')}
          rules={[ruleOf(shape.email, t('setup.people.emailRule'))]}
        >
          <Input inputMode="email" autoComplete="off" />
        </Form.Item>
        {CHATS.map((chat) => (
          <Form.Item
            key={chat}
            name={chat}
            label={t(`setup.people.${chat}`)}
            rules={[ruleOf(shape[chat], t('setup.people.chatRule'))]}
          >
            <Input autoComplete="off" />
          </Form.Item>
        ))}
        <Form.Item name="language" label={t('setup.people.language')}>
          <Select
            options={[
              { value: 'zh', label: '中文' },
              { value: 'en', label: 'English' },
            ]}
          />
        </Form.Item>
        <Form.Item name="account" label={t('setup.people.account')} extra={t('setup.people.accountHelp')}>
          <Input maxLength={128} autoComplete="off" />
        </Form.Item>
        <Form.Item name="teams" label={t('setup.people.teams')}>
          <Select mode="multiple" options={[...choices.teams]} showSearch={{ optionFilterProp: 'label' }} />
        </Form.Item>
      </div>
      <Form.Item name="by" label={t('setup.people.by')} extra={t('setup.people.byHelp')}>
        <Select mode="multiple" options={[...choices.channels]} showSearch={{ optionFilterProp: 'label' }} />
      </Form.Item>
      <Form.Item name="areas" label={t('setup.people.areas')}>
        <Select mode="multiple" options={[...areas]} showSearch={{ optionFilterProp: 'label' }} />
      </Form.Item>
      <Form.Item name="note" label={t('setup.people.note')}>
        <Input maxLength={512} />
      </Form.Item>
    </>
  );
}
