import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { readAlertLog } from '../alerts/read-log.ts';
import { loadConfig } from '../config.ts';
import { openJournalReader } from '../journal/reader.ts';
import { ConfigError } from '../lib/errors.ts';
import type { AlertEvent } from '../model/alert.ts';
import type { Value } from '../model/reading.ts';
import { parseTimeMs } from '../model/time.ts';
import { openDefinitions } from '../registry/read-definitions.ts';
import { backtest } from '../services/analysis/backtest.ts';
import { STATES_FOLDER, stateCopiesIn } from '../services/upkeep/state-copies.ts';
import { type AddCommand, type CliContext, show, UsageError } from './context.ts';
import { counted, tableText, timeText } from './table.ts';

interface BacktestOptions {
  readonly data?: string;
  readonly config?: string;
  readonly from?: string;
  readonly to?: string;
  readonly point?: string;
  readonly json?: boolean;
}

/** What came out, for programs. */
export interface BacktestReport {
  /** Journal positions asked for, the last one excluded, and the one evaluation began at. */
  readonly from: number;
  readonly to: number;
  readonly evaluatedFrom: number;
  readonly events: readonly AlertEvent[];
  /** Whether the live log says the same, as far as it has been stored. */
  readonly sameAsLive: boolean;
  /** The first entry in which they differ. */
  readonly difference: { readonly seq: number; readonly live: AlertEvent; readonly backtest: AlertEvent } | null;
}

export const addBacktest: AddCommand = (program, context, finish) => {
  program
    .command('backtest')
    .description(
      'run a part of the journal through evaluation once more, beside a running server, and compare the alert log that ' +
        'comes out with the one that was written: status 1 when they differ',
    )
    .option('--from <time>', 'arrival of the first entry, ISO 8601 with a time zone or ms (default: all there is)')
    .option('--to <time>', 'arrival of the first entry left out (default: the present)')
    .option('--point <id>', 'show this point only')
    .option('--data <dir>', 'data folder of the server on this machine (default ./data)')
    .option('--config <file>', 'the settings file the server is started with')
    .option('--json', 'the result as JSON')
    .action((options: BacktestOptions) => {
      const report = runBacktest(dataFolder(options, context), options);
      show(context, options, report, reportText(report));
      finish(report.sameAsLive ? 0 : 1);
    });
};

function dataFolder({ data, config }: BacktestOptions, { environment }: CliContext): string {
  const flags = Object.entries({ data, config }).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, value],
  );
  const loaded = loadConfig(flags, environment as NodeJS.ProcessEnv);
  if (loaded === undefined) throw new Error('help was not asked for');
  return loaded.data;
}

function timeOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = parseTimeMs(text);
  if (ms === undefined)
    throw new UsageError(`--${option}: expected a time such as 2026-07-01T08:00:00+08:00, found ${text}`);
  return ms;
}

function runBacktest(folder: string, options: BacktestOptions): BacktestReport {
  const range = { fromMs: timeOf('from', options.from), toMs: timeOf('to', options.to) };
  for (const name of ['journal.db', 'registry.db', 'alerts.db']) {
    if (statSync(join(folder, name), { throwIfNoEntry: false })?.size) continue;
    throw nothingTo(folder, `no ${name}, or an empty one`, 'the data folder of a server (--data)');
  }
  const journal = openJournalReader(join(folder, 'journal.db'));
  const definitions = openDefinitions(join(folder, 'registry.db'));
  try {
    const states = stateCopiesIn(join(folder, STATES_FOLDER));
    const result = backtest({ journal, definitions: definitions.get, states }, range);
    if (!result.ok) {
      const reach =
        result.earliestMs === null ? 'no stored state yet' : `nothing before ${timeText(result.earliestMs)}`;
      throw nothingTo(folder, `a journal that was trimmed, and ${reach}`, 'a later --from');
    }
    const { events, from, to, evaluatedFrom, headBefore } = result;
    const live = readAlertLog(join(folder, 'alerts.db'), headBefore, headBefore + events.length);
    const difference = firstDifference(live, events);
    const shown = options.point === undefined ? events : events.filter(({ alert }) => alert.point === options.point);
    return { from, to, evaluatedFrom, events: shown, sameAsLive: difference === null, difference };
  } finally {
    definitions.close();
    journal.close();
  }
}

function nothingTo(folder: string, found: string, expected: string): ConfigError {
  return new ConfigError([{ file: resolve(folder), path: '', found, expected }]);
}

/** A live log that ends earlier is one that is being written at the moment. */
function firstDifference(live: readonly AlertEvent[], made: readonly AlertEvent[]): BacktestReport['difference'] {
  for (const [i, event] of made.entries()) {
    const written = live[i];
    if (written === undefined) return null;
    if (!isDeepStrictEqual(written, event)) return { seq: written.seq, live: written, backtest: event };
  }
  return null;
}

function reportText({ from, to, evaluatedFrom, events, difference }: BacktestReport): string {
  const rows = events.map(({ seq, at, event, note, by, alert }) => [
    String(seq),
    timeText(at),
    event,
    alert.level,
    `${alert.point}/${alert.rule}`,
    valueText(alert.value, alert.unit),
    [alert.suppressed ? 'suppressed' : '', alert.shelvedUntil === null ? '' : 'shelved', by, note]
      .filter(Boolean)
      .join(' '),
  ]);
  const table = tableText(['SEQ', 'AT', 'EVENT', 'LEVEL', 'RULE', 'VALUE', 'NOTE'], rows);
  const summary = `${counted(events.length, 'log entry', 'log entries')} of ${counted(Math.max(0, to - from), 'journal entry', 'journal entries')}, evaluated from position ${evaluatedFrom}.`;
  const verdict =
    difference === null
      ? 'The live log says the same.'
      : `The live log differs from entry ${difference.seq} on:\n  live      ${JSON.stringify(difference.live)}\n  backtest  ${JSON.stringify(difference.backtest)}`;
  return `${table}${table === '' ? '' : '\n'}${summary}\n${verdict}\n`;
}

function valueText(value: Value, unit: string | null): string {
  if (value === null) return '';
  return unit === null ? String(value) : `${value} ${unit}`;
}
