import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { PreviewedPoint, PreviewTotals } from '../../src/model/preview.ts';
import { previewSchema } from '../../src/model/preview.ts';
import { type Brink, plainSite, publish, startBrink } from '../support/brink.ts';
import { until } from '../support/until.ts';

const MINUTE = 60_000;
const RULES = { depth: { metric: 'v', levels: { yellow: { above: 10 }, red: { above: 20 } } } };
const quieter = { rules: { depth: { ...RULES.depth, deadband: 2 } } };
const weaker = { rules: { depth: { metric: 'v', levels: { yellow: { above: 10 } } } } };

interface Job {
  readonly id: string;
  readonly state: string;
  readonly total: number;
  readonly done: number;
  readonly share: number;
  readonly items: readonly PreviewedPoint[];
  readonly failures: readonly { readonly point: string; readonly code: string }[];
  readonly totals: PreviewTotals;
}

/** A day around the limits, a reading a minute. */
function wave(nowMs: number): { ts: number; v: number }[] {
  return Array.from({ length: 24 * 60 }, (_, i) => {
    const high = i % 60 > 45 ? (i % 2 === 0 ? 11 : 9) : 5;
    return { ts: nowMs - (24 * 60 - i) * MINUTE, v: i % 300 === 299 ? 25 : high };
  });
}

async function begin(brink: Brink, body: object): Promise<Job> {
  const response = await brink.call('POST', '/thresholds/preview', body);
  expect(response.status).toBe(202);
  const job = (await response.json()) as Job;
  expect(response.headers.get('location')).toBe(`/api/v1/thresholds/preview/${job.id}`);
  return job;
}

const ended = (brink: Brink, { id }: Job) =>
  until('the job to end', async () => {
    const job = await brink.get<Job>(`/thresholds/preview/${id}`);
    return job.state === 'running' ? null : job;
  });

test('many points are judged as each would be alone, with totals; what cannot be judged is said', async () => {
  const brink = await startBrink(plainSite(4, RULES));
  for (const n of [1, 2]) await publish(await brink.device(`dev-${n}`), wave(Date.now()));
  const to = Date.now();
  const begun = await begin(brink, {
    from: to - 2 * 24 * 60 * MINUTE,
    to,
    items: [
      { point: 'pt-1', document: quieter },
      { point: 'pt-2', document: weaker },
      { point: 'pt-3', document: quieter },
      { point: 'nowhere', document: quieter },
      { point: 'pt-4', document: { rules: { a: { metric: 'none', levels: { red: { above: 1 } } } } } },
    ],
  });
  expect(begun).toMatchObject({ state: 'running', total: 5 });
  const job = await ended(brink, begun);
  expect(job).toMatchObject({ state: 'done', done: 5, share: 1 });
  expect(job.failures.toSorted((a, b) => (a.point < b.point ? -1 : 1))).toMatchObject([
    { point: 'nowhere', code: 'unknown-point' },
    { point: 'pt-4', code: 'threshold-invalid' },
  ]);

  const byPoint = new Map(job.items.map((item) => [item.point, item]));
  for (const [point, document] of [['pt-1', quieter] as const, ['pt-2', weaker] as const]) {
    const body = { ...document, from: to - 2 * 24 * 60 * MINUTE, to };
    const alone = previewSchema.parse(
      await (await brink.call('POST', `/points/${point}/thresholds/preview`, body)).json(),
    );
    const { incidents: _, incidentsLeftOut: _left, rules: _rules, ...present } = alone.present;
    expect(byPoint.get(point)).toMatchObject({
      present,
      proposed: { alerts: alone.proposed.alerts, byLevel: alone.proposed.byLevel, longest: alone.proposed.longest },
      data: alone.data,
      gained: alone.gainedTotal,
      lost: alone.lostTotal,
      levelChanged: alone.levelChangedTotal,
      weakens: alone.weakens,
    });
  }
  expect(byPoint.get('pt-2')?.weakens).toEqual([{ rule: 'depth', level: 'red', change: 'removed' }]);
  const one = byPoint.get('pt-1');
  const two = byPoint.get('pt-2');
  expect(one?.present.alerts).toBeGreaterThan(one?.proposed.alerts ?? 0);
  expect(job.totals).toMatchObject({
    points: 3,
    quieter: 1,
    louder: 0,
    present: { alerts: (one?.present.alerts ?? 0) + (two?.present.alerts ?? 0) },
    proposed: { byLevel: { red: one?.proposed.byLevel.red } },
    levelChanged: two?.levelChanged,
  });
  // Whoever has seen some is given the rest.
  expect((await brink.get<Job>(`/thresholds/preview/${job.id}?after=2`)).items).toEqual(job.items.slice(2));
});

