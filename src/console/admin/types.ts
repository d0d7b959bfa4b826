import type { Role } from '../session/session.ts';

export interface UserRow {
  readonly username: string;
  readonly role: Role;
  readonly mustChangePassword: boolean;
  readonly createdAt: number;
  readonly lastLoginAt: number | null;
}

export interface TokenRow {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly prefix: string;
  readonly createdBy: string;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly lastUsedAt: number | null;
}
