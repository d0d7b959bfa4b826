import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { BacktestReport } from '../../src/cli/backtest.ts';
import { plainSite, publish, startBrink } from '../support/brink.ts';
import { brinkJson, runBrinkCli } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';

const RULES = { level: { metric: 'v', levels: { yellow: { above: 10 }, red: { above: 20 } } } };
const OUTLINE = [
  [
    [108.74, 29.51],
    [108.76, 29.51],
    [108.76, 29.53],
    [108.74, 29.51],
  ],
];

interface Definition {
  readonly device: string;
  readonly area: string;
  readonly name?: object;
  readonly location?: readonly number[];
}

test('points, areas and names are changed while an alert is open; files take it all over; the log judges the same again', async () => {
  const data = temporaryFolder();
  const brink = await startBrink(plainSite(2, RULES), { data });
  const at = ['--data', data];
  const ok = async (...args: string[]) => {
    const { status, stdout, stderr } = await runBrinkCli([...args, ...at]);
    expect([status, stderr], args.join(' ')).toEqual([0, '']);
    return stdout;
  };
  const refused = async (...args: string[]) => {
    const { status, stderr } = await runBrinkCli([...args, ...at]);
    expect(status, args.join(' ')).toBeGreaterThan(0);
    return stderr;
  };
  const definition = (point: string) => brink.get<Definition>(`/points/${point}/definition`);

  const first = await brink.device('dev-1');
  await publish(first, { v: 30 });
  const [alert] = await until('the alert', async () => {
    const open = await brink.alerts('active');
    return open.length > 0 && open;
  });

  // Areas: an outline from a file of a GIS, a parent, and back.
  const outline = join(temporaryFolder(), 'outline.json');
  writeFileSync(outline, JSON.stringify({ type: 'Feature', geometry: { type: 'Polygon', coordinates: OUTLINE } }));
  await ok('area', 'add', 'mill', '--parent', 'town', '--name-zh', '磨坊', '--outline', outline);
  expect(await refused('area', 'add', 'mill')).toContain('already an area');
  await ok('area', 'set', 'mill', '--name-en', 'Mill');
  expect(await refused('area', 'set', 'town', '--parent', 'mill')).toContain('parent');
  expect(await refused('area', 'set', 'nowhere', '--name-en', 'x')).toContain('no area nowhere');
  writeFileSync(join(outline), '{"type":"Point"}');
  expect(await refused('area', 'set', 'mill', '--outline', outline)).toContain('GeoJSON Polygon');
  const areas = await brink.get<{ items: object[] }>('/areas');
  expect(areas.items).toContainEqual({
    id: 'mill',
    parent: 'town',
    name: { zh: '磨坊', en: 'Mill' },
    outline: OUTLINE,
    location: null,
  });

  // Points: renamed, placed, moved; one more; another device measures it from now on.
  await ok(
    'point',
    'set',
    'pt-1',
    '--name-zh',
    '一号',
    '--name-en',
    'One',
    '--area',
    'mill',
    '--location',
    '108.75,29.52',
  );
  expect(await definition('pt-1')).toEqual({
    device: 'dev-1',
    area: 'mill',
    name: { zh: '一号', en: 'One' },
    location: [108.75, 29.52],
  });
  await ok('point', 'add', 'pt-3', '--device', 'dev-2', '--area', 'mill');
  expect(await refused('point', 'add', 'pt-3', '--device', 'dev-2', '--area', 'mill')).toContain(
    'already a monitoring point',
  );
  await ok('point', 'set', 'pt-2', '--device', 'dev-1', '--name-en', 'Two');
  expect(await definition('pt-2')).toEqual({ device: 'dev-1', area: 'town', name: { en: 'Two' } });
  await publish(first, { v: 15 });
  await until('the second point to be measured by the first device', async () =>
    (await brink.alerts('active')).some(({ point, value }) => point === 'pt-2' && value === 15),
  );

  // Names of the kind of device and its metrics: nothing is said of it in the log.
  const before = await brink.events();
  await ok('profile', 'name', 'plain', '--name-zh', '液位计', '--name-en', 'Level gauge');
  await ok('profile', 'name', 'plain', '--metric', 'v', '--name-zh', '液位', '--name-en', 'Level');
  expect(await refused('profile', 'name', 'plain', '--metric', 'w', '--name-en', 'x')).toContain('/metrics/w');
  expect(await refused('profile', 'name', 'nobody', '--name-en', 'x')).toContain('no profile');
  expect(await ok('profile', 'list')).toMatch(/plain +other +液位计 +Level gauge/);
  const point = await brink.get<{ metrics: Record<string, { name: object }> }>('/points/pt-1');
  expect(point.metrics.v?.name).toEqual({ zh: '液位', en: 'Level' });
  expect(await brink.events()).toEqual(before);

  // What is in an area is named; with another area to take it, it goes.
  expect(await refused('area', 'remove', 'mill')).toContain('pt-1, pt-3');
  // Under maintenance of the whole, its points are covered before and after, and at no instant between.
  const plan = { scope: { area: 'town' }, for: '2h', reason: 'pumps' };
  const { id: planned } = (await (await brink.call('POST', '/maintenance', plan)).json()) as { id: string };
  await until('the maintenance to cover the alert', async () =>
    (await brink.alerts('active')).every(({ suppressed }) => suppressed),
  );
  const covered = await brink.events();
  await ok('area', 'remove', 'mill', '--into', 'town');
  expect(await brink.events()).toEqual(covered);
  await brink.call('DELETE', `/maintenance/${planned}`);
  expect((await definition('pt-1')).area).toBe('town');
  await ok('area', 'add', 'mill', '--parent', 'town', '--name-zh', '磨坊');
  await ok('area', 'remove', 'mill');

  // A point is taken away: its alert clears, its history stays and goes on when it comes back.
  const history = '/points/pt-1/readings?metric=v&last=10';
  const readings = await until('the history', async () => {
    const { items } = await brink.get<{ items: object[] }>(history);
    return items.length === 2 && items;
  });
  await ok('point', 'remove', 'pt-1');
  await until('the alert of the point that is gone to clear', async () => {
    const found = await brink.get<{ state: string; log: { event: string; cause?: { code: string } | null }[] }>(
      `/alerts/${encodeURIComponent(alert?.id ?? '')}`,
    );
    return found.state !== 'active' && found.log.some(({ cause }) => cause?.code === 'point-removed');
  });
  expect((await brink.call('GET', '/points/pt-1')).status).toBe(404);
  await ok('point', 'add', 'pt-1', '--device', 'dev-1', '--area', 'town', '--name-en', 'One again');
  expect((await brink.get<{ items: object[] }>(history)).items).toEqual(readings);
  expect(await ok('thresholds', 'show', 'pt-1')).toContain('above');

  // Files take everything over, and say that there is no difference.
  await ok('area', 'set', 'town', '--name-zh', '镇', '--name-en', 'Town');
  writeFileSync(outline, JSON.stringify(OUTLINE));
  await ok('area', 'set', 'town', '--outline', outline);
  const out = temporaryFolder();
  const files = ['--devices', join(out, 'devices'), '--thresholds', join(out, 'thresholds')];
  await ok('export', '--out', out, '--yes');
  expect(await ok('apply', ...files)).toBe('No difference.\n');
  const elsewhere = await startBrink(plainSite(0, RULES), { data: temporaryFolder() });
  const other = ['--url', elsewhere.app.http, '--token', await tokenAt(elsewhere)];
  expect((await runBrinkCli(['apply', ...files, '--yes', '--force', ...other])).status).toBe(0);
  for (const path of [
    '/areas',
    '/profiles',
    '/points/pt-1/definition',
    '/points/pt-2/definition',
    '/points/pt-3/definition',
  ]) {
    expect(await elsewhere.get(path), path).toEqual(await brink.get(path));
  }

  const whole = await brinkJson<BacktestReport>('backtest', '--data', data);
  expect(whole).toMatchObject({ sameAsLive: true, difference: null, events: await brink.events() });
});

async function tokenAt(brink: { call: (method: string, path: string, body: object) => Promise<Response> }) {
  const made = await brink.call('POST', '/tokens', { name: 'files', role: 'admin' });
  return ((await made.json()) as { token: string }).token;
}
