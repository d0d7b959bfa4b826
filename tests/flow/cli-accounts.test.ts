import { mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ADMIN_PASSWORD, type Brink, plainSite, publish, startBrink } from '../support/brink.ts';
import { brinkJson, runBrinkCli, runBrinkProcess } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';

const limits = { depth: { metric: 'v', levels: { red: { above: 40 } } } };

async function started(): Promise<{ brink: Brink; data: string }> {
  const data = temporaryFolder();
  return { brink: await startBrink(plainSite(1, limits), { data }), data };
}

async function signIn(brink: Brink, username: string, password: string): Promise<{ status: number; role?: string }> {
  const response = await fetch(`${brink.app.http}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password }),
  });
  const { role } = (await response.json()) as { role?: string };
  return { status: response.status, ...(role === undefined ? {} : { role }) };
}

describe('brink user', () => {
  test('a user is added, signs in, gets another role and password, and is removed', async () => {
    const { brink, data } = await started();
    const added = await brinkJson<{ password: string }>(
      'user',
      'add',
      'wang.min',
      '--role',
      'operator',
      '--data',
      data,
    );
    expect(added).toMatchObject({ username: 'wang.min', role: 'operator', mustChangePassword: true });
    expect(await signIn(brink, 'wang.min', added.password)).toEqual({ status: 200, role: 'operator' });

    const promoted = await runBrinkCli(['user', 'set-role', 'wang.min', 'engineer', '--data', data]);
    expect(promoted).toEqual({ status: 0, stdout: 'User wang.min is engineer now.\n', stderr: '' });
    const piped = ['user', 'set-password', 'wang.min', '--password-stdin', '--data', data];
    const changed = await runBrinkProcess(piped, 'a long pass word\n');
    expect(changed).toEqual({ status: 0, stdout: 'Password of wang.min changed.\n', stderr: '' });
    expect(await signIn(brink, 'wang.min', 'a long pass word')).toEqual({ status: 200, role: 'engineer' });
    expect((await signIn(brink, 'wang.min', added.password)).status).toBe(401);

    const listed = await runBrinkCli(['user', 'list', '--data', data]);
    expect(listed.stdout).toMatch(/^user {6}role {6}last sign-in.*\nadmin .*\nwang\.min {2}engineer {2}20\d\d-/);
    expect(await brinkJson('user', 'remove', 'wang.min', '--data', data)).toEqual({ removed: 'wang.min' });
    expect((await signIn(brink, 'wang.min', 'a long pass word')).status).toBe(401);
    expect(await brinkJson('user', 'list', '--data', data)).toMatchObject([{ username: 'admin', role: 'admin' }]);
  });

  test('what the server refuses is told, with status 1', async () => {
    const { data } = await started();
    const refused = await runBrinkProcess(['user', 'remove', 'admin', '--data', data]);
    expect(refused).toEqual({ status: 1, stdout: '', stderr: 'The last administrator must stay\n' });
    const json = await runBrinkCli(['user', 'remove', 'nobody', '--json', '--data', data]);
    expect([json.status, JSON.parse(json.stdout).problem.code]).toEqual([1, 'unknown-user']);
    const short = await runBrinkCli(
      ['user', 'add', 'a b', '--role', 'viewer', '--password-stdin', '--data', data],
      'no',
    );
    expect(short.status).toBe(1);
    expect(short.stderr).toMatch(/\/username: .*\n {2}\/password: /);
  });
});

describe('brink token', () => {
  test('a token is made, works from elsewhere by its role alone, and is revoked', async () => {
    const { brink, data } = await started();
    const made = await brinkJson<{ id: string; token: string }>(
      ...['token', 'create', 'gateway', '--role', 'viewer', '--expires-in-days', '1.5', '--data', data],
    );
    expect(made).toMatchObject({ name: 'gateway', role: 'viewer', createdBy: 'local:cli' });
    const elsewhere = (...args: string[]) =>
      runBrinkProcess([...args, '--url', brink.app.http], '', { BRINK_TOKEN: made.token });
    expect((await elsewhere('device', 'list')).stdout).toMatch(
      /^device {2}profile .*\ndev-1 {3}plain {4}offline {2}never/,
    );
    const refused = await elsewhere('device', 'remove', 'dev-1');
    expect(refused).toEqual({ status: 1, stdout: '', stderr: 'Your role does not allow this\n' });

    const list = await runBrinkCli(['token', 'list', '--data', data]);
    expect(list.stdout).toContain(`${made.id}  viewer`);
    expect(list.stdout).not.toContain(made.token);
    await brinkJson('token', 'remove', made.id, '--data', data);
    const gone = await elsewhere('device', 'list');
    expect([gone.status, gone.stderr]).toEqual([1, 'The token is unknown or has expired\n']);
  });
});

describe('brink device', () => {
  test('a device behind a gateway is commissioned without a secret', async () => {
    const { data } = await started();
    const where = ['--profile', 'plain', '--point', 'behind', '--area', 'town', '--data', data];
    const added = await runBrinkCli(['device', 'add', 'gauge-8', '--no-secret', ...where]);
    expect(added).toEqual({ status: 0, stdout: 'Device gauge-8 commissioned.\n', stderr: '' });
    const shown = await runBrinkCli(['device', 'show', 'gauge-8', '--data', data]);
    expect(shown.stdout).toContain('has no secret');
  });

  test('a device is commissioned, watched at once, gets another secret, and is removed', async () => {
    const { brink, data } = await started();
    const live = await brink.live();
    const added = await brinkJson<{ secret: string }>(
      ...['device', 'add', 'gauge-7', '--profile', 'plain', '--point', 'culvert', '--area', 'town'],
      ...['--name-zh', '涵洞', '--location', '108.75,29.52', '--data', data],
    );
    expect(added.secret.length).toBeGreaterThanOrEqual(32);
    const twice = await runBrinkCli(['device', 'add', 'gauge-7', '--profile', 'plain', '--data', data]);
    expect([twice.status, twice.stderr]).toEqual([1, 'There is already a device gauge-7.\n']);

    const gauge = await brink.device('gauge-7', { password: added.secret });
    await publish(gauge, { v: 10 });
    const shown = await runBrinkCli(['device', 'show', 'gauge-7', '--data', data]);
    expect(shown.stdout).toMatch(
      /^gauge-7: online, connected, last heard 20.*, has a secret\nprofile: plain\npoints:\n/,
    );
    expect(shown.stdout).toContain('      zh: 涵洞');
    expect(shown.stdout).not.toContain(added.secret);
    const document = { rules: limits };
    expect((await brink.call('PUT', '/points/culvert/thresholds', document, { 'if-match': '"0"' })).status).toBe(200);
    await publish(gauge, { v: 41 });
    await until('the alert', () => live.events().some(({ alert }) => alert.point === 'culvert'));

    const again = await runBrinkCli(['device', 'set-secret', 'gauge-7', '--secret-stdin', '--data', data], 'by hand\n');
    expect(again).toEqual({ status: 0, stdout: 'Device gauge-7 has a new secret.\n', stderr: '' });
    await until('the old connection to end', () => !gauge.connected);
    await expect(brink.device('gauge-7', { password: added.secret })).rejects.toThrow();
    const reconnected = await brink.device('gauge-7', { password: 'by hand' });
    expect(await brinkJson<object>('device', 'show', 'gauge-7', '--data', data)).toMatchObject({
      points: ['culvert'],
      definition: { points: [{ id: 'culvert', name: { zh: '涵洞' }, location: [108.75, 29.52] }] },
    });

    await brinkJson('device', 'remove', 'gauge-7', '--data', data);
    await until('its connection to end', () => !reconnected.connected);
    expect((await brink.call('GET', '/points/culvert')).status).toBe(404);
    const unknown = await runBrinkCli(['device', 'show', 'gauge-7', '--data', data]);
    expect([unknown.status, unknown.stderr]).toEqual([1, 'There is no such device: gauge-7\n']);
  });

  test('what a message would yield is said, and why not; nothing of it is kept', async () => {
    const { brink, data } = await started();
    const file = join(temporaryFolder(), 'message.json');
    writeFileSync(file, '{"ts": "2026-07-01T10:00:00Z", "values": {"v": 12.5}}');
    const topic = ['--topic', 'telemetry/new-1', '--data', data];
    expect(await runBrinkCli(['device', 'decode', file, '--profile', 'plain', ...topic])).toEqual({
      status: 0,
      stdout:
        'plain (native)\nof new-1\nfield  value  unit  time                      quality\n' +
        'v      12.5   cm    2026-07-01T10:00:00.000Z  good\n',
      stderr: '',
    });
    const guess = await brinkJson<{ trials: { profile: string }[] }>('device', 'decode', file, ...topic);
    expect(guess.trials[0]?.profile).toBe('plain');
    writeFileSync(file, '7E 7E');
    const unread = await runBrinkCli(['device', 'decode', file, ...topic]);
    expect([unread.status, unread.stdout]).toEqual([
      1,
      expect.stringMatching(/^No kind of device reads it: not-json, /),
    ]);
    const bytes = await runBrinkCli(['device', 'decode', file, '--hex', '--topic', 'elsewhere/1', '--data', data]);
    expect([bytes.status, bytes.stdout]).toEqual([
      1,
      'No kind of device reads it: messages of this topic are not read.\n',
    ]);
    expect((await brinkJson<object[]>('device', 'list', '--data', data)).length).toBe(1);
    expect(((await (await brink.call('GET', '/quarantine')).json()) as { items: object[] }).items).toEqual([]);
  });

  test('what does not fit the site is refused with the reason', async () => {
    const { data } = await started();
    const where = ['--point', 'pt-1', '--area', 'nowhere', '--data', data];
    const refused = await runBrinkCli(['device', 'add', 'x', '--profile', 'plane', ...where]);
    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(/^The parts of the site do not fit together\n/);
    expect(refused.stderr).toMatch(/profile: found "plane", expected a profile that exists: plain\n/);
    expect(refused.stderr).toMatch(/points\/0\/area: found "nowhere"/);
    expect(refused.stderr).toMatch(/points\/0\/id: found "pt-1", expected a point id that is free/);
  });
});

describe('without a running server', () => {
  test('the command starts it for itself, and lets go of the folder afterwards', async () => {
    const { brink, data } = await started();
    await brink.close();
    const byProcess = await runBrinkProcess(['user', 'add', 'li', '--role', 'viewer', '--json', '--data', data]);
    const added = JSON.parse(byProcess.stdout) as { password: string };
    const secret = (await brinkJson<{ secret: string }>('device', 'set-secret', 'dev-1', '--data', data)).secret;
    const again = await brink.restart();
    expect((await signIn(again, 'li', added.password)).status).toBe(200);
    expect((await signIn(again, 'admin', ADMIN_PASSWORD)).status).toBe(200);
    expect((await again.device('dev-1', { password: secret })).connected).toBe(true);
    expect(statSync(join(data, 'server.json')).mode & 0o777).toBe(0o600);
  });

  test('what a crash left behind is not taken for a server', async () => {
    const { brink, data } = await started();
    await brink.close();
    writeFileSync(join(data, 'server.json'), JSON.stringify({ http: brink.app.http, token: 'old', pid: 1 }));
    expect(await brinkJson('device', 'list', '--data', data)).toMatchObject([{ id: 'dev-1' }]);
  });

  test('a folder without data is not filled with new data', async () => {
    const empty = mkdtempSync(join(temporaryFolder(), 'typo-'));
    const result = await runBrinkProcess(['user', 'list', '--data', empty]);
    expect([result.status, result.stdout]).toEqual([1, '']);
    expect(result.stderr).toContain('found no data of Brink, expected the data folder of a server');
  });

  test('nor is a server elsewhere that does not answer waited for', async () => {
    const { brink } = await started();
    await brink.close();
    const result = await runBrinkCli(['user', 'list', '--url', brink.app.http, '--token', 'x']);
    expect(result.status).toBe(1);
    expect(result.stderr).toMatch(/^no Brink answers at http:.*ECONNREFUSED/);
  });
});

describe('wrong usage is status 2', () => {
  test.each([
    [['user', 'add', 'li']],
    [['user', 'add', 'li', '--role', 'boss']],
    [['user', 'set-role', 'li', 'boss']],
    [['user', 'frobnicate']],
    [['token', 'create', 'x', '--role', 'viewer', '--expires-in-days', '-1']],
    [['token', 'remove']],
    [['device', 'add', 'x']],
    [['device', 'add', 'x', '--profile', 'p', '--point', 'y']],
    [['device', 'add', 'x', '--profile', 'p', '--area', 'y']],
    [['device', 'add', 'x', '--profile', 'p', '--point', 'y', '--area', 'z', '--location', '200,1']],
    [['backup']],
    [['user', 'list', '--url', 'http://127.0.0.1:1']],
    [['user', 'list', '--url', 'brink.example', '--token', 'x']],
    [['user', 'list', '--url', 'http://127.0.0.1:1', '--token', 'x', '--data', 'y']],
    [['user', 'list', '--token', 'x']],
    [['export', '--out']],
    [['apply', 'now']],
  ])('%j', async (args) => {
    const { status, stdout, stderr } = await runBrinkCli(args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).not.toBe('');
  });
});
