import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ConfigError } from '../../src/lib/errors.ts';
import type { PointDefinition } from '../../src/model/definition.ts';
import { PointsInUseError } from '../../src/model/device-act.ts';
import type { FieldProblem } from '../../src/model/problem.ts';
import { type Site, siteSchema } from '../../src/model/site.ts';
import type { SiteContents } from '../../src/model/site-change.ts';
import { thresholdDocumentSchema, thresholdFileEntrySchema } from '../../src/model/threshold.ts';
import { openRegistry } from '../../src/registry/open-registry.ts';
import { openDefinitions } from '../../src/registry/read-definitions.ts';
import type { Registry } from '../../src/registry/registry.ts';
import { readSiteFiles } from '../../src/registry/site-files.ts';
import { readThresholdFiles } from '../../src/registry/threshold-files.ts';
import { makeFormerRegistry } from '../support/former-registry.ts';

let dir: string;
let registry: Registry;
const KEY = new Uint8Array(32).fill(7);
const IMPOSSIBLE: FieldProblem = {
  path: ['rules', 'ch4', 'unit'],
  code: 'unit-of-other-quantity',
  values: { unit: 'kPa', to: '%LEL' },
};

function open(validate: (definition: PointDefinition) => readonly FieldProblem[] = () => []): Registry {
  return openRegistry({ path: join(dir, 'registry.db'), hashKey: KEY, validate });
}

function reopen(): void {
  registry.close();
  registry = open();
}

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'brink-registry-'));
  registry = open();
});
afterEach(() => {
  registry.close();
  rmSync(dir, { recursive: true });
});

test('areas one by one: added, replaced, and refused where they would not fit', () => {
  registry.apply({ profiles: PROFILES, site: site(), thresholds: [] }, 'files', 1);
  registry.putArea({ id: 'mill', parent: 'town', name: '磨坊', location: [108.7, 29.5] }, 'wang', 2);
  registry.putArea({ id: 'market', name: '集市' }, 'wang', 3);
  const areas = registry.areas().map(({ id, parent }) => [id, parent]);
  expect(areas).toEqual([
    ['town', null],
    ['market', null],
    ['mill', 'town'],
  ]);
  expect(messageOf(() => registry.putArea({ id: 'mill', parent: 'nowhere' }, 'wang', 4))).toContain('parent');
  expect(messageOf(() => registry.putArea({ id: 'town', parent: 'mill' }, 'wang', 4))).toContain('area: parent');
  reopen();
  expect(registry.areas().map(({ id, parent }) => [id, parent])).toEqual(areas);
  expect(registry.contents().site.areas[2]).toMatchObject({ id: 'mill', location: [108.7, 29.5] });
  expect(registry.point('canteen')?.area).toBe('market');
});

test('a device may speak otherwise than its profile says, and keeps that over acts and starts', () => {
  const { areas, devices } = site();
  const [first, ...others] = devices;
  if (first === undefined) throw new Error('no device');
  const own = { ...first, protocol: { hj212: { checksum: 'lenient' as const } } };
  const before = { profiles: PROFILES, site: { areas, devices }, thresholds: [] };
  registry.apply(before, 'files', 1);
  expect(registry.device(first.id)?.protocol).toBeUndefined();
  registry.putDevice(own, 'wang', 2);
  expect(registry.device(first.id)?.protocol).toEqual({ hj212: { checksum: 'lenient', clock: 'leave' } });
  reopen();
  expect(registry.device(first.id)?.protocol).toEqual({ hj212: { checksum: 'lenient', clock: 'leave' } });
  expect(registry.contents().site.devices.find(({ id }) => id === first.id)?.protocol).toEqual(own.protocol);
  const after = { profiles: PROFILES, site: { areas, devices: [own, ...others] }, thresholds: [] };
  expect(registry.difference(after)).toEqual([]);
  expect(registry.difference(before)).toMatchObject([{ kind: 'device', change: 'changed', id: first.id }]);
});

test('what devices are told is kept with what has come of it: the last of each, and who gave it', () => {
  const told = (device: string, atMs: number) => {
    const kept = registry.addCommand({ device, command: { kind: 'set-time' }, author: 'wang', atMs }, () => undefined);
    if (typeof kept === 'string') throw new Error(kept);
    return kept;
  };
  // What was not told is not kept.
  const command = { device: 'a', command: { kind: 'initialize' }, author: 'wang', atMs: 1 } as const;
  expect(registry.addCommand(command, () => 'under-way')).toBe('under-way');
  expect(() =>
    registry.addCommand(command, () => {
      throw new Error('no line');
    }),
  ).toThrow('no line');
  expect(registry.commands('a', 10)).toEqual([]);
  const first = told('a', 1);
  expect(first).toMatchObject({ state: 'sent', confirmedAtMs: null, endedAtMs: null, answers: [] });
  expect(registry.noteCommand(first.number, { state: 'confirmed', isEnd: false, answers: [] }, 2)).toMatchObject({
    state: 'confirmed',
    confirmedAtMs: 2,
    endedAtMs: null,
  });
  const answers = [{ place: null, atMs: 3, values: { operator: 3 } }];
  registry.noteCommand(first.number, { state: 'answered', isEnd: true, answers }, 4);
  // What has ended is not changed any more.
  expect(registry.noteCommand(first.number, { state: 'denied', isEnd: true, answers: [] }, 5)).toBeUndefined();
  told('b', 6);
  reopen();
  registry.endInterrupted(7);
  expect(registry.commands('b', 10)).toMatchObject([{ state: 'interrupted', endedAtMs: 7 }]);
  expect(registry.commands('a', 10)).toEqual([
    { ...first, state: 'answered', confirmedAtMs: 2, endedAtMs: 4, answers },
  ]);
  for (let n = 0; n < 205; n++) told('a', 10 + n);
  const kept = registry.commands('a', 1_000);
  expect([kept.length, kept[0]?.atMs]).toEqual([200, 214]);
  expect(registry.commands('a', 2, kept[0]?.number).map(({ atMs }) => atMs)).toEqual([213, 212]);
  expect(registry.commands('b', 10)).toHaveLength(1);
});

