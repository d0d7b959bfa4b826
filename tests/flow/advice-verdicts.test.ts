import { expect, test } from 'vitest';
import type { ThresholdAdvice } from '../../src/model/advice.ts';
import type { Alert, AlertEvent } from '../../src/model/alert.ts';
import { type Brink, plainSite, publish, startBrink } from '../support/brink.ts';

const RULES = { depth: { metric: 'v', levels: { red: { above: 10 } } } };
const MINUTE = 60_000;

async function post(brink: Brink, path: string, body: object): Promise<[number, Alert & { code?: string }]> {
  const response = await brink.call('POST', path, body);
  return [response.status, (await response.json()) as Alert & { code?: string }];
}

test('a verdict is kept with the alert, open or closed, and advice counts it; replay gives the same log', async () => {
  let brink = await startBrink(plainSite(1, RULES));
  const nowMs = Date.now();
  // Three alerts of two minutes each; acknowledged ones close when they clear.
  const readings = Array.from({ length: 60 }, (_, i) => ({ ts: nowMs - (60 - i) * MINUTE, v: i % 20 < 2 ? 12 : 5 }));
  await publish(await brink.device('dev-1'), readings.slice(0, 45));
  const raised = (await brink.events()).filter(({ event, alert }) => event === 'raised' && alert.rule === 'depth');
  expect(raised.length).toBe(3);
  const [first, second, third] = raised.map(({ alert }) => alert.id);

  // The first two were superseded unacknowledged and so are closed; the third is still there.
  expect(await post(brink, `/alerts/${first}/verdict`, { verdict: 'false', note: 'steam' })).toMatchObject([
    200,
    { id: first, state: 'closed', verdict: 'false' },
  ]);
  expect(await post(brink, `/alerts/${third}/ack`, { note: 'seen', verdict: 'true' })).toMatchObject([
    200,
    { id: third, acknowledged: true, state: 'closed', verdict: 'true' },
  ]);
  expect(await post(brink, `/alerts/${second}/verdict`, { verdict: 'perhaps' })).toMatchObject([400, {}]);
  expect(await post(brink, '/alerts/none/verdict', { verdict: 'test' })).toMatchObject([
    404,
    { code: 'unknown-alert' },
  ]);
  await post(brink, `/alerts/${second}/verdict`, { verdict: 'true' });
  await post(brink, `/alerts/${second}/verdict`, { verdict: 'test' });

  const log = await brink.events();
  expect(
    log.filter(({ note }) => note?.startsWith('verdict:')).map(({ event, by, note }) => [event, by, note]),
  ).toEqual([
    ['note', 'token:test', 'verdict:false steam'],
    ['note', 'token:test', 'verdict:true'],
    ['note', 'token:test', 'verdict:true'],
    ['note', 'token:test', 'verdict:test'],
  ]);
  const advice = await brink.get<ThresholdAdvice>('/points/pt-1/thresholds/advice?days=1');
  expect(advice.verdicts).toEqual({ true: 1, false: 1, test: 1 });

  brink = await brink.restart();
  const shown = async (id: string | undefined) =>
    (await brink.get<Alert & { log: AlertEvent[] }>(`/alerts/${id}`)).verdict;
  expect([await shown(first), await shown(second), await shown(third)]).toEqual(['false', 'test', 'true']);
  expect(await brink.events()).toEqual(log);
});
