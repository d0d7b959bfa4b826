import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Alert } from '../../src/model/alert.ts';
import { explanationSchema, peoplePreviewSchema } from '../../src/wire/telling.ts';
import { plainSite, publish, startBrink } from '../support/brink.ts';
import { runBrinkCli } from '../support/cli.ts';
import { OFFICE } from '../support/deciding.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';

const RULES = { depth: { metric: 'v', levels: { yellow: { above: 10 }, red: { above: 20 } } } };
const SETUP = {
  ...OFFICE,
  ladders: [{ id: 'ladder', steps: [{ after: '5m', to: [{ rota: 'rota', slot: 'backup' }], by: ['call'] }] }],
  routes: [{ id: 'all', to: [{ rota: 'rota' }, { channel: 'robot' }], ladder: 'ladder' }],
};

test('who would get an alert, and who would have been told of those there were, by a setup that is proposed', async () => {
  const brink = await startBrink(plainSite(1, RULES));
  const device = await brink.device('dev-1');
  await publish(device, { v: 25 });
  const alerts = () => brink.get<{ items: Alert[] }>('/alerts?state=all');
  await until('the alert', async () => (await alerts()).items.length === 1);
  const [alert] = (await alerts()).items;
  await publish(device, { v: 1 });
  await until('its end', async () => (await alerts()).items[0]?.state === 'cleared');

  const none = await brink.call('POST', '/notify/explain', { point: 'pt-1' });
  expect([none.status, await none.json()]).toMatchObject([409, { code: 'no-notify-setup' }]);
  const wrong = { ...SETUP, routes: [{ id: 'all', to: [{ person: 'gone' }] }] };
  const refused = await brink.call('POST', '/notify/explain', { point: 'pt-1', setup: wrong });
  expect([refused.status, await refused.json()]).toMatchObject([
    422,
    { code: 'notify-setup-invalid', errors: [{ path: '/setup/routes/0/to/0/person', code: 'not-in-setup' }] },
  ]);

  for (const which of [{ alert: alert?.id }, { point: 'pt-1' }, { area: 'town' }]) {
    const asked = await brink.call('POST', '/notify/explain', { ...which, setup: SETUP });
    const found = explanationSchema.parse(await asked.json());
    expect(found.told.map(({ channel, to }) => [channel, to])).toEqual([
      ['sms', { person: 'zhang' }],
      ['robot', { group: true }],
      ['call', { person: 'li' }],
    ]);
    expect(found.stages[0]).toMatchObject({ code: 'route', route: 'all', verdict: 'taken' });
  }

  const asked = await brink.call('POST', '/notify/preview', { days: 1, setup: SETUP });
  const preview = peoplePreviewSchema.parse(await asked.json());
  expect(preview.moments.flatMap(({ intents }) => intents.map(({ reason, channel }) => [reason, channel]))).toEqual([
    ['raised', 'sms'],
    ['raised', 'robot'],
    ['cleared', 'sms'],
    ['cleared', 'robot'],
  ]);
  expect(preview.persons).toMatchObject([{ person: 'zhang', messages: 2 }]);

  // The same from a terminal.
  const file = join(temporaryFolder(), 'setup.json');
  writeFileSync(file, JSON.stringify(SETUP));
  const made = await brink.call('POST', '/tokens', { name: 'terminal', role: 'operator' });
  const { token } = (await made.json()) as { token: string };
  const run = (...args: string[]) => runBrinkCli(['notify', ...args, '--url', brink.app.http, '--token', token]);
  const explained = await run('explain', '--point', 'pt-1', '--setup', file);
  expect(explained).toMatchObject({ status: 0, stderr: '' });
  expect(explained.stdout).toContain('raised: zhang by sms (route all)');
  expect(explained.stdout).toContain('step: li by call (route all, step 1)');
  const previewed = await run('preview', '--days', '1', '--setup', file);
  expect(previewed).toMatchObject({ status: 0, stderr: '' });
  expect(previewed.stdout).toMatch(/cleared +red +sms +zhang/);
  expect(await run('explain')).toMatchObject({ status: 2 });
  writeFileSync(file, '{"routes": [{"id": "a b"}], "x": 1}');
  const misread = await run('explain', '--point', 'pt-1', '--setup', file);
  expect(misread.status).toBe(1);
  expect(misread.stderr).toContain('unknown key "x"');
});
