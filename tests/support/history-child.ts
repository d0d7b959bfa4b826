import { setTimeout as delay } from 'node:timers/promises';
import { openEmbeddedHistory } from '../../src/history/embedded.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createLog } from '../../src/lib/log.ts';
import { FOR_EVER, JOURNAL_END, rowAt } from './history-journal.ts';

// A server's history under load, to be killed at any instant: takes rows as fast as it can, puts everything in order now
// and then, and tells after each of these how far it is on disk.
const [, , dir = '', settleEvery = '100'] = process.argv;

const history = await openEmbeddedHistory({
  dir,
  clock: systemClock,
  log: createLog('silent'),
  retention: FOR_EVER,
  journal: () => ({ first: 0, next: JOURNAL_END }),
});

function pump(): void {
  for (;;) {
    const row = rowAt(history.nextPosition());
    if (row === null || !history.offer(row.first, row.count, row.data)) return;
  }
}

function tell(): void {
  const { problem } = history.stats();
  process.stdout.write(
    `${JSON.stringify({ next: history.nextPosition(), durable: history.durablePosition(), problem })}\n`,
  );
}

history.onReady(pump);
tell();
pump();
for (let round = 0; ; round++) {
  try {
    if (round % Number(settleEvery) === 0) await history.settle();
    else await history.samples({ series: 1, fromMs: 0, toMs: Number.MAX_SAFE_INTEGER, limit: 1 });
  } catch {
    // Told as the history's problem.
  }
  tell();
  if (history.durablePosition() === JOURNAL_END || history.stats().problem !== null) await delay(50);
}
