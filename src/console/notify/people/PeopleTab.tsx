import Button from 'antd/es/button';
import Input from 'antd/es/input';
import type { ColumnsType } from 'antd/es/table';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Person, Team } from '../../../model/notify/people.ts';
import { useNames } from '../../api/queries.ts';
import { useNameText } from '../../i18n/i18n.tsx';
import { useMay } from '../../session/context.tsx';
import { Empty } from '../../ui/Empty.tsx';
import { matches } from '../../ui/matches.ts';
import { QueryError } from '../../ui/QueryError.tsx';
import { TableBox } from '../../ui/TableBox.tsx';
import { usePageParams } from '../../ui/usePageParams.ts';
import css from '../notify.module.css';
import { SheetButtons } from '../sheets/SheetButtons.tsx';
import { useChannelName, useSetup } from '../useSetup.ts';
import { PersonForm } from './PersonForm.tsx';
import { PersonTests } from './PersonTests.tsx';
import { ownWays, reachOf } from './reach.ts';
import { TeamForm } from './TeamForm.tsx';

/** Which dialog is open, and over whom; null for somebody new. */
type Open =
  | { readonly form: 'person'; readonly person: Person | null }
  | { readonly form: 'team'; readonly team: Team | null }
  | { readonly form: 'test'; readonly person: Person };

/** Everybody who can be told: where they can be reached and by what; whom nothing reaches is marked. */
export function PeopleTab() {
  const { t } = useTranslation();
  const { get, set } = usePageParams();
  const mayChange = useMay('engineer');
  const { setup: shown, error, retry } = useSetup();
  const [open, setOpen] = useState<Open | null>(null);
  const columns = usePeopleColumns(setOpen);
  const close = () => setOpen(null);
  if (error !== null && shown === undefined) return <QueryError error={error} onRetry={retry} />;
  if (shown === undefined) return null;
  const { people = [], teams = [], channels = [] } = shown?.setup ?? {};
  const words = get('q') ?? '';
  const listed = people.filter(
    matches<Person>(words, ({ name, role = '', phone = '', email = '' }) => [name, role, phone, email]),
  );
  const lost = people.filter((person) => reachOf(person, channels) === 'none').length;
  return (
    <>
      <div className="page-head">
        <Input.Search
          allowClear
          className={css.find ?? ''}
          placeholder={t('setup.people.find')}
          aria-label={t('setup.people.find')}
          value={words}
          onChange={({ target }) => set({ q: target.value })}
        />
        {lost > 0 && <strong className={css.bad}>{t('setup.people.lost', { count: lost })}</strong>}
        <span className="push" />
        <SheetButtons of="people" />
        <Button disabled={!mayChange} onClick={() => setOpen({ form: 'team', team: null })}>
          {t('setup.people.addTeam')}
        </Button>
        <Button type="primary" disabled={!mayChange} onClick={() => setOpen({ form: 'person', person: null })}>
          {t('setup.people.add')}
        </Button>
      </div>
      {teams.length > 0 && (
        <div className={css.chips} data-testid="teams">
          <span className="soft">{t('setup.people.teams')}</span>
          {teams.map((team) => (
            <Button key={team.id} size="small" disabled={!mayChange} onClick={() => setOpen({ form: 'team', team })}>
              {t('setup.people.teamCount', { name: team.name, count: team.members.length })}
            </Button>
          ))}
        </div>
      )}
      <TableBox<Person>
        rowKey="id"
        columns={columns}
        dataSource={listed}
        minWidth={1_020}
        locale={{ emptyText: <Empty title={t('notify.noPeople')} detail={t('setup.people.noneDetail')} /> }}
      />
      {open?.form === 'person' && <PersonForm person={open.person} teams={teams} onClose={close} />}
      {open?.form === 'team' && <TeamForm team={open.team} onClose={close} />}
      {open?.form === 'test' && <PersonTests person={open.person} channels={channels} onClose={close} />}
    </>
  );
}

function usePeopleColumns(onOpen: (open: Open) => void): ColumnsType<Person> {
  const { t } = useTranslation();
  const nameText = useNameText();
  const names = useNames();
  const channelName = useChannelName();
  const mayChange = useMay('engineer');
  const { setup } = useSetup();
  const channels = setup?.setup.channels ?? [];
  return [
    {
      key: 'name',
      title: t('notify.name'),
      width: 170,
      className: 'wraps',
      sorter: (a, b) => a.name.localeCompare(b.name),
      render: (_, { name, role }) => (
        <>
          <strong>{name}</strong> <span className="soft">{role}</span>
        </>
      ),
    },
    {
      key: 'reach',
      title: t('notify.by'),
      width: 230,
      className: 'wraps',
      render: (_, person) => {
        const reach = reachOf(person, channels);
        return (
          <span className={css.ways}>
            {reach === 'none' && <strong className={css.bad}>{t('notify.unreachable')}</strong>}
            {reach === 'by-route' && <span className="soft">{t('setup.people.byRoute')}</span>}
            {ownWays(person, channels).map(({ id, why }) =>
              why === null ? (
                <span key={id}>{channelName(id)}</span>
              ) : (
                <span key={id} className="faint">
                  <s>{channelName(id)}</s> {t(`setup.people.why.${why}`)}
                </span>
              ),
            )}
          </span>
        );
      },
    },
    { key: 'phone', title: t('notify.phone'), width: 140, className: 'wraps', render: (_, { phone = '–' }) => phone },
    {
      key: 'addresses',
      title: t('setup.people.addresses'),
      width: 220,
      className: 'wraps',
      render: (_, { email, wecom, dingtalk, feishu }) =>
        [
          email,
          wecom && `${t('setup.people.wecom')} ${wecom}`,
          dingtalk && `${t('setup.people.dingtalk')} ${dingtalk}`,
          feishu && `${t('setup.people.feishu')} ${feishu}`,
        ]
          .filter(Boolean)
          .join(' · ') || '–',
    },
    {
      key: 'areas',
      title: t('setup.people.areas'),
      width: 150,
      className: 'wraps',
      render: (_, { areas }) => areas.map((id) => nameText(names.area(id))).join('、') || '–',
    },
    {
      key: 'do',
      title: '',
      width: 130,
      align: 'right',
      render: (_, person) => (
        <span className="row-buttons">
          <Button
            size="small"
            aria-label={`${t('notify.test')} ${person.name}`}
            onClick={() => onOpen({ form: 'test', person })}
          >
            {t('notify.test')}
          </Button>
          <Button
            size="small"
            disabled={!mayChange}
            aria-label={`${t('setup.edit')} ${person.name}`}
            onClick={() => onOpen({ form: 'person', person })}
          >
            {t('setup.edit')}
          </Button>
        </span>
      ),
    },
  ];
}
