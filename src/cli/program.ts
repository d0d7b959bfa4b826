import { Command, CommanderError } from 'commander';
import { ConfigError } from '../lib/errors.ts';
import { addToken, addUser } from './accounts.ts';
import { addAlert } from './alerts.ts';
import { addApply } from './apply.ts';
import { addArea } from './areas.ts';
import { addBacktest } from './backtest.ts';
import { addBackup } from './backup.ts';
import { addCheck } from './check.ts';
import { type AddCommand, type CliContext, type ExitStatus, UsageError } from './context.ts';
import { addDevice } from './devices.ts';
import { addExport } from './export.ts';
import { addExportReadings } from './export-readings.ts';
import { addImport } from './import.ts';
import { addImportReadings } from './import-readings.ts';
import { addMaintenance } from './maintenance.ts';
import { addNotify } from './notify.ts';
import { addPlan } from './plans.ts';
import { addPoint } from './points.ts';
import { addProfile } from './profiles.ts';
import { addRota, addRoutes } from './rota.ts';
import { addRuleTest } from './rule-test-record.ts';
import { addCalendar, addPeople } from './setup-sheets.ts';
import { addSilence } from './silences.ts';
import { addSource } from './sources.ts';
import { addTemplate } from './templates.ts';
import { addThresholds } from './thresholds.ts';

const COMMANDS: readonly AddCommand[] = [
  addCheck,
  addApply,
  addExport,
  addImport,
  addUser,
  addToken,
  addArea,
  addDevice,
  addPoint,
  addProfile,
  addAlert,
  addMaintenance,
  addNotify,
  addPlan,
  addPeople,
  addCalendar,
  addRota,
  addRoutes,
  addSilence,
  addSource,
  addThresholds,
  addTemplate,
  addRuleTest,
  addBackup,
  addExportReadings,
  addImportReadings,
  addBacktest,
];

/** `brink COMMAND`: runs one command and gives the status the program should end with. */
export async function runCli(args: readonly string[], context: CliContext): Promise<ExitStatus> {
  let status: ExitStatus = 0;
  const program = new Command('brink')
    .description('Brink 临界: what a site consists of, who may do what, and copies of it all')
    .exitOverride()
    .showHelpAfterError()
    .configureOutput({ writeOut: context.stdout, writeErr: context.stderr });
  for (const add of COMMANDS) {
    add(program, context, (ended) => {
      status = ended;
    });
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return status;
  } catch (error) {
    // Commander has said what is wrong already; help that was asked for is no error.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof UsageError) {
      context.stderr(`${error.message}\n`);
      return 2;
    }
    if (!(error instanceof ConfigError)) throw error;
    context.stderr(`${error.message}\n`);
    return 1;
  }
}
