import type { Command } from 'commander';
import type { Answer } from '../wire/calls.ts';
import { type AddCommand, type CliContext, show } from './context.ts';
import { onServer } from './server-command.ts';
import { counted, tableText, timeText } from './table.ts';

type Rehearsal = Answer<'GET /notify/rehearsals/{id}'>;

interface RehearseOptions {
  readonly rota?: string;
  readonly people?: string;
}

/** Rehearsals (查岗): whoever is on duty is asked to answer, and who has is told. */
export function addRehearsals(notify: Command, context: CliContext, finish: Parameters<AddCommand>[2]): void {
  onServer<RehearseOptions>(
    notify
      .command('rehearse')
      .description('ask everyone on duty to answer, on each of his channels (查岗); no siren sounds')
      .option('--rota <id>', 'only who is on duty in this rota')
      .option('--people <ids>', 'instead: these people, ids with commas between'),
    context,
    finish,
    async (server, options) => {
      const { rota, people } = options;
      const ids = people?.split(',').flatMap((id) => id.trim() || []);
      const { body } = await server.call('POST /notify/rehearsals', { body: { rota, people: ids } });
      const text = `${rehearsalText(body)}Who has answered: brink notify rehearsal ${body.id}\n`;
      show(context, options, body, text);
      return 0;
    },
  );

  onServer(
    notify
      .command('rehearsal <id>')
      .description('who was reached by a rehearsal, and who has answered; ends with 1 while somebody has not'),
    context,
    finish,
    async (server, options, [id = '']) => {
      const { body } = await server.call('GET /notify/rehearsals/{id}', { path: { id } });
      show(context, options, body, rehearsalText(body));
      return body.counts.answered === body.counts.people ? 0 : 1;
    },
  );
}

function rehearsalText({ people, counts }: Rehearsal): string {
  const rows = people.map(({ person, reachedAt, answeredAt, messages }) => [
    person.name,
    messages.map(({ channel, state }) => `${channel} ${state}`).join(', ') || 'no channel reaches this person',
    reachedAt === null ? '-' : timeText(reachedAt),
    answeredAt === null ? '-' : timeText(answeredAt),
  ]);
  const { people: all, reached, answered, unreachable } = counts;
  const end = `${counted(all, 'person', 'people')}: ${reached} reached, ${answered} answered, ${unreachable} unreachable.\n`;
  return `${tableText(['who', 'by', 'reached', 'answered'], rows)}${end}`;
}