test('an area is taken away when nothing is in it, or with another one to take what is', () => {
  const { devices } = site();
  const areas = [{ id: 'town' }, { id: 'market', parent: 'town', name: '集市' }, { id: 'hall', parent: 'market' }];
  registry.apply({ profiles: PROFILES, site: { areas, devices }, thresholds: [] }, 'files', 1);
  const before = registry.definitionOf('canteen');
  expect(registry.removeArea('nowhere', undefined, 'wang', 2)).toEqual({ ok: false, error: 'unknown-area' });
  expect(registry.removeArea('market', undefined, 'wang', 2)).toEqual({
    ok: false,
    error: 'in-use',
    areas: ['hall'],
    points: ['canteen', 'kitchen'],
  });
  for (const into of ['market', 'nowhere']) {
    expect(messageOf(() => registry.removeArea('market', into, 'wang', 2))).toContain('area: into');
  }
  // Into an area that lies in it: that one takes its place.
  const removed = registry.removeArea('market', 'hall', 'wang', 3);
  expect(removed).toEqual({ ok: true, change: { definitions: [expect.any(Number), expect.any(Number)], retired: [] } });
  expect(registry.definitionOf('canteen')).toMatchObject({ area: 'hall', metrics: before?.metrics, revision: 0 });
  const parents = () => registry.areas().map(({ id, parent }) => [id, parent]);
  expect(parents()).toEqual([
    ['town', null],
    ['hall', 'town'],
  ]);
  expect(registry.removeArea('hall', 'town', 'wang', 4)).toMatchObject({ ok: true });
  expect(parents()).toEqual([['town', null]]);
  expect(registry.point('canteen')).toMatchObject({ area: 'town', location: [108.75, 29.52] });
  expect(audit().at(-1)).toMatchObject({ action: 'area-removed', subject: 'hall', author: 'wang' });
  reopen();
  expect(parents()).toEqual([['town', null]]);
  expect([...registry.points()].map(({ id, area }) => [id, area])).toEqual([
    ['canteen', 'town'],
    ['kitchen', 'town'],
  ]);
  expect(registry.verifySecret('gas-01', Buffer.from('s1'))).toBe(true);
  expect(registry.origin()).toMatchObject({ by: 'people' });
});

describe('points one by one', () => {
  const canteen = { id: 'canteen', area: 'town', name: { zh: '食堂', en: 'Canteen' } };

  test('said anew, added, and given to another device: series, limits and the device’s secret stay', () => {
    registry.apply(input(), 'files', 1);
    const before = registry.point('canteen');
    const changed = registry.putPoint('gas-01', { ...canteen, location: [108.7, 29.5] }, 'wang', 2);
    expect(changed).toEqual({ definitions: [expect.any(Number)], retired: [] });
    expect(registry.point('canteen')).toMatchObject({
      area: 'town',
      name: { zh: '食堂', en: 'Canteen' },
      location: [108.7, 29.5],
      labels: {},
      metrics: before?.metrics,
    });
    // A name and a place are nothing to evaluation.
    expect(registry.putPoint('gas-01', canteen, 'wang', 3).definitions).toEqual([]);

    registry.putPoint('gas-01', { id: 'cellar', area: 'market', metrics: { methane: 'ch4' } }, 'wang', 4);
    expect(registry.device('gas-01')?.points).toEqual(['canteen', 'kitchen', 'cellar']);
    expect(audit().at(-1)).toMatchObject({ action: 'point-added', subject: 'cellar' });

    expect(registry.putPoint('siren', canteen, 'wang', 5)).toEqual({ definitions: [expect.any(Number)], retired: [] });
    const owners = () => ['gas-01', 'siren'].map((id) => registry.device(id)?.points);
    expect(owners()).toEqual([['kitchen', 'cellar'], ['canteen']]);
    expect(registry.sitePoint('canteen')).toEqual({ device: 'siren', point: canteen });
    reopen();
    expect(owners()).toEqual([['kitchen', 'cellar'], ['canteen']]);
    expect(registry.point('canteen')).toMatchObject({ device: 'siren', metrics: before?.metrics });
    expect(registry.thresholds('canteen')).toMatchObject({ revision: 1, document: document(50) });
    expect(registry.verifySecret('gas-01', Buffer.from('s1'))).toBe(true);
    expect(registry.verifySecret('siren', Buffer.from('s2'))).toBe(true);
  });

  test('refused where it would not fit, and nothing is changed', () => {
    registry.apply(input(), 'files', 1);
    const before = registry.contents();
    const put = (device: string, more: object) => () => registry.putPoint(device, { ...canteen, ...more }, 'wang', 2);
    expect(messageOf(put('nowhere', {}))).toContain('point: device');
    expect(messageOf(put('gas-01', { area: 'nowhere' }))).toContain('point: area');
    expect(messageOf(put('gas-01', { metrics: { ch4: 'co' } }))).toContain('point: metrics.ch4');
    registry.close();
    registry = open(({ metrics, document: { rules } }) =>
      Object.values(rules).flatMap(({ metric = '' }) =>
        metric in metrics ? [] : [{ ...IMPOSSIBLE, path: [`no ${metric}`] }],
      ),
    );
    expect(messageOf(put('gas-01', { metrics: { alarm: 'alarm' } }))).toContain('no ch4');
    expect(messageOf(put('siren', { metrics: { alarm: 'alarm' } }))).toContain('no ch4');
    expect(registry.contents()).toEqual(before);
    expect(audit()).toHaveLength(1);
  });

  test('taken away: its device stays, what comes back goes on, and a vote that counts on it is named', () => {
    const vote = { vote: { atLeast: 1, level: 'red', points: ['canteen'] } };
    const rules = thresholdFileEntrySchema.parse({ point: 'kitchen', rules: { both: vote } });
    registry.apply({ ...input(), thresholds: [...input().thresholds, rules] }, 'files', 1);
    expect(registry.removePoint('nowhere', 'wang', 2)).toBeUndefined();
    expect(votesOf(() => registry.removePoint('canteen', 'wang', 2))).toEqual([
      { point: 'kitchen', rule: 'both', counts: 'canteen' },
    ]);
    expect(registry.removePoint('kitchen', 'wang', 3)).toEqual({ definitions: [], retired: ['kitchen'] });
    expect(registry.removePoint('canteen', 'wang', 4)).toEqual({ definitions: [], retired: ['canteen'] });
    expect([registry.device('gas-01')?.points, registry.point('canteen')]).toEqual([[], undefined]);
    expect(registry.verifySecret('gas-01', Buffer.from('s1'))).toBe(true);
    expect(audit().at(-1)).toMatchObject({ author: 'wang', action: 'point-removed', subject: 'canteen' });
    reopen();
    registry.putPoint('gas-01', canteen, 'wang', 5);
    expect(registry.thresholds('canteen')).toMatchObject({ revision: 1, document: document(50) });
  });
});

