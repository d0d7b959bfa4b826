import { Readable } from 'node:stream';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import type { Clock } from '../../lib/clock.ts';
import type { ExportRequest } from '../../model/reading-files.ts';
import type { selectionQuery } from '../../wire/calls/readings.ts';
import { areasBelow } from '../areas-below.ts';
import { principalOf } from '../auth.ts';
import type { ApiDeps } from '../deps.ts';
import { AHEAD_MS } from '../period.ts';
import { knownPoint } from '../point-view.ts';
import { ProblemError } from '../problems.ts';
import { bodyOf } from '../request-body.ts';
import { route } from '../route.ts';

const FORMATS = {
  csv: { type: 'text/csv; charset=utf-8', ending: 'csv' },
  parquet: { type: 'application/vnd.apache.parquet', ending: 'parquet' },
} as const;

type Selection = z.output<typeof selectionQuery>;

/** Readings as files: exports of any length, and CSV back in. */
export function readingFileRoutes(deps: ApiDeps, clock: Clock): FastifyPluginAsyncZod {
  return async (app) => {
    route(
      app,
      'GET /readings/export',
      {
        access: 'viewer',
        exposeHeadRoute: false,
        tags: ['readings'],
        summary: 'Raw readings of a selection of points and time, as a file',
        description:
          'Streams, whatever the length: point by point, metric by metric, oldest first. CSV (RFC 4180, UTF-8) has ' +
          'the columns point, metric, unit, time (ISO 8601), value, type (number, boolean or text) and quality ' +
          '(good, or bad, clock-skew and late, separated by blanks); a text that a spreadsheet would take for a ' +
          'formula begins with an apostrophe. Parquet has the same columns, time as a timestamp in ms, and the ' +
          'value as number, boolean or text, two of the three empty. An answer that is cut off is incomplete: ' +
          'ask again. Two exports at a time.',
      },
      async (request, reply) => {
        const { format, bom, timezone, from: fromMs = 0, to: toMs = deps.nowMs() + AHEAD_MS } = request.query;
        const series = seriesOf(deps, request.query);
        if (series.length === 0) throw new ProblemError('nothing-selected');
        const outcome = await deps.readingFiles.export({ series, fromMs, toMs, format, csv: { bom, timezone } });
        if (!outcome.ok) throw new ProblemError(outcome.error, { detail: outcome.detail, retryAfterSeconds: 30 });
        const { type, ending } = FORMATS[format];
        reply.raw.once('close', () => void outcome.pieces.return());
        const giveUp = () => reply.raw.destroy(new Error('the download stalled'));
        return reply
          .header('content-type', type)
          .header('content-disposition', attachment(`${fileName(series, request.query)}.${ending}`))
          .send(Readable.from(whileTaken(outcome.pieces, clock, giveUp), { objectMode: false }));
      },
    );

    // Parsed while it comes, so that its length does not matter; and not a type that a form of another site can send.
    app.addContentTypeParser('text/csv', (_request, payload, done) => done(null, payload));
    route(
      app,
      'POST /readings/import',
      {
        access: 'engineer',
        streams: true,
        tags: ['readings'],
        summary: 'Store the readings of a CSV file',
        description:
          'The columns of an export, in any order, with a byte order mark or without; needed are point, metric, time ' +
          'and value. Without `type` a value is read as its metric’s type, without `quality` it is judged by its ' +
          'metric’s range, and a `unit` other than the metric’s is converted. Every line is looked at before the ' +
          'first is stored: with a line that makes no sense the answer is 422 `import-refused`, which names the ' +
          'first hundred such lines, and nothing is stored. When the history fails half-way, the answer is 503 ' +
          '`import-interrupted`; send the same file again. Of two readings of one metric at the same time the one ' +
          'that was there first stays, so nothing is ever stored twice. Imported readings change no alert.',
        consumes: ['text/csv'],
      },
      async (request, reply) => {
        const gone = new AbortController();
        reply.raw.once('close', () => gone.abort());
        const outcome = await deps.readingFiles.import(bodyOf(request, clock, STALLED_AFTER_MS), gone.signal);
        const by = principalOf(request).name;
        if (outcome.ok) {
          const rejected = outcome.rejected.reduce((sum, one) => sum + one.readings, 0);
          const readings = outcome.readings - rejected;
          request.log.info({ by, readings, rejected }, 'readings imported');
          return { readings, rejected, rejections: [...outcome.rejected] };
        }
        if (outcome.error === 'refused') {
          const errors = outcome.problems.map(({ line, message, zh }) => ({ path: `line ${line}`, message, zh }));
          throw new ProblemError('import-refused', { errors, members: { refused: outcome.refused } });
        }
        const { detail } = outcome;
        if (outcome.error !== 'history-unavailable') {
          throw new ProblemError(outcome.error, { detail, retryAfterSeconds: 30 });
        }
        request.log.warn({ by, stored: outcome.stored, detail }, 'import interrupted');
        const members = { stored: outcome.stored };
        throw new ProblemError('import-interrupted', { detail, members, retryAfterSeconds: 5 });
      },
    );
  };
}

/** A piece of a file is some megabytes; who does not take one for so long must not keep others from their exports. */
const NOT_TAKEN_AFTER_MS = 600_000;

async function* whileTaken(
  pieces: AsyncIterable<Uint8Array>,
  clock: Clock,
  giveUp: () => void,
): AsyncGenerator<Uint8Array, void, void> {
  for await (const piece of pieces) {
    const cancel = clock.after(NOT_TAKEN_AFTER_MS, giveUp);
    try {
      yield piece;
    } finally {
      cancel();
    }
  }
}

/** An upload may take as long as it moves. */
const STALLED_AFTER_MS = 60_000;

function seriesOf(deps: ApiDeps, { points, area, family, metric: metrics }: Selection): ExportRequest['series'] {
  const areas = area === undefined ? undefined : new Set(areasBelow(deps.registry.areas(), area));
  const all = () => [...deps.registry.points()].sort((a, b) => (a.id < b.id ? -1 : 1));
  const candidates = points === undefined ? all() : points.map((id) => knownPoint(deps, id));
  return candidates
    .filter((point) => (areas?.has(point.area) ?? true) && (family === undefined || point.family === family))
    .flatMap((point) =>
      Object.entries(point.metrics)
        .filter(([name]) => metrics?.includes(name) ?? true)
        .map(([name, { series, unit }]) => ({ series, point: point.id, metric: name, unit: unit ?? null })),
    );
}

/** Of a single point, its id and the period; otherwise the period alone. */
function fileName(series: ExportRequest['series'], { from, to }: Selection): string {
  const [first] = series;
  const isOne = first !== undefined && series.every(({ point }) => point === first.point);
  const metric = series.length === 1 ? first?.metric : undefined;
  const parts = [isOne ? first.point : 'readings', metric, dayOf(from), dayOf(to)];
  return parts.filter((part) => part !== undefined).join('_');
}

function dayOf(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString().slice(0, 16).replace(/[-:]/g, '');
}

/** RFC 6266: the name in ASCII for old programs, and as it is. */
function attachment(name: string): string {
  const plain = name.replace(/[^\w.-]/g, '_');
  const encoded = encodeURIComponent(name).replace(/['()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16)}`);
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
