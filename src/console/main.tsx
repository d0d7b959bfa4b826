import { QueryClient } from '@tanstack/react-query';
import { createRoot } from 'react-dom/client';
import { config as configureSchemas } from 'zod/v4/core';
import { createActions } from './alerts/actions.ts';
import { ApiError, whenServerTime } from './api/client.ts';
import { App } from './app/App.tsx';
import { startTranslation } from './i18n/i18n.tsx';
import type { Socket } from './live/connection.ts';
import { createLive } from './live/live.ts';
import { takeScreenToken } from './session/screen-token.ts';
import { createSession } from './session/session.ts';
import { createChime } from './sound/chime.ts';
import { giveStylesTheNonce } from './ui/nonce.ts';
import './ui/base.css';

giveStylesTheNonce(document);
// Compiling schemas to code is what the Content-Security-Policy forbids; zod would try, and the browser complain.
configureSchemas({ jitless: true });
startTranslation();

function openSocket(since: number | null, log: string | null): Socket {
  const url = new URL('/api/v1/live', location.href);
  if (since !== null) url.searchParams.set('since', String(since));
  if (since !== null && log !== null) url.searchParams.set('log', log);
  url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
  return new WebSocket(url) as Socket;
}

const session = createSession(takeScreenToken(location, history));
const live = createLive({
  open: openSocket,
  signedIn: session.stillSignedIn,
  onOtherLog: () => void queries.invalidateQueries(),
});
const actions = createActions(live);
whenServerTime(live.toldTime);
const chime = createChime();
const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // What the person may not have or what is not there does not come by asking again.
      retry: (failures, error) =>
        failures < 3 && !(error instanceof ApiError && error.status >= 400 && error.status < 500),
      refetchOnWindowFocus: false,
      staleTime: 5_000,
    },
  },
});

// The phases of the live connection are the session's business too: signed out there is signed out everywhere.
live.trust.subscribe(() => {
  if (live.trust.get().phase === 'signed-out') session.ended();
});
void session.ask();

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no element with the id root');
createRoot(root).render(<App session={session} live={live} actions={actions} chime={chime} queries={queries} />);