describe('a point that a vote counts', () => {
  const [gas, siren] = site().devices;
  if (gas === undefined || siren === undefined) throw new Error('no devices');
  const [canteen, kitchen] = gas.points;
  if (canteen === undefined || kitchen === undefined) throw new Error('no points');
  const vote = { vote: { atLeast: 1, level: 'red', points: ['canteen'] } };
  const voting = thresholdDocumentSchema.parse({ rules: { both: vote } });
  const who = { author: 'wang', atMs: 2, reason: 'why' };
  const act = { act: 'moved' as const, removed: [], documents: [], isTrial: false, ...who };
  /** The kitchen, of another device, counts the canteen. */
  const elsewhere: Site = {
    ...site(),
    devices: [
      { ...gas, points: [canteen] },
      { ...siren, points: [kitchen] },
    ],
  };

  beforeEach(() => {
    registry.apply({ profiles: PROFILES, site: elsewhere, thresholds: [{ point: 'kitchen', ...voting }] }, 'files', 1);
  });

  const ways: [string, () => unknown][] = [
    ['its device is removed', () => registry.removeDevice('gas-01', 'wang', 2)],
    ['its device is put without it', () => registry.putDevice({ ...gas, points: [] }, 'wang', 2)],
    ['an act leaves it out', () => registry.rearrange({ ...act, devices: [{ ...gas, points: [] }] })],
    ['an act takes its device away', () => registry.rearrange({ ...act, removed: ['gas-01'], devices: [] })],
    [
      'devices and limits are put together',
      () => registry.putTogether({ devices: [{ ...gas, points: [] }], thresholds: [], isTrial: false, ...who }),
    ],
  ];
  test.each(ways)('stays when %s, and the votes are named', (_way, remove) => {
    const before = registry.contents();
    expect(votesOf(remove)).toEqual([{ point: 'kitchen', rule: 'both', counts: 'canteen' }]);
    expect(registry.contents()).toEqual(before);
    expect(audit()).toHaveLength(1);
  });

  test('may go along with the vote, with the point that votes, or to another device', () => {
    const unvoted = { point: 'kitchen', document: { rules: {} } };
    const both = registry.putTogether({
      devices: [{ ...gas, points: [] }],
      thresholds: [{ ...unvoted, expectedRevision: 1, ...who }],
      isTrial: false,
      ...who,
    });
    expect(both).toMatchObject({ ok: true, change: { retired: ['canteen'] } });
    registry.apply({ ...registry.contents(), ...elsewhere, site: elsewhere }, 'files', 3);
    registry.putThresholds({ point: 'kitchen', document: voting, expectedRevision: 2, ...who });
    const swap = [
      { ...gas, points: [] },
      { ...siren, points: [kitchen, canteen] },
    ];
    const moved = registry.putTogether({ devices: swap, thresholds: [], isTrial: false, ...who });
    expect(moved).toMatchObject({ ok: true, change: { retired: [] } });
    expect(registry.point('canteen')?.device).toBe('siren');
    expect(registry.removeDevice('siren', 'wang', 4)?.retired).toEqual(['kitchen', 'canteen']);
  });

  test('and a new device that stands before the last one there is are put together', () => {
    const { devices } = registry.contents().site;
    const last = devices.at(-1);
    if (last === undefined) throw new Error('no devices');
    const added = { id: 'added-first', profile: last.profile, points: [] };
    const outcome = registry.putTogether({ devices: [added, last], thresholds: [], isTrial: false, ...who });
    expect(outcome).toMatchObject({ ok: true });
    expect(registry.contents().site.devices.map(({ id }) => id)).toEqual([
      ...devices.map(({ id }) => id),
      'added-first',
    ]);
  });

  test('has to be there before the point whose vote counts it comes back', () => {
    registry.removePoint('kitchen', 'wang', 2);
    registry.removePoint('canteen', 'wang', 3);
    expect(messageOf(() => registry.putPoint('siren', kitchen, 'wang', 4))).toContain('kitchen');
    expect(registry.point('kitchen')).toBeUndefined();
    registry.putDevice({ ...siren, points: [kitchen, canteen] }, 'wang', 5);
    expect(registry.thresholds('kitchen')).toMatchObject({ revision: 1, document: voting });
    expect(registry.difference(registry.contents())).toEqual([]);
  });
});

