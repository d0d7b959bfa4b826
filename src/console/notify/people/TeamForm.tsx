import Form from 'antd/es/form';
import Select from 'antd/es/select';
import { useTranslation } from 'react-i18next';
import type { Team } from '../../../model/notify/people.ts';
import type { NotifySetup } from '../../../model/notify/setup.ts';
import { useChoices } from '../setup/choices.ts';
import { NameField } from '../setup/fields.tsx';
import { freeId, placeOf, withEntry, withoutEntry } from '../setup/places.ts';
import { SetupForm } from '../setup/SetupForm.tsx';

type Fields = Omit<Team, 'id'>;

/** A name for several people who are told together. `team`: null for a new one. */
export function TeamForm({ team, onClose }: { readonly team: Team | null; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<Fields>();
  const { people } = useChoices();
  const id = team?.id;
  const change = (before: NotifySetup, { name, members }: Fields): NotifySetup => {
    const own =
      id ??
      freeId(
        name,
        before.teams.map((one) => one.id),
      );
    return { ...before, teams: withEntry(before.teams, { id: own, name, members }) };
  };
  return (
    <SetupForm<Fields>
      title={team?.name ?? t('setup.people.addTeam')}
      form={form}
      initialValues={{ members: [], ...team }}
      place={(of) => (id === undefined ? ['teams', of.teams.length - 1] : placeOf(of, 'teams', id))}
      isNew={id === undefined}
      change={change}
      remove={id === undefined ? undefined : (before) => ({ ...before, teams: withoutEntry(before.teams, id) })}
      onClose={onClose}
    >
      <NameField hint={t('setup.people.teamHint')} />
      <Form.Item name="members" label={t('setup.people.members')}>
        <Select mode="multiple" options={[...people]} showSearch={{ optionFilterProp: 'label' }} />
      </Form.Item>
    </SetupForm>
  );
}
