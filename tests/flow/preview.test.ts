import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { previewSchema, type ThresholdPreview } from '../../src/model/preview.ts';
import { type Brink, plainSite, publish, startBrink } from '../support/brink.ts';
import { runBrinkCli } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary.ts';

/** The preview over the whole path: published over MQTT, stored, read back, judged in the thread. */

const MINUTE = 60_000;
const RULES = { depth: { metric: 'v', levels: { yellow: { above: 10 }, red: { above: 20 } } } };

/** An excursion around the limit of some minutes each hour, one of them into red, over two days until now. */
function wave(nowMs: number): { ts: number; v: number }[] {
  const readings: { ts: number; v: number }[] = [];
  for (let minute = 2 * 24 * 60; minute > 0; minute -= 5) {
    const ofHour = minute % 60;
    const high = minute === 24 * 60 + 30 ? 25 : 11;
    readings.push({
      ts: nowMs - minute * MINUTE,
      v: ofHour >= 20 && ofHour <= 40 ? (ofHour % 10 === 0 ? high : 9.5) : 5,
    });
  }
  return readings;
}

async function preview(brink: Brink, body: object, query = ''): Promise<ThresholdPreview> {
  const response = await brink.call('POST', `/points/pt-1/thresholds/preview${query}`, body);
  expect(response.status).toBe(200);
  return previewSchema.parse(await response.json());
}

async function tokenOf(brink: Brink): Promise<string> {
  const made = await brink.call('POST', '/tokens', { name: 'terminal', role: 'engineer' });
  return ((await made.json()) as { token: string }).token;
}

