import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkFiles } from '../../src/cli/check.ts';
import { previewSchema } from '../../src/model/preview.ts';
import { plainSite, publish, startBrink } from '../support/brink.ts';
import { brinkJson } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary.ts';

const MINUTE = 60_000;
const RULES = { depth: { metric: 'v', latch: true, levels: { yellow: { above: 10 }, red: { above: 20, for: '2m' } } } };

interface Recorded {
  readonly file: string;
  readonly text: string;
  readonly log: readonly string[];
  readonly samples: number;
  readonly kept: string | null;
}

test('a period of real history becomes a test that brink check runs, also from an export', async () => {
  const data = temporaryFolder();
  const brink = await startBrink(plainSite(1, RULES), { data });
  const from = Math.floor(Date.now() / MINUTE) * MINUTE - 60 * MINUTE;
  const device = await brink.device('dev-1');
  const level = (i: number) => (i < 20 ? 5 : i < 30 ? 25 : 4);
  const readings = Array.from({ length: 40 }, (_, i) => ({ ts: from + i * MINUTE + (i % 4) * 150, v: level(i) }));
  for (const reading of readings) await publish(device, reading);
  const raised = (await brink.events()).filter(({ event, alert }) => event === 'raised' && alert.rule === 'depth');
  expect(raised).toHaveLength(1);
  const body = { from, to: from + 45 * MINUTE, note: 'the pump stood still\nfor ten minutes' };
  const response = await brink.call('POST', '/points/pt-1/thresholds/rule-test', { ...body, keep: 'pump-stood-still' });
  const recorded = (await response.json()) as Recorded;
  expect(response.status, recorded.text).toBe(200);
  // The same as live, but for the fractions of a second that the regular series does not keep.
  expect(recorded).toMatchObject({
    file: 'pump-stood-still.test.yaml',
    samples: 40,
    kept: 'pump-stood-still',
    log: ['20m depth raised yellow', '22m depth escalated red', '30m depth recovered red'],
  });
  expect(recorded.text).toContain('# the pump stood still\n# for ten minutes\n');
  expect(recorded.text).toContain('5x20 25x10 4x10');

  // Beside the files the server began with.
  const [, devices = '', , thresholds = ''] = brink.flags.slice(brink.flags.indexOf('--devices'));
  mkdirSync(join(thresholds, 'lessons'));
  writeFileSync(join(thresholds, 'lessons', recorded.file), recorded.text);
  const report = checkFiles(devices, thresholds);
  expect(report).toMatchObject({ ok: true, problems: [], counts: { 'rule tests run': 1 } });

  // It is kept, and an export has it; under weaker values it fails.
  expect(await brink.get('/rule-tests')).toMatchObject({
    items: [{ name: 'pump-stood-still', point: 'pt-1', author: 'token:test' }],
  });
  const out = join(temporaryFolder(), 'out');
  await brinkJson('export', '--data', data, '--out', out);
  expect(checkFiles(join(out, 'devices'), join(out, 'thresholds'))).toMatchObject({
    ok: true,
    counts: { 'rule tests run': 1 },
  });
  const weaker = { rules: { depth: { ...RULES.depth, levels: { ...RULES.depth.levels, red: { above: 30 } } } } };
  // A preview says so before anybody changes anything.
  const lessonsUnder = async (document: object) => {
    const asked = await brink.call('POST', '/points/pt-1/thresholds/preview', { ...document, days: 1 });
    return previewSchema.parse(await asked.json()).lessons;
  };
  expect(await lessonsUnder({ rules: { depth: { ...RULES.depth, deadband: 1 } } })).toMatchObject([
    { name: 'pump-stood-still', failures: [] },
  ]);
  expect(await lessonsUnder(weaker)).toMatchObject([
    { failures: [{}, { at: '22m', expected: '22m depth escalated red' }, { at: '30m' }] },
  ]);
  await brink.call('PUT', '/points/pt-1/thresholds', weaker, { 'if-match': '*' });
  await brinkJson('export', '--data', data, '--out', out, '--yes');
  const failed = checkFiles(join(out, 'devices'), join(out, 'thresholds'));
  expect(failed.ok).toBe(false);
  expect(JSON.stringify(failed.problems)).toContain('22m depth escalated red');

  // What other values would do can be kept as well; a name only once; and removed again.
  const again = await brink.call('POST', '/points/pt-1/thresholds/rule-test', { ...body, document: { rules: RULES } });
  expect(((await again.json()) as Recorded).log).toEqual(recorded.log);
  const call = async (method: string, path: string, sent?: object) => (await brink.call(method, path, sent)).status;
  expect(await call('POST', '/points/pt-1/thresholds/rule-test', { ...body, keep: 'pump-stood-still' })).toBe(409);
  expect(await call('POST', '/points/pt-1/thresholds/rule-test', { ...body, keep: '../x' })).toBe(400);
  expect(await call('POST', '/points/nowhere/thresholds/rule-test', body)).toBe(404);
  const unknown = { rules: { a: { metric: 'none', levels: { red: { above: 1 } } } } };
  expect(await call('POST', '/points/pt-1/thresholds/rule-test', { ...body, document: unknown })).toBe(422);
  expect(await call('DELETE', '/rule-tests/pump-stood-still')).toBe(204);
  expect(await call('DELETE', '/rule-tests/pump-stood-still')).toBe(404);
  await brinkJson('export', '--data', data, '--out', out, '--yes');
  expect(checkFiles(join(out, 'devices'), join(out, 'thresholds'))).toMatchObject({ counts: { 'rule tests run': 0 } });
});
