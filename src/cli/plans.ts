import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Option } from 'commander';
import { ConfigError, formatProblem } from '../lib/errors.ts';
import { LEVELS } from '../model/level.ts';
import type { Plan, PlanStep } from '../model/plan.ts';
import { resolveName } from '../model/resolve-name.ts';
import { readPlanFiles } from '../registry/plan-files.ts';
import type { Card } from '../wire/calls/plans.ts';
import { type AddCommand, show, UsageError } from './context.ts';
import { onServer } from './server-command.ts';
import { counted, tableText } from './table.ts';
import { toYaml } from './yaml-text.ts';

interface ApplyOptions {
  readonly reason?: string;
  readonly revision?: string;
  readonly dryRun?: boolean;
}

interface CardOptions {
  readonly alert?: string;
  readonly point?: string;
  readonly level?: (typeof LEVELS)[number];
}

const FOLDER = './plans';

/** What is done about alerts: response plans as files, and the card that an alert opens. */
export const addPlan: AddCommand = (program, context, finish) => {
  const plan = program
    .command('plan')
    .description('response plans: what is done about alerts, by whom, within which time');
  plan
    .command('check [folder]')
    .description('check the files of a folder (default ./plans) without a server')
    .option('--json', 'as JSON')
    .action((folder: string | undefined, options: { readonly json?: boolean }) => {
      const { plans, problems } = readPlanFiles(folder ?? FOLDER);
      const text = problems.length === 0 ? `${counted(plans.length, 'plan')}, nothing is wrong.\n` : undefined;
      show(
        context,
        options,
        { ok: problems.length === 0, problems },
        text ?? `${problems.map(formatProblem).join('\n')}\n`,
      );
      finish(problems.length === 0 ? 0 : 1);
    });

  onServer<ApplyOptions>(
    plan
      .command('apply [folder]')
      .description('make the plans of a folder (default ./plans) those in force, all others end')
      .option('--reason <text>', 'why, for those who come after')
      .option('--revision <n>', 'refuse if another revision is in force than this')
      .option('--dry-run', 'say what is wrong, and change nothing'),
    context,
    finish,
    async (server, options, [folder = FOLDER]) => {
      const { plans, problems } = readPlanFiles(folder);
      if (problems.length > 0) throw new ConfigError(problems);
      const present = await server.call('GET /plans');
      const revision = options.revision === undefined ? present.body.revision : Number(options.revision);
      const isTrial = options.dryRun === true;
      const { body } = await server.call('PUT /plans', {
        query: { dryRun: isTrial },
        body: { plans, revision, reason: options.reason },
      });
      show(context, options, body, isTrial ? 'Nothing was changed.\n' : `Revision ${body.revision} is in force.\n`);
      return 0;
    },
  );

  onServer(
    plan.command('export [folder]').description('write the plans in force as a file to a folder (default ./plans)'),
    context,
    finish,
    async (server, options, [folder = FOLDER]) => {
      const { body } = await server.call('GET /plans');
      const file = join(folder, 'plans.yaml');
      mkdirSync(folder, { recursive: true });
      writeFileSync(file, planFileText(body.plans));
      show(context, options, { file, revision: body.revision }, `Revision ${body.revision} is in ${file}.\n`);
      return 0;
    },
  );

  onServer<CardOptions>(
    plan
      .command('card')
      .description('the card of an alert, or the one that an alert of a point would open')
      .option('--alert <id>', 'of this alert')
      .option('--point <id>', 'instead: of this point')
      .addOption(new Option('--level <level>', 'with --point (default red)').choices(LEVELS)),
    context,
    finish,
    async (server, options) => {
      const { alert, point, level } = options;
      if ((alert === undefined) === (point === undefined)) {
        throw new UsageError('card: expected one of --alert and --point');
      }
      const { body } =
        alert === undefined
          ? await server.call('GET /points/{id}/card', { path: { id: point ?? '' }, query: { level } })
          : await server.call('GET /alerts/{id}/card', { path: { id: alert } });
      show(context, options, body, cardText(body));
      return 0;
    },
  );
};

const words = (text: PlanStep['do']): string => resolveName(text, '').en;

function cardText({ plan, revision }: Card): string {
  if (plan === null) return 'No response plan applies.\n';
  const rows = plan.steps.map((step, index) => [
    String(index + 1),
    step.type,
    step.role ?? '',
    step.within ?? '',
    [words(step.do), whereOf(step)].filter((part) => part !== '').join(': '),
  ]);
  const phones = plan.phones.map(({ name, number }) => `${name} ${number}\n`).join('');
  const head = `${resolveName(plan.name, plan.id).en} (${plan.id}, revision ${revision})\n`;
  return `${head}${tableText(['step', 'type', 'role', 'within', 'what'], rows)}${phones}`;
}

function whereOf(step: PlanStep): string {
  if (step.type === 'evacuate') return `${step.people ?? ''} to ${words(step.to)}`.trim();
  return step.type === 'stop' ? `ordered by ${step.orders}, confirmed by ${step.confirms}` : '';
}

/** Plans as the text of one file; reading it gives them again. */
function planFileText(plans: readonly Plan[]): string {
  return toYaml(
    plans.map(({ applies, phones, places, ...plan }) => ({
      ...plan,
      ...(Object.keys(applies).length > 0 && { applies }),
      ...(phones.length > 0 && { phones }),
      ...(places.length > 0 && { places }),
    })),
  );
}
