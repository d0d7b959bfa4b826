import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Alert } from '../../model/alert.ts';
import { msOf } from '../../model/instant.ts';
import { qualityOf, type Sample } from '../../model/reading.ts';
import type { PointRecord } from '../../model/registry.ts';
import type { PointState } from '../../wire/points.ts';
import { areasBelow } from '../areas-below.ts';
import type { ApiDeps } from '../deps.ts';
import { AHEAD_MS } from '../period.ts';
import { knownPoint, pointView, shownPoint, stateOf } from '../point-view.ts';
import { ProblemError } from '../problems.ts';
import { decodeCursor, encodeCursor, pageByKey } from '../query.ts';
import { route } from '../route.ts';

/** Points with their newest values, and their readings. */
export function pointRoutes(deps: ApiDeps): FastifyPluginAsyncZod {
  return async (app) => {
    route(
      app,
      'GET /points',
      { access: 'viewer', tags: ['points'], summary: 'Monitoring points with their newest values and open alerts' },
      async (request) => {
        const { area, family, state, device, hasLimits } = request.query;
        const areas = area === undefined ? undefined : new Set(areasBelow(deps.registry.areas(), area));
        const alerts = alertsByPoint(deps.alerts.open());
        const matching: PointRecord[] = [];
        for (const point of deps.registry.points()) {
          if (areas !== undefined && !areas.has(point.area)) continue;
          if (family !== undefined && point.family !== family) continue;
          if (device !== undefined && point.device !== device) continue;
          if (hasLimits !== undefined && deps.registry.hasLimits(point.id) !== hasLimits) continue;
          if (state !== undefined && !isIn(state, deps, point, alerts.get(point.id) ?? [])) continue;
          matching.push(point);
        }
        const { items, next } = pageByKey(matching, (point) => point.id, request.query);
        return { items: items.map((point) => pointView(deps, point, alerts.get(point.id) ?? [])), next };
      },
    );

    route(
      app,
      'GET /points/{id}',
      { access: 'viewer', tags: ['points'], summary: 'One monitoring point' },
      async (request) => shownPoint(deps, request.params.id),
    );

    route(
      app,
      'GET /points/{id}/readings',
      {
        access: 'viewer',
        tags: ['points'],
        summary: 'Readings of one metric in time order, raw or in buckets',
        description:
          'Without `every`: readings as they came, oldest first, from the beginning of what is kept unless `from` ' +
          'says otherwise. With `every`: buckets, which start at multiples of `every` since 1970; empty ones are ' +
          'left out; without `from`, the newest `limit` of them. With `last`: the newest so many readings. Numbers, booleans and texts keep their type. ' +
          'A page may hold fewer items than `limit` though there is a next one.',
      },
      async (request) => {
        const point = knownPoint(deps, request.params.id);
        const { every: everyMs, last, cursor, limit } = request.query;
        const { name, metric } = metricOf(point, request.query.metric);
        // Devices may be a little ahead of us: what they sent is there to be seen.
        const toMs = request.query.to ?? deps.nowMs() + AHEAD_MS;
        const head = { metric: name, unit: metric.unit ?? null };
        if (last !== undefined) {
          const range = { fromMs: request.query.from ?? 0, toMs, limit: last, newest: true };
          const found = await reading(() => deps.history.samples({ series: metric.series, ...range }));
          return { items: found.map(sampleView), next: null, ...head };
        }
        if (everyMs === undefined) {
          const wanted = { series: metric.series, fromMs: request.query.from ?? 0, toMs, limit, cursor };
          return { ...(await samplePage(deps, wanted)), ...head };
        }
        if (metric.type === 'string') throw new ProblemError('not-numeric');
        const fromMs = request.query.from ?? Math.ceil(toMs / everyMs) * everyMs - limit * everyMs;
        const wanted = { series: metric.series, fromMs, toMs, limit, cursor };
        return { ...(await bucketPage(deps, everyMs, wanted)), ...head };
      },
    );
  };
}

/** A page of what is kept of a series. */
interface WantedPage {
  readonly series: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly limit: number;
  readonly cursor: string | undefined;
}

async function samplePage(deps: ApiDeps, { series, fromMs, toMs, limit, cursor }: WantedPage) {
  const afterMs = decodeCursor(z.number(), cursor);
  // One more than the page tells whether there is another page; with a cursor its own reading comes first again.
  const found = await reading(() =>
    deps.history.samples({ series, fromMs: Math.max(fromMs, afterMs ?? fromMs), toMs, limit: limit + 2 }),
  );
  const rest = afterMs === undefined ? found : found.filter((sample) => sample.tsMs > afterMs);
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  const next = rest.length > limit && last !== undefined ? encodeCursor(last.tsMs) : null;
  return { items: page.map(sampleView), next };
}

function sampleView({ tsMs, value, marks }: Sample) {
  return { ts: msOf(tsMs), value, quality: qualityOf(marks) };
}

/** A page covers `limit` buckets, empty ones included, so that its cost is bounded whatever the period asked for. */
async function bucketPage(deps: ApiDeps, everyMs: number, { series, fromMs, toMs, limit, cursor }: WantedPage) {
  const startMs = decodeCursor(z.number(), cursor) ?? fromMs;
  const endMs = Math.floor(startMs / everyMs) * everyMs + limit * everyMs;
  const buckets = await reading(() =>
    deps.history.buckets({ series, fromMs: startMs, toMs: Math.min(endMs, toMs), everyMs }),
  );
  return {
    items: buckets.map(({ tsMs, ...summary }) => ({ ts: tsMs, ...summary })),
    next: endMs < toMs ? encodeCursor(endMs) : null,
  };
}

async function reading<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw new ProblemError('history-unavailable', {
      ...(error instanceof Error ? { detail: error.message } : {}),
      retryAfterSeconds: 5,
    });
  }
}

function metricOf(point: PointRecord, asked: string | undefined) {
  const names = Object.keys(point.metrics);
  const name = asked ?? (names.length === 1 ? names[0] : undefined);
  if (name === undefined) {
    throw new ProblemError('metric-required', { detail: `metrics: ${names.join(', ')}`, members: { metrics: names } });
  }
  const metric = Object.hasOwn(point.metrics, name) ? point.metrics[name] : undefined;
  if (metric === undefined) throw new ProblemError('unknown-metric', { detail: name, members: { metrics: names } });
  return { name, metric };
}

function alertsByPoint(alerts: readonly Alert[]): Map<string, Alert[]> {
  const byPoint = new Map<string, Alert[]>();
  for (const alert of alerts) {
    const of = byPoint.get(alert.point);
    if (of === undefined) byPoint.set(alert.point, [alert]);
    else of.push(alert);
  }
  return byPoint;
}

function isIn(wanted: readonly PointState[], deps: ApiDeps, point: PointRecord, alerts: readonly Alert[]): boolean {
  const { online } = deps.live.device(point.device);
  return wanted.includes(stateOf(online, alerts)) || (!online && wanted.includes('offline'));
}