test('names of a profile and its metrics, in both languages, and nothing else of it', () => {
  registry.apply(input(), 'files', 1);
  const before = registry.definitionOf('canteen');
  const names = { name: { zh: '燃气', en: 'Gas' }, metrics: { ch4: { zh: '甲烷', en: 'Methane' } } };
  expect(registry.putProfileNames('gas', { name: '燃气', metrics: {} }, 'wang', 2).definitions).toEqual([]);
  expect(registry.putProfileNames('gas', names, 'wang', 3).definitions).toHaveLength(2);
  expect(registry.point('kitchen')?.metrics.methane?.name).toEqual({ zh: '甲烷', en: 'Methane' });
  const { id: _id, metrics, ...same } = registry.definitionOf('canteen') as PointDefinition;
  expect(before).toMatchObject(same);
  expect(metrics.ch4).toEqual({ ...before?.metrics.ch4, name: names.metrics.ch4 });
  const [profile] = PROFILES;
  const named = { ...profile, name: names.name, metrics: { ...profile?.metrics, ch4: metrics.ch4 } };
  const { series: _series, ...ch4 } = metrics.ch4 ?? { series: 0 };
  expect(registry.contents().profiles).toEqual([{ ...named, metrics: { ...named.metrics, ch4 } }]);
  expect(messageOf(() => registry.putProfileNames('gas', { metrics: { co: 'CO' } }, 'wang', 4))).toContain(
    'metrics.co',
  );
  expect(audit().at(-1)).toMatchObject({ author: 'wang', action: 'profile-named', subject: 'gas' });
  const whole = registry.contents();
  reopen();
  expect(registry.contents()).toEqual(whole);
  expect(registry.difference(whole)).toEqual([]);
});

test('a secret of the sample site is none where others than this machine can reach the server', () => {
  const device = { ...site().devices[0], secret: 'demo-gas-01' } as Site['devices'][number];
  const input = { profiles: PROFILES, site: { ...site(), devices: [device] }, thresholds: [] };
  const isTaken = () => registry.verifySecret('gas-01', Buffer.from('demo-gas-01'));
  registry.apply(input, 'files', 1);
  expect([isTaken(), registry.hasPublicSecret('gas-01')]).toEqual([true, true]);
  registry.close();

  registry = openRegistry({
    path: join(dir, 'registry.db'),
    hashKey: KEY,
    validate: () => [],
    refusesPublicSecrets: () => true,
  });
  expect([isTaken(), registry.hasPublicSecret('gas-01')]).toEqual([false, true]);
  const words = 'the secret of device gas-01 in the sample site, which everybody can read';
  expect(messageOf(() => registry.apply(input, 'files', 2))).toContain(words);
  expect(messageOf(() => registry.difference(input))).toContain(words);
  expect(messageOf(() => registry.putDevice(device, 'wang', 2))).toContain(words);
  registry.putDevice({ ...device, secret: 'its own' }, 'wang', 3);
  expect(registry.verifySecret('gas-01', Buffer.from('its own'))).toBe(true);
  expect(registry.hasPublicSecret('gas-01')).toBe(false);
});

const PROFILES: SiteContents['profiles'] = [
  {
    id: 'gas',
    family: 'gas',
    metrics: { ch4: { type: 'number', unit: '%LEL', range: [0, 100] }, alarm: { type: 'boolean' } },
    reportEvery: '10s',
  },
];

function site(): Site {
  return siteSchema.parse({
    areas: [
      { id: 'town', name: { zh: '镇', en: 'Town' } },
      { id: 'market', parent: 'town', name: { zh: '集市' } },
    ],
    devices: [
      {
        id: 'gas-01',
        profile: 'gas',
        secret: 's1',
        points: [
          { id: 'canteen', area: 'market', name: { en: 'Canteen' }, location: [108.75, 29.52], labels: { floor: '1' } },
          { id: 'kitchen', area: 'market', metrics: { methane: 'ch4' } },
        ],
      },
      { id: 'siren', profile: 'gas', secret: 's2', grants: ['alerts'] },
    ],
  });
}

function document(above: number) {
  return thresholdDocumentSchema.parse({ rules: { ch4: { metric: 'ch4', levels: { red: { above } } } } });
}

function input(): SiteContents {
  const thresholds = [thresholdFileEntrySchema.parse({ point: 'canteen', ...document(50) })];
  return { profiles: PROFILES, site: site(), thresholds };
}

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'nothing was thrown';
}

/** The votes for which something is refused. */
function votesOf(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    if (error instanceof PointsInUseError) return error.votes;
    throw error;
  }
  return 'nothing was thrown';
}

function audit(): { author: string; action: string; subject: string | null; at_ms: number }[] {
  const database = new DatabaseSync(join(dir, 'registry.db'), { readOnly: true });
  try {
    return database.prepare('SELECT author, action, subject, at_ms FROM audit ORDER BY id').all() as never;
  } finally {
    database.close();
  }
}

