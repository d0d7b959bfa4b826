import { describe, expect, test } from 'vitest';
import { type Brink, plainSite, publish, startBrink } from '../support/brink.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { until } from '../support/until.ts';

const URL = '/points/pt-1/thresholds';
const rules = (above: number) => ({ rules: { depth: { metric: 'v', levels: { red: { above } } } } });

interface Revision {
  readonly revision: number;
  readonly author: string;
  readonly reason: string | null;
  readonly until: number | null;
  readonly revertsTo: number | null;
}

const revisions = async (brink: Brink) => (await brink.get<{ items: Revision[] }>(`${URL}/revisions`)).items;
const etag = async (brink: Brink) => (await brink.call('GET', URL)).headers.get('etag') ?? '';
async function put(brink: Brink, document: object, query = '', headers: Record<string, string> = {}) {
  const ifMatch = await etag(brink);
  const response = await brink.call('PUT', `${URL}${query}`, document, { 'if-match': ifMatch, ...headers });
  return [response.status, (await response.json()) as { errors?: unknown }] as const;
}

describe('revisions', () => {
  test('can be read, compared and put in force again, each with who and why', async () => {
    const brink = await startBrink(plainSite(1, rules(20).rules));
    await put(brink, rules(30), '?reason=wolf');
    await put(brink, { ...rules(30), noData: false }, '', { 'x-brink-reason': encodeURIComponent('设备停用 100%') });
    expect(await revisions(brink)).toMatchObject([
      { revision: 3, author: 'token:test', reason: '设备停用 100%', until: null },
      { revision: 2, reason: 'wolf' },
      { revision: 1, author: 'files', reason: null },
    ]);
    expect(await brink.get(`${URL}/revisions/2`)).toMatchObject({
      revision: 2,
      document: rules(30),
      changes: [{ path: '/rules/depth/levels/red/above', change: 'changed', before: 20, after: 30 }],
    });
    expect(await brink.get(`${URL}/revisions/1`)).toMatchObject({
      changes: [{ path: '/rules/depth', change: 'added' }],
    });
    expect((await brink.call('GET', `${URL}/revisions/4`)).status).toBe(404);
    expect(await brink.get(`${URL}/difference?from=1`)).toEqual({
      from: 1,
      to: 3,
      changes: [
        { path: '/rules/depth/levels/red/above', change: 'changed', before: 20, after: 30 },
        { path: '/noData', change: 'added', after: false },
      ],
    });
    expect(await brink.get(`${URL}/difference?from=3&to=2`)).toMatchObject({
      changes: [{ path: '/noData', change: 'removed', before: false }],
    });
    expect(await brink.get(`${URL}/difference?from=0&to=0`)).toMatchObject({ changes: [] });

    const restore = (ifMatch: string, body: object) =>
      brink.call('POST', `${URL}/revisions/1/restore`, body, { 'if-match': ifMatch });
    expect((await restore('"3"', {})).status).toBe(400);
    expect((await restore('"2"', { reason: 'back' })).status).toBe(412);
    const restored = await restore('"3"', { reason: 'back' });
    expect([restored.status, restored.headers.get('etag'), await restored.json()]).toEqual([200, '"4"', rules(20)]);
    expect((await revisions(brink))[0]).toMatchObject({ revision: 4, reason: 'back' });
  });
});

describe('temporary values', () => {
  test('go back by themselves, as a revision of its own, and the alerts follow', async () => {
    const clock = createFakeClock(Date.UTC(2026, 5, 1));
    const brink = await startBrink(plainSite(1, rules(20).rules), { clock });
    const device = await brink.device('dev-1');
    await publish(device, { v: 25 });
    await until('the alert', async () => (await brink.alerts('active')).length === 1);
    const end = clock.nowMs() + 60_000;
    const [status] = await put(brink, rules(100), `?until=${end}&reason=pump%20test`);
    expect(status).toBe(200);
    expect((await brink.call('GET', URL)).headers.get('x-brink-until')).toBe(String(end));
    expect((await revisions(brink))[0]).toMatchObject({ revision: 2, until: end, revertsTo: 1 });
    expect(await brink.alerts('active')).toEqual([]);

    clock.advance(59_000);
    expect((await revisions(brink)).length).toBe(2);
    clock.advance(1_000);
    const after = await until('the way back', async () => {
      const all = await revisions(brink);
      return all.length === 3 ? all : null;
    });
    expect(after[0]).toMatchObject({ revision: 3, author: 'system', until: null, revertsTo: null });
    expect(after[0]?.reason).toContain('revision 2 by token:test');
    expect(after[0]?.reason).toContain('pump test');
    expect(await brink.get(URL)).toEqual(rules(20));
    expect((await brink.call('GET', URL)).headers.get('x-brink-until')).toBeNull();
    expect((await until('the alert again', async () => (await brink.alerts('active'))[0]))?.thresholdRevision).toBe(3);
  });

  test('end also when the server was down at the time, and not when somebody changed them before', async () => {
    const clock = createFakeClock(Date.UTC(2026, 5, 1));
    let brink = await startBrink(plainSite(1, rules(20).rules), { clock });
    await put(brink, rules(30), `?until=${clock.nowMs() + 60_000}`);
    // On top of temporary values: what comes back is what the first stood on.
    await put(brink, rules(40), `?until=${clock.nowMs() + 90_000}`);
    expect((await revisions(brink))[0]).toMatchObject({ revision: 3, revertsTo: 1 });
    await brink.close();
    clock.advance(3_600_000);
    brink = await brink.restart();
    await until('the way back', async () => (await revisions(brink)).length === 4);
    expect(await brink.get(URL)).toEqual(rules(20));

    await put(brink, rules(50), `?until=${clock.nowMs() + 60_000}`);
    await put(brink, rules(60));
    clock.advance(3_600_000);
    expect(await brink.get(URL)).toEqual(rules(60));
    expect((await revisions(brink))[0]).toMatchObject({ revision: 6, author: 'token:test', until: null });
  });

  test('must end in the future', async () => {
    const brink = await startBrink(plainSite(1, rules(20).rules));
    const [status, problem] = await put(brink, rules(30), `?until=${Date.now() - 1}`);
    expect([status, problem.errors]).toEqual([
      400,
      [{ path: 'until', message: 'must lie ahead', code: 'must-lie-ahead', values: {} }],
    ]);
  });
});
