import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Alert } from '../../src/model/alert.ts';
import { type Brink, plainSite, publish, startBrink, writeSite } from '../support/brink.ts';
import { runBrinkCli } from '../support/cli.ts';
import { freePort } from '../support/free-port.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';

/** What the console does, from a terminal: each command once, against a server that runs. */

const MINUTE = 60_000;
const RULES = { depth: { metric: 'v', latch: true, levels: { yellow: { above: 10 }, red: { above: 20 } } } };
const TEMPLATE = {
  id: 'plain-limit',
  name: { zh: '限值', en: 'Limit' },
  standard: 'none',
  source: {},
  verifiedBy: null,
  applies: { family: 'other', metric: 'v' },
  parameters: [{ id: 'limit', name: { zh: '限值', en: 'Limit' }, at: ['rules', 'top', 'levels', 'red', 'above'] }],
  document: { rules: { top: { metric: 'v', levels: { red: { above: 1 } } } } },
};

/** Runs a command in-process, with a token of its own name. */
function terminal(brink: Brink, token: string) {
  const run = async (...args: string[]) => {
    const {
      status,
      stdout: out,
      stderr: err,
    } = await runBrinkCli([...args, '--url', brink.app.http, '--token', token]);
    return { status, out, err };
  };
  return {
    run,
    async ok(...args: string[]): Promise<string> {
      const { status, out, err } = await run(...args);
      expect([status, status === 0 ? '' : err], args.join(' ')).toEqual([0, '']);
      return out;
    },
    async json<T>(...args: string[]): Promise<T> {
      const { out } = await run(...args, '--json');
      return JSON.parse(out) as T;
    },
  };
}

async function tokenOf(brink: Brink, name: string): Promise<string> {
  const made = await brink.call('POST', '/tokens', { name, role: 'engineer' });
  return ((await made.json()) as { token: string }).token;
}

const fileOf = (name: string, value: unknown): string => {
  const file = join(temporaryFolder(), name);
  writeFileSync(file, JSON.stringify(value));
  return file;
};

test('thresholds: shown, changed, compared, restored, proposed and approved; refusals end with 1, wrong usage with 2', async () => {
  const brink = await startBrink(plainSite(2, RULES), { flags: ['--second-approval', 'true'] });
  const li = terminal(brink, await tokenOf(brink, 'li'));
  const wang = terminal(brink, await tokenOf(brink, 'wang'));
  const tighter = { rules: { depth: { ...RULES.depth, deadband: 2 } } };
  const looser = { rules: { depth: { ...RULES.depth, levels: { red: { above: 30 } } } } };

  expect(await li.json('thresholds', 'show', 'pt-1')).toEqual({
    point: 'pt-1',
    revision: 1,
    document: { rules: RULES },
  });
  const put = await li.ok('thresholds', 'put', 'pt-1', fileOf('t.json', tighter), '--reason', 'wolf', '--yes');
  expect(put).toBe('+ /rules/depth/deadband: 2\nRevision 2 is in force.\n');
  expect(await li.ok('thresholds', 'put', 'pt-1', fileOf('t.json', tighter))).toBe('No difference.\n');
  expect(await li.ok('thresholds', 'compare', 'pt-1', '1', '2')).toBe('+ /rules/depth/deadband: 2\n');

  const list = fileOf('all.json', [{ point: 'pt-1', ...looser }]);
  expect(await li.ok('thresholds', 'put', 'pt-1', list, '--reason', 'steam', '--yes')).toContain(
    'somebody else must approve it',
  );
  const [proposal] = await li.json<{ id: string }[]>('thresholds', 'proposals');
  const id = proposal?.id ?? '';
  expect(await wang.ok('thresholds', 'proposal', id)).toContain('! red of depth is harder to reach (criterion)');
  expect(await li.run('thresholds', 'approve', id)).toMatchObject({ status: 1 });
  expect(await wang.ok('thresholds', 'approve', id, '--note', 'seen')).toBe(`${id} approved; it is in force.\n`);
  const revisions = await li.ok('thresholds', 'revisions', 'pt-1');
  expect(revisions).toContain('token:li, approved by token:wang');
  expect(await li.ok('thresholds', 'restore', 'pt-1', '2', '--reason', 'back')).toBe('Revision 4 is in force.\n');
  expect(await li.ok('thresholds', 'restore', 'pt-1', '3', '--reason', 'again')).toContain('somebody else');
  const [again] = await li.json<{ id: string }[]>('thresholds', 'proposals');
  expect(await wang.ok('thresholds', 'reject', again?.id ?? '', '--note', 'no')).toContain('rejected');
  expect(await li.ok('thresholds', 'proposals')).toBe('Nothing waits for approval.\n');
  expect(await li.json('thresholds', 'proposals', '--all')).toHaveLength(2);
  const table = await li.ok('thresholds', 'table', 'v');
  expect(table).toMatch(/pt-1 +4 .*yellow \{"above":10\} red \{"above":20\}/);
  expect(table).toMatch(/pt-2 +1/);

  const later = String(Date.now() + 3_600_000);
  expect(await li.ok('thresholds', 'put', 'pt-2', fileOf('t.json', tighter), '--from', later, '--yes')).toContain(
    'waits for its time',
  );
  expect(await li.ok('thresholds', 'scheduled', 'pt-2')).toContain('deadband: 2');
  await li.ok('thresholds', 'scheduled', 'pt-2', '--cancel');
  expect(await li.ok('thresholds', 'scheduled', 'pt-2')).toBe('Nothing waits.\n');

  expect((await li.run('thresholds', 'show', 'nowhere')).status).toBe(1);
  expect((await li.run('thresholds', 'compare', 'pt-1', 'x')).status).toBe(2);
  expect((await li.run('thresholds', 'reject', id)).status).toBe(2);
  expect((await li.run('thresholds', 'put', 'pt-1', fileOf('t.json', { rules: { a: {} } }))).status).toBe(1);
});

