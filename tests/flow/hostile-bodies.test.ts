import { expect, test } from 'vitest';
import { type Brink, plainSite, startBrink } from '../support/brink.ts';
import { createChance, pick } from '../support/chance.ts';

/** Values as they stand in the text of a body: JSON.stringify would refuse to write some of them. */
const HOSTILE: readonly string[] = [
  `${'['.repeat(5_000)}${']'.repeat(5_000)}`,
  `${'{"any":['.repeat(90)}1${']}'.repeat(90)}`,
  `${'{"a":'.repeat(40)}null${'}'.repeat(40)}`,
  '"a\\u0000b"',
  '"\\u0000"',
  '"\\ud800"',
  '"x\\udc00y"',
  '{"__proto__":{"role":"admin"}}',
  '{"constructor":{"prototype":{"role":"admin"}}}',
  '{"a\\u0000b":1}',
  '"__proto__"',
  '"constructor"',
  '"../../../etc/passwd"',
  '1e999',
  '-1e999',
  '1e308',
  '9007199254740993',
  '99999999999999999999',
  '-0',
  '0.1e-400',
  'null',
  'true',
  '""',
  '" "',
  '[]',
  '{}',
  '[null]',
  JSON.stringify('长'.repeat(20_000)),
  JSON.stringify(Array.from({ length: 3_000 }, (_, n) => n)),
];

/** Stands where a hostile value is put into the text of a body. */
const PLACE = '\u0001place\u0001';

/** A copy of a body for each place in it, with the mark there; also one with a key that is not known. */
function withPlaces(value: unknown): unknown[] {
  const found: unknown[] = [PLACE];
  if (typeof value !== 'object' || value === null) return found;
  for (const [key, inner] of Object.entries(value)) {
    for (const changed of withPlaces(inner)) {
      found.push(Array.isArray(value) ? Object.assign([...value], { [key]: changed }) : { ...value, [key]: changed });
    }
  }
  if (!Array.isArray(value)) found.push({ ...value, unknown: PLACE });
  return found;
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly example: unknown;
}

async function calls(brink: Brink): Promise<Call[]> {
  const { paths } = await brink.get<{ paths: Record<string, Record<string, Described>> }>('/openapi.json');
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, { requestBody }]) => {
      const content = requestBody?.content?.['application/json'];
      if (content === undefined) return [];
      const names: Record<string, string> = { id: path.includes('/points/') ? 'pt-1' : 'dev-1', name: 'admin' };
      const filled = path.replace('/api/v1', '').replace(/\{(\w+)\}/g, (_, name: string) => names[name] ?? '1');
      return [{ method: method.toUpperCase(), path: filled, example: content.example ?? {} }];
    }),
  );
}

interface Described {
  readonly parameters?: readonly { readonly in: string; readonly name: string }[];
  readonly requestBody?: { readonly content?: Record<string, { readonly example?: unknown }> };
}