describe('POST /points/{id}/thresholds/preview', () => {
  test('under the present values it finds the alerts there were, under others what they would change', async () => {
    const brink = await startBrink(plainSite(1, RULES));
    const device = await brink.device('dev-1');
    const readings = wave(Date.now());
    await publish(device, readings);
    const raised = (await brink.events()).filter(({ event, alert }) => event === 'raised' && alert.kind === 'levels');

    const found = await preview(brink, { days: 3, rules: { depth: { ...RULES.depth, deadband: 2 } } });
    expect(raised.length).toBeGreaterThan(100);
    expect(found.present.rules.depth?.alerts).toBe(raised.length);
    expect(found.present.incidents.filter(({ rule }) => rule === 'depth').map(({ raisedAt }) => raisedAt)).toEqual(
      raised.map(({ at }) => at),
    );
    expect(found.proposed.rules.depth?.alerts).toBe(48);
    expect(found).toMatchObject({ revision: 1, lostTotal: 0, gainedTotal: 0, data: { readings: readings.length } });
    expect(found.proposed.byLevel.red).toBe(1);

    // The period can be in the query or the body, and only what lies in it counts.
    const lastDay = await preview(brink, { rules: RULES }, '?days=1');
    expect(lastDay.to - lastDay.from).toBe(24 * 60 * MINUTE);
    expect(lastDay.proposed.rules.depth?.alerts).toBe(raised.filter(({ at }) => at >= lastDay.from).length);
    const hour = await preview(brink, {
      rules: {},
      from: new Date(lastDay.from).toISOString(),
      to: lastDay.from + 60 * MINUTE,
    });
    expect(hour.present.rules.depth?.alerts).toBe(3);
    expect(hour.lostTotal).toBe(3);
    // Nothing was changed by looking.
    expect((await brink.call('GET', '/points/pt-1/thresholds')).headers.get('etag')).toBe('"1"');
  });

  test('history that comes more seldom than the profile says is judged by its own interval, and it is said', async () => {
    const site = plainSite(2, RULES);
    const [plain] = Object.values(site.profiles) as object[];
    const brink = await startBrink({ ...site, profiles: { plain: { ...plain, reportEvery: '15s' } } });
    const nowMs = Date.now();
    const minutes = Array.from({ length: 3 * 24 * 60 }, (_, i) => ({
      ts: nowMs - (3 * 24 * 60 - i) * MINUTE,
      v: i % 60 < 10 ? 25 : 5,
    }));
    await publish(await brink.device('dev-1'), minutes);
    await publish(await brink.device('dev-2'), minutes.slice(-5));

    const proposed = { rules: { depth: { metric: 'v', levels: { red: { above: 30 } } } } };
    const found = await preview(brink, { days: 4, ...proposed });
    expect(found.present.rules.noData).toBeUndefined();
    expect(found.present.rules.depth).toMatchObject({ alerts: 72, byLevel: { red: 72 } });
    expect(found).toMatchObject({ lostTotal: 72, gainedTotal: 0 });
    expect(found.data).toMatchObject({ reportEvery: 15_000, interval: MINUTE, judges: 'all' });
    expect(found.data.slower).toMatchObject([{ interval: MINUTE }]);

    // From the command line the same in words, and of what says nothing that it says nothing.
    const file = join(temporaryFolder(), 'proposed.json');
    writeFileSync(file, JSON.stringify(proposed));
    const args = ['thresholds', 'preview', file, '--url', brink.app.http, '--token', await tokenOf(brink)];
    const one = await runBrinkCli([...args, '--point', 'pt-1', '--days', '4']);
    expect(one.stdout).toContain("readings come every 1m, more seldom than the profile's 15s");
    const two = await runBrinkCli([...args, '--point', 'pt-2', '--days', '4']);
    expect(two.stdout).toContain('Too little data to judge anything: 5 readings');
  });

  test('what cannot be is refused with its place', async () => {
    const brink = await startBrink(plainSite(1, RULES));
    const refused = async (body: object, query = '') => {
      const response = await brink.call('POST', `/points/pt-1/thresholds/preview${query}`, body);
      const { status, code, errors } = (await response.json()) as { status: number; code: string; errors: unknown };
      return [status, code, errors];
    };
    expect(await refused({ rules: { depth: { metric: 'v', levels: { red: {} } } } })).toMatchObject([
      400,
      'validation-failed',
      [{ path: '/rules/depth/levels/red' }],
    ]);
    const unknownMetric = { 'a.b': { metric: 'w', levels: { red: { above: 1 } } } };
    expect(await refused({ rules: unknownMetric })).toMatchObject([
      422,
      'threshold-invalid',
      [{ path: '/rules/a.b/metric' }],
    ]);
    const wrongUnit = { depth: { ...RULES.depth, unit: 'MPa' } };
    expect(await refused({ rules: wrongUnit })).toMatchObject([
      422,
      'threshold-invalid',
      [{ path: '/rules/depth/unit' }],
    ]);
    expect(await refused({ rules: {}, days: 91 })).toMatchObject([400, 'validation-failed', [{ path: '/days' }]]);
    expect(await refused({ rules: {} }, '?days=2&from=1')).toMatchObject([
      400,
      'validation-failed',
      [{ path: 'days' }],
    ]);
    expect(await refused({ rules: {}, from: 5, to: 5 })).toMatchObject([400, 'validation-failed', [{ path: 'from' }]]);
    const missing = await brink.call('POST', '/points/nowhere/thresholds/preview', { rules: {} });
    expect(missing.status).toBe(404);
  });

  test('many at once are all answered', async () => {
    const brink = await startBrink(plainSite(2, RULES));
    await publish(await brink.device('dev-1'), wave(Date.now()));
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, i) =>
        preview(brink, { days: 2, rules: { depth: { ...RULES.depth, deadband: i } } }),
      ),
    );
    expect(answers[0]?.proposed.rules.depth?.alerts).toBeGreaterThan(100);
    expect(answers[11]?.proposed.rules.depth?.alerts).toBe(1);
  });

  test('one that the caller no longer waits for is called off', async () => {
    const brink = await startBrink(plainSite(1, RULES));
    await publish(await brink.device('dev-1'), wave(Date.now()));
    const made = await brink.call('POST', '/tokens', { name: 'typist', role: 'operator' });
    const { token } = (await made.json()) as { token: string };
    const url = `${brink.app.http}/api/v1/points/pt-1/thresholds/preview`;
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const dropped = Array.from({ length: 6 }, () => {
      const controller = new AbortController();
      const answer = fetch(url, {
        method: 'POST',
        headers,
        body: JSON.stringify({ rules: RULES }),
        signal: controller.signal,
      });
      return { controller, answer: answer.then((response) => response.status).catch(() => 'dropped') };
    });
    const last = preview(brink, { rules: RULES });
    for (const { controller } of dropped) controller.abort();
    expect(await Promise.all(dropped.map(({ answer }) => answer))).toEqual(dropped.map(() => 'dropped'));
    expect((await last).present.rules.depth?.alerts).toBeGreaterThan(100);
    expect((await preview(brink, { rules: RULES })).present.rules.depth?.alerts).toBeGreaterThan(100);
  });
});