describe('apply', () => {
  test('seeds an empty registry, and everything is there again after a reopen', () => {
    expect(registry.isEmpty()).toBe(true);
    const change = registry.apply(input(), 'files', 1_000);
    expect(change).toMatchObject({ definitions: [1, 2], retired: [] });
    const seen = () => ({
      empty: registry.isEmpty(),
      areas: registry.areas(),
      devices: [...registry.devices()],
      points: [...registry.points()],
      current: [...registry.currentDefinitions()],
      definitions: registry.definitions([2, 1]),
      series: [1, 2, 3, 4, 5].map((id) => registry.series(id)),
      thresholds: [registry.thresholds('canteen'), registry.thresholds('kitchen'), registry.thresholds('nowhere')],
      contents: registry.contents(),
    });
    const before = seen();
    reopen();
    expect(seen()).toEqual(before);
    expect(before).toMatchObject({
      empty: false,
      areas: [
        { id: 'town', parent: null, name: { zh: '镇', en: 'Town' }, outline: null, location: null },
        { id: 'market', parent: 'town', name: { zh: '集市', en: '集市' } },
      ],
      devices: [
        {
          id: 'gas-01',
          family: 'gas',
          reportEveryMs: 10_000,
          hasSecret: true,
          grantedAlerts: false,
          points: ['canteen', 'kitchen'],
          fields: [
            { field: 'ch4', metric: { unit: '%LEL', range: [0, 100] }, series: [1, 3] },
            { field: 'alarm', metric: { type: 'boolean' }, series: [2] },
          ],
        },
        {
          id: 'siren',
          grantedAlerts: true,
          points: [],
          fields: [
            { field: 'ch4', series: [] },
            { field: 'alarm', series: [] },
          ],
        },
      ],
      points: [
        {
          id: 'canteen',
          area: 'market',
          device: 'gas-01',
          name: { zh: 'Canteen', en: 'Canteen' },
          location: [108.75, 29.52],
          labels: { floor: '1' },
          metrics: { ch4: { unit: '%LEL', series: 1 }, alarm: { type: 'boolean', series: 2 } },
          reportEveryMs: 10_000,
        },
        { id: 'kitchen', name: { zh: 'kitchen' }, location: null, labels: {}, metrics: { methane: { series: 3 } } },
      ],
      current: [
        { point: 'canteen', id: 1 },
        { point: 'kitchen', id: 2 },
      ],
      definitions: [
        { id: 2, point: 'kitchen', revision: 0, document: { rules: {} }, metrics: { methane: { series: 3 } } },
        {
          id: 1,
          point: 'canteen',
          area: 'market',
          family: 'gas',
          device: 'gas-01',
          reportEveryMs: 10_000,
          revision: 1,
        },
      ],
      series: [
        { point: 'canteen', metric: 'ch4' },
        { point: 'canteen', metric: 'alarm' },
        { point: 'kitchen', metric: 'methane' },
        undefined,
        undefined,
      ],
      thresholds: [
        { revision: 1, document: document(50), author: 'files', atMs: 1_000, reason: null },
        { revision: 0, document: { rules: {} } },
        undefined,
      ],
    });
    expect(before.contents.thresholds).toEqual(input().thresholds);
    expect(before.contents.site.devices[0]).toEqual({ ...site().devices[0], secret: undefined });
  });

  test('what it would do can be asked before, and the question leaves no trace', () => {
    registry.apply(input(), 'files', 1_000);
    const before = { contents: registry.contents(), current: [...registry.currentDefinitions()] };
    const next = { ...input(), thresholds: [] };
    const differences = registry.difference(next);
    expect(differences.map(({ kind, change }) => [kind, change])).toEqual([['thresholds', 'removed']]);
    expect({ contents: registry.contents(), current: [...registry.currentDefinitions()] }).toEqual(before);
    expect(registry.revisions('canteen', 10)).toHaveLength(1);
    const applied = registry.apply(next, 'anna', 2_000);
    expect([applied.differences, applied.definitions]).toEqual([differences, [3]]);
  });

  test('the same again changes nothing and leaves no trace', () => {
    registry.apply(input(), 'files', 1_000);
    expect(registry.apply(input(), 'files', 2_000)).toMatchObject({ definitions: [], retired: [] });
    expect(registry.apply(registry.contents(), 'files', 3_000)).toMatchObject({ definitions: [], retired: [] });
    expect(audit()).toHaveLength(1);
    expect(registry.verifySecret('gas-01', Buffer.from('s1'))).toBe(true);
  });

  test('only what changed gets a new definition; what is gone is retired and keeps its series and revisions', () => {
    registry.apply(input(), 'files', 1_000);
    const next = input();
    const [device, siren] = next.site.devices;
    if (device === undefined || siren === undefined) throw new Error('no device');
    const onlyCanteen = { ...device, points: device.points.slice(0, 1) };
    const changed = { ...next, site: { ...next.site, devices: [onlyCanteen, siren] } };
    expect(registry.apply(changed, 'anna', 2_000)).toMatchObject({ definitions: [], retired: ['kitchen'] });
    expect(registry.point('kitchen')).toBeUndefined();
    expect(registry.series(3)).toEqual({ point: 'kitchen', metric: 'methane' });
    expect(registry.definition(2).point).toBe('kitchen');

    const warmer = { ...changed, thresholds: [{ point: 'canteen', ...document(40) }] };
    expect(registry.apply(warmer, 'anna', 3_000)).toMatchObject({ definitions: [3], retired: [] });
    expect(registry.definition(1).document).toEqual(document(50));
    expect(registry.definition(3)).toMatchObject({ revision: 2, document: document(40) });

    // Back again: the old series, and the old definition, which is identical.
    expect(registry.apply({ ...next, thresholds: [] }, 'anna', 4_000)).toMatchObject({
      definitions: [4, 2],
      retired: [],
    });
    expect(registry.thresholds('canteen')).toMatchObject({ revision: 3, document: { rules: {} } });
    expect(registry.revisions('canteen', 10).map((one) => one.revision)).toEqual([3, 2, 1]);
    expect(registry.revisions('canteen', 1, 3).map((one) => one.revision)).toEqual([2]);
    expect(registry.revision('canteen', 1)).toMatchObject({ author: 'files', document: document(50) });
    expect(registry.revision('canteen', 9)).toBeUndefined();
    expect(audit().map((row) => [row.author, row.action, row.at_ms])).toEqual([
      ['files', 'apply', 1_000],
      ['anna', 'apply', 2_000],
      ['anna', 'apply', 3_000],
      ['anna', 'apply', 4_000],
    ]);
  });

  test('a change of the profile reaches every point of it', () => {
    registry.apply(input(), 'files', 1_000);
    const slower = PROFILES.map((profile) => ({ ...profile, reportEvery: '60s' }));
    expect(registry.apply({ ...input(), profiles: slower }, 'files', 2_000).definitions).toEqual([3, 4]);
    expect(registry.point('canteen')?.reportEveryMs).toBe(60_000);
  });

  test('every problem is said, and nothing is changed', () => {
    const wrong = input();
    const message = messageOf(() =>
      registry.apply({ ...wrong, profiles: [], thresholds: [{ point: 'lost', rules: {} }] }, 'files', 1_000),
    );
    expect(message.split('\n')).toEqual([
      'site: devices[0].profile: found "gas", expected a profile that exists: (there are none)',
      'site: devices[1].profile: found "gas", expected a profile that exists: (there are none)',
      'thresholds: [0].point: found "lost", expected a point of the site',
    ]);
    expect(registry.isEmpty()).toBe(true);
  });

  test('what evaluation refuses is refused, and the numbers it would have had are not leaked', () => {
    registry.close();
    registry = open((definition) => (definition.revision > 0 ? [IMPOSSIBLE] : []));
    expect(messageOf(() => registry.apply(input(), 'files', 1_000))).toBe(
      'thresholds: canteen: found rules.ch4.unit: cannot convert kPa to %LEL: they measure different things, expected rules that can be evaluated',
    );
    expect(registry.isEmpty()).toBe(true);
    expect(audit()).toEqual([]);
    const change = registry.apply({ ...input(), thresholds: [] }, 'files', 2_000);
    expect(change.definitions).toHaveLength(2);
    expect(registry.definitions(change.definitions).map((one) => one.document)).toEqual([{ rules: {} }, { rules: {} }]);
  });

  test('the sample site', () => {
    const files = readSiteFiles('devices');
    const { entries } = readThresholdFiles('thresholds', files.metricsByPoint);
    const sample = { profiles: files.profiles, site: files.site, thresholds: entries };
    const change = registry.apply(sample, 'files', 1_000);
    expect(change.definitions).toHaveLength(files.metricsByPoint?.size ?? 0);
    reopen();
    expect(registry.apply(sample, 'files', 2_000).definitions).toEqual([]);
    expect(registry.point('sewage-nh3')?.metrics).toMatchObject({ nh3: { unit: 'mg/m³' } });
    expect(registry.definition(1).document.rules.ch4?.levels?.yellow).toEqual({
      above: 25,
      label: { zh: '一级报警', en: 'Stage 1 alarm' },
    });
  });
});

