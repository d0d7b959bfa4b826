import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { notifySetupSchema } from '../../src/model/notify/setup.ts';
import { readFile } from '../../src/spreadsheet/read-file.ts';
import { type Brink, plainSite, startBrink } from '../support/brink.ts';
import { runBrinkCli } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary.ts';

/** Contacts, days off and worked, turns and routes from a terminal and over the API, against a server that runs. */

const SITE = plainSite(1, { high: { metric: 'v', levels: { red: { above: 50 } } } });
const SETUP = {
  people: [
    { id: 'zhou', name: '周明', phone: '+8613800000001', note: '=1+1', by: ['sms'] },
    { id: 'wu', name: '吴静', phone: '13800000002', by: ['sms'] },
  ],
  teams: [{ id: 'leaders', name: '带班领导', members: ['zhou'] }],
  channels: [{ id: 'sms', kind: 'modem', name: '短信猫', settings: { host: '192.0.2.1', port: 4001 } }],
  rotas: [
    {
      id: 'nights',
      name: '夜班',
      shifts: [{ id: 'night', hours: ['20:00', '08:00'] }],
      turn: 'day',
      from: '2026-01-01',
      order: [{ primary: 'zhou', backup: 'wu' }],
    },
  ],
  ladders: [{ id: 'call-out', name: '叫应', steps: [{ after: '3m', to: [{ team: 'leaders' }], by: ['sms'] }] }],
  routes: [
    {
      id: 'grave',
      name: '红色',
      match: { levels: ['red'] },
      to: [{ rota: 'nights', slot: 'primary' }],
      ladder: 'call-out',
      repeat: '10m',
      routes: [{ id: 'here', match: { areas: ['town'] }, to: [{ person: 'wu' }] }],
    },
  ],
};

async function startOffice() {
  const brink = await startBrink(SITE);
  const area = (await brink.get<{ items: { id: string }[] }>('/areas')).items[0]?.id;
  const setup = JSON.parse(JSON.stringify(SETUP).replace('"town"', JSON.stringify(area)));
  const made = await brink.call('PUT', '/notify/setup', { revision: 0, setup });
  expect([made.status, await made.clone().text()]).toEqual([200, expect.any(String)]);
  return brink;
}

const terminal =
  (brink: Brink, token: string) =>
  (...args: string[]) =>
    runBrinkCli([...args, '--url', brink.app.http, '--token', token]);

async function tokenOf(brink: Brink, role: string): Promise<string> {
  const answer = await brink.call('POST', '/tokens', { name: `a ${role}`, role });
  return ((await answer.json()) as { token: string }).token;
}

const shownSetup = async (brink: Brink) => {
  const { revision, setup } = await brink.get<{ revision: number; setup: unknown }>('/notify/setup');
  return { revision, setup: notifySetupSchema.parse(setup) };
};

test('a contact sheet goes out guarded, comes in row by row, and makes one revision or nothing', async () => {
  const brink = await startOffice();
  const run = terminal(brink, await tokenOf(brink, 'engineer'));
  const folder = temporaryFolder();
  const file = join(folder, 'people.csv');
  expect((await run('people', 'export', file)).status).toBe(0);
  const written = readFileSync(file, 'utf8');
  // What a spreadsheet program would run has an apostrophe before it.
  expect(written).toContain("'=1+1");
  expect(written).toContain("'+8613800000001");
  expect((await run('people', 'export', file)).status).toBe(2);
  expect((await run('people', 'import', file)).stdout).toContain('No difference.');

  const own = join(folder, 'own.csv');
  writeFileSync(own, '姓名,手机,班组\n周明,13900000009,带班领导\n李娜,13800000003,带班领导\n');
  const dry = await run('people', 'import', own, '--dry-run');
  expect(dry.status).toBe(0);
  expect(dry.stdout).toContain('B2  phone: +8613800000001 -> 13900000009');
  expect(dry.stdout).toContain('1 entry not in the file, and left as they are.');
  expect((await shownSetup(brink)).revision).toBe(1);
  const made = await run('people', 'import', own, '--yes', '--json');
  expect(JSON.parse(made.stdout)).toMatchObject({
    applied: true,
    revision: 2,
    rows: [
      { id: 'zhou', fate: 'changed' },
      { id: '李娜', fate: 'new' },
    ],
  });
  const { setup } = await shownSetup(brink);
  expect(setup.people.map(({ id, phone }) => [id, phone])).toEqual([
    ['zhou', '13900000009'],
    ['wu', '13800000002'],
    ['李娜', '13800000003'],
  ]);
  expect(setup.teams[0]?.members).toEqual(['zhou', '李娜']);
  expect(setup.people[0]?.by).toEqual(['sms']);

  // One wrong cell, and nothing of the file is done.
  writeFileSync(own, '姓名,手机,通知渠道\n赵六,13800000006,短信猫\n钱七,x,短信猫\n');
  const wrong = await run('people', 'import', own, '--yes');
  expect([wrong.status, wrong.stderr]).toEqual([1, 'Nothing was changed.\n']);
  expect(wrong.stdout).toMatch(/error {2}B3: /);
  expect((await shownSetup(brink)).revision).toBe(2);

  const engineer = await tokenOf(brink, 'engineer');
  const post = (query: string, text: string, type = 'text/csv') =>
    fetch(`${brink.app.http}/api/v1/notify/people/sheet?${query}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${engineer}`, 'content-type': type },
      body: text,
    });
  const good = '姓名,手机\n赵六,13800000006\n';
  const codeOf = async (answer: Response) => [answer.status, ((await answer.json()) as { code: string }).code];
  expect(await codeOf(await post('revision=1&reason=x', good))).toEqual([412, 'notify-lost-race']);
  expect(await codeOf(await post('', good))).toEqual([400, 'validation-failed']);
  expect(await codeOf(await post('reason=x', 'a,b\n1,2\n'))).toEqual([422, 'spreadsheet-unreadable']);
  expect(await codeOf(await post('reason=x', '姓名,手机\n钱七,x\n'))).toEqual([422, 'spreadsheet-invalid']);
  const viewer = terminal(brink, await tokenOf(brink, 'viewer'));
  expect((await viewer('people', 'export', join(folder, 'v.xlsx'))).status).toBe(1);
});

