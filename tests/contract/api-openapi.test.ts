import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { JSONSchema } from 'zod/v4/core';
import { REQUEST_EXAMPLES, RESPONSE_EXAMPLES } from '../../src/api/examples/examples.ts';
import { ARCHIVE_PATH } from '../../src/model/map.ts';
import { CALLS } from '../../src/wire/calls.ts';
import { fixture } from './api-fixture.ts';

interface Operation {
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: object }[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: object; readonly example?: unknown }> };
  readonly responses: Record<
    string,
    { readonly description: string; readonly content?: Record<string, { schema: object; example?: unknown }> }
  >;
  readonly security?: readonly Record<string, readonly string[]>[];
}

interface Spec {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: {
    readonly schemas: Record<string, object>;
    readonly securitySchemes: Record<string, { readonly type: string }>;
  };
}

async function specification(): Promise<Spec> {
  const { app } = await fixture();
  const answer = await app.inject({ url: '/api/v1/openapi.json' });
  expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, 'application/json; charset=utf-8']);
  return answer.json();
}

describe('the OpenAPI document', () => {
  test('is OpenAPI 3.1 with the version that is running', async () => {
    const spec = await specification();
    expect(spec.openapi).toBe('3.1.0');
    expect(spec.info.version).toBe('0.0.0-test');
    expect(spec.info.description).toContain('x-brink-csrf');
  });

  test('every call says what it does, who may make it, and what comes back, problems included', async () => {
    const spec = await specification();
    for (const [path, operation, call] of operations(spec)) {
      expect(operation.summary, call).toBeTruthy();
      expect(operation.tags?.length, call).toBe(1);
      expect(operation.description, call).toMatch(
        /^(Role: \w+|Role: device, or a token of an engineer|Role: a platform, with the secret of its push or the key of its channel|Open to all)\./,
      );
      expect(operation.responses.default?.content, call).toEqual({
        'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
      });
      expect(
        Object.keys(operation.responses).some((status) => /^[123]\d\d$/.test(status)),
        call,
      ).toBe(true);
      const parameters = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect(
        parameters.map(({ name }) => name),
        call,
      ).toEqual(inPath);
      for (const scheme of (operation.security ?? []).flatMap((way) => Object.keys(way))) {
        expect(spec.components.securitySchemes[scheme], call).toBeDefined();
      }
    }
  });

  test('lists take limit and cursor and give items and next', async () => {
    const spec = await specification();
    const lists = operations(spec).filter(([, { responses }]) =>
      JSON.stringify(responses['200'] ?? '').includes('"next"'),
    );
    expect(lists.length).toBeGreaterThanOrEqual(10);
    for (const [, operation, call] of lists) {
      const names = (operation.parameters ?? []).map(({ name }) => name);
      expect(names, call).toEqual(expect.arrayContaining(['limit', 'cursor']));
    }
  });

  test('changes with a cookie need the CSRF header, by token they do not', async () => {
    const spec = await specification();
    for (const [, { security = [] }, call] of operations(spec)) {
      if (security.length === 0) continue;
      if (call === 'post /api/v1/ingest/{device}') {
        expect(security).toEqual([{ basic: [] }, { bearer: [] }]);
        continue;
      }
      const isChange = !call.startsWith('get');
      expect(security, call).toEqual([{ bearer: [] }, isChange ? { cookie: [], csrf: [] } : { cookie: [] }]);
    }
  });

  test('the calls are those of the table, by which console and command line call', async () => {
    const spec = await specification();
    const documented = operations(spec).map(([path, , call]) => {
      return `${call.split(' ')[0]?.toUpperCase()} ${path.replace('/api/v1', '')}`;
    });
    // A file of the map has a route only where there is one; the live channel is no call.
    const own = documented.filter((call) => !['GET /live', `GET ${ARCHIVE_PATH}`].includes(call));
    expect(own.sort()).toEqual(Object.keys(CALLS).sort());
  });

  test('every reference leads somewhere, and no schema stands unused', async () => {
    const spec = await specification();
    const text = JSON.stringify(spec.paths) + JSON.stringify(spec.components.schemas);
    const referred = new Set([...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, target = '']) => target));
    const defined = Object.keys(spec.components.schemas).map((name) => `#/components/schemas/${name}`);
    expect([...referred].sort()).toEqual(defined.sort());
  });

  test('the threshold document and the alert are described in full', async () => {
    const spec = await specification();
    const document = JSON.stringify(spec.components.schemas.ThresholdDocumentInput);
    for (const key of ['levels', 'deadband', 'recoverFor', 'noData', 'stuck', 'vote', 'schedule', 'curve', 'latch']) {
      expect(document).toContain(`"${key}"`);
    }
    const alert = JSON.stringify(spec.components.schemas.Alert);
    for (const key of ['thresholdRevision', 'peak', 'shelvedUntil', 'unverified', 'latched']) {
      expect(alert).toContain(`"${key}"`);
    }
  });
});

