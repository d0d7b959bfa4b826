import { destination, type Logger, pino } from 'pino';

export type Log = Logger;

/** The server's log: JSON lines on stderr, because stdout carries the ready line alone. */
export function createLog(level: string): Log {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination({ dest: 2, sync: false }));
}