/** Sends texts as they are, as a program of an administrator. */
async function sender(brink: Brink) {
  const made = await brink.call('POST', '/tokens', { name: 'hostile', role: 'admin' });
  const { token } = (await made.json()) as { token: string };
  return (method: string, path: string, body: string | undefined, headers: Record<string, string>) =>
    fetch(`${brink.app.http}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...headers },
      ...(body === undefined ? {} : { body }),
    });
}

/** Bodies tried of each call. */
const TRIES = 25;

test('no body of any call is answered as a fault of the server', async () => {
  const brink = await startBrink(plainSite(2, { high: { metric: 'v', levels: { red: { above: 10 } } } }));
  const all = await calls(brink);
  const send = await sender(brink);
  expect(all.length).toBeGreaterThan(20);
  const chance = createChance(20_261_126);
  const bad: string[] = [];
  for (const { method, path, example } of all) {
    const places = withPlaces(example).map((body) => JSON.stringify(body));
    const mark = JSON.stringify(PLACE);
    // Every value once in some place, as far as the tries go, and the whole body by each of the first.
    for (let n = 0; n < TRIES; n++) {
      const place = n < 4 ? mark : (pick(chance, places) ?? mark);
      const value = (n < 4 ? HOSTILE[n] : pick(chance, HOSTILE)) ?? 'null';
      const headers = { 'content-type': 'application/json', 'if-match': '*', 'x-brink-reason': 'try' };
      const answer = await send(
        method,
        path,
        place.replace(mark, () => value),
        headers,
      );
      const isBusy = answer.status === 503 && ((await answer.clone().json()) as { code?: string }).code === 'busy';
      if (answer.status >= 500 && !isBusy) {
        const shown = place.replace(mark, value.slice(0, 60));
        bad.push(`${method} ${path} ${shown.slice(0, 300)}: ${answer.status} ${await answer.text()}`);
      } else if (answer.status >= 400) {
        expect(answer.headers.get('content-type')).toBe('application/problem+json');
        await answer.text();
      } else await answer.text();
    }
  }
  expect(bad).toEqual([]);
  expect((await send('GET', '/me', undefined, {})).status).toBe(200);
});

test('no name in an address is answered as a fault of the server', async () => {
  const brink = await startBrink(plainSite(1, { high: { metric: 'v', levels: { red: { above: 10 } } } }));
  const send = await sender(brink);
  const { paths } = await brink.get<{ paths: Record<string, Record<string, unknown>> }>('/openapi.json');
  const names = [
    '%00',
    'a%00b',
    '%ff',
    '%ed%a0%80',
    '__proto__',
    'constructor',
    '..%2f..%2fetc',
    '%2500',
    '-1',
    '1e400',
    '9'.repeat(400),
  ];
  const bad: string[] = [];
  for (const [path, methods] of Object.entries(paths)) {
    if (!path.includes('{')) continue;
    for (const method of Object.keys(methods)) {
      for (const name of names) {
        const filled = path.replace('/api/v1', '').replace(/\{\w+\}/g, () => name);
        const answer = await send(method.toUpperCase(), filled, undefined, {});
        if (answer.status >= 500) bad.push(`${method} ${filled}: ${answer.status} ${await answer.text()}`);
        else await answer.body?.cancel();
      }
    }
  }
  expect(bad).toEqual([]);
});

test('no query and no header of any call is answered as a fault of the server', async () => {
  const brink = await startBrink(plainSite(1, { high: { metric: 'v', levels: { red: { above: 10 } } } }));
  const send = await sender(brink);
  const { paths } = await brink.get<{ paths: Record<string, Record<string, Described>> }>('/openapi.json');
  const cursor = (json: string) => Buffer.from(json).toString('base64url');
  const values = [
    '',
    '-1',
    '1e999',
    '9007199254740993',
    '8640000000000001',
    '+275761-01-01T00:00:00Z',
    '%ED%A0%80',
    '__proto__',
    'x'.repeat(3_000),
    cursor('1e308'),
    cursor('["\\ud800","\\u0000"]'),
    cursor('"a\\u0000b"'),
  ];
  const bad: string[] = [];
  const look = async (method: string, path: string, headers: Record<string, string>) => {
    const answer = await send(method, path, undefined, headers);
    if (answer.status >= 500) bad.push(`${method} ${path.slice(0, 200)}: ${answer.status} ${await answer.text()}`);
    else await answer.body?.cancel();
  };
  for (const [path, methods] of Object.entries(paths)) {
    const filled = path
      .replace('/api/v1', '')
      .replace(/\{\w+\}/g, () => (path.includes('/points/') ? 'pt-1' : 'dev-1'));
    for (const [method, { parameters = [] }] of Object.entries(methods)) {
      if (method !== 'get' || path.endsWith('/live')) {
        for (const reason of ['%00', '%ED%A0%80', '%']) {
          await look(method.toUpperCase(), filled, { 'x-brink-reason': reason, 'if-match': '"99999999999999999999"' });
        }
        continue;
      }
      for (const { name } of parameters.filter((parameter) => parameter.in === 'query')) {
        for (const value of values) await look('GET', `${filled}?${name}=${value}`, {});
        await look('GET', `${filled}?${name}=1&${name}=2`, {});
      }
    }
  }
  expect(bad).toEqual([]);
  // NUL ends a text for some programs.
  const document = { rules: { high: { metric: 'v', levels: { red: { above: 11 } } } } };
  const headers = { 'if-match': '*', 'x-brink-reason': 'so%00so' };
  expect((await brink.call('PUT', '/points/pt-1/thresholds', document, headers)).status).toBe(400);
});
