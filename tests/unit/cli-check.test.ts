import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { runCli } from '../../src/cli/program.ts';

let dir: string;
let stdout: string;
let stderr: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'brink-cli-'));
  cpSync('devices', join(dir, 'devices'), { recursive: true });
  cpSync('thresholds', join(dir, 'thresholds'), { recursive: true });
  stdout = '';
  stderr = '';
});
afterEach(() => rmSync(dir, { recursive: true }));

function brink(...args: string[]): Promise<number> {
  return runCli(args, {
    stdout: (text) => {
      stdout += text;
    },
    stderr: (text) => {
      stderr += text;
    },
    environment: { BRINK_DEVICES: join(dir, 'devices'), BRINK_THRESHOLDS: join(dir, 'thresholds') },
    stdin: async () => '',
  });
}

function problemLines(): string[] {
  const [, list = ''] = stdout.split(/\d+ problems?:\n/);
  const lines = list.replaceAll(`${dir}/`, '').split('\n');
  return lines.map((line) => line.trim()).filter((line) => line !== '');
}

function edit(file: string, from: string, to: string): void {
  const text = readFileSync(join(dir, file), 'utf8');
  expect(text).toContain(from);
  writeFileSync(join(dir, file), text.replace(from, to));
}

describe('brink check', () => {
  test('the shipped files are fine: status 0', async () => {
    expect(await brink('check')).toBe(0);
    expect(stdout).toMatch(/ 58 {2}points\n/);
    expect(stdout).toMatch(/ 0 {2}points without thresholds\n/);
    expect(stdout).toMatch(/ [1-9]\d* {2}rule tests run\n/);
    expect(stdout).toMatch(/ 0 {2}templates without a rule test\n/);
    expect(stdout).toMatch(/No problems\.\n$/);
    expect(stdout).not.toContain('warning');
  });

  test('the shipped rule tests have a case for each thing that is easily got wrong', () => {
    const names = readdirSync(join(dir, 'thresholds'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.test.yaml'))
      .flatMap((file) => parse(readFileSync(join(dir, 'thresholds', file), 'utf8')) as { name: string }[])
      .map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining([
        'exactly at the limit',
        'on-delay interrupted by one sample',
        'a gap longer than the on-delay does not stop it',
        'de-escalation by one level, and its off-delay',
        'two-sided oxygen',
        'rain of 1 h or of 24 h, as the station sums it',
        'urban rain of 1 h or of 24 h',
        'the river rises, or stands above its levels',
        'velocity with frequency',
        'latched fire',
        'backfill of an hour is told in retrospect and changes nothing live',
        'silent since commissioning',
        'sentinel values and what the sensor cannot measure',
      ]),
    );
  });

  test('files that nobody reads are named, and keep nobody from applying the rest', async () => {
    writeFileSync(join(dir, 'thresholds/old.yaml.bak'), '');
    writeFileSync(join(dir, 'thresholds/limits.yaml.txt'), '');
    writeFileSync(join(dir, 'thresholds/MORE.YAML'), '[]\n');
    writeFileSync(join(dir, 'thresholds/README.md'), '');
    mkdirSync(join(dir, 'thresholds/district'));
    writeFileSync(join(dir, 'thresholds/district/gas.yaml'), '[]\n');
    writeFileSync(join(dir, 'devices/sites.yaml'), '');
    expect(await brink('check')).toBe(0);
    const [, warnings = ''] = /\d+ warnings:\n([\s\S]*?)\n\n/.exec(stdout.replaceAll(`${dir}/`, '')) ?? [];
    expect(warnings.split('\n').map((line) => line.trim().replace(/: .*/, ''))).toEqual([
      'devices/sites.yaml',
      'thresholds/district/gas.yaml',
      'thresholds/limits.yaml.txt',
      'thresholds/old.yaml.bak',
    ]);
    stdout = '';
    expect(await brink('check', '--json')).toBe(0);
    expect(JSON.parse(stdout).warnings).toHaveLength(4);
  });

  test('a level that is easier to reach than a less severe one is a warning with its line', async () => {
    edit('thresholds/waterlogging.yaml', 'orange: { above: 20 }', 'orange: { above: 12 }');
    rmSync(join(dir, 'thresholds/waterlogging.test.yaml'));
    expect(await brink('check')).toBe(0);
    expect(stdout).toContain('4 warnings:');
    expect(stdout.replaceAll(`${dir}/`, '')).toContain(
      'thresholds/waterlogging.yaml:12: [0].rules.depth.levels.orange: found orange (above 12), which is easier to reach ' +
        'than yellow (above 15, for 60s), expected yellow before orange',
    );
  });

  test('problems of every kind of file: status 1, each with its line', async () => {
    edit('devices/siren/profile.yaml', 'family: other', 'family: bell');
    edit('devices/smoke/cases/alarm.json', '"receivedAt"', '"receivedat"');
    edit('devices/site.yaml', 'profile: oxygen', 'profile: oxygene');
    edit('thresholds/gas.yaml', 'template: gb50493-h2s', 'template: gb50493-h2o');
    edit('thresholds/weather.yaml', '- point: office-rain', '- point: roof-rain');
    edit('thresholds/templates/en54/7-smoke.yaml', 'verifiedBy: null', 'verifiedBy: [nobody]');
    expect(await brink('check')).toBe(1);
    expect(problemLines()).toEqual([
      'devices/siren/profile.yaml:1: family: found "bell", expected one of gas, vibration, waterlogging, fire, geohazard, weather, other',
      expect.stringMatching(/^devices\/site\.yaml:\d+: devices\[13\]\.profile: found "oxygene", expected a profile/),
      expect.stringMatching(
        /^thresholds\/weather\.yaml:2: \[0\]\.point: found "roof-rain", expected a point of the site/,
      ),
      'devices/smoke/cases/alarm.json:1: receivedAt: found nothing, expected a number (it is missing)',
      'devices/smoke/cases/alarm.json:3: receivedat: found the unknown key "receivedat", expected no such key here',
      expect.stringMatching(
        /^thresholds\/templates\/en54\/7-smoke\.yaml:\d+: verifiedBy: found \["nobody"\], expected text/,
      ),
      expect.stringMatching(
        /^thresholds\/gas\.yaml:\d+: \[9\]\.source\.template: found "gb50493-h2o", expected the id/,
      ),
    ]);
  });

  test('what evaluation could not run is a problem with its line', async () => {
    edit('thresholds/waterlogging.yaml', 'unit: cm', 'unit: kPa');
    expect(await brink('check')).toBe(1);
    // Four points share the document by an anchor.
    const line = (n: number) =>
      `thresholds/waterlogging.yaml:6: [${n}].rules.depth.unit: found cannot convert kPa to cm: they measure different ` +
      'things, expected a rule that can be evaluated';
    expect(problemLines()).toEqual([0, 1, 2, 3].map(line));
  });

  test('rule tests are run; a failure has its file, line, case, time, and what was found', async () => {
    edit(
      'thresholds/waterlogging.test.yaml',
      '- { at: 75s, alerts: { depth: { level: red,',
      '- { at: 75s, alerts: { depth: { level: orange,',
    );
    edit('thresholds/templates/iso20816-3/group2-rigid.yaml', 'red: { above: 4.5', 'red: { above: 4.6');
    edit('thresholds/gas.test.yaml', 'point: canteen-gas', 'point: canteen');
    edit('thresholds/fire.test.yaml', 'smoke: false true', 'smokes: false true');
    edit('thresholds/weather.test.yaml', '39.9 40', '39.9 40y');
    expect(await brink('check')).toBe(1);
    const lines = stdout.slice(stdout.indexOf('problems:')).replaceAll(`${dir}/`, '').split('\n').slice(1, -1);
    expect(lines.map((line) => line.trim())).toEqual([
      'thresholds/fire.test.yaml:4: latched fire: found "smokes", expected a metric of the point: smoke, fault, battery',
      expect.stringMatching(
        /^thresholds\/gas\.test\.yaml:\d+: 一级报警 is .*: found "canteen", expected a point of the site/,
      ),
      expect.stringMatching(
        /^thresholds\/templates\/iso20816-3\/iso20816-3\.test\.yaml:\d+: iso20816-3-group2-rigid, .*, at 60s: found velocity yellow, label C 区, expected velocity red, label D 区$/,
      ),
      expect.stringMatching(/iso20816-3-group2-rigid, .*, at 70s: found velocity yellow, expected velocity red$/),
      expect.stringMatching(
        /^thresholds\/waterlogging\.test\.yaml:\d+: exactly at the limit, at 75s: found depth red, value 27, limit 27, since 15s, label 封闭道路, expected depth orange, value 27,/,
      ),
      expect.stringMatching(
        /^thresholds\/weather\.test\.yaml:\d+: rain of 1 h .*: found "40y", expected samples such as 5, 20x10/,
      ),
    ]);
    stdout = '';
    expect(await brink('check', '--json')).toBe(1);
    const report = JSON.parse(stdout);
    expect(report.counts).toMatchObject({ 'templates without a rule test': 0 });
    expect(report.problems).toContainEqual(
      expect.objectContaining({ case: 'exactly at the limit', at: '75s', expected: expect.stringContaining('orange') }),
    );
  });

  test('--json', async () => {
    expect(await brink('check', '--json')).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, counts: { points: 58, templates: 74 }, problems: [] });
    stdout = '';
    expect(await brink('check', '--json', '--devices', join(dir, 'nowhere'))).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      problems: [{ file: join(dir, 'nowhere'), found: 'no such folder' }],
    });
  });
});

describe('wrong usage is status 2, help is 0', () => {
  test.each([[[]], [['chekc']], [['check', '--colour']], [['check', '--devices']]])('%j', async (args) => {
    expect(await brink(...args)).toBe(2);
    expect(stderr).toContain('Usage: brink');
  });

  test('--help', async () => {
    expect(await brink('--help')).toBe(0);
    expect(stdout).toContain('check');
  });
});
