import { parentPort } from 'node:worker_threads';
import { createEvaluator } from '../../evaluate/evaluator.ts';
import { type RecordedTest, type RecordRequest, recordRuleTest } from '../../evaluate/rule-test-record.ts';
import type { ThresholdPreview } from '../../model/preview.ts';
import { advise } from '../../preview/advice/advice.ts';
import { seldomIntervalMs } from '../../preview/interval.ts';
import { previewThresholds } from '../../preview/preview.ts';
import type { AnalysisJob, AnalysisReply, AnalysisRequest } from './analysis-protocol.ts';
import { runLessons } from './lessons.ts';
import { explaining, previewing } from './telling.ts';

/** The thread that judges long stretches of history. One job at a time, in slices, so that it can be called off. */

const SLICE_MS = 20;
/** How often somebody who waits is told how far it is. */
const PROGRESS_EVERY_MS = 100;

interface Running {
  readonly id: number;
  readonly work: Generator<number, unknown, void>;
  toldMs: number;
}

function workOf(job: AnalysisJob): Generator<number, unknown, void> {
  switch (job.kind) {
    case 'preview':
      return previewWithLessons(job);
    case 'advice':
      return advise(createEvaluator, job.request);
    case 'rule-test':
      return recording(job.request);
    case 'explain':
      return explaining(job.request);
    case 'preview-people':
      return previewing(job.request);
  }
}

function* previewWithLessons({
  request,
  lessons,
}: Extract<AnalysisJob, { kind: 'preview' }>): Generator<number, ThresholdPreview, void> {
  const preview = yield* previewThresholds(createEvaluator, request);
  return { ...preview, lessons: runLessons(lessons, { ...request.definition, document: request.proposed }) };
}

// biome-ignore lint/correctness/useYield: a period of a test is short, and judged in one go.
function* recording(request: RecordRequest): Generator<number, RecordedTest, void> {
  const seldomMs = seldomIntervalMs(request.readings, request.definition.reportEveryMs);
  return recordRuleTest({ ...request, ...(seldomMs === undefined ? {} : { seldomMs }) });
}

function run(port: NonNullable<typeof parentPort>): void {
  const reply = (message: AnalysisReply): void => port.postMessage(message);
  const waiting: { readonly id: number; readonly job: AnalysisJob }[] = [];
  let running: Running | undefined;
  let scheduled = false;

  function turn(): void {
    scheduled = false;
    const next = running === undefined ? waiting.shift() : undefined;
    if (next !== undefined) {
      running = { id: next.id, work: workOf(next.job), toldMs: performance.now() };
      // That its turn has come.
      reply({ type: 'progress', id: next.id, share: 0 });
    }
    if (running === undefined) return;
    try {
      advance(running);
    } catch (error) {
      reply({ type: 'failed', id: running.id, message: error instanceof Error ? error.message : String(error) });
      running = undefined;
    }
    if (running !== undefined || waiting.length > 0) schedule();
  }

  function advance(current: Running): void {
    const endMs = performance.now() + SLICE_MS;
    let step = current.work.next();
    while (step.done !== true && performance.now() < endMs) step = current.work.next();
    if (step.done === true) {
      reply({ type: 'done', id: current.id, result: step.value });
      running = undefined;
    } else if (performance.now() - current.toldMs >= PROGRESS_EVERY_MS) {
      current.toldMs = performance.now();
      reply({ type: 'progress', id: current.id, share: step.value });
    }
  }

  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    setImmediate(turn);
  }

  port.on('message', (request: AnalysisRequest) => {
    if (request.type === 'start') {
      waiting.push({ id: request.id, job: request.job });
      schedule();
      return;
    }
    const at = waiting.findIndex(({ id }) => id === request.id);
    if (at >= 0) waiting.splice(at, 1);
    if (running?.id === request.id) running = undefined;
  });
  reply({ type: 'ready' });
}

if (parentPort !== null) run(parentPort);
