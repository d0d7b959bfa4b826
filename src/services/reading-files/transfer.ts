import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ReadingFiles } from '../../api/deps.ts';
import type { ImportSeries } from '../../history/files/csv-import.ts';
import { type ReadingsPage, readingsPages } from '../../history/files/pages.ts';
import type { History } from '../../history/history.ts';
import type { Clock } from '../../lib/clock.ts';
import { messageOf } from '../../lib/errors.ts';
import { type AskedThread, startAskedThread } from '../../lib/thread.ts';
import type { ExportOutcome, ExportRequest, ImportOutcome } from '../../model/reading-files.ts';
import type { SiteReads } from '../../registry/site-reads.ts';
import type { TransferJob, TransferReply, TransferRequest } from './transfer-protocol.ts';

export interface TransferOptions {
  readonly history: Pick<History, 'columns' | 'importEntries'>;
  readonly registry: Pick<SiteReads, 'points'>;
  readonly clock: Clock;
  /** The data folder: readings that are imported wait there until every line of their file has been looked at. */
  readonly folder: string;
  /** How far ahead of ours the clock of a device may be, ms. */
  readonly futureMaxMs: number;
}

export interface Transfer extends ReadingFiles {
  /** Breaks off what is under way. */
  close(): Promise<void>;
}

/** Each is a thread; more of them would only slow each other and the history down. */
const EXPORTS_MAX = 2;

/** The words of a refusal may name what they refuse, and so be others each time. */
const REASONS_TOLD = 20;
const OTHER_REASONS = '…';

const YOUNG_MB = 32;

type FileThread = AskedThread<TransferRequest, TransferReply>;

const SPOOL = /^import-.*\.spool$/;

/** Files of readings, out and in. This thread only hands over buffers. */
export function createTransfer({ history, registry, clock, folder, futureMaxMs }: TransferOptions): Transfer {
  const threads = new Set<FileThread>();
  let exports = 0;
  let isImporting = false;
  let isClosed = false;
  // What a crash left behind.
  for (const name of readdirSync(folder)) if (SPOOL.test(name)) rmSync(join(folder, name), { force: true });

  function start(job: TransferJob): FileThread {
    if (isClosed) throw new Error('the server is stopping');
    const thread: FileThread = startAskedThread(new URL('./transfer-worker.ts', import.meta.url), {
      workerData: job,
      // The server's thread is given more, for what it makes lives longer.
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    threads.add(thread);
    return thread;
  }

  async function end(thread: FileThread): Promise<void> {
    threads.delete(thread);
    await thread.end();
  }

  async function* fileOf({ series, fromMs, toMs, format, csv }: ExportRequest): AsyncGenerator<Uint8Array, void, void> {
    const thread = start({ kind: 'export', format, csv });
    exports++;
    try {
      const pages = readingsPages(history, series, { fromMs, toMs });
      // The next page is fetched while the thread works on the one before it.
      let next = pages.next();
      await next;
      // The caller knows by this that the history answers.
      yield NOTHING;
      for (;;) {
        const { value: page } = await next;
        if (!page) break;
        const written = thread.ask({ type: 'page', page }, buffersOf(page));
        next = pages.next();
        next.catch(() => undefined);
        yield* fileBytes(await written);
      }
      yield* fileBytes(await thread.ask({ type: 'end' }));
    } finally {
      exports--;
      await end(thread);
    }
  }

  async function importInto(
    thread: FileThread,
    input: AsyncIterable<Uint8Array>,
    signal: AbortSignal | undefined,
  ): Promise<Exclude<ImportOutcome, { error: 'busy' }>> {
    const noRoom = { ok: false, error: 'no-room', detail: folder } as const;
    for await (const chunk of input) {
      // A copy of its own, because the chunk may be a part of a larger buffer.
      const data = new Uint8Array(chunk);
      const reply = await thread.ask({ type: 'bytes', data }, [data.buffer]);
      if (reply.type === 'no-room') return noRoom;
      // The file is broken from here on, and the rest of it of no interest.
      if (reply.type === 'checked') return refusalOf(reply);
    }
    const checked = await thread.ask({ type: 'end' });
    if (checked.type === 'no-room') return noRoom;
    if (checked.type !== 'checked' || checked.outcome.refused > 0) return refusalOf(checked);
    const rejections = new Map<string, number>();
    for (let stored = 0; ; ) {
      if (signal?.aborted === true) return { ok: false, error: 'history-unavailable', stored, detail: 'called off' };
      const batch = await thread.ask({ type: 'next' });
      if (batch.type !== 'entries' || batch.data === null) {
        const rejected = [...rejections].map(([reason, readings]) => ({ readings, reason }));
        return { ok: true, readings: stored, rejected };
      }
      try {
        for (const { readings, reason } of await history.importEntries(batch.data)) {
          const key = rejections.has(reason) || rejections.size < REASONS_TOLD ? reason : OTHER_REASONS;
          rejections.set(key, (rejections.get(key) ?? 0) + readings);
        }
      } catch (error) {
        return { ok: false, error: 'history-unavailable', stored, detail: messageOf(error) };
      }
      stored += batch.readings;
    }
  }

  return {
    async export(request): Promise<ExportOutcome> {
      if (exports >= EXPORTS_MAX) return { ok: false, error: 'busy', detail: `${EXPORTS_MAX} exports are under way` };
      const pieces = fileOf(request);
      try {
        await pieces.next();
        return { ok: true, pieces };
      } catch (error) {
        return { ok: false, error: 'history-unavailable', detail: messageOf(error) };
      }
    },

    async import(input, signal): Promise<ImportOutcome> {
      if (isImporting) return { ok: false, error: 'busy', detail: 'an import is under way' };
      isImporting = true;
      const nowMs = clock.nowMs();
      const spool = join(folder, `import-${nowMs}.spool`);
      const thread = start({
        kind: 'import',
        series: importable(registry),
        latestMs: nowMs + futureMaxMs,
        receivedAtMs: nowMs,
        spool,
      });
      try {
        return await importInto(thread, input, signal);
      } finally {
        isImporting = false;
        await end(thread);
        rmSync(spool, { force: true });
      }
    },

    async close() {
      isClosed = true;
      await Promise.all([...threads].map(end));
    },
  };
}

function refusalOf(reply: TransferReply): Exclude<ImportOutcome, { error: 'busy' }> {
  if (reply.type !== 'checked') throw new Error(`unexpected ${reply.type}`);
  const { refused, problems } = reply.outcome;
  return { ok: false, error: 'refused', refused, problems };
}

const NOTHING = new Uint8Array(0);

function* fileBytes(reply: TransferReply): Generator<Uint8Array, void, void> {
  if (reply.type === 'file' && reply.data !== null && reply.data.length > 0) yield reply.data;
}

function buffersOf({ columns: { tsMs, values, flags } }: ReadingsPage): ArrayBuffer[] {
  return [tsMs, values, flags].map(({ buffer }) => buffer as ArrayBuffer);
}

function importable(registry: Pick<SiteReads, 'points'>): Map<string, Map<string, ImportSeries>> {
  const found = new Map<string, Map<string, ImportSeries>>();
  for (const { id, metrics } of registry.points()) {
    const named = Object.entries(metrics).map(([name, metric]) => [name, { series: metric.series, metric }] as const);
    found.set(id, new Map(named));
  }
  return found;
}