function operations(spec: Spec): [path: string, operation: Operation, call: string][] {
  return Object.entries(spec.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation, string] => [
      path,
      operation,
      `${method} ${path}`,
    ]),
  );
}

test('the readable page is served with everything it needs', async () => {
  const { app } = await fixture();
  const page = await app.inject({ url: '/api/docs' });
  expect(page.statusCode).toBe(200);
  const assets = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url = '']) => url);
  expect(assets.length).toBeGreaterThan(3);
  for (const url of assets) {
    expect(url).not.toMatch(/^(https?:)?\/\//);
    const { pathname } = new URL(url, 'http://brink/api/docs');
    expect((await app.inject({ url: pathname })).statusCode, url).toBe(200);
  }
  expect(page.body).not.toMatch(/<script(?![^>]*\bsrc=)[^>]*>/);
  expect((await app.inject({ url: '/api/docs/json' })).json().openapi).toBe('3.1.0');
});

/** A schema with what it refers to put in its place, once. */
function resolved(spec: Spec, schema: object): Record<string, unknown> {
  const { $ref } = schema as { $ref?: string };
  const name = $ref?.replace('#/components/schemas/', '');
  return (name === undefined ? schema : (spec.components.schemas[name] ?? {})) as Record<string, unknown>;
}

/** Whether a JSON body has an example, beside its schema or in it. */
function hasExample(
  spec: Spec,
  media: { readonly schema: object; readonly example?: unknown; readonly examples?: unknown },
): boolean {
  if (media.example !== undefined || media.examples !== undefined) return true;
  const schema = resolved(spec, media.schema);
  return Array.isArray(schema.examples) && schema.examples.length > 0;
}

describe('examples', () => {
  test('every body of a request has one', async () => {
    const spec = await specification();
    const without = operations(spec).flatMap(([, { requestBody }, call]) => {
      const media = requestBody?.content['application/json'];
      return media === undefined || hasExample(spec, media) ? [] : [call];
    });
    expect(without).toEqual([]);
  });

  test('every answer with a body has one', async () => {
    const spec = await specification();
    const without = operations(spec).flatMap(([, { responses }, call]) =>
      Object.entries(responses).flatMap(([status, { content }]) => {
        const media = content?.['application/json'];
        return !/^2/.test(status) || media === undefined || hasExample(spec, media) ? [] : [`${call} ${status}`];
      }),
    );
    expect(without).toEqual([]);
  });

  test('each of them is as its schema says', async () => {
    const spec = await specification();
    // The reader of JSON schemas knows no classes of Unicode letters, and finds definitions in one place only.
    const readable = (schema: object) =>
      JSON.parse(
        JSON.stringify(schema, (key, value: unknown) =>
          key === 'pattern' && String(value).includes('\\p{') ? undefined : value,
        ).replaceAll('#/components/schemas/', '#/$defs/'),
      ) as Record<string, JSONSchema.BaseSchema>;
    const $defs = readable(spec.components.schemas);
    const wrong = operations(spec).flatMap(([, { requestBody, responses }, call]) =>
      [requestBody, ...Object.values(responses)].flatMap((holder) => {
        const media = holder?.content?.['application/json'];
        if (media?.example === undefined) return [];
        const parsed = z
          .fromJSONSchema({ ...readable(media.schema), $defs } as JSONSchema.BaseSchema)
          .safeParse(media.example);
        return parsed.success ? [] : [`${call}: ${parsed.error.message}`];
      }),
    );
    expect(wrong).toEqual([]);
  });

  test('there is none of a call that does not exist', async () => {
    const spec = await specification();
    const calls = new Set(
      operations(spec).map(([path, , call]) => `${call.split(' ')[0]?.toUpperCase()} ${path.replace('/api/v1', '')}`),
    );
    const named = [
      ...Object.keys(REQUEST_EXAMPLES),
      ...Object.keys(RESPONSE_EXAMPLES).map((key) => key.replace(/ \d+$/, '')),
    ];
    expect(named.filter((call) => !calls.has(call))).toEqual([]);
  });
});
