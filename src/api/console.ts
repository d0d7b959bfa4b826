import { existsSync } from 'node:fs';
import { join, sep } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyReply } from 'fastify';
import { type App, sendProblem } from './http.ts';

const NOT_BUILT = `<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>Brink 临界</title>
<p>控制台尚未构建。请运行 <code>npm ci</code>，然后重新启动服务。接口文档见 <a href="/api/docs">/api/docs</a>。</p>
<p lang="en">The console has not been built. Run <code>npm ci</code> and start the server again. The API is described at
<a href="/api/docs">/api/docs</a>.</p></html>`;

/**
 * Serves the built console: assets, whose names hold a hash of their content, for ever; the page itself never from a
 * cache unasked; and the page for every address of the console's own router. Everything else unknown is a problem.
 */
export async function installConsole(app: App, consoleDir: string | undefined): Promise<void> {
  const dir = consoleDir !== undefined && existsSync(join(consoleDir, 'index.html')) ? consoleDir : undefined;
  if (dir !== undefined) {
    await app.register(fastifyStatic, {
      root: dir,
      preCompressed: true,
      cacheControl: false,
      setHeaders(reply, path) {
        const isHashed = path.startsWith(`${dir}${sep}assets${sep}`);
        reply.header('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache');
      },
    });
  }

  app.setNotFoundHandler((request, reply) => {
    const [path = ''] = request.url.split('?');
    const isPage =
      (request.method === 'GET' || request.method === 'HEAD') &&
      !/^\/(api|mqtt|assets)(\/|$)/.test(path) &&
      (path === '/' || (request.headers.accept ?? '').includes('text/html'));
    if (!isPage || request.headers.upgrade !== undefined) return sendProblem(request, reply, 'not-found');
    return dir === undefined ? notBuilt(reply) : reply.sendFile('index.html');
  });
}

function notBuilt(reply: FastifyReply): FastifyReply {
  return reply.code(503).header('content-type', 'text/html; charset=utf-8').send(NOT_BUILT);
}
