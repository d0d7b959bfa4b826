import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../model/time.ts';
import type { Budget } from '../channel.ts';

/** How often one number is called at most, calls that failed counted too (Aliyun: help.aliyun.com 449961). */
export const CALLS_OF_ONE_NUMBER: Budget['perRecipient'] = [
  { count: 1, perMs: MINUTE_MS },
  { count: 5, perMs: HOUR_MS },
  { count: 20, perMs: DAY_MS },
];
