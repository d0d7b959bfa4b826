import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { adviceSchema } from '../../src/model/advice.ts';
import { previewSchema } from '../../src/model/preview.ts';
import { plainSite, publish, startBrink } from '../support/brink.ts';
import { createFakeClock } from '../support/fake-clock.ts';

/** A real series, which lies beside the checkout where there is one; it is not copied into it. */
const SERIES = new URL('../../../shared/series/nab_machine_temperature_system_failure.csv', import.meta.url);
const LABELLED = ['2013-12-11T06:00Z', '2013-12-16T17:25Z', '2014-01-28T13:55Z', '2014-02-08T14:30Z'];
/** An event is caught by an alert within a day of its label; the published windows of the data set reach that far. */
const NEAR_MS = 24 * 3_600_000;
const BATCH = 4_000;

interface Span {
  readonly raisedAt: number;
  readonly clearedAt: number | null;
}

const caughtBy = (incidents: readonly Span[]) =>
  LABELLED.filter((label) => {
    const at = Date.parse(label);
    return incidents.some(({ raisedAt, clearedAt }) => raisedAt <= at + NEAR_MS && (clearedAt ?? at) >= at - NEAR_MS);
  });

describe.runIf(existsSync(SERIES))('the temperature of a machine that failed, from MQTT to the API', () => {
  test('239 alerts live; advice finds a deadband of about 2 for about 30, and its preview loses no labelled event', async () => {
    const readings = readFileSync(SERIES, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(','))
      .map(([time = '', value]) => ({ ts: Date.parse(`${time.replace(' ', 'T')}Z`), v: Number(value) }));
    const to = (readings.at(-1)?.ts ?? 0) + 1;
    const rules = { heat: { metric: 'v', levels: { red: { above: 100 } } } };
    const brink = await startBrink(plainSite(1, rules), { clock: createFakeClock(to + 60_000) });
    const device = await brink.device('dev-1');
    for (let at = 0; at < readings.length; at += BATCH) await publish(device, readings.slice(at, at + BATCH));
    const raised = (await brink.events()).filter(({ event, alert }) => event === 'raised' && alert.rule === 'heat');
    expect(raised).toHaveLength(239);

    const from = readings[0]?.ts ?? 0;
    const advice = adviceSchema.parse(await brink.get(`/points/pt-1/thresholds/advice?from=${from}&to=${to}`));
    expect(advice.bare.alerts).toBe(239);
    expect(advice.deadband?.suggested).toBeGreaterThanOrEqual(1.75);
    expect(advice.deadband?.suggested).toBeLessThanOrEqual(2.5);
    expect(advice.deadband?.curve.find(({ deadband }) => deadband === 2)?.alerts).toBe(30);
    expect(advice.suggested?.alerts).toBeLessThanOrEqual(32);
    expect(advice.suggested?.lost).toBe(0);

    const asked = await brink.call('POST', '/points/pt-1/thresholds/preview', {
      ...advice.suggested?.document,
      from,
      to,
    });
    const { present, proposed, lostTotal, weakens } = previewSchema.parse(await asked.json());
    const heat = (side: typeof present) => side.incidents.filter(({ rule }) => rule === 'heat');
    expect([heat(present).length, heat(proposed).length]).toEqual([239, advice.suggested?.alerts]);
    expect(caughtBy(heat(present)).length).toBeGreaterThanOrEqual(2);
    expect(caughtBy(heat(proposed))).toEqual(caughtBy(heat(present)));
    expect([lostTotal, weakens]).toEqual([0, []]);
  });
});