const TEMPLATE = {
  id: 'plain-limit',
  name: { zh: '限值', en: 'Limit' },
  standard: 'none',
  source: {},
  verifiedBy: null,
  applies: { family: 'other', metric: 'v' },
  parameters: [{ id: 'limit', name: { zh: '限值', en: 'Limit' }, at: ['rules', 'depth', 'levels', 'red', 'above'] }],
  document: { rules: { depth: { metric: 'v', levels: { red: { above: 1 } } } } },
};

test('a template’s points need not be named', async () => {
  const brink = await startBrink(plainSite(3, {}), {
    prepare({ thresholds }) {
      writeFileSync(join(thresholds, 'templates', 'plain.json'), JSON.stringify(TEMPLATE));
    },
  });
  await publish(await brink.device('dev-1'), wave(Date.now()));
  const use = { id: TEMPLATE.id, parameters: { limit: 20 } };
  expect(await ended(brink, await begin(brink, { template: use }))).toMatchObject({
    state: 'done',
    total: 0,
    share: 1,
  });
  const body = { points: ['pt-1', 'pt-3'], parameters: { limit: 10 }, reason: 'standard' };
  expect((await brink.call('POST', `/templates/${TEMPLATE.id}/apply`, body)).status).toBe(200);
  const job = await ended(brink, await begin(brink, { template: use }));
  expect(job.items.map(({ point }) => point).sort()).toEqual(['pt-1', 'pt-3']);
  expect(job.totals.proposed.alerts).toBeLessThan(job.totals.present.alerts);
  const named = await begin(brink, { template: { ...use, points: [{ point: 'pt-2', parameters: { limit: 9 } }] } });
  expect((await ended(brink, named)).items).toMatchObject([{ point: 'pt-2' }]);
});

test('one is called off by who began it, and what does not fit is refused', async () => {
  const brink = await startBrink(plainSite(1, RULES));
  await publish(await brink.device('dev-1'), wave(Date.now()));
  const many = Array.from({ length: 300 }, (_, i) => ({ point: i === 0 ? 'pt-1' : `no-${i}`, document: quieter }));
  const begun = await begin(brink, { items: many });
  const made = await brink.call('POST', '/tokens', { name: 'other', role: 'operator' });
  const { token } = (await made.json()) as { token: string };
  const headers = { authorization: `Bearer ${token}` };
  expect((await brink.call('DELETE', `/thresholds/preview/${begun.id}`, undefined, headers)).status).toBe(403);
  const called = (await (await brink.call('DELETE', `/thresholds/preview/${begun.id}`)).json()) as Job;
  expect(['cancelled', 'done']).toContain(called.state);
  expect((await brink.get<Job>(`/thresholds/preview/${begun.id}`)).state).toBe(called.state);

  const refused = async (body: object) => (await brink.call('POST', '/thresholds/preview', body)).status;
  expect(await refused({})).toBe(400);
  expect(await refused({ items: [many[0], many[0]] })).toBe(400);
  expect(await refused({ items: [many[0]], days: 91 })).toBe(400);
  expect(await refused({ template: { id: 'none' } })).toBe(404);
  expect((await brink.call('GET', '/thresholds/preview/none')).status).toBe(404);
});