describe('secrets', () => {
  test('only the right secret of the right device fits, also after a reopen', () => {
    registry.apply(input(), 'files', 1_000);
    reopen();
    const fits = (device: string, secret: string) => registry.verifySecret(device, Buffer.from(secret));
    expect([fits('gas-01', 's1'), fits('gas-01', 's2'), fits('gas-01', ''), fits('nobody', 's1')]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });

  test('a device without a secret matches nothing; left out later, the secret stays', () => {
    const open = siteSchema.parse({ ...site(), devices: [{ id: 'gas-01', profile: 'gas' }] });
    registry.apply({ ...input(), thresholds: [], site: open }, 'files', 1_000);
    expect(registry.device('gas-01')?.hasSecret).toBe(false);
    expect(registry.verifySecret('gas-01', new Uint8Array(0))).toBe(false);
    registry.apply(input(), 'files', 2_000);
    registry.apply({ ...input(), thresholds: [], site: open }, 'files', 3_000);
    expect(registry.verifySecret('gas-01', Buffer.from('s1'))).toBe(true);
  });

  test('neither the secret nor the key stand in the file', () => {
    registry.apply(input(), 'files', 1_000);
    const database = new DatabaseSync(join(dir, 'registry.db'), { readOnly: true });
    const rows = database.prepare('SELECT * FROM device').all();
    const text = JSON.stringify([rows, database.prepare('SELECT * FROM audit').all()]);
    database.close();
    expect(rows[0]?.secret_hash).toHaveLength(32);
    expect(text).not.toContain('"s1"');
  });

  test('another installation key is an error at opening, not a lock-out of every device', () => {
    registry.apply(input(), 'files', 1_000);
    const other = { path: join(dir, 'registry.db'), hashKey: new Uint8Array(32), validate: () => [] };
    expect(messageOf(() => openRegistry(other))).toContain('secrets hashed under another installation key');
  });
});

describe('putDevice and removeDevice', () => {
  beforeEach(() => {
    registry.apply(input(), 'files', 1_000);
  });

  test('adds a device at the end', () => {
    const [device] = siteSchema.parse({
      devices: [{ id: 'gas-02', profile: 'gas', secret: 'x', points: [{ id: 'shop', area: 'town' }] }],
    }).devices;
    if (device === undefined) throw new Error('no device');
    expect(registry.putDevice(device, 'anna', 2_000)).toEqual({ definitions: [3], retired: [] });
    const seen = () => [[...registry.devices()].map((one) => one.id), registry.point('shop')];
    const before = seen();
    reopen();
    expect(seen()).toEqual(before);
    expect(before[0]).toEqual(['gas-01', 'siren', 'gas-02']);
    expect(registry.verifySecret('gas-02', Buffer.from('x'))).toBe(true);
    expect(audit().at(-1)).toMatchObject({ author: 'anna', action: 'device-added', subject: 'gas-02', at_ms: 2_000 });
  });

  test('replaces a device in its place: a new name makes no definition, a lost point is retired', () => {
    const [device] = site().devices;
    if (device === undefined) throw new Error('no device');
    const renamed = { ...device, secret: undefined, name: 'Detector' };
    expect(registry.putDevice(renamed, 'anna', 2_000)).toEqual({ definitions: [], retired: [] });
    expect(registry.device('gas-01')?.name).toEqual({ zh: 'Detector', en: 'Detector' });
    expect(registry.thresholds('canteen')?.document).toEqual(document(50));
    const smaller = { ...renamed, points: renamed.points.slice(0, 1) };
    expect(registry.putDevice(smaller, 'anna', 3_000)).toEqual({ definitions: [], retired: ['kitchen'] });
    expect(registry.device('gas-01')?.fields[0]?.series).toEqual([1]);
    const order = () => [...registry.devices()].map((one) => one.id);
    expect(order()).toEqual(['gas-01', 'siren']);
    reopen();
    expect(order()).toEqual(['gas-01', 'siren']);
    expect(registry.point('kitchen')).toBeUndefined();
    expect(registry.verifySecret('gas-01', Buffer.from('s1'))).toBe(true);
  });

  test('refuses what does not fit, with every problem', () => {
    const [device] = siteSchema.parse({
      devices: [{ id: 'new', profile: 'none', points: [{ id: 'canteen', area: 'nowhere' }] }],
    }).devices;
    if (device === undefined) throw new Error('no device');
    expect(messageOf(() => registry.putDevice(device, 'anna', 2_000)).split('\n')).toEqual([
      'device: profile: found "none", expected a profile that exists: gas',
      'device: points[0].area: found "nowhere", expected an area of this site: town, market',
      'device: points[0].id: found "canteen", expected a point id that is free (device gas-01 has it)',
    ]);
    expect(registry.device('new')).toBeUndefined();
  });

  test('removes a device with its points; thresholds come back with the point', () => {
    expect(registry.removeDevice('gas-01', 'anna', 2_000)).toEqual({
      definitions: [],
      retired: ['canteen', 'kitchen'],
    });
    expect([...registry.points()]).toEqual([]);
    expect(registry.thresholds('canteen')).toBeUndefined();
    expect(registry.removeDevice('gas-01', 'anna', 2_000)).toBeUndefined();
    const [device] = site().devices;
    if (device === undefined) throw new Error('no device');
    expect(registry.putDevice(device, 'anna', 3_000)).toEqual({ definitions: [1, 2], retired: [] });
    expect(registry.thresholds('canteen')).toMatchObject({ revision: 1, document: document(50) });
  });
});

describe('putThresholds', () => {
  beforeEach(() => {
    registry.apply(input(), 'files', 1_000);
  });
  const change = (expectedRevision: number, above: number) => ({
    point: 'canteen',
    expectedRevision,
    document: document(above),
    author: 'anna',
    atMs: 2_000,
    reason: 'cries wolf',
  });

  test('makes a revision and a definition', () => {
    const outcome = registry.putThresholds(change(1, 45));
    const revision = {
      point: 'canteen',
      revision: 2,
      document: document(45),
      author: 'anna',
      atMs: 2_000,
      reason: 'cries wolf',
      untilMs: null,
      revertsTo: null,
      approvedBy: null,
      proposal: null,
    };
    expect(outcome).toEqual({ ok: true, revision, change: { definitions: [3], retired: [] } });
    const seen = () => [registry.thresholds('canteen'), registry.definition(3), [...registry.currentDefinitions()]];
    const before = seen();
    reopen();
    expect(seen()).toEqual(before);
    expect(before).toMatchObject([revision, { revision: 2, document: document(45) }, [{ id: 2 }, { id: 3 }]]);
    expect(audit().at(-1)).toMatchObject({ author: 'anna', action: 'thresholds-changed', subject: 'canteen' });
  });

  test('a lost race, an unknown point, an unknown metric and an unknown voter are told apart', () => {
    registry.putThresholds(change(1, 45));
    expect(registry.putThresholds(change(1, 46))).toEqual({ ok: false, error: 'lost-race', revision: 2 });
    expect(registry.putThresholds({ ...change(1, 46), point: 'x' })).toEqual({ ok: false, error: 'unknown-point' });
    const rules = {
      a: { metric: 'co', levels: { red: { above: 1 } } },
      b: { vote: { points: ['x'], atLeast: 1, level: 'red' } },
    };
    const outcome = registry.putThresholds({ ...change(2, 0), document: thresholdDocumentSchema.parse({ rules }) });
    expect(outcome).toEqual({
      ok: false,
      error: 'invalid',
      problems: [
        {
          path: ['rules', 'a', 'metric'],
          code: 'unknown-metric',
          values: { metric: 'co', known: ['ch4', 'alarm'], more: 0 },
        },
        { path: ['rules', 'b', 'vote', 'points', 0], code: 'unknown-point', values: { point: 'x' } },
      ],
    });
    expect(registry.thresholds('canteen')?.revision).toBe(2);
  });

  test('what evaluation refuses is refused', () => {
    registry.close();
    registry = open((definition) => (definition.revision > 1 ? [IMPOSSIBLE] : []));
    expect(registry.putThresholds(change(1, 45))).toEqual({
      ok: false,
      error: 'invalid',
      problems: [IMPOSSIBLE],
    });
    expect(registry.thresholds('canteen')?.revision).toBe(1);
  });
});

describe('the file', () => {
  test('of a newer version is refused', () => {
    registry.close();
    const database = new DatabaseSync(join(dir, 'registry.db'));
    const present = Number(database.prepare('PRAGMA user_version').get()?.user_version);
    database.exec('PRAGMA user_version = 99');
    database.close();
    expect(() => open()).toThrow(`is of version 99; this program knows versions up to ${present}`);
    const back = new DatabaseSync(join(dir, 'registry.db'));
    back.exec(`PRAGMA user_version = ${present}`);
    back.close();
    registry = open();
  });

  test('of a former version: its definitions keep the rules they had, those in force are made anew, once', () => {
    registry.apply(input(), 'files', 1_000);
    const before = [...registry.currentDefinitions()];
    registry.close();
    const database = new DatabaseSync(join(dir, 'registry.db'));
    makeFormerRegistry(database, 5);
    database.close();
    const reader = openDefinitions(join(dir, 'registry.db'));
    expect(reader.get([1]).map(({ impliedRules }) => impliedRules)).toEqual([1]);
    reader.close();
    registry = open();
    expect(registry.definitions([1, 2]).map(({ impliedRules }) => impliedRules)).toEqual([1, 1]);
    const now = [...registry.currentDefinitions()];
    expect(now.map(({ point }) => point)).toEqual(before.map(({ point }) => point));
    const ids = now.map(({ id }) => id);
    expect(ids.every((id) => id > 2)).toBe(true);
    expect(registry.definitions(ids)).toEqual(
      registry.definitions([1, 2]).map(({ impliedRules: _, ...same }, i) => ({ ...same, id: ids[i] })),
    );
    expect(registry.apply(input(), 'files', 2_000)).toMatchObject({ definitions: [], retired: [] });
    reopen();
    expect([...registry.currentDefinitions()]).toEqual(now);
  });

  test('an unknown definition is damage', () => {
    expect(() => registry.definition(1)).toThrow(RangeError);
    expect(() => registry.definitions([5])).toThrow('registry holds no definition 5');
  });
});

describe('proposals', () => {
  const DAY = 86_400_000;
  const wanted = {
    id: 'one',
    author: 'anna',
    atMs: 2_000,
    reason: 'cries wolf',
    expiresMs: 2_000 + 7 * DAY,
    items: [
      {
        point: 'canteen',
        revision: 1,
        document: document(45),
        untilMs: null,
        weakens: [{ rule: 'ch4', level: 'red' as const, change: 'criterion' as const }],
      },
    ],
  };
  const by = (name: string, atMs: number) => ({ by: name, atMs, note: 'seen' });

  beforeEach(() => {
    registry.apply(input(), 'files', 1_000);
  });

  test('are kept, expire, and leave their trail', () => {
    expect(registry.propose(wanted)).toMatchObject({ ok: true, proposal: { ...wanted, decision: null } });
    reopen();
    expect(registry.proposals({ pendingAtMs: 3_000, limit: 10 })).toMatchObject([wanted]);
    expect(registry.proposals({ pendingAtMs: wanted.expiresMs, limit: 10 })).toEqual([]);
    expect(registry.proposals({ limit: 10 })).toMatchObject([{ id: 'one' }]);
    expect(registry.approve('one', by('ben', wanted.expiresMs))).toMatchObject({ ok: false, error: 'expired' });
    expect(registry.approve('one', by('anna', 3_000))).toEqual({ ok: false, error: 'own' });
    expect(registry.approve('one', by('ben', 3_000))).toMatchObject({
      ok: true,
      proposal: { decision: 'approved', decidedBy: 'ben', decidedMs: 3_000, note: 'seen', items: [{ made: 2 }] },
      revisions: [{ revision: 2, author: 'anna', approvedBy: 'ben', atMs: 3_000, proposal: 'one' }],
      change: { definitions: [3], retired: [] },
    });
    expect(registry.closeProposal('one', 'rejected', by('cara', 4_000))).toMatchObject({ ok: false, error: 'decided' });
    expect(audit().map(({ author, action, subject }) => [author, action, subject])).toEqual([
      ['files', 'apply', null],
      ['anna', 'thresholds-proposed', 'one'],
      ['anna', 'thresholds-changed', 'canteen'],
      ['ben', 'thresholds-approved', 'one'],
    ]);
  });

  test('what could not be made now cannot be proposed, and what can no longer be made cannot be approved', () => {
    const from = (revision: number) => ({ ...wanted, items: wanted.items.map((item) => ({ ...item, revision })) });
    expect(registry.propose(from(0))).toMatchObject({
      ok: false,
      failures: [{ point: 'canteen', error: 'lost-race' }],
    });
    expect(registry.proposals({ limit: 10 })).toEqual([]);
    registry.propose(wanted);
    const [item] = wanted.items;
    const change = { ...item, point: 'canteen', document: document(44), author: 'cara', atMs: 2_500, reason: null };
    registry.putThresholds({ ...change, expectedRevision: 1 });
    expect(registry.approve('one', by('ben', 3_000))).toMatchObject({ ok: false, error: 'refused' });
    expect(registry.thresholds('canteen')).toMatchObject({ revision: 2, author: 'cara' });
    expect(registry.closeProposal('one', 'withdrawn', by('anna', 4_000))).toMatchObject({
      ok: true,
      proposal: { decision: 'withdrawn', items: [{ made: null }] },
    });
  });
});
