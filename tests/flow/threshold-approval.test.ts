import { describe, expect, test } from 'vitest';
import { type Brink, plainSite, publish, startBrink } from '../support/brink.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { until } from '../support/until.ts';

const URL = '/points/pt-1/thresholds';
const PROPOSALS = '/thresholds/proposals';
const red = (above: number, more: object = {}) => ({
  rules: { depth: { metric: 'v', levels: { red: { above, ...more } } } },
});
const ON = { flags: ['--second-approval', 'true'] };

interface Proposal {
  readonly id: string;
  readonly state: string;
  readonly outdated: boolean;
  readonly items: readonly { readonly point: string; readonly outdated: boolean; readonly made: number | null }[];
}
type Answer = readonly [status: number, body: Record<string, unknown> & { proposal?: Proposal; code?: string }];

/** Calls of one engineer. */
type Engineer = (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>;

async function tokenOf(brink: Brink, name: string, role = 'engineer'): Promise<string> {
  const made = await brink.call('POST', '/tokens', { name, role });
  return ((await made.json()) as { token: string }).token;
}

async function engineer(brink: Brink, name: string, role = 'engineer'): Promise<Engineer> {
  const token = await tokenOf(brink, name, role);
  return async (method, path, body, headers = {}) => {
    const response = await brink.call(method, path, body, { authorization: `Bearer ${token}`, ...headers });
    return [response.status, (await response.json()) as Answer[1]];
  };
}

const put = async (who: Engineer, document: object, query = '?reason=cries%20wolf', etag = '*') =>
  who('PUT', `${URL}${query}`, document, { 'if-match': etag });
const idOf = ([, { proposal }]: Answer) => proposal?.id ?? 'none';

describe('with a second person', () => {
  test('a change that weakens red waits, is approved by another engineer, and bears both names', async () => {
    const brink = await startBrink(plainSite(1, red(20).rules), ON);
    const [li, wang] = [await engineer(brink, 'li'), await engineer(brink, 'wang')];
    await publish(await brink.device('dev-1'), { v: 25 });
    await until('the alert', async () => (await brink.alerts('active')).length === 1);

    const headers = { authorization: `Bearer ${await tokenOf(brink, 'zhao')}`, 'if-match': '"1"' };
    const asked = await brink.call('PUT', `${URL}?reason=wolf`, red(30), headers);
    expect([asked.status, asked.headers.get('etag')]).toEqual([202, '"1"']);
    const { proposal } = (await asked.json()) as { proposal: Proposal };
    expect(asked.headers.get('location')).toBe(`/api/v1${PROPOSALS}/${proposal.id}`);
    expect(proposal).toMatchObject({
      state: 'pending',
      author: 'token:zhao',
      reason: 'wolf',
      outdated: false,
      items: [
        {
          point: 'pt-1',
          revision: 1,
          changes: [{ path: '/rules/depth/levels/red/above', before: 20, after: 30 }],
          weakens: [{ rule: 'depth', level: 'red', change: 'criterion' }],
          before: red(20),
          document: red(30),
          made: null,
        },
      ],
    });
    // Nothing has changed, and the author cannot change that alone.
    expect(await brink.get(URL)).toEqual(red(20));
    expect((await brink.alerts('active')).length).toBe(1);
    const own = await brink.call('POST', `${PROPOSALS}/${proposal.id}/approve`, {}, headers);
    expect([own.status, ((await own.json()) as { code: string }).code]).toEqual([403, 'proposal-own']);
    expect(await brink.get(PROPOSALS)).toMatchObject({
      required: true,
      items: [{ id: proposal.id, points: ['pt-1'] }],
    });

    expect(await wang('POST', `${PROPOSALS}/${proposal.id}/approve`, { note: 'checked' })).toMatchObject([
      200,
      { state: 'approved', decidedBy: 'token:wang', note: 'checked', items: [{ made: 2 }] },
    ]);
    expect(await brink.get(URL)).toEqual(red(30));
    expect(await brink.alerts('active')).toEqual([]);
    expect(await brink.get(`${URL}/revisions/2`)).toMatchObject({
      author: 'token:zhao',
      reason: 'wolf',
      approvedBy: 'token:wang',
      proposal: proposal.id,
    });
    expect(await brink.get(PROPOSALS)).toMatchObject({ items: [] });
    expect(await brink.get(`${PROPOSALS}?state=all`)).toMatchObject({ items: [{ state: 'approved' }] });
    expect(await li('POST', `${PROPOSALS}/${proposal.id}/reject`, { note: 'late' })).toMatchObject([
      409,
      { code: 'proposal-decided', state: 'approved' },
    ]);
  });

  test('what does not weaken goes through at once; what does needs a reason', async () => {
    const brink = await startBrink(plainSite(1, red(20).rules), ON);
    const li = await engineer(brink, 'li');
    expect((await put(li, red(19, { deadband: 2 }), ''))[0]).toBe(200);
    expect(await put(li, red(20), '')).toMatchObject([
      400,
      { code: 'validation-failed', errors: [{ path: 'reason' }] },
    ]);
    // Restoring and temporary values are changes like any other.
    expect((await li('POST', `${URL}/revisions/1/restore`, { reason: 'back' }, { 'if-match': '*' }))[0]).toBe(202);
    expect((await put(li, red(50), `?reason=test&until=${Date.now() + 60_000}`))[0]).toBe(202);
    expect((await put(li, { rules: {} }))[0]).toBe(202);
    // The precondition comes first.
    expect((await put(li, red(50), '?reason=x', '"1"'))[0]).toBe(412);
    expect(await brink.get(URL)).toEqual(red(19, { deadband: 2 }));
  });

  test('a proposal whose point has moved on cannot be approved; rejected and withdrawn ones stay so after a restart', async () => {
    let brink = await startBrink(plainSite(1, red(20).rules), ON);
    let [li, wang] = [await engineer(brink, 'li'), await engineer(brink, 'wang')];
    const outdated = idOf(await put(li, red(30)));
    const [again, gone] = [idOf(await put(li, red(31))), idOf(await put(li, red(32)))];
    expect((await put(wang, red(15)))[0]).toBe(200);
    expect(await wang('GET', `${PROPOSALS}/${outdated}`)).toMatchObject([
      200,
      { outdated: true, items: [{ outdated: true }] },
    ]);
    expect(await wang('POST', `${PROPOSALS}/${outdated}/approve`, {})).toMatchObject([
      409,
      { code: 'proposal-outdated', points: ['pt-1'] },
    ]);
    expect((await li('POST', `${PROPOSALS}/${again}/reject`, { note: 'mine' }))[0]).toBe(403);
    expect((await wang('POST', `${PROPOSALS}/${again}/reject`, {}))[0]).toBe(400);
    expect((await wang('POST', `${PROPOSALS}/${again}/reject`, { note: 'no' }))[0]).toBe(200);
    expect((await wang('POST', `${PROPOSALS}/${gone}/withdraw`, {}))[0]).toBe(403);
    expect((await li('POST', `${PROPOSALS}/${gone}/withdraw`, {}))[0]).toBe(200);

    brink = await brink.restart();
    [li, wang] = [await engineer(brink, 'zhao'), await engineer(brink, 'qian')];
    const all = await brink.get<{ items: Proposal[] }>(`${PROPOSALS}?state=all`);
    expect(all.items.map(({ id, state }) => [id, state])).toEqual([
      [gone, 'withdrawn'],
      [again, 'rejected'],
      [outdated, 'pending'],
    ]);
    const fresh = idOf(await put(li, red(25)));
    expect((await wang('POST', `${PROPOSALS}/${fresh}/approve`, {}))[0]).toBe(200);
    expect((await wang('POST', `${PROPOSALS}/nothing/approve`, {}))[0]).toBe(404);
  });

  test('a proposal expires with the end of its temporary values', async () => {
    const clock = createFakeClock(Date.UTC(2026, 5, 1));
    const brink = await startBrink(plainSite(1, red(20).rules), { ...ON, clock });
    const [li, wang] = [await engineer(brink, 'li'), await engineer(brink, 'wang')];
    const other = idOf(await put(li, red(30)));
    const hour = idOf(await put(li, red(40), `?reason=pump&until=${clock.nowMs() + 3_600_000}`));
    clock.advance(3_600_000);
    expect(await wang('POST', `${PROPOSALS}/${hour}/approve`, {})).toMatchObject([409, { code: 'proposal-expired' }]);
    expect(await wang('GET', PROPOSALS)).toMatchObject([200, { items: [{ id: other, state: 'pending' }] }]);
    expect(await wang('GET', `${PROPOSALS}/${hour}`)).toMatchObject([200, { state: 'expired' }]);
  });

  test('approved temporary values end by themselves, and nobody is asked again', async () => {
    const clock = createFakeClock(Date.UTC(2026, 5, 1));
    const brink = await startBrink(plainSite(1, red(20).rules), { ...ON, clock });
    const [li, wang] = [await engineer(brink, 'li'), await engineer(brink, 'wang')];
    // Tighter for an hour: the way back weakens, and is what was in force before.
    expect((await put(li, red(10), `?until=${clock.nowMs() + 3_600_000}`))[0]).toBe(200);
    clock.advance(3_600_000);
    await until('the way back', async () => JSON.stringify(await brink.get(URL)) === JSON.stringify(red(20)));
    const looser = idOf(await put(li, red(40), `?reason=pump&until=${clock.nowMs() + 3_600_000}`));
    expect((await wang('POST', `${PROPOSALS}/${looser}/approve`, {}))[0]).toBe(200);
    expect((await brink.call('GET', URL)).headers.get('x-brink-until')).toBe(String(clock.nowMs() + 3_600_000));
    clock.advance(3_600_000);
    await until('the way back', async () => JSON.stringify(await brink.get(URL)) === JSON.stringify(red(20)));
  });

  test('many points together are one proposal, and stand or fall together', async () => {
    const brink = await startBrink(plainSite(3, red(20).rules), ON);
    const [li, wang] = [await engineer(brink, 'li'), await engineer(brink, 'wang')];
    const items = [1, 2, 3].map((n) => ({ point: `pt-${n}`, revision: 1, document: red(n === 2 ? 30 : 10) }));
    expect(await li('PATCH', '/thresholds?dryRun=true', { items })).toMatchObject([
      200,
      {
        applied: false,
        needsApproval: true,
        items: [{ weakens: [] }, { weakens: [{ level: 'red' }] }, { weakens: [] }],
      },
    ]);
    const asked = await li('PATCH', '/thresholds', { items, reason: 'tidy' });
    expect(asked).toMatchObject([202, { applied: false, needsApproval: true, proposal: { items: [{}, {}, {}] } }]);
    expect(await brink.get(URL)).toEqual(red(20));
    expect((await wang('POST', `${PROPOSALS}/${idOf(asked)}/approve`, {}))[0]).toBe(200);
    expect(await brink.get(URL)).toEqual(red(10));
    expect(await brink.get('/points/pt-2/thresholds')).toEqual(red(30));

    const next = items.map((item) => ({ ...item, revision: 2, document: red(50) }));
    const second = idOf(await li('PATCH', '/thresholds', { items: next, reason: 'more' }));
    expect((await wang('PUT', '/points/pt-3/thresholds', red(5), { 'if-match': '*' }))[0]).toBe(200);
    expect(await wang('POST', `${PROPOSALS}/${second}/approve`, {})).toMatchObject([409, { points: ['pt-3'] }]);
    expect(await brink.get(URL)).toEqual(red(10));
  });

  test('a whole site that weakens is refused with the points it is about', async () => {
    const brink = await startBrink(plainSite(2, red(20).rules), ON);
    const site = await brink.get<{ thresholds: object[] }>('/site');
    const looser = { ...site, thresholds: [{ point: 'pt-1', ...red(30) }, site.thresholds[1]] };
    const admin: Engineer = await engineer(brink, 'boss', 'admin');
    const weakened = [{ point: 'pt-1', weakens: [{ rule: 'depth', level: 'red', change: 'criterion' }] }];
    expect(await admin('POST', '/site?dryRun=true', looser)).toMatchObject([200, { weakened }]);
    expect(await admin('POST', '/site', looser)).toMatchObject([409, { code: 'approval-required', weakened }]);
    const tighter = { ...site, thresholds: [{ point: 'pt-1', ...red(10) }, site.thresholds[1]] };
    expect(await admin('POST', '/site', tighter)).toMatchObject([200, { applied: true, weakened: [] }]);
  });

  test('who made a token is not the second person beside it', async () => {
    const brink = await startBrink(plainSite(1, red(20).rules), ON);
    const maker = await engineer(brink, 'maker', 'admin');
    const [, made] = await maker('POST', '/tokens', { name: 'made', role: 'engineer' });
    const headers = { authorization: `Bearer ${String(made.token)}` };
    const asked = await brink.call('PUT', `${URL}?reason=x`, red(30), { ...headers, 'if-match': '*' });
    const { proposal } = (await asked.json()) as { proposal: Proposal };
    expect(await maker('POST', `${PROPOSALS}/${proposal.id}/approve`, {})).toMatchObject([
      403,
      { code: 'proposal-own' },
    ]);
  });
});

test('without the setting nothing waits', async () => {
  const brink = await startBrink(plainSite(1, red(20).rules));
  const li = await engineer(brink, 'li');
  expect((await put(li, red(30), ''))[0]).toBe(200);
  expect(await brink.get(PROPOSALS)).toEqual({ items: [], next: null, required: false });
});
