import type { Config } from '../config.ts';
import { DEFAULT_RETENTION, openEmbeddedHistory } from '../history/embedded.ts';
import type { History } from '../history/history.ts';
import { openInfluxHistory } from '../history/influx.ts';
import { DamagedFileError } from '../history/shared/database.ts';
import type { Journal } from '../journal/journal.ts';
import type { Clock } from '../lib/clock.ts';
import { ConfigError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import type { Registry } from '../points/registry.ts';

export interface HistoryWiring {
  readonly config: Config;
  /** The folder history keeps its files, or its cursor, in. */
  readonly dir: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly journal: Journal;
  readonly registry: Registry;
  readonly stampMs: () => number;
}

/** The history store that the configuration names. Throws ConfigError when a file that it cannot do without is damaged. */
export async function openHistory(wiring: HistoryWiring): Promise<History> {
  try {
    return await openStore(wiring);
  } catch (error) {
    if (!(error instanceof DamagedFileError)) throw error;
    throw new ConfigError([{ file: error.file, path: '', found: error.message, expected: 'a whole database' }]);
  }
}

function openStore({ config, dir, clock, log, journal, registry, stampMs }: HistoryWiring): Promise<History> {
  const range = () => ({ first: journal.firstPosition(), next: journal.nextPosition() });
  if (config.history === 'embedded') {
    return openEmbeddedHistory({
      dir,
      log,
      clock,
      journal: range,
      retention: { ...DEFAULT_RETENTION, rawMs: config.retention },
    });
  }
  return openInfluxHistory({
    dir,
    log,
    clock,
    journal: range,
    target: {
      url: config.influxUrl ?? '',
      token: config.influxToken ?? '',
      org: config.influxOrg ?? '',
      bucket: config.influxBucket ?? '',
    },
    describe(series) {
      const where = registry.series(series);
      if (where === undefined) return null;
      const point = registry.point(where.point);
      return { ...where, area: point?.area ?? null, family: point?.family ?? null, device: point?.device ?? null };
    },
    onRejected(readings) {
      for (const { device, line, reason } of readings) {
        journal.append(
          {
            kind: 'quarantine',
            receivedAtMs: stampMs(),
            device: device ?? '',
            topic: '',
            reason: 'history-rejected',
            detail: reason,
            payload: Buffer.from(line),
          },
          () => {},
        );
      }
    },
  });
}
