import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { SiteDifference } from '../../src/model/site-change.ts';
import { type Brink, plainSite, publish, startBrink, writeSite } from '../support/brink.ts';
import { brinkJson, runBrinkCli, runBrinkProcess } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';

const limits = { depth: { metric: 'v', levels: { yellow: { above: 15 }, red: { above: 40 } } } };
const stricter = { depth: { metric: 'v', levels: { yellow: { above: 5 }, red: { above: 40 } } } };

async function started(): Promise<{ brink: Brink; data: string }> {
  const data = temporaryFolder();
  return { brink: await startBrink(plainSite(2, limits), { data }), data };
}

interface Applied {
  readonly applied: boolean;
  readonly differences: readonly SiteDifference[];
}

describe('brink apply on a running server', () => {
  test('shows what is different, makes it so, and the server watches by it at once', async () => {
    const { brink, data } = await started();
    const live = await brink.live();
    const leaving = await brink.device('dev-2');
    const staying = await brink.device('dev-1');
    const next = plainSite(3, limits);
    const files = writeSite({
      ...next,
      site: {
        ...(next.site as object),
        devices: (next.site as { devices: { id: string }[] }).devices.filter(({ id }) => id !== 'dev-2'),
      },
      thresholds: [
        { point: 'pt-1', rules: stricter },
        { point: 'pt-3', rules: limits },
      ],
    });

    const dry = await runBrinkCli(['apply', ...files, '--data', data, '--dry-run']);
    expect(dry).toEqual({
      status: 0,
      stderr: '',
      stdout: `+ device dev-3
- device dev-2
+ point pt-3
- point pt-2
~ thresholds pt-1
      rules.depth.levels.yellow.above: 15 -> 5
+ thresholds pt-3
- thresholds pt-2
3 added, 1 changed, 3 removed
Nothing was changed (--dry-run).
`,
    });
    expect((await brink.get<{ items: unknown[] }>('/points')).items).toHaveLength(2);
    expect(leaving.connected).toBe(true);

    const done = await runBrinkProcess(['apply', ...files, '--data', data]);
    expect([done.status, done.stdout]).toEqual([0, dry.stdout.replace('Nothing was changed (--dry-run)', 'Applied')]);
    const points = await brink.get<{ items: { id: string }[] }>('/points');
    expect(points.items.map(({ id }) => id)).toEqual(['pt-1', 'pt-3']);
    await until('the removed device to be thrown off', () => !leaving.connected);
    await expect(brink.device('dev-2')).rejects.toThrow(/Not authorized|Bad username/i);
    expect(staying.connected).toBe(true);

    await publish(await brink.device('dev-3'), { v: 50 });
    await publish(staying, { v: 6 });
    const raised = await until('both alerts', () => {
      const events = live.events();
      return events.length >= 2 && events;
    });
    expect(raised.map(({ alert }) => [alert.point, alert.level, alert.limit, alert.thresholdRevision])).toEqual([
      ['pt-3', 'red', 40, 1],
      ['pt-1', 'yellow', 5, 2],
    ]);
    const [revision] = (await brink.get<{ items: { author: string }[] }>('/points/pt-1/thresholds/revisions')).items;
    expect(revision?.author).toBe('local:cli');

    const again = await runBrinkCli(['apply', ...files, '--data', data]);
    expect([again.status, again.stdout]).toEqual([0, 'No difference.\n']);
    const events = await brink.events();
    const after = await brink.restart();
    expect((await after.events()).slice(0, events.length)).toEqual(events);
  });

  test('a new secret or grant in the files ends the connections of its device alone', async () => {
    const { brink, data } = await started();
    const first = await brink.device('dev-1');
    const second = await brink.device('dev-2');
    const { profiles, site, thresholds = [] } = plainSite(2, limits);
    const [one, ...others] = (site as { devices: object[] }).devices;
    const changed = { ...(site as object), devices: [{ ...one, secret: 'another' }, ...others] };
    const result = await brinkJson<Applied>(
      'apply',
      ...writeSite({ profiles, site: changed, thresholds }),
      '--data',
      data,
    );
    expect(result).toEqual({
      applied: true,
      differences: [{ kind: 'device', change: 'changed', id: 'dev-1', details: ['secret changed'] }],
      weakened: [],
      origin: { by: 'seed', last: { author: 'files', at: expect.any(Number) } },
    });
    await until('the first to be thrown off', () => !first.connected);
    await expect(brink.device('dev-1')).rejects.toThrow();
    expect((await brink.device('dev-1', { password: 'another' })).connected).toBe(true);
    expect(second.connected).toBe(true);

    const granted = { ...changed, devices: [changed.devices[0], { ...others[0], grants: ['alerts'] }] };
    await brinkJson('apply', ...writeSite({ profiles, site: granted, thresholds }), '--data', data);
    await until('the second to be thrown off', () => !second.connected);
  });

  test('files with mistakes change nothing: every one is told with its place, status 1', async () => {
    const { brink, data } = await started();
    const before = await brink.get('/site');
    const wrong = writeSite({
      ...plainSite(3, limits),
      thresholds: [
        { point: 'pt-1', rules: { depth: { metric: 'depth', levels: { red: { above: 1 } } } } },
        { point: 'pt-9', rules: {} },
      ],
    });
    const result = await runBrinkCli(['apply', ...wrong, '--data', data]);
    expect([result.status, result.stdout]).toEqual([1, '']);
    expect(result.stderr).toMatch(/all\.json:1: \[0\]\.rules\.depth\.metric: found "depth"/);
    expect(result.stderr).toMatch(/\[1\]\.point: found "pt-9", expected a point of the site/);
    expect(result.stderr).toMatch(/Nothing was changed\.\n$/);
    expect(await brink.get('/site')).toEqual(before);
  });

  test('what only evaluation can refuse is refused by the dry run as by the change', async () => {
    const { brink } = await started();
    const site = await brink.get<{ thresholds: { rules: object }[] }>('/site');
    const rules = { depth: { metric: 'v', unit: '%LEL', levels: { red: { above: 1 } } } };
    const body = { ...site, thresholds: [{ ...site.thresholds[0], rules }] };
    for (const query of ['?dryRun=true', '']) {
      const answer = await brink.call('POST', `/site${query}`, body);
      const problem = (await answer.json()) as { code: string; errors: { path: string; message: string }[] };
      expect([answer.status, problem.code]).toEqual([422, 'site-invalid']);
      expect(problem.errors).toMatchObject([
        {
          path: '/thresholds',
          message: expect.stringMatching(/^pt-1: rules\.depth.*%LEL/),
          code: 'of-point',
          values: { point: 'pt-1', problem: { path: ['rules', 'depth', 'unit'], code: 'unit-of-other-quantity' } },
        },
      ]);
    }
    expect(await brink.get('/site')).toEqual(site);
  });

  test('at a terminal it asks first, and does not overwrite what changed while it waited for the answer', async () => {
    const { brink, data } = await started();
    const files = writeSite(plainSite(3, limits));
    const questions: string[] = [];
    const ask = async (answer: () => Promise<boolean>, ...flags: string[]) => {
      return runBrinkCli(['apply', ...files, '--data', data, ...flags], '', {}, async (question) => {
        questions.push(question);
        return answer();
      });
    };
    const no = await ask(async () => false);
    expect([no.status, no.stdout]).toEqual([
      0,
      expect.stringMatching(/^\+ device dev-3\n(.*\n)*Nothing was changed\.\n$/),
    ]);
    const raced = await ask(async () => {
      await brink.call('DELETE', '/devices/dev-1');
      return true;
    });
    expect(raced.status).toBe(1);
    expect(raced.stderr).toContain('Somebody changed the site in the meantime');
    expect((await brink.get<{ items: unknown[] }>('/points')).items).toHaveLength(1);
    // The files do not know of what was done in between.
    const unknowing = await ask(async () => true);
    expect([unknowing.status, questions.length]).toEqual([1, 2]);
    const yes = await ask(async () => true, '--force');
    expect([yes.status, questions.length]).toEqual([0, 3]);
    expect(await ask(async () => true, '--yes')).toEqual({ status: 0, stdout: 'No difference.\n', stderr: '' });
    expect((await brink.get<{ items: unknown[] }>('/points')).items).toHaveLength(3);
  });
});

