import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { EvaluateResult } from './evaluate-worker.ts';
import type { BenchResult } from './report.ts';

/** Evaluation by itself, without network and disk: the price of a reading, and of a point. */
export async function benchEvaluate(): Promise<BenchResult> {
  const worker = fileURLToPath(new URL('evaluate-worker.ts', import.meta.url));
  // A point's bytes times 100,000, in MB.
  const megabytes = (bytesOfPoint: number) => bytesOfPoint / 10;
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', worker]);
  const result = JSON.parse(stdout) as EvaluateResult;
  const { calmNs, breachingNs, wanderingNs, windowsNs, denseWindowsNs, definingMs, limitsBytes, windowsBytes } = result;
  return {
    bench: 'evaluate',
    conditions: 'one reading of one point at a time; silence is watched too',
    rows: [
      { what: 'four limits, calm', value: calmNs, unit: 'ns a reading', bound: { atMost: 2_000 } },
      { what: 'four limits, all breached', value: breachingNs, unit: 'ns a reading', bound: { atMost: 2_000 } },
      { what: 'four limits, crossed again and again', value: wanderingNs, unit: 'ns a reading' },
      {
        what: 'four limits, a mean of 8 h, a rise in 10 min',
        value: windowsNs,
        unit: 'ns a reading',
        bound: { atMost: 2_000 },
      },
      {
        what: 'the same at 20 times the readings in a window',
        value: denseWindowsNs / windowsNs,
        unit: '×',
        bound: { atMost: 1.5 },
      },
      { what: 'putting 100,000 points in force', value: definingMs, unit: 'ms' },
      {
        what: 'memory of 100,000 points with four limits',
        value: megabytes(limitsBytes),
        unit: 'MB',
        bound: { atMost: 400 },
      },
      {
        what: 'memory of 100,000 points with full windows too',
        value: megabytes(windowsBytes),
        unit: 'MB',
        bound: { atMost: 400 },
      },
    ],
  };
}
