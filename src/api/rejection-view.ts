import type { WhyRejected } from '../model/rejection.ts';
import { whyText } from '../model/rejection-words.ts';

/** Why something could not be read, as the API says it. What an earlier program kept has its words alone. */
export function whyView(why: WhyRejected) {
  const detail = whyText(why, 'en');
  return typeof why === 'string'
    ? { detail, code: null, values: null }
    : { detail, code: why.code, values: { ...why.values } };
}
