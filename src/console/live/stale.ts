/** A value older than so many report intervals is drawn grey: the server calls the point silent after as many. */
export const STALE_AFTER_INTERVALS = 3;
