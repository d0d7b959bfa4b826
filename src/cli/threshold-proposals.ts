import type { Proposal, Proposed } from '../wire/proposals.ts';
import { type AddCommand, show } from './context.ts';
import { readList } from './lists.ts';
import { onServer } from './server-command.ts';
import { tableText, timeText } from './table.ts';

const POINTS_SHOWN_MAX = 3;

/** What to say of a change that waits for a second person; undefined when it is in force. */
export function proposedText(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('proposal' in body)) return undefined;
  const { id } = (body as Proposed).proposal;
  return `Nothing has changed yet: somebody else must approve it, with brink thresholds approve ${id}\n`;
}

export const addProposals: AddCommand = (thresholds, context, finish) => {
  onServer<{ readonly all?: boolean }>(
    thresholds
      .command('proposals')
      .description('changes that wait for a second person')
      .option('--all', 'also those that have been decided on'),
    context,
    finish,
    async (server, options) => {
      const state = options.all === true ? 'all' : undefined;
      const proposals = await readList(server, 'GET /thresholds/proposals', { query: { state } });
      const rows = proposals.map(({ id, state, author, at, reason, outdated, points }) => [
        id,
        outdated ? 'outdated' : state,
        timeText(at),
        author,
        points.slice(0, POINTS_SHOWN_MAX).join(', ') +
          (points.length > POINTS_SHOWN_MAX ? ` +${points.length - POINTS_SHOWN_MAX}` : ''),
        reason,
      ]);
      const text = tableText(['id', 'state', 'made', 'by', 'points', 'reason'], rows);
      show(context, options, proposals, text === '' ? 'Nothing waits for approval.\n' : text);
      return 0;
    },
  );

  onServer(
    thresholds.command('proposal <id>').description('one of them, with what it would change'),
    context,
    finish,
    async (server, options, [id = '']) => {
      const { body: proposal } = await server.call('GET /thresholds/proposals/{id}', { path: { id } });
      show(context, options, proposal, proposalText(proposal));
      return 0;
    },
  );

  const decisions = [
    { name: 'approve', text: 'put a proposal of somebody else in force', done: 'approved; it is in force' },
    { name: 'reject', text: 'reject a proposal of somebody else, and say why', done: 'rejected' },
    { name: 'withdraw', text: 'take back a proposal of one’s own', done: 'withdrawn' },
  ] as const;
  for (const { name, text, done } of decisions) {
    const command = thresholds.command(`${name} <id>`).description(text);
    const note = ['--note <text>', 'what to write down'] as const;
    if (name === 'reject') command.requiredOption(...note);
    else command.option(...note);
    onServer<{ readonly note?: string }>(command, context, finish, async (server, options, [id = '']) => {
      const { note = '' } = options;
      const answer = await server.call(`POST /thresholds/proposals/{id}/${name}`, { path: { id }, body: { note } });
      show(context, options, answer.body, `${id} ${done}.\n`);
      return 0;
    });
  }
};

function proposalText({ state, outdated, author, at, reason, decidedBy, note, items, expiresAt }: Proposal): string {
  const lines = [
    `${reason}`,
    `${state}${outdated ? ', but outdated' : ''}; by ${author}, ${timeText(at)}; open until ${timeText(expiresAt)}`,
    ...(decidedBy === null ? [] : [`decided by ${decidedBy}${note === null ? '' : `: ${note}`}`]),
  ];
  for (const { point, revision, made, changes, weakens } of items) {
    lines.push(`${point}, from revision ${revision}${made === null ? '' : `, in force as ${made}`}`);
    for (const { path, before, after } of changes) {
      lines.push(`    ${path}: ${JSON.stringify(before) ?? '–'} -> ${JSON.stringify(after) ?? '–'}`);
    }
    for (const { rule, level, change } of weakens)
      lines.push(`    ! ${level} of ${rule} is harder to reach (${change})`);
  }
  return `${lines.join('\n')}\n`;
}
