import type { Role } from '../model/roles.ts';

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
