import { DAY_MS } from './time.ts';

/** What people may write and ask for, at most: the server holds to it, and forms stop there. */

/** Why something is changed, for the record: characters. */
export const REASON_MAX = 2_048;
/** What is written about an alert: characters. */
export const NOTE_MAX = 4_096;
/** The longest an alert may be shelved, ms. ISA-18.2 asks for a maximum; a shift is 8 to 12 h, so a day is generous. */
export const SHELVE_MAX_MS = DAY_MS;
/** So many are sent to one alert, also in turn: each is kept in all its later entries. */
export const DISPATCHES_MAX = 20;
/** A response that was closed is opened again within so long, ms: over a weekend. Later it is an alert of its own. */
export const REOPEN_MAX_MS = 3 * DAY_MS;
/** So many people are moved at the most, as a form takes it. */
export const MOVED_MAX = 1_000_000;
/** So many points in one call: checking and writing them keeps acknowledgements waiting for about a quarter of a second. */
export const CHANGED_POINTS_MAX = 2_000;

/** More often than this nobody is told again of the same alert. */
export const REPEAT_MIN_MS = 60_000;
