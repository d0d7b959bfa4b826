import { randomUUID } from 'node:crypto';
import type { Analyses, PreviewJobs } from '../../api/deps.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import type { PreviewJobFailure, PreviewJobView } from '../../model/analysis.ts';
import type { PreviewedPoint } from '../../model/preview.ts';
import { previewedPoint } from '../../model/preview-totals.ts';
import { placedText } from '../../model/problem-words.ts';

export interface PreviewJobsOptions {
  readonly analyses: Pick<Analyses, 'preview'>;
  /** Points that are judged at a time, of all jobs together. */
  readonly concurrency: number;
  readonly clock: Clock;
  readonly log: Log;
}

export interface PreviewJobsHost extends PreviewJobs {
  /** Calls off what runs. */
  close(): void;
}

const RUNNING_MAX = 8;
/** Results of so many jobs are kept, the newest, for as long as somebody may still look at them. */
const KEPT_MAX = 32;
const KEPT_MS = 30 * 60_000;
/** Whoever waits asks every second or so; a job of somebody who has left must not hold up others. */
const UNASKED_MS = 5 * 60_000;
const LOOK_EVERY_MS = 30_000;

interface Job {
  readonly id: string;
  readonly by: string;
  readonly startedAtMs: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly total: number;
  readonly controller: AbortController;
  readonly waiting: { readonly point: string; readonly document: Parameters<Analyses['preview']>[0]['document'] }[];
  readonly items: PreviewedPoint[];
  readonly failures: PreviewJobFailure[];
  /** How far the points are that are being judged, 0 to 1. */
  readonly underWay: Map<string, number>;
  state: PreviewJobView['state'];
  endedAtMs: number | null;
  askedAtMs: number;
}

/** Previews of many points, a few points at a time, taking turns between jobs. */
export function createPreviewJobs({ analyses, concurrency, clock, log }: PreviewJobsOptions): PreviewJobsHost {
  const jobs = new Map<string, Job>();
  let judging = 0;

  const running = () => [...jobs.values()].filter(({ state }) => state === 'running');

  function end(job: Job, state: 'done' | 'cancelled'): void {
    job.state = state;
    job.endedAtMs = clock.nowMs();
    job.waiting.length = 0;
    job.underWay.clear();
  }

  /** Begins as many points as may be judged at a time, those of the job with the fewest under way first. */
  function proceed(): void {
    while (judging < concurrency) {
      const next = running()
        .filter(({ waiting }) => waiting.length > 0)
        .sort((a, b) => a.underWay.size - b.underWay.size)[0];
      const item = next?.waiting.shift();
      if (next === undefined || item === undefined) return;
      judging++;
      void judge(next, item).finally(() => {
        judging--;
        if (next.state === 'running' && next.waiting.length === 0 && next.underWay.size === 0) end(next, 'done');
        proceed();
      });
    }
  }

  async function judge(job: Job, { point, document }: Job['waiting'][number]): Promise<void> {
    const { fromMs, toMs, controller } = job;
    const fail = (code: PreviewJobFailure['code'], detail: string) => job.failures.push({ point, code, detail });
    job.underWay.set(point, 0);
    try {
      const outcome = await analyses.preview(
        { point, document, fromMs, toMs },
        { signal: controller.signal, isBackground: true, onProgress: (share) => job.underWay.set(point, share) },
      );
      if (job.state !== 'running') return;
      if (outcome.ok) job.items.push(previewedPoint(outcome.preview));
      else if (outcome.error === 'invalid')
        fail('threshold-invalid', outcome.problems.map((problem) => placedText(problem, 'en')).join('; '));
      else fail(outcome.error, outcome.error === 'unknown-point' ? point : outcome.detail);
    } catch (error) {
      if (job.state !== 'running') return;
      log.error({ err: error, point }, 'a point of a preview could not be judged');
      fail('internal', error instanceof Error ? error.message : String(error));
    } finally {
      job.underWay.delete(point);
    }
  }

  function cancel(job: Job): void {
    if (job.state !== 'running') return;
    end(job, 'cancelled');
    job.controller.abort();
  }

  const stop = clock.every(LOOK_EVERY_MS, () => {
    const nowMs = clock.nowMs();
    const ended = [...jobs.values()].filter(({ state }) => state !== 'running');
    ended.forEach((job, index) => {
      const isOld = nowMs - (job.endedAtMs ?? nowMs) > KEPT_MS;
      if (isOld || index < ended.length - KEPT_MAX) jobs.delete(job.id);
    });
    for (const job of running()) if (nowMs - job.askedAtMs > UNASKED_MS) cancel(job);
  });

  return {
    start({ items, fromMs, toMs, by }) {
      if (running().length >= RUNNING_MAX) return undefined;
      const nowMs = clock.nowMs();
      const job: Job = {
        id: randomUUID(),
        by,
        startedAtMs: nowMs,
        fromMs,
        toMs,
        total: items.length,
        controller: new AbortController(),
        waiting: [...items],
        items: [],
        failures: [],
        underWay: new Map(),
        state: 'running',
        endedAtMs: null,
        askedAtMs: nowMs,
      };
      jobs.set(job.id, job);
      if (items.length === 0) end(job, 'done');
      proceed();
      return viewOf(job);
    },
    get(id) {
      const job = jobs.get(id);
      if (job === undefined) return undefined;
      job.askedAtMs = clock.nowMs();
      return viewOf(job);
    },
    cancel(id) {
      const job = jobs.get(id);
      if (job === undefined) return undefined;
      cancel(job);
      return viewOf(job);
    },
    close() {
      stop();
      for (const job of running()) cancel(job);
    },
  };
}

function viewOf(job: Job): PreviewJobView {
  const { id, state, by, startedAtMs, endedAtMs, fromMs, toMs, total, items, failures } = job;
  const judged = items.length + failures.length + [...job.underWay.values()].reduce((sum, share) => sum + share, 0);
  const share = state === 'done' ? 1 : total === 0 ? 1 : Math.min(1, judged / total);
  return { id, state, by, startedAtMs, endedAtMs, fromMs, toMs, total, share, items, failures };
}
