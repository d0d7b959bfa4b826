import Dropdown from 'antd/es/dropdown';
import { Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { NavLink, Outlet } from 'react-router-dom';
import { useSessionControl, useUser } from '../session/context.tsx';
import { LanguageButton, ThemeButton } from './ChoiceButtons.tsx';
import { OpenCounts } from './OpenCounts.tsx';
import { StaleBanner, TrustLamp } from './Trust.tsx';
import './shell.css';

/** What frames every page: menu, open alerts, the state of the connection, and the person. */
export function Shell() {
  const { t } = useTranslation();
  return (
    <div className="shell">
      <a className="skip" href="#content">
        {t('nav.skip')}
      </a>
      <StaleBanner />
      <header className="bar">
        <NavLink to="/" className="brand" title={t('app.full')}>
          <img src={new URL('../icon.svg', import.meta.url).href} alt="" width={24} height={24} />
          <span>{t('app.name')}</span>
        </NavLink>
        <nav aria-label={t('nav.main')}>
          <NavLink to="/" end>
            {t('nav.duty')}
          </NavLink>
          <NavLink to="/points">{t('nav.points')}</NavLink>
        </nav>
        <div className="bar-end">
          <OpenCounts />
          <TrustLamp />
          <LanguageButton />
          <ThemeButton />
          <UserMenu />
        </div>
      </header>
      <main id="content" className="content" tabIndex={-1}>
        <Suspense fallback={<p className="empty">{t('app.loading')}</p>}>
          <Outlet />
        </Suspense>
      </main>
    </div>
  );
}

function UserMenu() {
  const { t } = useTranslation();
  const session = useSessionControl();
  const { username, role } = useUser();
  return (
    <Dropdown
      trigger={['click']}
      menu={{
        items: [
          { key: 'role', label: t(`user.role.${role}`), disabled: true },
          { type: 'divider' },
          { key: 'out', label: t('user.signOut'), onClick: () => void session.signOut() },
        ],
      }}
    >
      <button type="button" className="bar-button" aria-label={`${t('user.menu')} ${username}`}>
        <span className="cut">{username}</span>
      </button>
    </Dropdown>
  );
}
