import { z } from 'zod';
import { hasLogin } from '../../model/address.ts';
import { refusal } from '../../model/issue.ts';

/**
 * Addresses of gateways as they stand in a setup. They are no secret: revisions, files and operators show them as they are. So
 * a login in one is refused; it would also never be sent.
 */
export const addressSchema = z
  .url({ protocol: /^https?$/ })
  .refine((text) => !hasLogin(text), refusal('address-with-login', {}));

/** What stands behind the `?` of an address, apart from it: keys often do, and so it is a secret. */
export const querySchema = z
  .string()
  .max(2_048)
  .regex(/^[^\s#?]*$/)
  .default('');

export function withQuery(url: string, query: string): string {
  if (query === '') return url;
  return `${url}${url.includes('?') ? '&' : '?'}${query}`;
}

/** An address that paths are put behind: after a `?` or `#` they would be none, and what is sent would go elsewhere. */
export const originSchema = addressSchema.refine((text) => !/[?#]/.test(text), refusal('address-with-query', {}));
