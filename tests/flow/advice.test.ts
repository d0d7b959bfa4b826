import { expect, test } from 'vitest';
import { adviceSchema } from '../../src/model/advice.ts';
import { previewSchema } from '../../src/model/preview.ts';
import { LINES_TYPE } from '../../src/model/progress.ts';
import { plainSite, publish, startBrink } from '../support/brink.ts';

const MINUTE = 60_000;
const RULES = { depth: { metric: 'v', levels: { yellow: { above: 10 } } } };

/** Two days, a reading a minute: every four hours an hour around the limit, up and down by 1. */
function wave(nowMs: number): { ts: number; v: number }[] {
  return Array.from({ length: 2 * 24 * 60 }, (_, i) => {
    const isHigh = Math.floor(i / 60) % 4 === 3;
    const wobble = ((i * 7) % 5) / 2 - 1;
    return { ts: nowMs - (2 * 24 * 60 - i) * MINUTE, v: (isHigh ? 10 : 4) + wobble };
  });
}

test('advice from the point’s own history can be previewed as it is given, and changes nothing', async () => {
  const brink = await startBrink(plainSite(1, RULES));
  await publish(await brink.device('dev-1'), wave(Date.now()));
  const advice = adviceSchema.parse(await brink.get('/points/pt-1/thresholds/advice?days=3'));
  expect(advice).toMatchObject({ point: 'pt-1', rule: 'depth', revision: 1, unit: 'cm', interval: MINUTE });
  expect(advice.present.alerts).toBeGreaterThan(100);
  expect(advice.suggested?.alerts).toBe(12);
  expect(advice.deadband?.suggested).toBeGreaterThan(0.5);

  // Whoever takes lines is told how far it is, and given the same at the end.
  const { from, to, suggested } = advice;
  const path = `/points/pt-1/thresholds/advice?from=${from}&to=${to}`;
  const told = await brink.call('GET', path, undefined, { accept: LINES_TYPE });
  expect([told.status, told.headers.get('content-type')]).toEqual([200, LINES_TYPE]);
  const lines = (await told.text()).trimEnd().split('\n');
  const [last, ...shares] = lines.map((line) => JSON.parse(line) as object).toReversed();
  expect(last).toEqual({ result: advice });
  expect(shares.at(-1)).toEqual({ share: 0 });

  const asked = await brink.call('POST', '/points/pt-1/thresholds/preview', { ...suggested?.document, from, to });
  const preview = previewSchema.parse(await asked.json());
  expect(preview.present.rules.depth?.alerts).toBe(advice.present.alerts);
  expect(preview.proposed.rules.depth?.alerts).toBe(advice.suggested?.alerts);
  expect((await brink.call('GET', '/points/pt-1/thresholds')).headers.get('etag')).toBe('"1"');
});

test('which rule must be clear', async () => {
  const two = { ...RULES, other: { metric: 'v', levels: { red: { above: 50 } } }, silent: { noData: { after: '1h' } } };
  const brink = await startBrink(plainSite(1, two));
  const refused = async (query: string) => {
    const response = await brink.call('GET', `/points/pt-1/thresholds/advice${query}`);
    return [response.status, await response.json()];
  };
  const rules = ['depth', 'other'];
  expect(await refused('')).toMatchObject([
    400,
    { code: 'rule-required', rules, detail: 'rules with levels: depth, other' },
  ]);
  expect(await refused('?rule=silent')).toMatchObject([404, { code: 'unknown-rule', rules }]);
  expect(await refused('?rule=depth&days=0')).toMatchObject([400, { code: 'validation-failed' }]);
  const quiet = adviceSchema.parse(await brink.get('/points/pt-1/thresholds/advice?rule=other'));
  expect(quiet).toMatchObject({ suggested: null, excursions: null });
});
