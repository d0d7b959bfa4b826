import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { plainSite, publish, startBrink } from '../support/brink.ts';
import { runBrinkCli } from '../support/cli.ts';
import { startSmsOffice } from '../support/sms-office.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';

/** Words are tried on alerts that were raised before anybody is told anything in them. */

const SITE = plainSite(2, { high: { metric: 'v', levels: { red: { above: 50 } } } });
const PROPOSED = [
  { for: 'alert', language: 'zh', title: '{level}！{point}', body: '{fact} {levelId} [{link}] {body}' },
  { for: 'situation', language: 'zh', title: '{count} 处', body: '{alerts}' },
];

test('what a message would say is seen on real alerts, by the words in force and by words that are proposed', async () => {
  const { server, setup } = await startSmsOffice('张三', []);
  const brink = await startBrink(SITE, { flags: ['--notify-allow', '127.0.0.1'] });
  await brink.call('PUT', '/notify/setup', { revision: 0, setup });
  await publish(await brink.device('dev-1'), { v: 60 });
  await publish(await brink.device('dev-2'), { v: 70 });
  const alerts = await until('both alerts', async () => {
    const found = (await brink.alerts()).filter(({ kind }) => kind === 'levels');
    return found.length === 2 ? found : undefined;
  });
  const [first] = alerts.map(({ id }) => id);
  const text = async (body: unknown) => {
    const answer = await brink.call('POST', '/notify/texts', body);
    const said = (await answer.json()) as { title?: string; body?: string; shown?: string | null };
    return { status: answer.status, ...said };
  };

  const plain = await text({ alerts: [first] });
  expect(plain).toMatchObject({ status: 200, kind: 'alert', shown: null, leftOut: 0 });
  expect(plain.title).toMatch(/^红色 .* v \d+ cm（限值 50 cm）$/);
  const proposed = await text({ alerts: [first], templates: PROPOSED });
  // What a message has nothing to say in is empty, and the usual words may stand among those of a template.
  expect(proposed.title).toMatch(/^红色！/);
  expect(proposed.body).toMatch(/（限值 50 cm） red \[\] 区域：/);
  const both = await text({ alerts: alerts.map(({ id }) => id), templates: PROPOSED, channel: 'robot' });
  expect(both).toMatchObject({ kind: 'situation', title: '2 处' });
  expect(both.shown).toContain('2 处');
  expect(await text({ alerts: [first], reason: 'cleared', language: 'en' })).toMatchObject({ kind: 'cleared' });
  expect(await text({ alerts: ['gone'] })).toMatchObject({ status: 404, code: 'unknown-alert' });
  expect(await text({ alerts: [first], channel: 'gone' })).toMatchObject({ status: 404, code: 'unknown-channel' });
  const wrong = [{ language: 'zh', title: '{levle}', body: 'x' }];
  const refused = { status: 422, code: 'notify-setup-invalid', errors: [{ path: '/templates/0/title' }] };
  expect(await text({ alerts: [first], templates: wrong })).toMatchObject(refused);
  const put = await brink.call('PUT', '/notify/setup', { revision: 1, setup: { ...setup, templates: wrong } });
  expect(await put.json()).toMatchObject({ errors: [{ path: '/setup/templates/0/title' }] });
  // Nothing was sent.
  expect(server.received).toEqual([]);

  const folder = join(temporaryFolder(), 'notify');
  mkdirSync(folder);
  writeFileSync(join(folder, 'texts.yaml'), JSON.stringify({ templates: PROPOSED }));
  const args = ['notify', 'text', '--alert', first ?? '', '--setup', folder];
  const made = await brink.call('POST', '/tokens', { name: 'li', role: 'operator' });
  const { token } = (await made.json()) as { token: string };
  const run = await runBrinkCli([...args, '--url', brink.app.http, '--token', token]);
  expect([run.status, run.stderr]).toEqual([0, '']);
  expect(run.stdout).toBe(`${proposed.title}\n${proposed.body}\n`);
});
