import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Template } from '../../src/model/template.ts';
import { type Brink, plainSite, startBrink } from '../support/brink.ts';

interface Changed {
  readonly point: string;
  readonly revision: number;
  readonly changes: readonly { readonly path: string }[];
  readonly problems: readonly { readonly path: string; readonly message: string }[];
}
interface Row {
  readonly point: string;
  readonly revision: number;
  readonly rules: Record<string, unknown>;
  readonly template: string | null;
  readonly deviations: readonly { readonly path: string; readonly before?: unknown; readonly after?: unknown }[];
}

const TEMPLATE = {
  id: 'river',
  name: { zh: '河道', en: 'River' },
  standard: 'GB/T 1',
  source: { clause: '5.2' },
  verifiedBy: null,
  applies: { family: 'other', metric: 'level', unit: 'cm' },
  parameters: [
    {
      id: 'warning',
      name: { zh: '警戒水位', en: 'Warning level' },
      unit: 'cm',
      range: [1, 500],
      at: ['rules', 'level', 'levels', 'orange', 'above'],
    },
  ],
  document: {
    rules: {
      level: {
        metric: 'level',
        unit: 'cm',
        deadband: 2,
        levels: { blue: { rise: 50, within: '24h' }, orange: { above: 100 } },
      },
    },
  },
};

/** Four points, the first two with a rule of their own, and one template. */
async function start(): Promise<Brink> {
  const own = { battery: { metric: 'v', levels: { blue: { below: -5 } } } };
  const site = plainSite(4, own);
  const brink = await startBrink(
    { ...site, thresholds: (site.thresholds ?? []).slice(0, 2) },
    { prepare: addTemplates },
  );
  return brink;
}

function addTemplates({ thresholds }: { thresholds: string }): void {
  const folder = join(thresholds, 'templates', 'gb');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'river.json'), JSON.stringify(TEMPLATE));
  writeFileSync(join(folder, 'broken.json'), '{"id": 5}');
}

async function apply(brink: Brink, body: object, query = '') {
  const response = await brink.call('POST', `/templates/river/apply${query}`, body);
  const answer = (await response.json()) as { applied: boolean; items: Changed[]; code?: string; errors?: unknown };
  return { status: response.status, ...answer };
}

const METRICS = { level: 'v' };

describe('templates', () => {
  test('are listed with their standard and parameters; one that cannot be read is left out', async () => {
    const brink = await start();
    const { items } = await brink.get<{ items: Template[] }>('/templates?family=other&metric=level');
    expect(items).toEqual([TEMPLATE]);
    expect(await brink.get('/templates/river')).toEqual(TEMPLATE);
    expect((await brink.get<{ items: Template[] }>('/templates?family=gas')).items).toEqual([]);
    expect((await brink.call('GET', '/templates/none')).status).toBe(404);
  });

  test('a dry run tells each point’s difference and changes nothing', async () => {
    const brink = await start();
    const body = {
      points: ['pt-1', { point: 'pt-3', parameters: { warning: 180 } }],
      parameters: { warning: 150 },
      metrics: METRICS,
    };
    const { status, applied, items } = await apply(brink, body, '?dryRun=true');
    expect([status, applied]).toEqual([200, false]);
    expect(items).toMatchObject([
      {
        point: 'pt-1',
        revision: 1,
        problems: [],
        changes: [
          { path: '/rules/level', after: { levels: { orange: { above: 150 } } } },
          { path: '/source', change: 'added' },
        ],
      },
      {
        point: 'pt-3',
        revision: 0,
        problems: [],
        changes: [{ path: '/rules/level', after: { levels: { orange: { above: 180 } } } }, { path: '/source' }],
      },
    ]);
    expect((await brink.call('GET', '/points/pt-3/thresholds')).headers.get('etag')).toBe('"0"');
  });

  test('applying keeps other rules, names the template, and again changes nothing', async () => {
    const brink = await start();
    const body = { points: ['pt-1', 'pt-3'], parameters: { warning: 150 }, metrics: METRICS, reason: 'standard' };
    const first = await apply(brink, body);
    expect(first.items.map(({ point, revision }) => [point, revision])).toEqual([
      ['pt-1', 2],
      ['pt-3', 1],
    ]);
    expect(await brink.get('/points/pt-1/thresholds')).toMatchObject({
      rules: { battery: { metric: 'v' }, level: { metric: 'v', levels: { orange: { above: 150 } } } },
      source: { standard: 'GB/T 1', clause: '5.2', verifiedBy: null, template: 'river' },
    });
    const again = await apply(brink, body);
    expect(again.items.map(({ revision, changes }) => [revision, changes])).toEqual([
      [2, []],
      [1, []],
    ]);
    const replaced = await apply(brink, { ...body, points: ['pt-1'], mode: 'replace' });
    expect(replaced.items[0]?.changes).toMatchObject([{ path: '/rules/battery', change: 'removed' }]);
  });

  test('one point that cannot have it keeps all from changing', async () => {
    const brink = await start();
    const body = {
      points: ['pt-1', { point: 'pt-2', metrics: { level: 'w' } }, 'nowhere'],
      parameters: { warning: 150 },
      metrics: METRICS,
    };
    const dry = await apply(brink, body, '?dryRun=true');
    expect(dry.items.map(({ problems }) => problems.map(({ path }) => path))).toEqual([
      [],
      ['/rules/level/metric'],
      [''],
    ]);
    const { status, code, errors } = await apply(brink, { ...body, reason: 'x' });
    expect([status, code]).toEqual([422, 'threshold-invalid']);
    expect(errors).toMatchObject([{ path: '/points/1' }, { path: '/points/2' }]);
    expect((await brink.call('GET', '/points/pt-1/thresholds')).headers.get('etag')).toBe('"1"');
  });

  test('parameters, a reason, and the revision of the dry run must fit', async () => {
    const brink = await start();
    const body = { points: ['pt-1', 'pt-2'], metrics: METRICS, reason: 'x' };
    expect(await apply(brink, body)).toMatchObject({
      status: 400,
      errors: [{ path: '/parameters', message: expect.stringContaining('warning') }],
    });
    expect(await apply(brink, { ...body, parameters: { warning: 501 } })).toMatchObject({ status: 400 });
    expect(await apply(brink, { ...body, parameters: { warning: 5 }, reason: undefined })).toMatchObject({
      status: 400,
      errors: [{ path: '/reason' }],
    });
    expect(await apply(brink, { ...body, parameters: { warning: 5 }, points: ['pt-1', 'pt-1'] })).toMatchObject({
      status: 400,
      errors: [{ path: '/points/1' }],
    });
    const stale = { ...body, parameters: { warning: 5 }, points: [{ point: 'pt-1', revision: 0 }, 'pt-2'] };
    expect(await apply(brink, stale)).toMatchObject({
      status: 412,
      code: 'revision-lost-race',
      errors: [{ path: '/points/0' }],
    });
    expect((await brink.call('GET', '/points/pt-2/thresholds')).headers.get('etag')).toBe('"1"');
  });
});

