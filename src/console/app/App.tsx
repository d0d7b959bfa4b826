import { type QueryClient, QueryClientProvider } from '@tanstack/react-query';
import AntApp from 'antd/es/app';
import Button from 'antd/es/button';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { RouterProvider } from 'react-router-dom';
import type { Actions } from '../alerts/actions.ts';
import { ActionsProvider } from '../alerts/context.tsx';
import { useLanguage } from '../i18n/i18n.tsx';
import { LiveProvider } from '../live/context.tsx';
import type { Live } from '../live/live.ts';
import { SessionProvider, useSession } from '../session/context.tsx';
import { LoginPage } from '../session/LoginPage.tsx';
import css from '../session/login.module.css';
import type { SessionControl } from '../session/session.ts';
import type { Chime } from '../sound/chime.ts';
import { ChimeProvider } from '../sound/context.tsx';
import { ThemeProvider } from '../theme/theme.tsx';
import { Empty } from '../ui/Empty.tsx';
import { patiently } from '../ui/patiently.ts';
import { router } from './routes.tsx';
import { BELOW_BAR } from './useBelowBar.ts';

const OwnPasswordDialog = lazy(patiently(() => import('../session/OwnPasswordDialog.tsx')));

interface Props {
  readonly session: SessionControl;
  readonly live: Live;
  readonly actions: Actions;
  readonly chime: Chime;
  readonly queries: QueryClient;
}

export function App({ session, live, actions, chime, queries }: Props) {
  const { antdLocale } = useLanguage();
  return (
    <ThemeProvider locale={antdLocale}>
      <AntApp component={false} message={{ maxCount: 4, top: BELOW_BAR }}>
        <QueryClientProvider client={queries}>
          <SessionProvider session={session}>
            <ActionsProvider actions={actions}>
              <ChimeProvider chime={chime}>
                <Gate session={session} live={live} />
              </ChimeProvider>
            </ActionsProvider>
          </SessionProvider>
        </QueryClientProvider>
      </AntApp>
    </ThemeProvider>
  );
}

/** Nothing of the console exists, and no live connection is open, until somebody is signed in. */
function Gate({ session, live }: { session: SessionControl; live: Live }) {
  const { t } = useTranslation();
  const current = useSession();
  if (current.state === 'asking') return null;
  if (current.state === 'unreachable') {
    return (
      <main className="empty">
        <Empty title={t('login.unreachable')} detail={t('login.unreachableDetail')} />
        <Button onClick={() => void session.ask()}>{t('login.retry')}</Button>
      </main>
    );
  }
  if (current.state === 'out') return <LoginPage why={current.why} />;
  if (current.user.mustChangePassword) return <OwnPasswordFirst />;
  return (
    <LiveProvider live={live}>
      <RouterProvider router={router} />
    </LiveProvider>
  );
}

/** The server answers nothing else until the person has a password of their own. */
function OwnPasswordFirst() {
  return (
    <main className={css.login} data-testid="login">
      <Suspense>
        <OwnPasswordDialog required onClose={() => {}} />
      </Suspense>
    </main>
  );
}
