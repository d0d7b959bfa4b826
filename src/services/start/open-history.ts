import type { Config } from '../../config.ts';
import { DEFAULT_RETENTION, openEmbeddedHistory } from '../../history/embedded.ts';
import type { History } from '../../history/history.ts';
import { OrganisationMissingError, openInfluxHistory } from '../../history/influx.ts';
import { DamagedFileError } from '../../history/shared/database.ts';
import type { Journal } from '../../journal/journal.ts';
import type { Clock } from '../../lib/clock.ts';
import { ConfigError } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import { rejectionOf } from '../../model/rejection.ts';
import type { SiteReads } from '../../registry/site-reads.ts';

export interface HistoryOptions {
  readonly config: Config;
  /** The folder history keeps its files, or its cursor, in. */
  readonly dir: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly journal: Journal;
  readonly registry: SiteReads;
  readonly stampMs: () => number;
}

/** The history store that the configuration names. Throws ConfigError when a file that it cannot do without is damaged. */
export async function openHistory(options: HistoryOptions): Promise<History> {
  try {
    return await openStore(options);
  } catch (error) {
    if (error instanceof OrganisationMissingError) {
      const expected = 'the organisation of the bucket (--influx-org, BRINK_INFLUX_ORG or influxOrg of the file)';
      throw new ConfigError([
        {
          file: 'configuration',
          path: 'influxOrg',
          found: 'nothing',
          expected: `${expected}, because ${options.config.influxUrl} asks for it`,
        },
      ]);
    }
    if (!(error instanceof DamagedFileError)) throw error;
    throw new ConfigError([{ file: error.file, path: '', found: error.message, expected: 'a whole database' }]);
  }
}

function openStore({ config, dir, clock, log, journal, registry, stampMs }: HistoryOptions): Promise<History> {
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
    onRejected(rejected) {
      const { devices, lines, readings, firstTsMs: firstMs, lastTsMs: lastMs, reason: said } = rejected;
      const { reason, ...why } = rejectionOf('history-rejected', { readings, firstMs, lastMs, devices, said });
      journal.append(
        {
          kind: 'quarantine',
          receivedAtMs: stampMs(),
          device: devices.length === 1 ? (devices[0] ?? '') : '',
          topic: '',
          reason,
          why,
          payload: Buffer.from(lines.join('\n')),
        },
        () => {},
      );
    },
  });
}
