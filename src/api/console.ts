import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import fastifyStatic from '@fastify/static';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type App, sendProblem } from './http.ts';
import { contentPolicy, type PolicyOptions } from './policy.ts';

const NOT_BUILT = `<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>Brink 临界</title>
<p>控制台尚未构建。请运行 <code>npm ci</code>，然后重新启动服务。接口文档见 <a href="/api/docs">/api/docs</a>。</p>
<p lang="en">The console has not been built. Run <code>npm ci</code> and start the server again. The API is described at
<a href="/api/docs">/api/docs</a>.</p></html>`;

/** Stands in the built page where each answer has a nonce of its own. */
const NONCE_PLACE = '__CSP_NONCE__';
const NONCE_BYTES = 16;

/**
 * Serves the built console: assets, whose names hold a hash of their content, for ever; the page itself never from a
 * cache unasked; and the page for every address of the console's own router. Everything else unknown is a problem.
 */
export async function installConsole(
  app: App,
  consoleDir: string | undefined,
  policy: Omit<PolicyOptions, 'styleNonce'>,
): Promise<void> {
  const dir = consoleDir !== undefined && existsSync(join(consoleDir, 'index.html')) ? consoleDir : undefined;
  if (dir !== undefined) {
    await app.register(fastifyStatic, {
      root: dir,
      index: false,
      preCompressed: true,
      cacheControl: false,
      setHeaders(reply, path) {
        const isHashed = path.startsWith(`${dir}${sep}assets${sep}`);
        reply.header('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache');
      },
    });
    for (const url of ['/', '/index.html']) {
      app.get(url, { schema: { hide: true } }, (request, reply) => sendPage(dir, policy, request, reply));
    }
  }

  app.setNotFoundHandler((request, reply) => {
    const [path = ''] = request.url.split('?');
    const isPage =
      (request.method === 'GET' || request.method === 'HEAD') &&
      !/^\/(api|mqtt|assets)(\/|$)/.test(path) &&
      (path === '/' || (request.headers.accept ?? '').includes('text/html'));
    if (!isPage || request.headers.upgrade !== undefined) return sendProblem(request, reply, 'not-found');
    return dir === undefined ? notBuilt(reply) : sendPage(dir, policy, request, reply);
  });
}

/**
 * The page, with a nonce that only this answer's policy knows. So it has no ETag: a browser that was told "not
 * modified" would put an old page under a new policy.
 */
async function sendPage(
  dir: string,
  policy: Omit<PolicyOptions, 'styleNonce'>,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const styleNonce = randomBytes(NONCE_BYTES).toString('base64url');
  const page = (await readFile(join(dir, 'index.html'), 'utf8')).replaceAll(NONCE_PLACE, styleNonce);
  const { encoding, body } = compressed(page, request.headers['accept-encoding'] ?? '');
  reply.helmet({ contentSecurityPolicy: contentPolicy({ ...policy, styleNonce }) });
  if (encoding !== undefined) reply.header('content-encoding', encoding);
  return reply
    .header('content-type', 'text/html; charset=utf-8')
    .header('cache-control', 'no-cache')
    .header('vary', 'accept-encoding')
    .send(body);
}

/** Two kilobytes: compressing them anew takes a tenth of a millisecond. */
function compressed(page: string, accepted: string): { readonly encoding?: 'br' | 'gzip'; readonly body: Buffer } {
  const takes = (name: string) => new RegExp(`\\b${name}\\b(?!\\s*;\\s*q=0(\\.0*)?\\s*(,|$))`).test(accepted);
  if (takes('br')) {
    return { encoding: 'br', body: brotliCompressSync(page, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }) };
  }
  if (takes('gzip')) return { encoding: 'gzip', body: gzipSync(page) };
  return { body: Buffer.from(page) };
}

function notBuilt(reply: FastifyReply): FastifyReply {
  return reply.code(503).header('content-type', 'text/html; charset=utf-8').send(NOT_BUILT);
}
