import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { formatProblem, type Problem } from '../../src/lib/errors.ts';
import { deviationsFrom, fillTemplate, type Template } from '../../src/model/template.ts';
import { readSiteFiles } from '../../src/registry/site-files.ts';
import { readTemplateFiles } from '../../src/registry/template-files.ts';
import { readThresholdFiles } from '../../src/registry/threshold-files.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'brink-thresholds-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

function write(name: string, text: string): void {
  mkdirSync(dirname(join(dir, name)), { recursive: true });
  writeFileSync(join(dir, name), text);
}

function lines(problems: readonly Problem[]): string[] {
  return problems.map((problem) => formatProblem(problem).replaceAll(`${dir}/`, ''));
}

const POINTS = new Map([
  ['p', ['depth']],
  ['q', undefined],
]);

describe('readThresholdFiles', () => {
  test('every sample point has a document with a source and an existing template', () => {
    const site = readSiteFiles('devices');
    const { entries, problems } = readThresholdFiles('thresholds', site.metricsByPoint);
    expect(lines(problems)).toEqual([]);
    expect(new Set(entries.map((entry) => entry.point))).toEqual(new Set(site.metricsByPoint?.keys()));
    const templates = new Set(readTemplateFiles('thresholds').templates.map((template) => template.id));
    expect(entries.filter((entry) => !templates.has(entry.source?.template ?? ''))).toEqual([]);
    expect(entries.filter((entry) => entry.source?.verifiedBy !== null)).toEqual([]);
  });

  test('rule tests, templates and other files are left alone; an empty file is an empty list', () => {
    write('a.yaml', '- point: p\n  rules: {}\n');
    write('b.yml', '');
    write('c.json', '[{"point": "q"}]');
    write('a.test.yaml', 'not: [a, list');
    write('templates/x/y.yaml', 'not: [a, list');
    write('README.md', '# no');
    const { entries, problems } = readThresholdFiles(dir, POINTS);
    expect(problems).toEqual([]);
    expect(entries.map((entry) => entry.point)).toEqual(['p', 'q']);
  });

  test('every problem at once, with its line, also across files and through an alias', () => {
    write(
      'a.yaml',
      `- point: p
  rules: &rules
    depth:
      metric: dept
      levels:
        red: { any: [{ above: 1 }, { curve: { over: speed, points: [[1, 1]] } }] }
- point: lost
  rules: *rules
- point: q
  rules:
    zone: { vote: { points: [p, other], atLeast: 1, level: red } }
- point: r
  rules: { depth: { metric: depth, levels: { green: { above: 1 } } } }
`,
    );
    write('b.yaml', '- point: p\n  rules: {}\n');
    expect(lines(readThresholdFiles(dir, POINTS).problems)).toEqual([
      'a.yaml:13: [3].rules.depth.levels.green: found the unknown key "green", expected no such key here',
      'a.yaml:13: [3].rules.depth.levels: found a map with green, expected at least one level',
      'a.yaml:4: [0].rules.depth.metric: found "dept", expected a metric of the point: depth',
      'a.yaml:6: [0].rules.depth.levels.red.any[1].curve.over: found "speed", expected a metric of the point: depth',
      'a.yaml:7: [1].point: found "lost", expected a point of the site',
      'a.yaml:11: [2].rules.zone.vote.points[1]: found "other", expected a point of the site',
      'b.yaml:1: [0].point: found "p" again, expected one document for each point',
    ]);
  });

  test('a missing folder is said', () => {
    expect(lines(readThresholdFiles(join(dir, 'no'), POINTS).problems)).toEqual([
      'no: found no such folder, expected a folder with threshold documents (--thresholds)',
    ]);
  });
});