describe('thresholds side by side', () => {
  test('every point with the metric is a row, and what differs from its template is marked', async () => {
    const brink = await start();
    await apply(brink, { points: ['pt-1', 'pt-3'], parameters: { warning: 150 }, metrics: METRICS, reason: 'x' });
    const document = await brink.get<{ rules: Record<string, object> }>('/points/pt-3/thresholds');
    const changed = { ...document, rules: { level: { ...document.rules.level, deadband: 5 } } };
    const patched = await brink.call('PATCH', '/thresholds', {
      items: [
        { point: 'pt-3', revision: 1, document: changed },
        { point: 'pt-4', revision: 0, document: { rules: {} } },
      ],
      reason: 'noise',
    });
    expect(await patched.json()).toMatchObject({
      applied: true,
      items: [
        { point: 'pt-3', revision: 2, changes: [{ path: '/rules/level/deadband', before: 2, after: 5 }] },
        { point: 'pt-4', revision: 0, changes: [] },
      ],
    });
    const { items } = await brink.get<{ items: Row[] }>('/thresholds?metric=v');
    expect(
      items.map(({ point, revision, template, rules }) => [point, revision, template, Object.keys(rules)]),
    ).toEqual([
      ['pt-1', 2, 'river', ['battery', 'level']],
      ['pt-2', 1, null, ['battery']],
      ['pt-3', 2, 'river', ['level']],
      ['pt-4', 0, null, []],
    ]);
    expect(items.map(({ deviations }) => deviations)).toEqual([
      [],
      [],
      [{ path: '/rules/level/deadband', change: 'changed', before: 2, after: 5 }],
      [],
    ]);
    expect((await brink.get<{ items: Row[] }>('/thresholds?metric=none')).items).toEqual([]);
    const all = await brink.get<{ items: Row[] }>('/thresholds');
    expect([all.items.length, Object.keys(all.items[0]?.rules ?? {})]).toEqual([
      4,
      expect.arrayContaining(['battery']),
    ]);
  });

  test('a change of many is all or nothing', async () => {
    const brink = await start();
    const items = [
      { point: 'pt-1', revision: 1, document: { rules: {} } },
      { point: 'pt-2', revision: 7, document: { rules: {} } },
    ];
    const dry = await brink.call('PATCH', '/thresholds?dryRun=true', { items });
    expect(await dry.json()).toMatchObject({ applied: false, items: [{ problems: [] }, { problems: [{ path: '' }] }] });
    expect((await brink.call('PATCH', '/thresholds', { items, reason: 'x' })).status).toBe(412);
    expect((await brink.call('GET', '/points/pt-1/thresholds')).headers.get('etag')).toBe('"1"');
  });
});
