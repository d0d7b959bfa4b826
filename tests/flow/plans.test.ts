import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Alert } from '../../src/model/alert.ts';
import { type Brink, plainSite, publish, startBrink } from '../support/brink.ts';
import { runBrinkCli } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';

const RULES = { depth: { metric: 'v', levels: { yellow: { above: 10 }, red: { above: 20 } } } };
const steps = [{ id: 'close', type: 'close', role: '网格员', within: '10m', do: '封闭两端道口' }];
const WATER = { id: 'water', name: '积水', applies: { points: ['pt-1'], levels: ['red'] }, steps };
const ANY = { id: 'any', name: '巡查', applies: { areas: ['town'] }, steps };

async function put(brink: Brink, revision: number, plans: readonly object[], query = '') {
  const answer = await brink.call('PUT', `/plans${query}`, { revision, plans });
  const body = (await answer.json()) as {
    readonly revision: number;
    readonly errors: readonly { readonly path: string; readonly code: string }[];
  };
  return { status: answer.status, body };
}

test('plans are kept as revisions; a card is the most specific plan, of the alert at the level it is at', async () => {
  let brink = await startBrink(plainSite(2, RULES));
  expect(await brink.get('/plans')).toMatchObject({ revision: 0, plans: [] });
  expect(await brink.get('/points/pt-1/card')).toMatchObject({ plan: null });
  const wrong = await put(brink, 0, [{ ...WATER, applies: { points: ['pt-9'], areas: ['moon'] } }, WATER]);
  expect(wrong).toMatchObject({ status: 422, body: { code: 'plans-invalid' } });
  expect(wrong.body.errors.map(({ path, code }) => `${path} ${code}`)).toEqual([
    '/plans/1/id id-repeated',
    '/plans/0/applies/points/0 unknown-point',
    '/plans/0/applies/areas/0 unknown-area',
  ]);
  expect((await put(brink, 0, [WATER], '?dryRun=true')).body.revision).toBe(0);
  expect((await put(brink, 0, [WATER, ANY])).body).toMatchObject({ revision: 1, author: 'token:test' });
  expect(await put(brink, 0, [])).toMatchObject({ status: 412, body: { code: 'plans-lost-race', revision: 1 } });

  await publish(await brink.device('dev-1'), { v: 15 });
  await until('the alert', async () => (await brink.alerts('active')).length === 1);
  const id = (await brink.alerts('active'))[0]?.id ?? '';
  expect(await brink.get(`/alerts/${id}/card`)).toMatchObject({ plan: { id: 'any' }, level: 'yellow', revision: 1 });
  await publish(await brink.device('dev-1'), { v: 25 });
  await until('the escalation', async () => (await brink.alerts('active'))[0]?.level === 'red');
  expect(await brink.get(`/alerts/${id}/card`)).toMatchObject({ plan: { id: 'water', steps }, level: 'red' });
  expect(await brink.get('/points/pt-2/card')).toMatchObject({ plan: { id: 'any' } });

  const tick = (step: string) => brink.call('POST', `/alerts/${id}/steps/${step}`, {});
  const ticked = (await (await tick('close')).json()) as Alert;
  expect(ticked.response?.plan).toMatchObject({
    id: 'water',
    revision: 1,
    steps: [{ step: 'close', do: '封闭两端道口' }],
  });
  expect([(await tick('close')).status, (await tick('fly')).status]).toEqual([409, 404]);

  brink = await brink.restart();
  expect((await brink.alerts('active'))[0]?.response?.plan?.steps).toHaveLength(1);
  expect((await put(brink, 1, [])).body.revision).toBe(2);
  expect(await brink.get(`/alerts/${id}/card`)).toMatchObject({ plan: null });
  expect(await brink.get('/plans/revisions/1')).toMatchObject({ revision: 1, plans: [{ id: 'water' }, { id: 'any' }] });
  expect((await brink.call('GET', '/plans/revisions/3')).status).toBe(404);
  const { items } = await brink.get<{ items: { revision: number }[] }>('/plans/revisions');
  expect(items.map(({ revision }) => revision)).toEqual([2, 1]);
});

test('a folder of plans is checked, applied and exported, and the export gives the same plans again', async () => {
  const brink = await startBrink(plainSite(1, RULES));
  const made = await brink.call('POST', '/tokens', { name: 'desk', role: 'engineer' });
  const { token } = (await made.json()) as { token: string };
  const run = (...args: string[]) => runBrinkCli([...args, '--url', brink.app.http, '--token', token]);
  const [from, to] = [temporaryFolder(), join(temporaryFolder(), 'out')];
  mkdirSync(from, { recursive: true });
  writeFileSync(join(from, 'town.json'), JSON.stringify([ANY, WATER]));

  expect(await runBrinkCli(['plan', 'check', from])).toMatchObject({
    status: 0,
    stdout: '2 plans, nothing is wrong.\n',
  });
  expect(await run('plan', 'apply', from, '--dry-run')).toMatchObject({ status: 0, stdout: 'Nothing was changed.\n' });
  expect(await run('plan', 'apply', from, '--reason', '汛前')).toMatchObject({ stdout: 'Revision 1 is in force.\n' });
  expect(await run('plan', 'apply', from, '--revision', '0')).toMatchObject({ status: 1 });
  const before = await brink.get<{ plans: unknown }>('/plans');
  expect((await run('plan', 'export', to)).status).toBe(0);
  expect(existsSync(join(to, 'plans.yaml'))).toBe(true);
  expect(readFileSync(join(to, 'plans.yaml'), 'utf8')).toContain('封闭两端道口');
  expect(await run('plan', 'apply', to)).toMatchObject({ stdout: 'Revision 2 is in force.\n' });
  expect((await brink.get<{ plans: unknown }>('/plans')).plans).toEqual(before.plans);
  expect((await run('plan', 'card', '--point', 'pt-1')).stdout).toContain('water, revision 2');
  expect((await run('plan', 'card')).status).toBe(2);
});
