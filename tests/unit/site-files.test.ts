import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { formatProblem, type Problem } from '../../src/lib/errors.ts';
import { parseStructured } from '../../src/lib/structured-file.ts';
import { FAMILIES } from '../../src/model/site.ts';
import { readDeviceCases } from '../../src/registry/device-cases.ts';
import { readSiteFiles } from '../../src/registry/site-files.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'brink-site-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

function write(name: string, text: string): void {
  mkdirSync(dirname(join(dir, name)), { recursive: true });
  writeFileSync(join(dir, name), text);
}

function lines(problems: readonly Problem[]): string[] {
  return problems.map((problem) => formatProblem(problem).replace(`${dir}/`, ''));
}

const GAS = 'family: gas\nmetrics:\n  ch4: { unit: "%LEL", range: [0, 100] }\nreportEvery: 10s\n';

describe('readSiteFiles', () => {
  test('the sample site has no problem and covers all families', () => {
    const files = readSiteFiles('devices');
    expect(lines(files.problems)).toEqual([]);
    expect(files.site.areas.filter((area) => area.parent === 'zhengyang')).toHaveLength(5);
    const points = files.site.devices.flatMap((device) => device.points);
    expect(points.length).toBeGreaterThanOrEqual(40);
    expect(points.length).toBeLessThanOrEqual(60);
    expect(files.metricsByPoint?.size).toBe(points.length);
    const used = new Set(files.site.devices.map((device) => device.profile));
    // Its devices are simulated in the native form; of the kinds that speak it some of each family are there.
    const native = files.profiles.filter(({ messages, protocol }) => messages === undefined && protocol === undefined);
    const families = new Set(native.filter(({ id }) => used.has(id)).map(({ family }) => family));
    expect(families).toEqual(new Set(FAMILIES));
  });

  test('a missing folder is said, an empty one is fine', () => {
    expect(lines(readSiteFiles(join(dir, 'nowhere')).problems)).toEqual([
      'nowhere: found no such folder, expected a folder with site.yaml and a folder for each profile (--devices)',
    ]);
    expect(readSiteFiles(dir)).toMatchObject({ profiles: [], site: { areas: [], devices: [] }, problems: [] });
  });

  test('a profile has the codec that it names, and nothing that is not beside it', () => {
    const source = 'function decodeUplink() { return { data: {} }; }';
    write('gas/codec.js', source);
    write('secret.js', source);
    const codecOf = (codec: string) => {
      write('gas/profile.yaml', `${GAS}codec: ${codec}\n`);
      const { profiles, problems } = readSiteFiles(dir);
      return problems.length > 0 ? lines(problems) : profiles[0]?.codec;
    };
    expect(codecOf('codec.js')).toEqual({ file: 'codec.js', source, freshContext: false });
    expect(codecOf('{ file: codec.js, freshContext: true }')).toEqual({ file: 'codec.js', source, freshContext: true });
    expect(codecOf('other.js')).toEqual([
      'gas/profile.yaml:5: codec: found "other.js", which is not there, expected a script that stands beside the profile',
    ]);
    expect(codecOf('../secret.js')).toEqual([
      expect.stringContaining('codec.file: found "../secret.js", expected the name of a script beside profile.yaml'),
      expect.stringContaining('codec.source'),
    ]);
  });

  test('an empty site file is an empty site', () => {
    write('site.yaml', '# nothing yet\n');
    expect(readSiteFiles(dir)).toMatchObject({ site: { areas: [], devices: [] }, problems: [] });
  });

  test('JSON and YAML say the same', () => {
    write('gas/profile.yaml', GAS);
    const site = { areas: [{ id: 'a' }], devices: [{ id: 'd', profile: 'gas', points: [{ id: 'p', area: 'a' }] }] };
    write('site.json', JSON.stringify(site));
    expect(readSiteFiles(dir)).toMatchObject({ problems: [], site });
    expect(readSiteFiles(dir).metricsByPoint?.get('p')).toEqual(['ch4']);
  });

  test('every problem is reported at once with file, line, path, what stands there and what should', () => {
    write('gas/profile.yaml', `${GAS}colour: red\n`);
    write('water/profile.yaml', 'family: water\nmetrics:\n  depth: { unit: cm, range: [300, 0] }\n');
    write('other/profile.yaml', 'family: other\nmetrics: { on: { type: boolean } }\n');
    write(
      'site.yaml',
      `areas:
  - id: a
    parent: b
  - { id: b, parent: a }
  - { id: b, parent: nowhere }
devices:
  - id: d1
    profile: other
    points:
      - { id: p, area: a, metrics: { state: off } }
      - { id: p, area: c }
  - id: d1
    profile: unknown
    reportEvery: 10s
    points:
      - { id: q, area: lost, location: [108.75] }
  - id: d2
    profile: gas
    points: [{ id: q, area: elsewhere }]
  - { id: d1, profile: missing }
`,
    );
    expect(lines(readSiteFiles(dir).problems)).toEqual([
      'gas/profile.yaml:5: colour: found the unknown key "colour", expected no such key here',
      'water/profile.yaml:1: family: found "water", expected one of gas, vibration, waterlogging, fire, geohazard, weather, other',
      'water/profile.yaml:3: metrics.depth.range: found [300,0], expected [low, high] with low below high',
      'site.yaml:16: devices[1].points[0].location: found [108.75], expected at least 2 entries',
      'site.yaml:14: devices[1].reportEvery: found the unknown key "reportEvery", expected no such key here',
      'site.yaml:5: areas[2].id: found "b" again, expected area ids that differ (areas[1] has it)',
      'site.yaml:11: devices[0].points[1].id: found "p" again, expected point ids that differ (devices[0].points[0] has it)',
      'site.yaml:20: devices[3].id: found "d1" again, expected device ids that differ (devices[0] has it)',
      'site.yaml:3: areas[0].parent: found "b", which lies in "a", expected areas that do not contain themselves',
      'site.yaml:4: areas[1].parent: found "a", which lies in "b", expected areas that do not contain themselves',
      'site.yaml:5: areas[2].parent: found "nowhere", expected an area of this site: a, b',
      'site.yaml:10: devices[0].points[0].metrics.state: found "off", expected a field of profile other: on',
      'site.yaml:11: devices[0].points[1].area: found "c", expected an area of this site: a, b',
      'site.yaml:19: devices[2].points[0].area: found "elsewhere", expected an area of this site: a, b',
      'site.yaml:20: devices[3].profile: found "missing", expected a profile that exists: gas, other, water',
    ]);
  });

  test.each([
    [
      'a: [1, 2',
      'site.yaml:1: found Flow sequence in block collection must be sufficiently indented and end with a ], expected valid YAML 1.2',
    ],
    ['areas: []\nareas: []\n', 'site.yaml:2: found Map keys must be unique, expected valid YAML 1.2'],
    ['areas: {}\n', 'site.yaml:1: areas: found a map with nothing in it, expected a list'],
    ['- a\n', 'site.yaml:1: found ["a"], expected a map of keys'],
    ['devices: [{ profile: gas }]\n', 'site.yaml:1: devices[0].id: found nothing, expected text (it is missing)'],
  ])('%j', (text, expected) => {
    write('gas/profile.yaml', GAS);
    write('site.yaml', text);
    expect(lines(readSiteFiles(dir).problems)).toContain(expected);
  });

  test('a key given twice in JSON, and a file that is not UTF-8', () => {
    write('gas/profile.json', '{\n"family": "gas",\n"family": "fire",\n"metrics": {}}');
    writeFileSync(join(dir, 'site.yaml'), Buffer.from([0x61, 0x3a, 0xff]));
    expect(lines(readSiteFiles(dir).problems)).toEqual([
      'gas/profile.json:3: found Map keys must be unique, expected valid JSON',
      'site.yaml: found bytes that are not UTF-8, expected text in UTF-8',
    ]);
  });

  test('a file of very many keys is read in the time of its length, and one of them given twice is found', () => {
    // Compared each with each, as the YAML parser does it, they take minutes.
    const keys = Array.from({ length: 60_000 }, (_, i) => `k${i}: 1`);
    expect(parseStructured('f.yaml', keys.join('\n'))).toMatchObject({ parsed: { value: { k59999: 1 } } });
    expect(parseStructured('f.yaml', [...keys, '"k7": 2'].join('\n'))).toEqual({
      problems: [
        { file: 'f.yaml', path: '', line: 60_001, found: 'Map keys must be unique', expected: 'valid YAML 1.2' },
      ],
    });
  });

  test('extensions in capitals are read too; two that differ only in that are one too many', () => {
    write('gas/PROFILE.YAML', GAS);
    write('gas/cases/one.JSON', JSON.stringify({ payload: {}, receivedAt: 1, expect: [] }));
    write('site.YML', 'areas: [{ id: a }]\ndevices: [{ id: d, profile: gas, points: [{ id: p, area: a }] }]\n');
    const files = readSiteFiles(dir);
    expect(lines(files.problems)).toEqual([]);
    expect(files.metricsByPoint?.get('p')).toEqual(['ch4']);
    expect(readDeviceCases(dir, files.profiles).cases).toHaveLength(1);
    write('gas/profile.json', '{}');
    expect(lines(readSiteFiles(dir).problems)[0]).toContain('expected only one of profile.yaml');
  });

  test('aliases may stand for much, and not for what would never end', () => {
    write('gas/profile.yaml', GAS);
    const many = Array.from(
      { length: 300 },
      (_, i) => `  - { id: d${i}, profile: gas, points: [{ id: p${i}, area: *a }] }`,
    );
    write('site.yaml', `areas: [{ id: &a town }]\ndevices:\n${many.join('\n')}\n`);
    expect(readSiteFiles(dir)).toMatchObject({ problems: [] });
    const doubled = Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`);
    write('site.yaml', `a0: &a0 x\n${doubled.join('\n')}\n`);
    expect(lines(readSiteFiles(dir).problems)).toEqual([
      expect.stringMatching(/^site\.yaml:31: found aliases that stand for \d+ values, expected at most 100000 values/),
    ]);
    write('site.yaml', 'areas:\n  - &a [*a]\n');
    expect(lines(readSiteFiles(dir).problems)).toEqual([
      'site.yaml:2: found an anchor whose value contains itself, expected aliases of what is written elsewhere',
    ]);
    for (const deep of ['['.repeat(5_000), '['.repeat(200) + ']'.repeat(200)]) {
      write('site.yaml', deep);
      expect(lines(readSiteFiles(dir).problems)).toEqual([expect.stringContaining('found values nested without end')]);
    }
  });

  test('a key that no schema sees is refused, and a name that every object has is no field', () => {
    write('gas/profile.yaml', `${GAS}  \n`.replace('  ch4:', '  __proto__: {}\n  ch4:'));
    expect(lines(readSiteFiles(dir).problems)).toEqual([
      'gas/profile.yaml:3: found the key "__proto__", expected another name: every object has that one',
    ]);
    write('gas/profile.yaml', GAS);
    const points = '[{ id: constructor, area: a, metrics: { x: constructor } }]';
    write('site.yaml', `areas: [{ id: a }]\ndevices: [{ id: __proto__, profile: gas, points: ${points} }]\n`);
    expect(lines(readSiteFiles(dir).problems)).toEqual([
      'site.yaml:2: devices[0].points[0].metrics.x: found "constructor", expected a field of profile gas: ch4',
    ]);
  });

  test('two site files are one too many', () => {
    write('site.yaml', 'areas: []\n');
    write('site.json', '{}');
    expect(lines(readSiteFiles(dir).problems)[0]).toContain('expected only one of site.yaml, site.yml and site.json');
  });

  test('a large JSON file names the line of a problem too', () => {
    write('gas/profile.yaml', GAS);
    const devices = Array.from({ length: 5_000 }, (_, i) => ({ id: `d${i}`, profile: i === 2_000 ? 'gass' : 'gas' }));
    const text = `{"devices": [\n${devices.map((device) => JSON.stringify(device)).join(',\n')}\n]}`;
    write('site.json', text);
    expect(text.length).toBeGreaterThan(128 * 1024);
    expect(lines(readSiteFiles(dir).problems)).toEqual([
      'site.json:2002: devices[2000].profile: found "gass", expected a profile that exists: gas',
    ]);
  });
});

describe('readDeviceCases', () => {
  test('every shipped profile has a case of the right shape', () => {
    const { profiles } = readSiteFiles('devices');
    const { cases, problems } = readDeviceCases('devices', profiles);
    expect(problems).toEqual([]);
    expect(profiles.filter((profile) => !cases.some((one) => one.profile === profile))).toEqual([]);
  });

  test('a case for another metric or without a payload is refused', () => {
    write('gas/profile.yaml', GAS);
    write('gas/cases/a.json', '{"payload": {"h2s": 1}, "receivedAt": 1, "expect": [{"metric": "h2s", "value": 1}]}');
    write('gas/cases/b.json', '{"receivedAt": 1, "expect": []}');
    const { problems } = readDeviceCases(dir, readSiteFiles(dir).profiles);
    expect(lines(problems)).toEqual([
      'gas/cases/a.json:1: expect[0].metric: found "h2s", expected a metric of the profile: ch4',
      'gas/cases/b.json:1: payload: found nothing, expected a payload',
    ]);
  });
});
