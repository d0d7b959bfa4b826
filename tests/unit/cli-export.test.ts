import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { differenceText } from '../../src/cli/difference-text.ts';
import { exportFiles } from '../../src/cli/export-files.ts';
import type { SiteContents } from '../../src/model/site-change.ts';
import { differenceOf } from '../../src/registry/difference.ts';
import { openRegistry } from '../../src/registry/open-registry.ts';
import { readSiteFiles } from '../../src/registry/site-files.ts';
import { readThresholdFiles } from '../../src/registry/threshold-files.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'brink-export-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

function read(root: string): SiteContents {
  const site = readSiteFiles(join(root, 'devices'));
  const thresholds = readThresholdFiles(join(root, 'thresholds'), site.metricsByPoint);
  expect([...site.problems, ...thresholds.problems]).toEqual([]);
  return { profiles: site.profiles, site: site.site, thresholds: thresholds.entries };
}

function write(root: string, files: ReadonlyMap<string, string>): void {
  for (const [path, text] of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

function open(name: string) {
  return openRegistry({ path: join(dir, name), hashKey: new Uint8Array(32), validate: () => [] });
}

describe('export', () => {
  test('export, apply, export gives the same bytes, in the same registry and in an empty one', () => {
    const first = open('first.db');
    first.apply(read('.'), 'files', 1);
    // A history of changes must not show: a device replaced, one taken away and put back, a document emptied.
    const [device, other] = read('.').site.devices;
    if (device === undefined || other === undefined) throw new Error('no devices');
    first.putDevice({ ...device, name: 'yes', points: [...device.points].reverse() }, 'anna', 2);
    first.removeDevice(other.id, 'anna', 3);
    first.putDevice({ ...other, name: '0x1F: # a "name"' }, 'anna', 4);
    const emptied = { point: 'gas-well-01', expectedRevision: 1, document: { rules: {} } };
    expect(first.putThresholds({ ...emptied, author: 'anna', atMs: 5, reason: null }).ok).toBe(true);
    const exported = exportFiles(first.contents());

    write(join(dir, 'a'), exported);
    const again = read(join(dir, 'a'));
    expect(first.apply(again, 'files', 6)).toMatchObject({ definitions: [], retired: [] });
    const second = open('second.db');
    second.apply(again, 'files', 7);
    expect([...exportFiles(second.contents())]).toEqual([...exported]);
    expect(first.verifySecret(device.id, Buffer.from(device.secret ?? ''))).toBe(true);
    expect([...exported.values()].join()).not.toContain(device.secret);
    first.close();
    second.close();
  });

  test('a site without limits has a folder for them, and comes back', () => {
    const none = { ...read('.'), thresholds: [] };
    write(join(dir, 'bare'), exportFiles(none));
    expect(read(join(dir, 'bare')).thresholds).toEqual([]);
  });

  test('a codec is a file beside its profile, and comes back as it was', () => {
    const before = read('.');
    const codec = { file: 'gas.js', source: 'function Decode() {}\n', freshContext: true };
    const [first, ...others] = before.profiles;
    if (first === undefined) throw new Error('no profiles');
    const files = exportFiles({ ...before, profiles: [{ ...first, codec }, ...others] });
    expect(files.get(`devices/${first.id}/gas.js`)).toBe(codec.source);
    write(dir, files);
    expect(read(dir).profiles.find(({ id }) => id === first.id)?.codec).toEqual(codec);
  });

  test('reads well', () => {
    const files = exportFiles(read('.'));
    expect(files.get('devices/manual-call-point/profile.yaml')).toBe(`family: fire
name: { zh: 手动火灾报警按钮, en: Manual call point }
reportEvery: 30s
metrics:
  pressed: { type: boolean, name: { zh: 按钮按下, en: Pressed } }
  fault: { type: boolean, name: { zh: 探测器故障, en: Detector fault } }
  battery: { unit: "%", range: [ 0, 100 ], sentinels: [ 255 ], name: { zh: 电池电量, en: Battery } }
`);
    expect(files.get('thresholds/gas.yaml')).toMatch(/^- point: canteen-gas\n {2}rules:\n {4}ch4:\n {6}metric: ch4\n/);
  });
});

describe('difference', () => {
  test('one line for each thing, one for each leaf', () => {
    const before = read('.');
    const [device, ...others] = before.site.devices;
    if (device === undefined) throw new Error('no devices');
    const after: SiteContents = {
      profiles: before.profiles.map((profile) =>
        profile.id === 'siren' ? { ...profile, reportEvery: '2m' } : profile,
      ),
      site: {
        areas: [...before.site.areas, { id: 'annex' }],
        devices: [{ ...device, id: 'gas-99', secret: 'new' }, ...others],
      },
      thresholds: before.thresholds.map((entry) =>
        entry.point === 'underpass-01'
          ? { ...entry, rules: { depth: { metric: 'depth', levels: { red: { above: 30 } } } } }
          : entry,
      ),
    };
    const text = differenceText(differenceOf(before, after, () => false));
    expect(text).toBe(`~ profile siren
      reportEvery: "60s" -> "2m"
+ area annex
${others
  .map((other) => `~ device ${other.id}\n      secret changed\n`)
  .join('')
  .replace(/^/, '+ device gas-99\n')}- device gas-01
~ point canteen-gas
      device: "gas-01" -> "gas-99"
~ thresholds underpass-01
      rules.depth.unit: "cm" -> (none)
      rules.depth.levels.blue: {"above":10} -> (none)
      rules.depth.levels.yellow: {"above":15,"for":"60s"} -> (none)
      rules.depth.levels.orange: {"above":20} -> (none)
      rules.depth.levels.red.above: 27 -> 30
      rules.depth.levels.red.label: {"en":"Close the road","zh":"封闭道路"} -> (none)
      rules.depth.deadband: 2 -> (none)
      rules.depth.recoverFor: "5m" -> (none)
      rules.battery: {"levels":{"blue":{"below":20}},"metric":"battery","recover":25} -> (none)
2 added, ${others.length + 3} changed, 1 removed
`);
  });

  test('none where only the order of keys differs, or a secret is the present one', () => {
    const before = read('.');
    const reversed = before.thresholds.map(({ point, rules, ...rest }) => ({
      ...rest,
      rules: Object.fromEntries(Object.entries(rules).reverse()),
      point,
    }));
    expect(differenceText(differenceOf(before, { ...before, thresholds: reversed }, () => true))).toBe('');
  });
});
