import { Worker } from 'node:worker_threads';
import type { Analyses, AnalysisFailure, AnalysisOptions } from '../api/deps.ts';
import type { History } from '../history/history.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { JudgedAlert, ThresholdAdvice } from '../model/advice.ts';
import type { PointDefinition } from '../model/definition.ts';
import type { ThresholdPreview } from '../model/preview.ts';
import type { Registry } from '../points/registry.ts';
import { warmUpMs } from '../preview/preview.ts';
import type { SeriesColumns } from '../preview/replay.ts';
import type { AnalysisJob, AnalysisReply, AnalysisRequest } from './analysis-protocol.ts';

export interface AnalysisHostOptions {
  readonly history: Pick<History, 'columns'>;
  readonly registry: Pick<Registry, 'definitionOf' | 'thresholdProblems'>;
  /** Operators' verdicts on the alerts of a rule that were open in a period. */
  readonly verdictsOn: (point: string, rule: string, fromMs: number, toMs: number) => readonly JudgedAlert[];
  readonly clock: Clock;
  readonly log: Log;
}

export interface AnalysisHost extends Analyses {
  /** Starts the thread ahead of the first question, which would have to wait for it otherwise. */
  warm(): void;
  close(): Promise<void>;
}

/** 130 MB while they are judged; a month of a point with six metrics at 2 s. */
const READINGS_MAX = 8_000_000;
/** Questions that read or judge at a time: while one is judged the next one's readings are fetched. */
const AT_A_TIME = 2;
const WAITING_MAX = 32;
/** A job that takes longer is given up, and the thread with it. */
const JOB_TIMEOUT_MS = 60_000;

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly onProgress: ((share: number) => void) | undefined;
}

/**
 * Questions to history that take long: they are judged in a thread of their own, and this one only hands over the
 * buffers that the history's thread gave.
 */
