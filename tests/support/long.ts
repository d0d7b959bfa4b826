import { env } from 'node:process';

/** Set by `npm run test:long`: the tests that go by chance take as many rounds as a night has room for. */
export const isLong = env.BRINK_TEST_LONG === 'true';

/** How often something random is tried: so often that each kind of fault is met in every run, or the longer time. */
export function rounds(usual: number, long: number): number {
  return isLong ? long : usual;
}
