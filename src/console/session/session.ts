import { ApiError, request, whenUnauthorized } from '../api/client.ts';
import { createStore, type Store } from '../live/store.ts';

export const ROLES = ['viewer', 'operator', 'engineer', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export interface User {
  readonly username: string;
  readonly role: Role;
  /** Somebody else chose the password. */
  readonly mustChangePassword: boolean;
}

export type Session =
  | { readonly state: 'asking' }
  | { readonly state: 'unreachable' }
  /** `expired` when the server ended a session that was in use. */
  | { readonly state: 'out'; readonly expired: boolean }
  | { readonly state: 'in'; readonly user: User };

export interface SessionControl {
  readonly store: Store<Session>;
  /** Asks the server who is signed in. */
  ask(): Promise<void>;
  signIn(username: string, password: string): Promise<void>;
  signOut(): Promise<void>;
  /** The server no longer knows the session. */
  ended(): void;
  /** True unless the server says that nobody is signed in; an unreachable server says nothing. */
  stillSignedIn(): Promise<boolean>;
}

export function createSession(): SessionControl {
  const store = createStore<Session>({ state: 'asking' });
  function ended(): void {
    const { state } = store.get();
    if (state !== 'out') store.set({ state: 'out', expired: state === 'in' });
  }
  whenUnauthorized(ended);

  async function whoAmI(): Promise<void> {
    const { username, role, mustChangePassword } = await request<User>('/me');
    store.set({ state: 'in', user: { username, role, mustChangePassword } });
  }

  return {
    store,
    ended,
    async ask() {
      try {
        await whoAmI();
      } catch (error) {
        if (!(error instanceof ApiError) || error.status !== 401) store.set({ state: 'unreachable' });
      }
    },
    async signIn(username, password) {
      await request('/session', { method: 'POST', body: { username, password } });
      await whoAmI();
    },
    async signOut() {
      await request('/session', { method: 'DELETE' });
      store.set({ state: 'out', expired: false });
    },
    async stillSignedIn() {
      try {
        await request('/me');
        return true;
      } catch (error) {
        return !(error instanceof ApiError && error.status === 401);
      }
    },
  };
}

/** Whether a role may do what needs at least `needed`: viewer < operator < engineer < admin. */
export function mayAct(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}
