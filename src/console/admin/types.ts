export type { Token as TokenRow, User as UserRow } from '../../wire/accounts.ts';