test('evidence: previews of one point, of a file and of a template; advice; a lesson kept', async () => {
  const brink = await startBrink(plainSite(2, RULES), {
    prepare: ({ thresholds }) => {
      writeFileSync(join(thresholds, 'x.test.json'), '[]');
    },
  });
  const li = terminal(brink, await tokenOf(brink, 'li'));
  const from = Date.now() - 10 * 60 * MINUTE;
  const wave = Array.from({ length: 540 }, (_, i) => ({
    ts: from + i * MINUTE,
    v: i % 60 < 20 ? (i % 2 === 0 ? 11 : 9.5) : 5,
  }));
  for (const n of [1, 2]) await publish(await brink.device(`dev-${n}`), wave);

  const quieter = { rules: { depth: { ...RULES.depth, deadband: 3 } } };
  const one = await li.ok('thresholds', 'preview', fileOf('one.json', quieter), '--point', 'pt-1', '--days', '1');
  expect(one).toMatch(/^pt-1, .*, 540 readings\n/);
  expect(one).toMatch(/alerts +90 +9\n/);
  const entries = [1, 2].map((n) => ({ point: `pt-${n}`, ...quieter }));
  const many = await li.run('thresholds', 'preview', fileOf('many.json', entries), '--days', '1');
  expect(many.err).toContain('of 2 points');
  expect(many.out).toMatch(/pt-2 +90 +9/);
  expect(many.out).toMatch(/alerts +180 +18\n/);
  expect((await li.run('thresholds', 'preview', fileOf('one.json', quieter))).status).toBe(1);
  const advice = await li.ok('thresholds', 'advice', 'pt-1', '--days', '1');
  expect(advice).toMatch(/^pt-1 depth: 90 alerts at present, \d+ as suggested\n/);
  expect(advice).toContain('deadband  alerts  lost  delay');

  const out = join(temporaryFolder(), 'lesson.test.yaml');
  const period = ['--from', String(from), '--to', String(from + 30 * MINUTE)];
  const made = await li.ok('rule-test', 'pt-1', ...period, '--note', 'the pump', '--keep', 'pump', '--out', out);
  expect(made).toContain('kept as pump');
  expect(readFileSync(out, 'utf8')).toContain('# the pump');
  expect(await li.run('rule-test', 'pt-1', ...period, '--out', out)).toMatchObject({ status: 2 });
  expect(await li.ok('rule-tests', 'show', 'pump')).toBe(readFileSync(out, 'utf8'));
  expect(await li.ok('rule-tests', 'list')).toContain('pt-1');
  await li.ok('rule-tests', 'remove', 'pump');
  expect(await li.ok('rule-tests', 'list')).toBe('None is kept.\n');
  expect(existsSync(out)).toBe(true);
});

