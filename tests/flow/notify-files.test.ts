import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { plainSite, startBrink } from '../support/brink.ts';
import { runBrinkCli } from '../support/cli.ts';
import { OFFICE } from '../support/deciding.ts';
import { temporaryFolder } from '../support/temporary.ts';

const SITE = plainSite(1, { high: { metric: 'v', levels: { red: { above: 50 } } } });
const { people, teams, rotas } = OFFICE;
const CHANNELS = [{ id: 'robot', kind: 'wecom' }];
const ROUTES = {
  routes: [{ id: 'all', to: [{ team: 'duty' }, { channel: 'robot' }], group: { by: ['area'], wait: '1m' } }],
};

function folderWith(files: Readonly<Record<string, unknown>>): string {
  const folder = temporaryFolder();
  for (const [name, value] of Object.entries(files)) writeFileSync(join(folder, name), stringify(value));
  return folder;
}

test('files are checked, applied and exported, and what is exported is applied as the same', async () => {
  const brink = await startBrink(SITE);
  const made = await brink.call('POST', '/tokens', { name: 'terminal', role: 'engineer' });
  const { token } = (await made.json()) as { token: string };
  const run = (...args: string[]) => runBrinkCli(['notify', ...args, '--url', brink.app.http, '--token', token]);

  const folder = folderWith({
    'people.yaml': { people: people.map((person) => ({ ...person, by: [] })), teams },
    'rota.yaml': { rotas, calendar: { off: ['2026-10-01'], working: ['2026-10-10'] } },
    'routes.yaml': ROUTES,
    'channels.yaml': { channels: CHANNELS },
  });
  expect((await runBrinkCli(['notify', 'check', folder])).status).toBe(0);
  const applied = await run('apply', folder, '--reason', '汛期');
  expect(applied.status, applied.stderr).toBe(0);
  expect(applied.stdout).toBe('channel robot lacks its secret key\nRevision 1 is in force.\n');
  const out = join(temporaryFolder(), 'out');
  mkdirSync(out);
  expect((await run('export', out)).stdout).toBe(`Revision 1 is in ${out}.\n`);
  expect(readdirSync(out).sort()).toEqual(['channels.yaml', 'people.yaml', 'rota.yaml', 'routes.yaml']);
  expect(readFileSync(join(out, 'routes.yaml'), 'utf8')).not.toContain('goOn');
  const of = async (revision: number) =>
    (await brink.get<{ setup: unknown }>(`/notify/setup/revisions/${revision}`)).setup;
  writeFileSync(join(out, 'more.yaml'), stringify({ teams: [{ id: 'night', name: '夜班', members: ['li'] }] }));
  expect((await run('apply', out, '--revision', '1')).status).toBe(0);
  expect(await of(2)).toMatchObject({ ...((await of(1)) as object), teams: [{ id: 'night' }, { id: 'duty' }] });
  const lost = await run('apply', out, '--revision', '1');
  expect(lost.status).toBe(1);
  expect((await run('explain', '--point', 'pt-1', '--setup', folder)).stdout).toContain('by robot (route all)');
});

test('everything wrong in the files is said with its file and line', async () => {
  const folder = folderWith({
    'channels.yaml': { channels: [{ id: 'robot', kind: 'wecom' }] },
    'one.yaml': { teams: [{ id: 'duty', name: 'd' }] },
    'two.yaml': { teams: [{ id: 'night', name: 'n', members: ['gone'] }] },
    'routes.yaml': { routes: [{ id: 'all', to: [{ channel: 'gone' }] }] },
  });
  const { status, stdout } = await runBrinkCli(['notify', 'check', folder]);
  expect(status).toBe(1);
  const lines = stdout.split('\n');
  expect(lines[0]).toMatch(/two\.yaml:\d+: teams\[0\]\.members\[0\]: found "gone", expected a person of this setup/);
  expect(lines[1]).toMatch(
    /routes\.yaml:\d+: routes\[0\]\.to\[0\]\.channel: found "gone", expected a channel of this setup: robot/,
  );
  writeFileSync(join(folder, 'two.yaml'), 'teams: [{ id: 1 }]\nfolks: []\n');
  const misread = await runBrinkCli(['notify', 'check', folder]);
  expect(misread.stdout).toContain('the unknown key "folks"');
  expect((await runBrinkCli(['notify', 'check', join(folder, 'none')])).stdout).toContain('found no file');
});
