import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readFile } from '../../src/spreadsheet/read-file.ts';
import { plainSite, publish, startBrink } from '../support/brink.ts';
import { runBrinkCli } from '../support/cli.ts';
import { startSmsOffice } from '../support/sms-office.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';

/** The sheet of a night: each orange and red alert, each person, every state, and no cell that is empty. */

const SITE = plainSite(3, {
  high: { metric: 'v', levels: { yellow: { above: 10 }, orange: { above: 20 }, red: { above: 50 } } },
});
const TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/;

const zoned = (title: string) => `${title}（Asia/Shanghai）`;

type Row = Readonly<Record<string, string>>;

async function rowsOf(bytes: Uint8Array): Promise<Row[]> {
  const [table] = await readFile(Uint8Array.from(bytes), 'xlsx');
  const [heading = [], ...rows] = table?.rows ?? [];
  for (const row of rows) {
    expect(row.length).toBe(heading.length);
    for (const cell of row) expect(String(cell ?? '').trim()).not.toBe('');
  }
  return rows.map((row) => Object.fromEntries(heading.map((title, column) => [String(title), String(row[column])])));
}

test('who was told of what, with every proof, is a sheet without an empty cell, in the language and for the role that asks', async () => {
  const { gateway, setup } = await startSmsOffice('=张三', [
    // What is orange has no route at all.
    { id: 'red', match: { levels: ['red'] }, to: [{ person: 'zhang' }, { channel: 'robot' }] },
  ]);
  const brink = await startBrink(SITE, { flags: ['--notify-allow', '127.0.0.1'] });
  const made = await brink.call('PUT', '/notify/setup', { revision: 0, setup, reason: '汛期值班' });
  expect([made.status, await made.clone().text()]).toEqual([200, expect.any(String)]);

  await publish(await brink.device('dev-1'), { v: 60 });
  await publish(await brink.device('dev-2'), { v: 30 });
  await publish(await brink.device('dev-3'), { v: 15 });
  const alerts = await until('the alerts', async () => {
    const found = (await brink.alerts()).filter(({ kind }) => kind === 'levels');
    return found.length === 3 ? found : undefined;
  });
  const red = alerts.find(({ level }) => level === 'red');
  const told = async () =>
    (await brink.get<{ items: { channel: string; state: string }[] }>(`/alerts/${red?.id}/told`)).items;
  await until(
    'both to be accepted',
    async () => (await told()).filter(({ state }) => state === 'accepted').length === 2,
  );

  const sheet = async (query = '') => {
    const answer = await brink.call('GET', `/notify/told/sheet${query}`);
    expect([answer.status, answer.headers.get('content-disposition')]).toEqual([
      200,
      'attachment; filename="brink-told.xlsx"',
    ]);
    return rowsOf(new Uint8Array(await answer.arrayBuffer()));
  };
  const of = (rows: readonly Row[], channel: string) => rows.find((row) => row.渠道 === channel);
  const ours = (rows: readonly Row[]) => rows.filter((row) => alerts.some(({ id }) => id === row.报警编号));

  const first = ours(await sheet('?lang=zh'));
  expect(first).toHaveLength(3);
  expect(of(first, 'sms')).toMatchObject({
    等级: '红',
    确认人: '未确认',
    [zoned('确认时间')]: '—',
    // Reading takes off the guard that keeps a spreadsheet program from running it.
    通知对象: '=张三',
    通知原因: '报警',
    [zoned('报警时间')]: expect.stringMatching(TIME),
    [zoned('发起时间')]: expect.stringMatching(TIME),
    [zoned('网关接受')]: expect.stringMatching(TIME),
    [zoned('送达')]: '未收到回执',
    [zoned('应答')]: '未应答',
    [zoned('失败')]: '—',
  });
  expect(of(first, 'robot')).toMatchObject({
    通知对象: '群',
    [zoned('送达')]: '此渠道无回执',
    [zoned('应答')]: '未经此渠道应答',
  });
  expect(of(first, '—')).toMatchObject({ 等级: '橙', 通知对象: '无人', 通知原因: '没有通知任何人' });

  // He answers by SMS: the proof is in his row, and he is whom all rows of the alert name.
  const sms = gateway.taken[0];
  const { code } = JSON.parse(sms?.query.TemplateParam ?? '{}') as { readonly code: string };
  const callback = await until('the address of the channel', async () => {
    const { items } = await brink.get<{ items: { id: string; callback: string | null }[] }>('/notify/channels');
    return items.find(({ id }) => id === 'sms')?.callback;
  });
  const reply = [{ phone_number: '13800000001', content: code, send_time: '2026-07-03 02:15:00' }];
  const heard = await fetch(`${brink.app.http}/api/v1${callback}`, { method: 'POST', body: JSON.stringify(reply) });
  expect(heard.status).toBe(200);
  await until('the answer', async () => (await told()).some(({ state }) => state === 'answered'));
  const second = ours(await sheet('?lang=zh'));
  const answered = second.find((row) => row.渠道 === 'sms' && row.通知原因 === '报警');
  expect(answered).toMatchObject({ [zoned('应答')]: expect.stringMatching(TIME), 确认人: '=张三' });
  expect(of(second, 'robot')?.确认人).toBe('=张三');
  for (const row of second.filter(({ 通知原因 }) => 通知原因 === '已有人确认'))
    expect(row[zoned('应答')]).toBe('未要求');

  // Words of gateways are for engineers; the command writes what the API gives.
  const tokenOf = async (role: string) => {
    const answer = await brink.call('POST', '/tokens', { name: `a ${role}`, role });
    return ((await answer.json()) as { token: string }).token;
  };
  const file = join(temporaryFolder(), 'told.xlsx');
  const run = (token: string, ...more: string[]) =>
    runBrinkCli(['notify', 'told', '--xlsx', file, '--url', brink.app.http, '--token', token, ...more]);
  const viewer = await tokenOf('viewer');
  expect((await run(viewer, '--lang', 'en')).status).toBe(0);
  const english = await rowsOf(readFileSync(file));
  expect(english.find(({ channel }) => channel === 'robot')).toMatchObject({
    level: 'red',
    told: 'the group',
    'words of the gateway': 'shown to engineers',
  });
  expect((await run(viewer)).stderr).toContain('is there already');
  expect(of(first, 'robot')?.网关原话).not.toBe('仅工程师可见');

  expect(ours(await sheet('?lang=zh&from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z'))).toEqual([]);
  const wrong = await brink.call('GET', '/notify/told/sheet?from=2&to=1');
  expect(wrong.status).toBe(400);
});