test('templates: listed, shown, tried, applied', async () => {
  const brink = await startBrink(plainSite(2, RULES), {
    prepare: ({ thresholds }) => {
      writeFileSync(join(thresholds, 'templates', 'plain.json'), JSON.stringify(TEMPLATE));
    },
  });
  const li = terminal(brink, await tokenOf(brink, 'li'));
  expect(await li.ok('template', 'list')).toContain('not verified');
  expect(await li.ok('template', 'show', TEMPLATE.id)).toContain('standard: none');
  // A device that is registered with one begins with its limits.
  const place = ['--profile', 'plain', '--point', 'pt-9', '--area', 'town', '--no-secret'];
  expect((await li.run('device', 'add', 'dev-9', ...place, '--param', 'limit=30')).status).toBe(2);
  await li.ok('device', 'add', 'dev-9', ...place, '--template', TEMPLATE.id, '--param', 'limit=30');
  expect(await li.ok('thresholds', 'show', 'pt-9')).toContain('above: 30');
  const use = [TEMPLATE.id, 'pt-1', 'pt-2', '--param', 'limit=30'];
  expect(await li.ok('template', 'apply', ...use, '--dry-run')).toContain('Nothing was changed (--dry-run).');
  expect(await li.ok('template', 'apply', ...use, '--reason', 'standard')).toMatch(/pt-1\n {2}[+~].*\nApplied\.\n$/s);
  expect((await li.run('template', 'preview', TEMPLATE.id, '--param', 'limit=25')).out).toMatch(/pt-1 +0 +0/);
  expect((await li.run('template', 'apply', TEMPLATE.id, 'pt-1', '--param', 'limit')).status).toBe(2);
  expect((await li.run('template', 'apply', TEMPLATE.id, 'pt-1', '--reason', 'x')).status).toBe(1);
});

test('alerts and maintenance: what operators do', async () => {
  const brink = await startBrink(plainSite(1, RULES));
  const li = terminal(brink, await tokenOf(brink, 'li'));
  const device = await brink.device('dev-1');
  await publish(device, { v: 12 });
  await until('the alert', async () => (await brink.alerts('active')).length === 1);
  const [alert] = await li.json<Alert[]>('alert', 'list');
  const id = alert?.id ?? '';
  expect(await li.ok('alert', 'list')).toContain('unacknowledged');
  expect(await li.ok('alert', 'ack', id, '--note', 'on the way')).toBe(`${id} acknowledged (pt-1 depth)\n`);
  await li.ok('alert', 'shelve', id, '--for', '30m');
  await li.ok('alert', 'unshelve', id);
  await li.ok('alert', 'note', id, '--note', 'it was the pump');
  expect((await li.run('alert', 'note', id)).status).toBe(2);
  expect((await li.run('alert', 'reset', id)).status).toBe(1);
  await publish(device, { v: 1 });
  await until('the end', async () => (await brink.alerts('active'))[0]?.recoveredAt);
  await li.ok('alert', 'reset', id, '--verdict', 'false');
  expect(await li.ok('alert', 'verdict', 'true', id)).toBe(`${id} is true now\n`);
  expect(await li.json('alert', 'list', '--state', 'all', '--verdict', 'true')).toMatchObject([
    { id, verdict: 'true' },
  ]);
  expect(await li.ok('alert', 'list', '--state', 'all', '--verdict', 'none')).toBe('No alerts.\n');
  const shown = await li.ok('alert', 'show', id);
  expect(shown).toContain('pt-1 depth: yellow, closed, true');
  expect(shown).toContain('it was the pump');

  const plan = await li.json<{ id: string }>(
    'maintenance',
    'plan',
    '--point',
    'pt-1',
    '--for',
    '1h',
    '--reason',
    'cleaning',
  );
  expect(await li.ok('maintenance', 'list')).toContain('cleaning');
  await li.ok('maintenance', 'end', plan.id);
  await li.ok('maintenance', 'out-of-service', 'pt-1', '--reason', 'broken');
  await li.ok('maintenance', 'in-service', 'pt-1');
  expect(await li.ok('maintenance', 'list')).toBe('No maintenance.\n');
  expect(await li.json('maintenance', 'list', '--all')).toHaveLength(2);
  expect((await li.run('maintenance', 'plan', '--for', '1h', '--reason', 'x')).status).toBe(2);

  expect(await li.ok('point', 'list')).toContain('v 1 cm');
  expect(await li.ok('point', 'show', 'pt-1')).toMatch(/v +1 +cm +good/);
  expect(await li.ok('health')).toMatch(/^ok\n/);
  await publish(device, 'not json');
  await until('the quarantine', async () => (await li.run('quarantine')).out.includes('not-json'));
});

test('applying files that weaken names what must be approved first', async () => {
  const data = temporaryFolder();
  const brink = await startBrink(plainSite(2, RULES), { data, flags: ['--second-approval', 'true'] });
  const weaker = { depth: { ...RULES.depth, levels: { yellow: { above: 10 } } } };
  const site = plainSite(2, RULES);
  const files = writeSite({
    ...site,
    thresholds: [
      { point: 'pt-1', rules: weaker },
      { point: 'pt-2', rules: RULES },
    ],
  });
  const applied = await runBrinkCli(['apply', ...files, '--data', data, '--yes']);
  expect(applied.status).toBe(1);
  expect(applied.stderr).toContain('  pt-1: red of depth\n');
  expect(applied.stdout).toContain('Nothing was changed.');
  expect(await brink.get('/points/pt-1/thresholds')).toEqual({ rules: RULES });
});

