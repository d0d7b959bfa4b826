/** Codes with which the server closes a live connection. */

/** The client is too slow; it resumes with `since`. */
export const CLOSE_TOO_SLOW = 4408;
/** The session or token has ended, or its role has changed. */
export const CLOSE_UNAUTHENTICATED = 4401;
