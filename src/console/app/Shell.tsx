import Button from 'antd/es/button';
import Dropdown from 'antd/es/dropdown';
import { lazy, Suspense, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { NavLink, Outlet, useLocation, useNavigate, useNavigation } from 'react-router-dom';
import { VerdictPrompt } from '../alerts/VerdictPrompt.tsx';
import { Shortcuts } from '../keyboard/Shortcuts.tsx';
import { NoticeBanner, StaleBanner, TrustLamp } from '../live/Trust.tsx';
import { useNewVersion } from '../live/useNewVersion.ts';
import { PendingCount } from '../review/PendingCount.tsx';
import { ChoiceButtons, useChoices } from '../session/ChoiceButtons.tsx';
import { useMay, useSessionControl, useUser } from '../session/context.tsx';
import { Announcer } from '../sound/Announcer.tsx';
import { SoundButton } from '../sound/SoundButton.tsx';
import { classes } from '../ui/classes.ts';
import { PAGES, pathTo } from '../ui/paths.ts';
import { patiently } from '../ui/patiently.ts';
import { OpenCounts } from './OpenCounts.tsx';
import css from './shell.module.css';
import { useBelowBar } from './useBelowBar.ts';

const OwnPasswordDialog = lazy(patiently(() => import('../session/OwnPasswordDialog.tsx')));

/** What frames every page: menu, open alerts, the state of the connection, sound, and the person. */
export function Shell() {
  const { t } = useTranslation();
  const newVersion = useNewVersion();
  const head = useRef<HTMLDivElement>(null);
  useBelowBar(head);
  const isLoading = useNavigation().state === 'loading';
  const isAtTemplates = useLocation().pathname === PAGES.templates;
  return (
    <div className="shell">
      <a className="skip" href="#content">
        {t('nav.skip')}
      </a>
      <div className={css.head} data-testid="head" ref={head}>
        <StaleBanner />
        <NoticeBanner />
        {newVersion && (
          <div className={css.newVersion}>
            {t('app.newVersion')}
            <Button size="small" onClick={() => location.reload()}>
              {t('app.newVersionReload')}
            </Button>
          </div>
        )}
        <header className="bar">
          <NavLink to={pathTo('duty')} className={css.brand} title={t('app.full')}>
            <img src={new URL('../icon.svg', import.meta.url).href} alt="" width={24} height={24} />
            <span>{t('app.name')}</span>
          </NavLink>
          <nav aria-label={t('nav.main')}>
            <NavLink to={pathTo('duty')} end>
              {t('nav.duty')}
            </NavLink>
            <NavLink to={pathTo('points')}>{t('nav.points')}</NavLink>
            <NavLink to={pathTo('history')}>{t('nav.history')}</NavLink>
            <NavLink to={pathTo('devices')}>{t('nav.devices')}</NavLink>
            <NavLink
              to={pathTo('thresholds')}
              className={({ isActive }) => (isActive || isAtTemplates ? 'active' : '')}
            >
              {t('nav.thresholds')}
            </NavLink>
            <NavLink to={pathTo('maintenance')}>{t('nav.maintenance')}</NavLink>
            <NavLink to={pathTo('notify')}>{t('nav.notify')}</NavLink>
            <NavLink to={pathTo('proposals')}>
              {t('nav.review')} <PendingCount />
            </NavLink>
            <NavLink to={pathTo('system')}>{t('nav.system')}</NavLink>
          </nav>
          <div className={css.barEnd}>
            <OpenCounts />
            <TrustLamp />
            <SoundButton />
            {/* The menu of the person has them where the bar has no room. */}
            <span className={css.barChoices}>
              <ChoiceButtons />
            </span>
            <UserMenu />
          </div>
        </header>
      </div>
      <main id="content" className={classes('content', isLoading && css.loading)} tabIndex={-1} aria-busy={isLoading}>
        <Suspense fallback={<p className="empty">{t('app.loading')}</p>}>
          <Outlet />
        </Suspense>
      </main>
      <VerdictPrompt />
      <Announcer />
      <Shortcuts />
    </div>
  );
}

/** Seldom needed, and not for the duty desk: they leave the menu to what is. */
const ADMIN_PAGES = ['users', 'tokens'] as const;

function UserMenu() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const session = useSessionControl();
  const { username, role } = useUser();
  const isAdmin = useMay('admin');
  const isEngineer = useMay('engineer');
  const { language, theme } = useChoices();
  const [changing, setChanging] = useState(false);
  return (
    <>
      <Dropdown
        trigger={['click']}
        menu={{
          items: [
            { key: 'role', label: `${username} · ${t(`user.role.${role}`)}`, disabled: true },
            { type: 'divider' },
            ...(isEngineer
              ? [
                  { key: 'first', label: t('firstSteps.title'), onClick: () => void navigate(pathTo('firstSteps')) },
                  { key: 'site', label: t('places.title'), onClick: () => void navigate(pathTo('site')) },
                  { key: 'sources', label: t('sources.title'), onClick: () => void navigate(pathTo('sources')) },
                ]
              : []),
            ...(isAdmin
              ? ADMIN_PAGES.map((page) => ({
                  key: page,
                  label: t(`nav.${page}`),
                  onClick: () => void navigate(pathTo(page)),
                }))
              : []),
            { key: 'wall', label: t('nav.wall'), onClick: () => void navigate(pathTo('wall')) },
            ...[language, theme].map(({ text, title, choose }) => ({
              key: title,
              label: text,
              className: css.onlyNarrow,
              onClick: choose,
            })),
            { key: 'password', label: t('login.changePassword'), onClick: () => setChanging(true) },
            { key: 'out', label: t('user.signOut'), onClick: () => void session.signOut() },
          ],
        }}
      >
        <button type="button" className="bar-button" aria-label={`${t('user.menu')} ${username}`}>
          <span className="cut" title={username}>
            {username}
          </span>
        </button>
      </Dropdown>
      {changing && (
        <Suspense>
          <OwnPasswordDialog onClose={() => setChanging(false)} />
        </Suspense>
      )}
    </>
  );
}
