import { NUMBER } from '../../src/model/columns.ts';
import { scanReadings } from '../../src/model/entry.ts';
import type { Metric } from '../../src/model/site.ts';
import { createTransfer } from '../../src/services/reading-files/transfer.ts';
import { createFakeClock } from './fake-clock.ts';

/**
 * Moves a file of so many readings out of or into a history that costs no memory, and prints what became of it. The
 * parent bounds the heap of all threads: `transfer-child.ts csv|parquet|import READINGS FOLDER`.
 */
const [, , kind = '', count = '', folder = ''] = process.argv;
const readings = Number(count);
const NOW = Date.UTC(2026, 5, 1);
const metric: Metric & { series: number } = { type: 'number', series: 7 };
let stored = 0;

const transfer = createTransfer({
  clock: createFakeClock(NOW),
  folder,
  futureMaxMs: 60_000,
  registry: {
    points: () => [
      {
        id: 'p',
        area: 'a',
        device: 'd',
        family: 'gas',
        name: { zh: 'p', en: 'p' },
        location: null,
        labels: {},
        metrics: { m: metric },
        reportEveryMs: 60_000,
      },
    ],
  },
  history: {
    async columns({ fromMs, limit }) {
      const length = Math.max(0, Math.min(limit, readings - fromMs));
      return {
        tsMs: Float64Array.from({ length }, (_, i) => fromMs + i),
        values: Float64Array.from({ length }, (_, i) => Math.sqrt(fromMs + i)),
        flags: new Uint8Array(length).fill(NUMBER),
        texts: [],
      };
    },
    async importEntries(data) {
      const put = () => void stored++;
      scanReadings(data, { number: put, boolean: put, text: put });
      return [];
    },
  },
});

async function* csv(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('point,metric,time,value\n');
  for (let at = 0; at < readings; at += 1_000) {
    const lines = Array.from({ length: 1_000 }, (_, i) => `p,m,${NOW - readings + at + i},${Math.sqrt(at + i)}\n`);
    yield Buffer.from(lines.join(''));
  }
}

async function exported(format: 'csv' | 'parquet'): Promise<{ bytes: number }> {
  const series = [{ series: 7, point: 'p', metric: 'm', unit: null }];
  const outcome = await transfer.export({
    series,
    fromMs: 0,
    toMs: NOW,
    format,
    csv: { bom: false, timezone: 'Asia/Shanghai' },
  });
  if (!outcome.ok) throw new Error(outcome.detail);
  let bytes = 0;
  for await (const piece of outcome.pieces) bytes += piece.length;
  return { bytes };
}

const result = kind === 'import' ? await transfer.import(csv()) : await exported(kind === 'csv' ? 'csv' : 'parquet');
await transfer.close();
process.stdout.write(JSON.stringify({ ...result, stored }));
