import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { AlertFollower } from '../../src/alerts/follower.ts';
import type { Accounts } from '../../src/api/accounts.ts';
import type { Journal } from '../../src/journal/journal.ts';
import type { JournalEntry } from '../../src/model/entry.ts';
import type { SiteContents } from '../../src/model/site-change.ts';
import { openRegistry } from '../../src/registry/open-registry.ts';
import { createControls } from '../../src/services/changes/controls.ts';
import { temporaryFolder } from '../support/temporary.ts';

const document = (above: number) => ({ rules: { r: { metric: 'v', levels: { red: { above } } } } });

function site(points: readonly string[], above: number): SiteContents {
  return {
    profiles: [{ id: 'plain', family: 'other', metrics: { v: { type: 'number' } }, reportEvery: '60s' }],
    site: {
      areas: [{ id: 'town' }],
      devices: points.map((id) => ({ id: `dev-${id}`, profile: 'plain', points: [{ id, area: 'town' }] })),
    },
    thresholds: points.map((point) => ({ point, ...document(above) })),
  };
}

test('two changes at the same time stand in the journal in the order in which the registry made them', () => {
  const registry = openRegistry({
    path: join(temporaryFolder(), 'registry.db'),
    hashKey: new Uint8Array(32),
    validate: () => [],
  });
  registry.apply(site(['a', 'b'], 1), 'files', 1);
  const entries: JournalEntry[] = [];
  const journal = { append: (entry: JournalEntry) => entries.push(entry) } as unknown as Journal;
  const controls = createControls({
    journal,
    alerts: { areasInForce: () => ({}) } as AlertFollower,
    store: { listMaintenance: () => [], getMaintenance: () => undefined },
    registry,
    stampMs: () => 5,
    onAdded: () => {},
    connections: { disconnect: () => {}, forget: () => {}, forgetRefused: () => {} },
  });

  void controls.site.apply(site(['a'], 2), 'anna');
  const change = { point: 'a', document: document(3), author: 'bert', reason: null };
  void controls.thresholds.put({ ...change, expectedRevision: 2 });

  const inOrder = entries.map((entry) => (entry.kind === 'control' ? entry.control : entry));
  expect(inOrder).toEqual([
    { type: 'areas', parents: { town: null } },
    { type: 'retire', points: ['b'] },
    { type: 'define', definitions: [expect.any(Number)] },
    { type: 'define', definitions: [expect.any(Number)] },
  ]);
  const revisions = inOrder.flatMap((control) => {
    if (!('type' in control) || control.type !== 'define') return [];
    return registry.definitions(control.definitions).map(({ revision }) => revision);
  });
  expect(revisions).toEqual([2, 3]);
  registry.close();
});

test('a user name with blanks around it is the device it means', () => {
  const registry = openRegistry({
    path: join(temporaryFolder(), 'registry.db'),
    hashKey: new Uint8Array(32),
    validate: () => [],
  });
  const { site: places, ...rest } = site(['a'], 1);
  const devices = places.devices.map((device) => ({ ...device, secret: 'sesame' }));
  registry.apply({ ...rest, site: { ...places, devices } }, 'files', 1);
  const controls = createControls({
    journal: {} as Journal,
    alerts: { areasInForce: () => ({}) } as AlertFollower,
    store: { listMaintenance: () => [], getMaintenance: () => undefined },
    registry,
    stampMs: () => 5,
    onAdded: () => {},
    connections: { disconnect: () => {}, forget: () => {}, forgetRefused: () => {} },
  });
  const asked = (name: string, secret: string) =>
    controls.principal('password', {} as Accounts, name, Buffer.from(secret));
  expect(asked(' dev-a\t', 'sesame')).toMatchObject({ kind: 'device', id: 'dev-a' });
  expect(asked(' dev-a', ' sesame')).toBeUndefined();
  expect(asked('dev -a', 'sesame')).toBeUndefined();
});
