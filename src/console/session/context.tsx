import { createContext, type ReactNode, use } from 'react';
import { mayAct, type Role } from '../../model/roles.ts';
import { useStore } from '../live/context.tsx';
import type { Session, SessionControl, User } from './session.ts';

const SessionContext = createContext<SessionControl | null>(null);

export function SessionProvider({ session, children }: { session: SessionControl; children: ReactNode }) {
  return <SessionContext value={session}>{children}</SessionContext>;
}

export function useSessionControl(): SessionControl {
  const session = use(SessionContext);
  if (session === null) throw new Error('useSessionControl needs a SessionProvider above it');
  return session;
}

export function useSession(): Session {
  return useStore(useSessionControl().store);
}

/** The person signed in; only for pages that are shown to nobody else. */
export function useUser(): User {
  const session = useSession();
  return session.state === 'in' ? session.user : { username: '', role: 'viewer', mustChangePassword: false };
}

export function useMay(needed: Role): boolean {
  return mayAct(useUser().role, needed);
}
