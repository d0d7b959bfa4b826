import type { Me } from '../../wire/accounts.ts';
import { ApiError, call, whenUnauthorized } from '../api/client.ts';
import { createStore, type Store } from '../live/store.ts';

/** Who is signed in. */
export type User = Pick<Me, 'username' | 'role' | 'mustChangePassword'>;

export type Session =
  | { readonly state: 'asking' }
  | { readonly state: 'unreachable' }
  /** `expired` when the server ended what was in use; `refused` when a screen's token no longer opens anything. */
  | { readonly state: 'out'; readonly why: 'expired' | 'refused' | null }
  | { readonly state: 'in'; readonly user: User };

export interface SessionControl {
  readonly store: Store<Session>;
  /** Asks the server who is signed in, until it answers: after a power cut the screen is up before the server is. */
  ask(): Promise<void>;
  signIn(username: string, password: string): Promise<void>;
  signOut(): Promise<void>;
  /** The server no longer knows the session. */
  ended(): void;
  /** True unless the server says that nobody is signed in; an unreachable server says nothing. */
  stillSignedIn(): Promise<boolean>;
}

/** How soon a server that did not answer is asked again, ms. */
const ASK_AGAIN_MS = 5_000;

/** `screenToken`: what a screen on the wall was opened with; it signs in by itself, and again whenever it has to. */
export function createSession(screenToken: string | null = null): SessionControl {
  const store = createStore<Session>({ state: 'asking' });
  let askAgain: ReturnType<typeof setTimeout> | undefined;

  function ended(): void {
    const { state } = store.get();
    if (state !== 'out') store.set({ state: 'out', why: state === 'in' ? 'expired' : null });
    if (state === 'in' && screenToken !== null) void ask();
  }
  whenUnauthorized(ended);

  async function whoAmI(): Promise<void> {
    const { username, role, mustChangePassword } = await call('GET /me');
    store.set({ state: 'in', user: { username, role, mustChangePassword } });
  }

  async function ask(): Promise<void> {
    clearTimeout(askAgain);
    try {
      if (screenToken !== null) await call('POST /session', { body: { token: screenToken } });
      await whoAmI();
    } catch (error) {
      const isAnswer = error instanceof ApiError && error.status >= 400 && error.status < 500;
      if (isAnswer && screenToken !== null) store.set({ state: 'out', why: 'refused' });
      if (isAnswer) return;
      store.set({ state: 'unreachable' });
      askAgain = setTimeout(() => void ask(), ASK_AGAIN_MS);
    }
  }

  return {
    store,
    ended,
    ask,
    async signIn(username, password) {
      await call('POST /session', { body: { username, password } });
      await whoAmI();
    },
    async signOut() {
      await call('DELETE /session');
      store.set({ state: 'out', why: null });
    },
    async stillSignedIn() {
      try {
        await call('GET /me');
        return true;
      } catch (error) {
        return !(error instanceof ApiError && error.status === 401);
      }
    },
  };
}
