import { describe, expect, test } from 'vitest';
import { alert, type Fixture, fixture, LOG, NOW_MS } from './api-fixture.ts';

/** Walks a list with pages of `limit`, and gives the items and how many pages there were. */
async function walk(
  { app, tokens }: Fixture,
  path: string,
  limit: number,
): Promise<{ items: Record<string, unknown>[]; pages: number }> {
  const items: Record<string, unknown>[] = [];
  let cursor: string | null = null;
  let pages = 0;
  do {
    const url: string = `/api/v1${path}${path.includes('?') ? '&' : '?'}limit=${limit}${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;
    const answer = await app.inject({ url, headers: { authorization: `Bearer ${tokens.admin}` } });
    expect(answer.statusCode).toBe(200);
    const page = answer.json() as { items: Record<string, unknown>[]; next: string | null };
    expect(page.items.length).toBeLessThanOrEqual(limit);
    items.push(...page.items);
    cursor = page.next;
    pages += 1;
  } while (cursor !== null);
  return { items, pages };
}

/** A site with enough of everything. */
async function full(): Promise<Fixture> {
  const made = await fixture();
  for (let i = 0; i < 23; i++) {
    // Several alerts share a time, so that the cursor has to tell them apart.
    made.emit('raised', alert(`a${i}`, { raisedAt: NOW_MS - Math.floor(i / 4) * 1_000 }));
  }
  made.state.samples.set(
    11,
    Array.from({ length: 23 }, (_, i) => ({ tsMs: NOW_MS - 600_000 + i * 10_000, value: i, marks: 0 })),
  );
  made.state.revisions.set(
    'underpass-01',
    Array.from({ length: 7 }, (_, i) => ({
      point: 'underpass-01',
      revision: i + 1,
      document: { rules: {} },
      author: 'engineer',
      atMs: NOW_MS + i,
      reason: i === 0 ? null : `reason ${i}`,
      untilMs: null,
      revertsTo: null,
      approvedBy: null,
      proposal: null,
    })),
  );
  return made;
}

describe.each([
  ['/points', 8],
  ['/points?area=zhengyang', 7],
  ['/areas', 3],
  ['/devices', 2],
  ['/quarantine', 5],
  ['/users', 4],
  ['/tokens', 4],
  ['/alerts', 23],
  ['/alerts?state=all&area=zhengyang', 23],
  ['/events', 23],
  ['/points/underpass-01/thresholds/revisions', 7],
  ['/points/underpass-01/readings', 23],
  [`/points/underpass-01/readings?every=30s&from=${NOW_MS - 600_000}&to=${NOW_MS}`, 9],
])('%s', (path, count) => {
  test.each([1, 3, 1_000])('in pages of %i: nothing lost, nothing doubled, the same order', async (limit) => {
    const made = await full();
    const { items, pages } = await walk(made, path, limit);
    const whole = await walk(made, path, 1_000);
    expect(items).toEqual(whole.items);
    expect(items.length).toBe(count);
    expect(new Set(items.map((item) => JSON.stringify(item))).size).toBe(count);
    // The last page says that it is; only pages of buckets may be empty.
    if (!path.includes('every')) expect(pages).toBe(Math.ceil(count / limit));
  });
});

test('a list stays whole while things are added in front of the reader', async () => {
  const made = await full();
  const first = await made.app.inject({
    url: '/api/v1/alerts?limit=10',
    headers: { authorization: `Bearer ${made.tokens.viewer}` },
  });
  const { items, next } = first.json() as { items: { id: string }[]; next: string };
  made.emit('raised', alert('newer', { raisedAt: NOW_MS + 1_000 }));
  const second = await made.app.inject({
    url: `/api/v1/alerts?limit=100&cursor=${next}`,
    headers: { authorization: `Bearer ${made.tokens.viewer}` },
  });
  const ids = [...items, ...(second.json() as { items: { id: string }[] }).items].map(({ id }) => id);
  expect(new Set(ids).size).toBe(23);
  expect(ids).not.toContain('newer');
});

test('the alert log can be followed by seq, and says where it ends', async () => {
  const made = await full();
  const get = async (query: string) => {
    const headers = { authorization: `Bearer ${made.tokens.viewer}` };
    return (await made.app.inject({ url: `/api/v1/events?${query}`, headers })).json();
  };
  const page = await get('after=20');
  expect(page.items.map(({ seq }: { seq: number }) => seq)).toEqual([21, 22, 23]);
  expect(page).toMatchObject({ next: null, head: 23 });
  expect(await get(`after=23&log=${LOG}`)).toEqual({ items: [], next: null, head: 23, log: LOG });
  // A follower of a log that has since been restored from a backup can tell.
  expect(await get('after=23')).toEqual({ items: [], next: null, head: 23, log: LOG });
  expect(await get('after=24')).toMatchObject({ status: 409, code: 'other-log', log: LOG, head: 23 });
  expect(await get(`after=99&log=${LOG}`)).toMatchObject({ status: 409, code: 'other-log' });
  expect(await get('after=20&log=another')).toMatchObject({ status: 409, code: 'other-log', log: LOG });
});

test('a log that no longer reaches back that far says so rather than leave a gap', async () => {
  const made = await full();
  made.state.log.splice(0, 10);
  const headers = { authorization: `Bearer ${made.tokens.viewer}` };
  const answer = await made.app.inject({ url: '/api/v1/events?after=5', headers });
  expect([answer.statusCode, answer.json()]).toMatchObject([410, { code: 'events-gone', oldest: 11 }]);
});
