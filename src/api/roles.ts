import { z } from 'zod';

/** Least powerful first; each may do everything the ones before it may. */
export const ROLES = ['viewer', 'operator', 'engineer', 'admin'] as const;
export const roleSchema = z.enum(ROLES).meta({ id: 'Role' });
export type Role = (typeof ROLES)[number];

export function mayAct(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}

/** Who makes a call. `name` is what the alert log and revisions record: a user's name, `token:NAME` or `local:cli`. */
export interface Principal {
  readonly via: 'session' | 'token' | 'local';
  /** The stored id of the session or token, to ask later whether it still holds. */
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly mustChangePassword: boolean;
  readonly expiresAtMs: number | null;
}