test('days off and worked come in as a sheet and as a list of events, and go out as XLSX', async () => {
  const brink = await startOffice();
  const run = terminal(brink, await tokenOf(brink, 'engineer'));
  const folder = temporaryFolder();
  const ics = join(folder, 'holidays.ics');
  const event = ['BEGIN:VEVENT', 'DTSTART;VALUE=DATE:20261001', 'DTEND;VALUE=DATE:20261003', 'SUMMARY:国庆节 假期'];
  writeFileSync(ics, ['BEGIN:VCALENDAR', ...event, 'END:VEVENT', 'END:VCALENDAR', ''].join('\r\n'));
  expect((await run('calendar', 'import', ics, '--yes')).stdout).toContain('Revision 2 is in force.');
  const csv = join(folder, 'days.csv');
  writeFileSync(csv, '日期,安排\n2026-10-02,平常\n2026-10-10,上班\n');
  expect((await run('calendar', 'import', csv, '--yes')).stdout).toContain('Revision 3 is in force.');
  expect((await shownSetup(brink)).setup.calendar).toEqual({ off: ['2026-10-01'], working: ['2026-10-10'] });
  const xlsx = join(folder, 'days.xlsx');
  expect((await run('calendar', 'export', xlsx, '--lang', 'en')).status).toBe(0);
  const [table] = await readFile(Uint8Array.from(readFileSync(xlsx)), 'xlsx');
  expect(table?.rows.map((row) => row.slice(0, 4))).toEqual([
    ['date', 'to', 'kind', 'weekday (read only)'],
    ['2026-10-01', null, 'off', 'Thu'],
    ['2026-10-10', null, 'working', 'Sat'],
  ]);
});

test('who is on duty when, when nobody is, and the routes in words', async () => {
  const brink = await startOffice();
  const run = terminal(brink, await tokenOf(brink, 'operator'));
  const rota = await run('rota', 'show', '--from', '2026-07-03T00:00:00+08:00', '--days', '1');
  expect([rota.status, rota.stderr]).toEqual([0, '']);
  expect(rota.stdout).toContain('nights  night  2026-07-03 20:00  2026-07-04 08:00  周明');
  // The step of the ladder has people; the route itself asks the rota alone, by day in vain.
  expect(rota.stdout).toContain('Alerts would find nobody on duty');
  expect(rota.stdout).toContain('nights  2026-07-03 08:00  2026-07-03 20:00');
  expect((await run('rota', 'show', '--days', '90')).status).toBe(2);
  const routes = await run('routes', 'show');
  expect(routes.stdout).toMatch(
    new RegExp(
      [
        '^红色 \\(grave\\): red',
        '  tells who is on duty in 夜班 \\(nights\\) \\(first\\)',
        '  again every 10m until somebody acknowledges it',
        '  climbs 叫应 \\(call-out\\):',
        '    1\\. 3m later, if nobody has answered: everybody of 带班领导 \\(leaders\\), by sms',
        '  of these, what the following take is told as they say:',
        '    here: in \\S+',
        '      tells 吴静 \\(wu\\)\n$',
      ].join('\n'),
    ),
  );
});
