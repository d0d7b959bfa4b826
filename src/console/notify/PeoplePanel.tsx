import { useTranslation } from 'react-i18next';
import css from './notify.module.css';
import { useChannelName, useSetup } from './useSetup.ts';

/** Everybody who can be told, by what. */
export function PeoplePanel() {
  const { t } = useTranslation();
  const channelName = useChannelName();
  const { setup } = useSetup();
  const people = setup?.setup.people ?? [];
  return (
    <section className="panel block" data-testid="people">
      <h2>{t('notify.people')}</h2>
      {people.length === 0 && <p className="soft">{t('notify.noPeople')}</p>}
      <ul className={css.rows}>
        {people.map(({ id, name, role, phone, email, by = [] }) => (
          <li key={id}>
            <strong>{name}</strong>
            <span className="soft">{role}</span>
            <span>{[phone, email].filter((one) => one !== undefined).join(' · ') || t('notify.unreachable')}</span>
            <span className="soft">{by.map(channelName).join(' → ')}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
