import { describe, expect, test } from 'vitest';
import { type Brink, plainSite, publish, startBrink } from '../support/brink.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { until } from '../support/until.ts';

const URL = '/points/pt-1/thresholds';
/** A second person must approve what makes a red level harder to reach. */
const SECOND_PERSON = ['--second-approval', 'true'];
const rules = (above: number) => ({ rules: { depth: { metric: 'v', levels: { red: { above } } } } });

interface Scheduled {
  readonly scheduled: { readonly revision: number; readonly from: number; readonly failure: string | null } | null;
}

const scheduled = async (brink: Brink) => (await brink.get<Scheduled>(`${URL}/scheduled`)).scheduled;
const newest = async (brink: Brink) =>
  (await brink.get<{ items: Record<string, unknown>[] }>(`${URL}/revisions`)).items[0];
async function put(brink: Brink, document: object, query: string, ifMatch?: string) {
  const tag = ifMatch ?? (await brink.call('GET', URL)).headers.get('etag') ?? '';
  const response = await brink.call('PUT', `${URL}${query}`, document, { 'if-match': tag });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

describe('a change for a time ahead', () => {
  test('comes into force then, with who and why, and the alerts follow', async () => {
    const clock = createFakeClock(Date.UTC(2026, 5, 1));
    const brink = await startBrink(plainSite(1, rules(20).rules), { clock });
    await publish(await brink.device('dev-1'), { v: 15 });
    const from = clock.nowMs() + 60_000;
    const asked = await put(brink, rules(10), `?from=${from}&until=${from + 60_000}&reason=flood%20season`);
    expect(asked).toMatchObject({ status: 202, body: { scheduled: { revision: 1, from, until: from + 60_000 } } });
    expect(await scheduled(brink)).toMatchObject({ revision: 1, from, failure: null });
    expect(await brink.get(URL)).toEqual(rules(20));

    clock.advance(59_000);
    expect(await newest(brink)).toMatchObject({ revision: 1 });
    clock.advance(1_000);
    await until('the change', async () => (await newest(brink))?.revision === 2);
    expect(await newest(brink)).toMatchObject({ author: 'token:test', reason: 'flood season', until: from + 60_000 });
    expect(await brink.get(URL)).toEqual(rules(10));
    expect(await scheduled(brink)).toBeNull();
    await until('the alert', async () => (await brink.alerts('active')).length === 1);
    // It was for a time only.
    clock.advance(60_000);
    await until('the way back', async () => (await newest(brink))?.revision === 3);
    expect(await brink.get(URL)).toEqual(rules(20));
  });

  test('also when the server was down at the time, once', async () => {
    const clock = createFakeClock(Date.UTC(2026, 5, 1));
    let brink = await startBrink(plainSite(1, rules(20).rules), { clock });
    await put(brink, rules(30), `?from=${clock.nowMs() + 60_000}`);
    await brink.close();
    clock.advance(3_600_000);
    brink = await brink.restart();
    await until('the change', async () => (await newest(brink))?.revision === 2);
    brink = await brink.restart();
    expect(await newest(brink)).toMatchObject({ revision: 2 });
    expect(await brink.get(URL)).toEqual(rules(30));
  });

  test('does not when the thresholds have been changed meanwhile, and says so until somebody has seen it', async () => {
    const clock = createFakeClock(Date.UTC(2026, 5, 1));
    const brink = await startBrink(plainSite(1, rules(20).rules), { clock });
    await put(brink, rules(30), `?from=${clock.nowMs() + 60_000}`);
    await put(brink, rules(40), '');
    clock.advance(60_000);
    await until('the failure', async () => (await scheduled(brink))?.failure === 'lost-race');
    expect(await brink.get(URL)).toEqual(rules(40));
    expect((await brink.call('DELETE', `${URL}/scheduled`)).status).toBe(204);
    expect(await scheduled(brink)).toBeNull();
  });

  test('can be called off; another takes its place', async () => {
    const clock = createFakeClock(Date.UTC(2026, 5, 1));
    const brink = await startBrink(plainSite(1, rules(20).rules), { clock });
    await put(brink, rules(30), `?from=${clock.nowMs() + 60_000}`);
    await put(brink, rules(50), `?from=${clock.nowMs() + 90_000}`);
    expect((await scheduled(brink))?.from).toBe(clock.nowMs() + 90_000);
    expect((await brink.call('DELETE', `${URL}/scheduled`)).status).toBe(204);
    expect((await brink.call('DELETE', `${URL}/scheduled`)).status).toBe(404);
    clock.advance(3_600_000);
    expect(await brink.get(URL)).toEqual(rules(20));
  });

  test('is checked as a change now, must lie ahead, and end after it began', async () => {
    const brink = await startBrink(plainSite(1, rules(20).rules));
    const ahead = Date.now() + 60_000;
    const wrong = { rules: { depth: { metric: 'w', levels: { red: { above: 1 } } } } };
    expect((await put(brink, wrong, `?from=${ahead}`)).status).toBe(422);
    expect((await put(brink, rules(30), `?from=${ahead}`, '"9"')).status).toBe(412);
    const past = await put(brink, rules(30), `?from=${Date.now() - 1}`);
    expect(past).toMatchObject({ status: 400, body: { errors: [{ path: 'from' }] } });
    const reversed = await put(brink, rules(30), `?from=${ahead}&until=${ahead}`);
    expect(reversed).toMatchObject({ status: 400, body: { errors: [{ path: 'until' }] } });
  });

  test('that a second person must approve cannot be made ahead', async () => {
    const clock = createFakeClock(Date.UTC(2026, 5, 1));
    const brink = await startBrink(plainSite(1, rules(20).rules), { clock, flags: SECOND_PERSON });
    const refused = await put(brink, rules(30), `?from=${clock.nowMs() + 60_000}&reason=x`);
    expect(refused).toMatchObject({ status: 409, body: { code: 'schedule-needs-approval' } });
    expect((await put(brink, rules(10), `?from=${clock.nowMs() + 60_000}&reason=x`)).status).toBe(202);
  });
});
