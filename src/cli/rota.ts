import { statSync } from 'node:fs';
import { localMsAt } from '../model/calendar.ts';
import { DAY_MS } from '../model/time.ts';
import type { Answer } from '../wire/calls.ts';
import { type AddCommand, show, UsageError } from './context.ts';
import { readNotifyFiles } from './notify-files.ts';
import { routesText } from './routes-text.ts';
import { onServer } from './server-command.ts';
import { tableText, timeText } from './table.ts';

type Duties = Answer<'GET /notify/duties'>['items'];
type Gaps = Answer<'GET /notify/duties/gaps'>['items'];

interface ShowOptions {
  readonly from?: string;
  readonly days?: string;
  readonly rota?: string;
}

const DAYS_MAX = 31;
const DAYS_USUAL = 7;

/** Who is on duty when, and when nobody is. */
export const addRota: AddCommand = (program, context, finish) => {
  onServer<ShowOptions>(
    program
      .command('rota')
      .description('turns of duty')
      .command('show')
      .description('who is on duty when, and when alerts would find nobody')
      .option('--from <time>', 'from: ISO 8601 with a time zone, or ms (default now)')
      .option('--days <n>', `so many days (default ${DAYS_USUAL}, at most ${DAYS_MAX})`)
      .option('--rota <id>', 'only this rota'),
    context,
    finish,
    async (server, { from, days = String(DAYS_USUAL), rota, ...options }) => {
      const count = Number(days);
      if (!Number.isInteger(count) || count < 1 || count > DAYS_MAX) {
        throw new UsageError(`--days: expected a whole number from 1 to ${DAYS_MAX}, found ${days}`);
      }
      const fromMs = from === undefined ? Date.now() : /^\d+$/.test(from) ? Number(from) : Date.parse(from);
      if (Number.isNaN(fromMs)) throw new UsageError(`--from: expected a time, found ${from}`);
      const query = { from: fromMs, to: fromMs + count * DAY_MS };
      const { body: duties } = await server.call('GET /notify/duties', { query });
      const { body: gaps } = await server.call('GET /notify/duties/gaps', { query });
      const isWanted = (id: string) => rota === undefined || id === rota;
      const shown = {
        duties: duties.items.filter((duty) => isWanted(duty.rota)),
        gaps: gaps.items.filter(({ rotas }) => rotas.some(isWanted)),
      };
      show(context, options, shown, rotaText(shown.duties, shown.gaps));
      return 0;
    },
  );
};

function rotaText(duties: Duties, gaps: Gaps): string {
  const zones = new Map(duties.map(({ rota, timezone }) => [rota, timezone]));
  const rows = duties.map(({ rota, shift, timezone, from, to, primary, backup }) => [
    rota,
    shift,
    localText(from, timezone),
    localText(to, timezone),
    primary?.name ?? '-',
    backup?.name ?? '-',
  ]);
  const free = gaps.map(({ rotas, from, to }) => {
    const zone = zones.get(rotas[0] ?? '');
    return [rotas.join(', '), localText(from, zone), localText(to, zone)];
  });
  return [
    rows.length === 0 ? 'Nobody is on duty.\n' : tableText(['rota', 'shift', 'from', 'to', 'first', 'second'], rows),
    free.length === 0
      ? 'No gap: whenever alerts are told to whoever is on duty, somebody is.\n'
      : `\nAlerts would find nobody on duty:\n${tableText(['rotas', 'from', 'to'], free)}`,
  ].join('');
}

/** As clocks there show it, without the zone: `2026-07-03 20:00`. */
function localText(ms: number, timezone: string | undefined): string {
  if (timezone === undefined) return timeText(ms);
  return new Date(localMsAt(timezone, ms)).toISOString().slice(0, 16).replace('T', ' ');
}

interface RoutesOptions {
  readonly setup?: string;
}

/** Who is told of which alerts, in words. */
export const addRoutes: AddCommand = (program, context, finish) => {
  onServer<RoutesOptions>(
    program
      .command('routes')
      .description('which alerts are told to whom')
      .command('show')
      .description('the tree of routes in words, with the ladders that hang on them')
      .option('--setup <folder>', 'of a folder of files that are proposed; left out: of what is in force'),
    context,
    finish,
    async (server, options) => {
      const { setup: folder } = options;
      if (folder !== undefined) {
        if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
          throw new UsageError(`--setup: ${folder} is no folder`);
        }
        const { setup } = readNotifyFiles(folder);
        show(context, options, { routes: setup.routes, ladders: setup.ladders }, routesText(setup));
        return 0;
      }
      const { body } = await server.call('GET /notify/setup');
      const setup = 'setup' in body ? body.setup : undefined;
      const { routes = [], ladders = [] } = setup ?? {};
      show(context, options, { routes, ladders }, setup === undefined ? NOBODY : routesText(setup));
      return 0;
    },
  );
};

const NOBODY = 'There is no setup: nobody is told of anything.\n';
