import { availableParallelism } from 'node:os';
import type { Analyses } from '../../api/deps.ts';
import type { RecordedTest } from '../../evaluate/rule-test-record.ts';
import type { History } from '../../history/history.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import type { JudgedAlert, ThresholdAdvice } from '../../model/advice.ts';
import type { AnalysisFailure, AnalysisOptions } from '../../model/analysis.ts';
import type { PointDefinition } from '../../model/definition.ts';
import type { Explanation } from '../../model/notify/explanation.ts';
import type { PeoplePreview } from '../../model/notify/people-preview.ts';
import type { ThresholdPreview } from '../../model/preview.ts';
import { warmUpMs } from '../../preview/preview.ts';
import type { SeriesColumns } from '../../preview/replay.ts';
import type { Revisions } from '../../registry/revisions.ts';
import type { SiteReads } from '../../registry/site-reads.ts';
import type { KeptLesson } from './analysis-protocol.ts';
import { createAnalysisThreads } from './analysis-threads.ts';

export interface AnalysisHostOptions {
  readonly history: Pick<History, 'columns'>;
  readonly registry: Pick<SiteReads, 'definitionOf'> & Pick<Revisions, 'thresholdProblems'>;
  /** Operators' verdicts on the alerts of a rule that were open in a period. */
  readonly verdictsOn: (point: string, rule: string, fromMs: number, toMs: number) => readonly JudgedAlert[];
  /** The rule tests that are kept of a point. */
  readonly lessonsOf: (point: string) => readonly KeptLesson[];
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
/** A test that nobody can read through keeps no lesson. */
const TEST_READINGS_MAX = 50_000;
const WAITING_MAX = 32;
/**
 * Threads that judge at a time. One core is left to the thread that acknowledges; more than four would only fight over
 * the disk.
 */
export const ANALYSIS_THREADS = Math.max(1, Math.min(4, availableParallelism() - 1));
/** Questions that read or judge at a time: while some are judged the next one's readings are fetched. */
const AT_A_TIME = ANALYSIS_THREADS + 1;

/**
 * Questions to history that take long: they are judged in threads of their own, and this one only hands over the
 * buffers that the history's thread gave.
 */
export function createAnalysis(host: AnalysisHostOptions): AnalysisHost {
  const { history, registry, verdictsOn, lessonsOf, clock, log } = host;
  const { judge, warm, close } = createAnalysisThreads({ threads: ANALYSIS_THREADS, clock, log });
  const turns: { readonly isBackground: boolean; readonly take: () => void }[] = [];
  let taken = 0;

  /** Waits for a turn; gives undefined when too many wait already. */
  async function inTurn<T>(options: AnalysisOptions, work: () => Promise<T>): Promise<T | undefined> {
    const { isBackground = false } = options;
    if (taken >= AT_A_TIME) {
      if (turns.length >= WAITING_MAX) return undefined;
      await new Promise<void>((take) => turns.push({ isBackground, take }));
    } else taken++;
    try {
      options.signal?.throwIfAborted();
      return await work();
    } finally {
      // The turn goes from hand to hand, so that nobody comes in between.
      const first = turns.findIndex((turn) => !turn.isBackground);
      const [next] = turns.splice(Math.max(0, first), 1);
      if (next === undefined) taken--;
      else next.take();
    }
  }

  async function readingsOf(
    { metrics }: PointDefinition,
    fromMs: number,
    toMs: number,
    most = READINGS_MAX,
  ): Promise<SeriesColumns[] | AnalysisFailure> {
    const readings: SeriesColumns[] = [];
    let room = most;
    for (const { series } of Object.values(metrics)) {
      try {
        readings.push({ series, columns: await history.columns({ series, fromMs, toMs, limit: room + 1 }) });
      } catch (error) {
        const detail = error instanceof Error ? error.message : String(error);
        return { ok: false, error: 'history-unavailable', detail };
      }
      room -= readings.at(-1)?.columns.tsMs.length ?? 0;
      if (room < 0) {
        return { ok: false, error: 'too-many-readings', detail: `more than ${most} in the period` };
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
        const job = { kind: 'preview', request, lessons: lessonsOf(point) } as const;
        const preview = await judge<ThresholdPreview>(job, readings, options);
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
      // Deadbands and most delays are for what is measured: beside a fault contact the one rule on a number is meant.
      const measured = levelled.filter((id) => {
        const metric = definition.document.rules[id]?.metric;
        return metric !== undefined && definition.metrics[metric]?.type === 'number';
      });
      const [only, ...others] = levelled.length === 1 ? levelled : measured;
      const rule = asked ?? (others.length === 0 ? only : undefined);
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

    async ruleTest({ point, document, fromMs, toMs, ...words }, options = {}) {
      const present = registry.definitionOf(point);
      if (present === undefined) return { ok: false, error: 'unknown-point' };
      const problems = document === undefined ? [] : registry.thresholdProblems(point, document);
      if (problems.length > 0) return { ok: false, error: 'invalid', problems };
      const definition = document === undefined ? present : { ...present, document };
      const outcome = await inTurn(options, async () => {
        const readings = await readingsOf(definition, fromMs, toMs, TEST_READINGS_MAX);
        if ('ok' in readings) return readings;
        const request = { definition, readings, fromMs, toMs, ...words };
        return {
          ok: true,
          test: await judge<RecordedTest>({ kind: 'rule-test', request }, readings, options),
        } as const;
      });
      return outcome ?? BUSY;
    },

    async explain(request, options = {}) {
      const answer = () => judge<Explanation>({ kind: 'explain', request }, [], options);
      const outcome = await inTurn(options, async () => ({ ok: true, explanation: await answer() }) as const);
      return outcome ?? BUSY;
    },

    async previewPeople(request, options = {}) {
      const answer = () => judge<PeoplePreview>({ kind: 'preview-people', request }, [], options);
      const outcome = await inTurn(options, async () => ({ ok: true, preview: await answer() }) as const);
      return outcome ?? BUSY;
    },

    warm,
    close,
  };
}
