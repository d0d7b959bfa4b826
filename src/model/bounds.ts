import { DAY_MS } from './time.ts';

/** What people may write and ask for, at most: the server holds to it, and forms stop there. */

/** Why something is changed, for the record: characters. */
export const REASON_MAX = 2_048;
/** What is written about an alert: characters. */
export const NOTE_MAX = 4_096;
/** The longest an alert may be shelved, ms. ISA-18.2 asks for a maximum; a shift is 8 to 12 h, so a day is generous. */
export const SHELVE_MAX_MS = DAY_MS;
/** So many points in one call: checking and writing them keeps acknowledgements waiting for about a quarter of a second. */
export const CHANGED_POINTS_MAX = 2_000;

/** More often than this nobody is told again of the same alert. */
export const REPEAT_MIN_MS = 60_000;
