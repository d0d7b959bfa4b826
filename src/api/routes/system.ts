import { createHash, timingSafeEqual } from 'node:crypto';
import { BlockList, isIPv4 } from 'node:net';
import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { bearerToken } from '../auth.ts';
import type { ApiDeps } from '../deps.ts';
import { ProblemError } from '../problems.ts';
import { route } from '../route.ts';
import { sourceStanding } from '../source-view.ts';

/** Health, metrics, version. */
export function systemRoutes(deps: ApiDeps, metricsToken: string | undefined): FastifyPluginAsyncZod {
  return async (app) => {
    route(
      app,
      'GET /health',
      { access: 'open', tags: ['system'], summary: 'Whether the server does what it is for' },
      async (_request, reply) => {
        const { status, checks } = deps.health();
        return reply.code(status === 'failing' ? 503 : 200).send({ status, checks: { ...checks } });
      },
    );

    route(
      app,
      'GET /metrics',
      {
        // Its own rule, below: a monitoring system is no user.
        access: 'open',
        tags: ['system'],
        summary: 'Prometheus metrics; from this machine, or with the metrics token as bearer',
      },
      async (request, reply) => {
        if (!mayReadMetrics(request, metricsToken)) throw new ProblemError('metrics-refused');
        const text = await deps.metrics();
        return reply
          .header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
          .serializer((body: string) => body)
          .send(text);
      },
    );

    route(
      app,
      'GET /version',
      {
        access: 'viewer',
        tags: ['system'],
        summary: 'What is running, its clock, where devices reach it, and the map of the site',
      },
      async () => ({
        version: deps.version,
        node: process.versions.node,
        now: deps.nowMs(),
        mqtt: deps.mqttPorts(),
        map: deps.map.view,
      }),
    );

    route(
      app,
      'GET /system',
      { access: 'viewer', tags: ['system'], summary: 'How much comes in and goes out' },
      async () => {
        const { startedAtMs, ...figures } = deps.system();
        const devices = { total: 0, online: 0, clockSkewed: 0 };
        for (const { id } of deps.registry.devices()) {
          const { online, clockSkewed } = deps.live.device(id);
          devices.total += 1;
          if (online) devices.online += 1;
          if (clockSkewed) devices.clockSkewed += 1;
        }
        const points = { total: 0, withoutLimits: 0 };
        for (const { id } of deps.registry.points()) {
          points.total += 1;
          if (!deps.registry.hasLimits(id)) points.withoutLimits += 1;
        }
        const sources = deps.sources().map(sourceStanding);
        return { startedAt: startedAtMs, ...figures, devices, points, sources };
      },
    );
  };
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

function mayReadMetrics(request: FastifyRequest, metricsToken: string | undefined): boolean {
  const bearer = bearerToken(request);
  if (bearer !== undefined && metricsToken !== undefined && isSame(bearer, metricsToken)) return true;
  // A proxy on this machine forwards strangers from loopback, and says so.
  const forwarded = request.headers['x-forwarded-for'] ?? request.headers.forwarded;
  const address = request.socket.remoteAddress ?? '';
  const mapped = address.replace(/^::ffff:/, '');
  return forwarded === undefined && loopback.check(mapped, isIPv4(mapped) ? 'ipv4' : 'ipv6');
}

function isSame(a: string, b: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}
