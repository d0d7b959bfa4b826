import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { createJsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { problemSchema } from '../wire/problem.ts';
import { type Access, CSRF_HEADER, SESSION_COOKIE } from './auth.ts';
import { REQUEST_EXAMPLES, RESPONSE_EXAMPLES } from './examples/examples.ts';
import type { App } from './http.ts';

/** Takes out the schemas nobody refers to: the generator makes one for each direction of each name. */
function prune<T extends object>(document: T): T {
  const { components, paths = {} } = document as { components?: { schemas?: Record<string, object> }; paths?: object };
  const schemas = components?.schemas ?? {};
  const used = new Set<string>();
  const look = (value: object): void => {
    for (const [, name = ''] of JSON.stringify(value).matchAll(/"#\/components\/schemas\/([^"/]+)"/g)) {
      if (used.has(name)) continue;
      used.add(name);
      look(schemas[name] ?? {});
    }
  };
  look(paths);
  for (const name of Object.keys(schemas)) if (!used.has(name)) delete schemas[name];
  return document;
}

interface Media {
  example?: unknown;
}
interface Described {
  requestBody?: { readonly content?: Record<string, Media> };
  responses?: Record<string, { readonly content?: Record<string, Media> }>;
}

/** Puts the examples beside the schemas: the generator loses those of schemas that transform what they are given. */
function withExamples<T extends object>(document: T, prefix: string): T {
  const { paths = {} } = document as { paths?: Record<string, Record<string, Described>> };
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, { requestBody, responses = {} }] of Object.entries(methods)) {
      const call = `${method.toUpperCase()} ${path.replace(prefix, '')}`;
      const body = requestBody?.content?.['application/json'];
      if (body !== undefined && call in REQUEST_EXAMPLES) body.example = REQUEST_EXAMPLES[call];
      for (const [status, { content }] of Object.entries(responses)) {
        const answer = content?.['application/json'];
        const example = RESPONSE_EXAMPLES[`${call} ${status}`];
        if (answer !== undefined && example !== undefined) answer.example = example;
      }
    }
  }
  return document;
}

const DESCRIPTION = `Lists are \`{"items": […], "next": CURSOR|null}\` and take \`limit\` and \`cursor\`. Times are ms
since 1970; where one is given, ISO 8601 with a time zone will do. Errors are RFC 9457 problem documents with a stable
\`code\`; texts are Chinese or English by Accept-Language.

**Authentication**: \`Authorization: Bearer TOKEN\`, or the cookie that \`POST /api/v1/session\` sets.

**CSRF**: a call that changes something and is authenticated by the cookie must carry the header
\`${CSRF_HEADER}: 1\` (any value), and is refused when the browser's \`Origin\` or \`Sec-Fetch-Site\` names another site.
Calls with a token need neither.

**Roles**: viewer < operator < engineer < admin; each call names the least one. \`POST /api/v1/ingest/{device}\` is for
devices, with their own id and secret (Basic), \`/api/v1/push/{name}\` for platforms with the secret of their push.`;

function securityOf(access: Access, changes: boolean): Record<string, string[]>[] {
  if (access === 'open' || access === 'platform') return [];
  if (access === 'device') return [{ basic: [] }, { bearer: [] }];
  return [{ bearer: [] }, changes ? { cookie: [], csrf: [] } : { cookie: [] }];
}

function accessText(access: Access): string {
  if (access === 'open') return 'Open to all.';
  if (access === 'platform') return 'Role: a platform, with the secret of its push or the key of its channel.';
  return access === 'device' ? 'Role: device, or a token of an engineer.' : `Role: ${access}.`;
}

/** Generates the OpenAPI document from the schemas that validate, and serves it with a readable page. */
export async function installOpenApi(app: App, version: string, prefix: string): Promise<void> {
  app.addHook('onRoute', (route) => {
    const access = route.config?.access;
    if (route.schema === undefined || access === undefined) return;
    const failure = (description: string) => ({
      description,
      content: { 'application/problem+json': { schema: problemSchema } },
    });
    const changes = route.method !== 'GET' && route.method !== 'HEAD';
    route.schema = {
      ...route.schema,
      security: securityOf(access, changes),
      description: [accessText(access), route.schema.description].filter((text) => text !== undefined).join('\n\n'),
      response: {
        ...(route.schema.response as object | undefined),
        ...(access === 'open' ? {} : { 401: failure('Not logged in'), 403: failure('Not allowed') }),
        default: failure('Any other failure'),
      },
    };
  });

  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Brink 临界', version, description: DESCRIPTION, license: { name: 'MIT', identifier: 'MIT' } },
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer' },
          basic: { type: 'http', scheme: 'basic', description: 'A device: its id and its secret' },
          cookie: { type: 'apiKey', in: 'cookie', name: SESSION_COOKIE },
          csrf: {
            type: 'apiKey',
            in: 'header',
            name: CSRF_HEADER,
            description: 'Any value; needed beside the cookie for calls that change something',
          },
        },
      },
    },
    transform: createJsonSchemaTransform({}),
    transformObject: (input) => withExamples(prune(jsonSchemaTransformObject(input)), prefix),
  });

  await app.register(swaggerUi, {
    routePrefix: '/api/docs',
    theme: { title: 'Brink 临界 · API' },
    uiConfig: {
      // Without the bar for exploring other documents.
      layout: 'BaseLayout',
      deepLinking: true,
      // Serialised into the page, so that "try it out" works with the cookie of whoever is logged in.
      requestInterceptor: (request) => {
        request.headers['x-brink-csrf'] = '1';
        return request;
      },
    },
  });

  app.get(`${prefix}/openapi.json`, { config: { access: 'open' }, schema: { hide: true } }, async () => app.swagger());
}