test('files that do not know what the console did are refused, unless told; exported ones know, and go on knowing', async () => {
  const { brink, data } = await started();
  const at = ['--data', data];
  const out = temporaryFolder();
  const own = ['--devices', join(out, 'devices'), '--thresholds', join(out, 'thresholds')];
  const site = join(out, 'devices', 'site.yaml');
  const addArea = (id: string) =>
    writeFileSync(site, readFileSync(site, 'utf8').replace('areas:', `areas:\n  - id: ${id}`));
  const areas = async () => (await brink.get<{ items: { id: string }[] }>('/areas')).items.map(({ id }) => id);

  await brinkJson('export', '--out', out, ...at);
  addArea('one');
  expect((await runBrinkCli(['apply', ...own, ...at])).status).toBe(0);
  addArea('two');
  expect((await runBrinkCli(['apply', ...own, ...at])).status).toBe(0);

  await brink.call('PUT', '/areas/console', {});
  addArea('three');
  for (const files of [own, writeSite(plainSite(2, limits))]) {
    const refused = await runBrinkCli(['apply', ...files, ...at]);
    expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining('The site was changed (last by ')]);
    const tried = await runBrinkCli(['apply', ...files, ...at, '--dry-run']);
    expect([tried.status, tried.stderr]).toEqual([0, refused.stderr]);
    expect(await areas()).toEqual(['console', 'one', 'town', 'two']);
  }

  const mine = readFileSync(site, 'utf8');
  await brinkJson('export', '--out', out, '--yes', ...at);
  addArea('four');
  expect((await runBrinkCli(['apply', ...own, ...at])).status).toBe(0);
  expect(await areas()).toEqual(['console', 'four', 'one', 'town', 'two']);

  // What was exported before is behind what other files did since.
  writeFileSync(site, mine);
  expect((await runBrinkCli(['apply', ...own, ...at])).status).toBe(1);
  expect((await runBrinkCli(['apply', ...own, '--force', ...at])).status).toBe(0);
  expect(await areas()).toEqual(['one', 'three', 'town', 'two']);
});