function template(id: string): Template {
  const found = readTemplateFiles('thresholds').templates.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no template ${id}`);
  return found;
}

describe('templates', () => {
  test('all are sound and none claims to be verified', () => {
    const { templates, problems } = readTemplateFiles('thresholds');
    expect(lines(problems)).toEqual([]);
    expect(templates.length).toBeGreaterThan(30);
    expect(templates.filter((one) => one.verifiedBy !== null || one.source.note === undefined)).toEqual([]);
  });

  test('gas: 一级报警 is the lower set-point', () => {
    const levels = template('gb50493-combustible').document.rules.ch4?.levels;
    expect(levels?.yellow).toMatchObject({ above: 25, label: { zh: '一级报警' } });
    expect(levels?.red).toMatchObject({ above: 50, label: { zh: '二级报警' } });
  });

  test('a label in one of the template’s languages is no deviation, another one is', () => {
    const gas = template('gb50493-combustible');
    const labelled = (label: string) => {
      const document = structuredClone(gas.document);
      Object.assign(document.rules.ch4?.levels?.red ?? {}, { label });
      return deviationsFrom(gas, document).map(({ path }) => path);
    };
    expect([labelled('二级报警'), labelled('Stage 2 alarm')]).toEqual([[], []]);
    expect(labelled('老王的警戒线')).toEqual(['/rules/ch4/levels/red/label']);
  });

  test('fire, upper gas levels: no on-delay; latched', () => {
    const states = ['smoke-detector', 'manual-call-point', 'gb50493-combustible', 'gb50493-h2s', 'en54-7-smoke'];
    for (const id of states) {
      for (const rule of Object.values(template(id).document.rules)) {
        expect(rule.latch, id).toBe(true);
        expect([rule.for, rule.levels?.red?.for, rule.levels?.orange?.for], id).toEqual([
          undefined,
          undefined,
          undefined,
        ]);
      }
    }
  });

  test('a parameter must be given and lie where the standard allows it', () => {
    const cable = template('gb50116-cable-temperature');
    expect(fillTemplate(cable, {})).toEqual({
      ok: false,
      problems: [
        {
          code: 'parameter-missing',
          values: { parameter: 'set-point', name: expect.objectContaining({ en: 'Set-point' }) },
        },
      ],
    });
    expect(fillTemplate(cable, { 'set-point': 200, x: 1 })).toEqual({
      ok: false,
      problems: [
        { code: 'parameter-outside', values: { parameter: 'set-point', low: 45, high: 140, value: 200 } },
        { code: 'unknown-parameter', values: { parameter: 'x', template: 'gb50116-cable-temperature' } },
      ],
    });
    const filled = fillTemplate(cable, { 'set-point': 105 }, { cable_temperature: 't1' });
    expect(filled).toMatchObject({
      ok: true,
      document: {
        rules: { cable_temperature: { metric: 't1', levels: { red: { above: 105 } } } },
        source: { standard: 'GB 50116', edition: '2013', verifiedBy: null, template: 'gb50116-cable-temperature' },
      },
    });
    expect(cable.document.rules.cable_temperature?.levels?.red?.above).toBe(70);
  });

  test('a template with a wrong place, an unnamed metric and a used id is refused', () => {
    const text = (id: string, at: string) => `id: ${id}
name: { zh: 甲, en: A }
standard: S
source: {}
verifiedBy: null
applies: { family: gas, metric: ch4 }
parameters:
  - { id: x, name: { zh: 乙, en: B }, range: [5, 10], at: ${at} }
document:
  rules: { a: { metric: ch4, levels: { red: { above: 1 } } }, b: { metric: co, levels: { red: { above: 1 } } } }
`;
    write('templates/s/a.yaml', text('t', '[rules, a, levels, red, above]'));
    write('templates/s/b.yaml', text('t', '[rules, a, levels, red]'));
    expect(lines(readTemplateFiles(dir).problems)).toEqual([
      'templates/s/a.yaml:10: document.rules.b.metric: found "co", expected a metric named in applies: ch4',
      'templates/s/a.yaml:8: parameters[0].at: found the example 1, expected a number in 5 to 10',
      'templates/s/b.yaml:10: document.rules.b.metric: found "co", expected a metric named in applies: ch4',
      'templates/s/b.yaml:8: parameters[0].at: found [rules, a, levels, red], expected the place of a number in document',
      'templates/s/b.yaml:1: id: found "t" again, expected template ids that differ (templates/s/a.yaml has it)',
    ]);
  });
});