test('a device: renamed, of another kind, moved, replaced; each shows first what it means', async () => {
  const site = plainSite(2, RULES);
  const profiles = { ...site.profiles, other: { family: 'other', metrics: { on: { type: 'boolean' } } } };
  const brink = await startBrink({ ...site, profiles });
  const { ok, run, json } = terminal(brink, await tokenOf(brink, 'li'));
  const folder = join(temporaryFolder(), 'site');
  await ok('export', '--out', folder);

  expect(await ok('device', 'rename', 'dev-1', '--name-zh', '闸口')).toBe('Device dev-1 renamed.\n');
  expect(await ok('device', 'set-profile', 'dev-1', 'other', '--dry-run')).toBe(
    '~ pt-1 stays\n      loses  v\n      rules that go: depth\nNothing was changed (--dry-run).\n',
  );
  expect(await ok('device', 'move', 'dev-1', 'basin', '--name-zh', '水池', '--location', '108.75,29.52', '--yes')).toBe(
    '+ basin is measured by dev-1, with no rules\n' +
      '- pt-1 is measured no longer; its history, log and limits stay under its id\n' +
      'Device dev-1 measures at basin now.\n',
  );
  const { secret } = await json<{ secret: string }>('device', 'replace', 'dev-1', 'dev-9', '--yes');
  await publish(await brink.device('dev-9', { password: secret }), { v: 1 });
  expect(await ok('device', 'set-profile', 'dev-9', 'other', '--yes')).toContain('Device dev-9 is of profile other.\n');
  expect(await json('device', 'show', 'dev-9')).toMatchObject({
    profile: 'other',
    definition: { name: { zh: '闸口' }, points: [{ id: 'basin', name: { zh: '水池' }, location: [108.75, 29.52] }] },
  });
  expect((await run('device', 'replace', 'dev-9', 'dev-2', '--yes')).status).toBe(1);
  expect(await ok('point', 'handovers', 'basin')).toMatch(/dev-1 +dev-9 +token:/);
  expect(await ok('point', 'handovers', 'pt-2')).toBe('No other device measured there before.\n');
  expect((await run('device', 'rename', 'dev-9', '--name-zh', '')).status).toBe(1);

  // Files of before know nothing of it, and are refused; files of now agree.
  const files = ['--devices', join(folder, 'devices'), '--thresholds', join(folder, 'thresholds')];
  const admin = (await (await brink.call('POST', '/tokens', { name: 'chen', role: 'admin' })).json()) as {
    token: string;
  };
  const chief = terminal(brink, admin.token);
  const old = await chief.run('apply', ...files, '--yes');
  expect([old.status, old.out + old.err]).toEqual([1, expect.stringContaining('--force')]);
  const now = join(temporaryFolder(), 'site');
  await ok('export', '--out', now);
  const same = ['--devices', join(now, 'devices'), '--thresholds', join(now, 'thresholds')];
  expect(await chief.ok('apply', ...same, '--yes')).toContain('No difference');
});

test('sources: a port is opened, named wrong, tried, switched off and closed again, with its revisions', async () => {
  const brink = await startBrink(plainSite(1, {}));
  const { run, ok, json } = terminal(brink, await tokenOf(brink, 'engineer'));
  const port = String(await freePort());
  const listen = ['source', 'listen', 'sl651', '--port', port, '--host', '127.0.0.1'];
  expect(await ok(...listen, '--profile', 'plain', '--reason', 'new stations')).toBe('sl651: up, 0 messages\n');
  expect(await ok('source', 'list')).toMatch(new RegExp(`sl651 +listener +127.0.0.1:${port} +console +up`));
  expect(await ok('source', 'test', 'sl651')).toBe('nothing-to-try\n');
  expect(await ok(...listen, '--off')).toBe('sl651: off\n');
  const wrong = await run('source', 'feed', 'town', '--broker', 'mqtt://x/y', '--topic', 'a/#/b');
  expect([wrong.status, wrong.err]).toEqual([1, expect.stringContaining('a broker as mqtt://')]);
  expect((await run('source', 'test', 'town')).status).toBe(2);
  const away = ['source', 'feed', 'town', '--broker', `mqtt://127.0.0.1:${await freePort()}`, '--topic', 'v3/#'];
  expect(await ok(...away)).toMatch(/^town: (not up yet|down)/);
  const tried = await run('source', 'test', 'town');
  expect([tried.status, tried.out]).toEqual([1, expect.stringContaining('unreachable')]);
  expect(await ok('source', 'remove', 'sl651')).toBe('sl651 is taken out.\n');
  const revisions = await json<{ revision: number; settings: unknown }[]>('source', 'revisions', 'sl651');
  expect(revisions.map(({ revision, settings }) => [revision, settings === null])).toEqual([
    [3, true],
    [2, false],
    [1, false],
  ]);
});