describe('brink export', () => {
  test('export, apply, export gives the same bytes; what was removed does not come back', async () => {
    const data = temporaryFolder();
    const brink = await startBrink(plainSite(1, limits), { data });
    // The sample site takes the place of the plain one.
    await brinkJson('apply', '--devices', 'devices', '--thresholds', 'thresholds', '--data', data);
    expect((await brink.get<{ items: unknown[] }>('/points')).items).toHaveLength(58);
    const out = join(temporaryFolder(), 'site');
    const flags = ['--devices', join(out, 'devices'), '--thresholds', join(out, 'thresholds'), '--data', data];
    const written = await brinkJson<{ added: string[] }>('export', '--out', out, '--data', data);
    expect(written.added).toContain('devices/site.yaml');
    const first = bytesBelow(out);
    expect([...first.keys()].sort()).toEqual([...written.added].sort());

    expect(await runBrinkCli(['apply', ...flags])).toEqual({ status: 0, stdout: 'No difference.\n', stderr: '' });
    const untouched = await runBrinkCli(['export', '--out', out, '--data', data]);
    expect(untouched.stdout).toMatch(/: 0 added, 0 changed, 0 removed\n$/);
    expect(bytesBelow(out)).toEqual(first);

    // Another server that is given the files says the same.
    const otherData = temporaryFolder();
    const other = await startBrink(plainSite(1, {}), { data: otherData });
    await brinkJson('apply', ...flags.slice(0, 4), '--data', otherData);
    const otherOut = temporaryFolder();
    await brinkJson('export', '--out', otherOut, '--data', otherData);
    expect(bytesBelow(otherOut)).toEqual(first);
    await other.close();

    // Files that apply would read and that are no longer true go; others stay.
    writeFileSync(join(out, 'thresholds', 'mine.yaml'), '- point: canteen-gas\n  rules: {}\n');
    writeFileSync(join(out, 'thresholds', 'mine.test.yaml'), 'tests: []\n');
    mkdirSync(join(out, 'devices', 'old', 'cases'), { recursive: true });
    writeFileSync(join(out, 'devices', 'old', 'profile.json'), '{}');
    writeFileSync(join(out, 'devices', 'old', 'cases', 'a.json'), '{}');
    rmSync(join(out, 'devices', 'site.yaml'));
    const mended = await brinkJson<object>('export', '--out', out, '--data', data);
    expect(mended).toMatchObject({
      added: ['devices/site.yaml'],
      changed: [],
      removed: ['devices/old/profile.json', 'thresholds/mine.yaml'],
    });
    const kept = ['devices/old/cases/a.json', 'thresholds/mine.test.yaml'];
    expect([...bytesBelow(out).keys()].sort()).toEqual([...first.keys(), ...kept].sort());
    await brink.close();
  });
});

function bytesBelow(root: string): Map<string, string> {
  return new Map(
    readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => {
        const file = join(entry.parentPath, entry.name);
        return [join(dirname(file).slice(root.length + 1), entry.name), readFileSync(file, 'utf8')];
      }),
  );
}