export function createAnalysis({ history, registry, verdictsOn, clock, log }: AnalysisHostOptions): AnalysisHost {
  const waiting = new Map<number, Waiting>();
  const turns: (() => void)[] = [];
  let worker: Worker | undefined;
  let taken = 0;
  let lastId = 0;
  let closed = false;

  function start(): Worker {
    const started = new Worker(new URL('./analysis-worker.ts', import.meta.url));
    started.unref();
    started.on('message', (reply: AnalysisReply) => take(reply));
    started.on('error', (error) => {
      log.error({ err: error }, 'analysis thread failed');
      lost(started, error instanceof Error ? error.message : String(error));
    });
    started.on('exit', () => lost(started, 'it ended'));
    return started;
  }

  function lost(former: Worker, reason: string): void {
    if (worker !== former) return;
    worker = undefined;
    for (const { reject } of waiting.values()) reject(new Error(`the analysis thread failed: ${reason}`));
    waiting.clear();
  }

  function take(reply: AnalysisReply): void {
    if (reply.type === 'ready') return;
    const asked = waiting.get(reply.id);
    if (reply.type === 'progress') asked?.onProgress?.(reply.share);
    else {
      waiting.delete(reply.id);
      if (reply.type === 'done') asked?.resolve(reply.result);
      else asked?.reject(new Error(reply.message));
    }
  }

  function send(message: AnalysisRequest, transfer: ArrayBuffer[] = []): void {
    if (closed) throw new Error('the server is stopping');
    worker ??= start();
    worker.postMessage(message, transfer);
  }

  /** Runs a job in the thread; its readings' buffers go there. */
  function judge<T>(job: AnalysisJob, readings: readonly SeriesColumns[], options: AnalysisOptions): Promise<T> {
    const id = ++lastId;
    const buffers = readings.flatMap(({ columns }) =>
      [columns.tsMs.buffer, columns.values.buffer, columns.flags.buffer].map((buffer) => buffer as ArrayBuffer),
    );
    return new Promise<T>((resolve, reject) => {
      const cancelTimeout = clock.after(JOB_TIMEOUT_MS, () => {
        log.error({ kind: job.kind }, 'analysis took too long and was given up');
        void worker?.terminate();
      });
      const callOff = () => {
        if (!waiting.delete(id)) return;
        send({ type: 'cancel', id });
        end(() => reject(new Error('called off')));
      };
      const end = (settle: () => void) => {
        cancelTimeout();
        options.signal?.removeEventListener('abort', callOff);
        settle();
      };
      waiting.set(id, {
        resolve: (result) => end(() => resolve(result as T)),
        reject: (error) => end(() => reject(error)),
        onProgress: options.onProgress,
      });
      options.signal?.addEventListener('abort', callOff);
      send({ type: 'start', id, job }, buffers);
    });
  }

  /** Waits for a turn; gives undefined when too many wait already. */
  async function inTurn<T>(options: AnalysisOptions, work: () => Promise<T>): Promise<T | undefined> {
    if (taken >= AT_A_TIME) {
      if (turns.length >= WAITING_MAX) return undefined;
      await new Promise<void>((resolve) => turns.push(resolve));
    } else taken++;
    try {
      options.signal?.throwIfAborted();
      return await work();
    } finally {
      // The turn goes from hand to hand, so that nobody comes in between.
      const next = turns.shift();
      if (next === undefined) taken--;
      else next();
    }
  }

  async function readingsOf(
    { metrics }: PointDefinition,
    fromMs: number,
    toMs: number,
  ): Promise<SeriesColumns[] | AnalysisFailure> {
    const readings: SeriesColumns[] = [];
    let room = READINGS_MAX;
    for (const { series } of Object.values(metrics)) {
      try {
        readings.push({ series, columns: await history.columns({ series, fromMs, toMs, limit: room + 1 }) });
      } catch (error) {
        const detail = error instanceof Error ? error.message : String(error);
        return { ok: false, error: 'history-unavailable', detail };
      }
      room -= readings.at(-1)?.columns.tsMs.length ?? 0;
      if (room < 0) {
        return { ok: false, error: 'too-many-readings', detail: `more than ${READINGS_MAX} in the period` };
      }
    }
    return readings;
  }

  const BUSY: AnalysisFailure = { ok: false, error: 'busy', detail: `${WAITING_MAX} others are waiting` };

  return {
    async preview({ point, document, fromMs, toMs }, options = {}) {
      const definition = registry.definitionOf(point);
      if (definition === undefined) return { ok: false, error: 'unknown-point' };
      const problems = registry.thresholdProblems(point, document);
      if (problems.length > 0) return { ok: false, error: 'invalid', problems };
      const outcome = await inTurn(options, async () => {
        const startMs = fromMs - warmUpMs([definition.document, document]);
        const readings = await readingsOf(definition, startMs, toMs);
        if ('ok' in readings) return readings;
        options.signal?.throwIfAborted();
        const request = { definition, proposed: document, period: { fromMs, toMs }, readings };
        const preview = await judge<ThresholdPreview>({ kind: 'preview', request }, readings, options);
        return { ok: true, preview } as const;
      });
      return outcome ?? BUSY;
    },

    async advice({ point, rule: asked, fromMs, toMs }, options = {}) {
      const definition = registry.definitionOf(point);
      if (definition === undefined) return { ok: false, error: 'unknown-point' };
      const levelled = Object.entries(definition.document.rules).flatMap(([id, { levels }]) =>
        levels === undefined ? [] : [id],
      );
      const rule = asked ?? (levelled.length === 1 ? levelled[0] : undefined);
      if (rule === undefined) return { ok: false, error: 'rule-required', rules: levelled };
      if (!levelled.includes(rule)) return { ok: false, error: 'unknown-rule', rules: levelled };
      const outcome = await inTurn(options, async () => {
        const readings = await readingsOf(definition, fromMs - warmUpMs([definition.document]), toMs);
        if ('ok' in readings) return readings;
        options.signal?.throwIfAborted();
        const verdicts = verdictsOn(point, rule, fromMs, toMs);
        const request = { definition, rule, period: { fromMs, toMs }, readings, verdicts };
        return {
          ok: true,
          advice: await judge<ThresholdAdvice>({ kind: 'advice', request }, readings, options),
        } as const;
      });
      return outcome ?? BUSY;
    },

    warm() {
      if (!closed) worker ??= start();
    },
    async close() {
      closed = true;
      const last = worker;
      await last?.terminate();
    },
  };
}
