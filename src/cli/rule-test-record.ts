import { existsSync, writeFileSync } from 'node:fs';
import { type AddCommand, show, UsageError } from './context.ts';
import { readList } from './lists.ts';
import { onServer } from './server-command.ts';
import { counted, tableText, timeText } from './table.ts';

interface RecordOptions {
  readonly from: string;
  readonly to: string;
  readonly title?: string;
  readonly note?: string;
  readonly keep?: string;
  readonly out?: string;
  readonly yes?: boolean;
}

/** Lessons: rule tests made of real history, which `check` runs. */
export const addRuleTest: AddCommand = (program, context, finish) => {
  onServer<RecordOptions>(
    program
      .command('rule-test <point>')
      .description('make a rule test of a period of real history; without --out it goes to standard output')
      .requiredOption('--from <time>', 'from, while all is calm: ISO 8601 with a time zone, or ms')
      .requiredOption('--to <time>', 'to')
      .option('--title <text>', 'what the test is called')
      .option('--note <text>', 'the lesson, written above the test')
      .option('--keep <name>', 'keep it at the server too, for export')
      .option('--out <file>', 'the file to write, such as thresholds/lesson.test.yaml')
      .option('--yes', 'write over a file that is there'),
    context,
    finish,
    async (server, options, [point = '']) => {
      const { from, to, title, note, keep, out } = options;
      if (out !== undefined && existsSync(out) && options.yes !== true) {
        throw new UsageError(`--out: ${out} is there already; --yes writes over it`);
      }
      const body = { from, to, title, note, keep };
      const path = { id: point };
      const { body: recorded } = await server.call('POST /points/{id}/thresholds/rule-test', { path, body });
      if (out !== undefined) writeFileSync(out, recorded.text);
      const { log, kept } = recorded;
      const summary = [
        ...log.map((line) => `  ${line}`),
        `${counted(log.length, 'change')}, written to ${out}${kept === null ? '' : `, kept as ${kept}`}`,
      ].join('\n');
      show(context, options, recorded, out === undefined ? recorded.text : `${summary}\n`);
      return 0;
    },
  );

  const tests = program.command('rule-tests').description('the rule tests that are kept at the server');
  onServer<{ readonly point?: string }>(
    tests.command('list').description('which there are').option('--point <id>', 'of this point'),
    context,
    finish,
    async (server, options) => {
      const kept = await readList(server, 'GET /rule-tests', { query: { point: options.point } });
      const rows = kept.map(({ name, point, author, at }) => [name, point, timeText(at), author]);
      const text = tableText(['name', 'point', 'kept', 'by'], rows);
      show(context, options, kept, text === '' ? 'None is kept.\n' : text);
      return 0;
    },
  );
  onServer(
    tests.command('show <name>').description('the text of one'),
    context,
    finish,
    async (server, options, [name = '']) => {
      const { body } = await server.call('GET /rule-tests/{name}', { path: { name } });
      show(context, options, body, body.text);
      return 0;
    },
  );
  onServer(
    tests.command('remove <name>').description('remove one'),
    context,
    finish,
    async (server, options, [name = '']) => {
      await server.call('DELETE /rule-tests/{name}', { path: { name } });
      show(context, options, { removed: name }, `${name} removed.\n`);
      return 0;
    },
  );
};
