import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { loadSiteFiles } from '../../simulator/site-files.ts';
import { batchOfMessage } from '../../src/journal/batch-message.ts';
import type { AlertEvent } from '../../src/model/alert.ts';
import { decodeEntries } from '../../src/model/entry.ts';
import { COPIES_DIFFER } from '../../src/model/system-alerts.ts';
import { evaluateJournal } from '../../src/services/analysis/backtest.ts';
import { publishesOf } from '../support/bad-day.ts';
import { type CellDay, runCell } from '../support/cell.ts';
import { openTestRegistry } from '../support/core.ts';
import { rounds } from '../support/long.ts';
import { temporaryFolder } from '../support/temporary.ts';

/**
 * Several servers that share a log are one server (issue 16): whatever becomes of them and of the log, all have the same
 * journal at the same positions and the same alert log, which is what a replay gives, and nothing acknowledged is lost.
 */

const START_MS = Date.parse('2026-07-01T08:00:00+08:00');
const MINUTE = 60_000;
const SEEDS = rounds(50, 2_000);

const first = Number(process.env.BRINK_TEST_SEED ?? randomBytes(4).readUInt32LE());
console.log(`cell test: BRINK_TEST_SEED=${first}`);
const files = await loadSiteFiles('devices', 'thresholds');

/** What the log holds, found in another way than servers do: each batch of a run once, where it came first. */
function batchesOf(day: CellDay) {
  const seen = new Set<string>();
  return day.log.messages().flatMap((message) => {
    const batch = batchOfMessage(message);
    const name = `${batch.node} ${batch.run} ${batch.n}`;
    if (seen.has(name)) return [];
    seen.add(name);
    return [batch];
  });
}

function expectSameLog(seed: number, actual: readonly AlertEvent[], expected: readonly AlertEvent[]): void {
  const parts = expected.findIndex((event, i) => JSON.stringify(actual[i]) !== JSON.stringify(event));
  if (parts >= 0) expect({ seed, event: actual[parts] }).toEqual({ seed, event: expected[parts] });
  expect({ seed, length: actual.length }).toEqual({ seed, length: expected.length });
}

test(`${SEEDS} days of a cell`, async () => {
  const all = { digests: 0, starts: 0, events: 0, acknowledged: 0 };
  const happened: Record<string, number> = {};
  for (let seed = first; seed < first + SEEDS; seed++) {
    const registry = openTestRegistry(temporaryFolder());
    registry.apply({ ...files, profiles: [...files.profiles] }, 'files', START_MS);
    const sent = publishesOf(files, seed, START_MS, 2 * MINUTE);
    const day = await runCell({ files, registry, sent, startMs: START_MS, seed, nodes: 3 });

    const batches = batchesOf(day);
    // Every batch of a run is there, in its order, from the first on.
    const last = new Map<string, number>();
    for (const { node, run, n } of batches) {
      expect({ seed, node, run, n }).toEqual({ seed, node, run, n: (last.get(`${node} ${run}`) ?? 0) + 1 });
      last.set(`${node} ${run}`, n);
    }
    const kept = new Map<string, number>();
    for (const { node, run, count } of batches) {
      kept.set(`${node} ${run}`, (kept.get(`${node} ${run}`) ?? 0) + count);
    }
    expect(day.acknowledged.filter(({ node, run, own }) => own > (kept.get(`${node} ${run}`) ?? 0))).toEqual([]);
    const written = Buffer.concat(batches.map(({ data }) => data));
    const entries = decodeEntries(written);
    const logs = day.nodes.map(({ store }) => store.events(0, Number.MAX_SAFE_INTEGER));
    const replayed = evaluateJournal(day.nodes[0]?.copy ?? expect.unreachable(), registry);
    for (const [i, { copy }] of day.nodes.entries()) {
      const rows = copy.read(1, Number.POSITIVE_INFINITY);
      expect({ seed, next: copy.nextPosition() }).toEqual({ seed, next: entries.length + 1 });
      expect(rows.map((row) => row.first)).toEqual(day.nodes[0]?.copy.read(1, 1e12).map((row) => row.first));
      expect(Buffer.concat(rows.map(({ data }) => data)).equals(written)).toBe(true);
      expect(copy.mark()).toEqual(day.nodes[0]?.copy.mark());
      expectSameLog(seed, logs[i] ?? [], replayed);
    }
    // Digests were told and compared, and never differed.
    const controls = entries.flatMap((entry) => (entry.kind === 'control' ? entry.control : []));
    all.digests += controls.filter(({ type }) => type === 'digest').length;
    expect(controls.filter((one) => one.type === 'system' && one.condition === COPIES_DIFFER.condition)).toEqual([]);
    expect(replayed.map(({ seq }) => seq)).toEqual(replayed.map((_, i) => i + 1));

    all.starts += day.starts;
    all.events += replayed.length;
    all.acknowledged += day.acknowledged.length;
    for (const [kind, times] of Object.entries({ ...day.ends, ...day.log.happened })) {
      happened[kind] = (happened[kind] ?? 0) + times;
    }
    for (const { store } of day.nodes) store.close();
    registry.close();
  }
  console.log(JSON.stringify({ ...all, ...happened }));
  // A run in which one of these never happened would prove little.
  for (const [kind, times] of Object.entries({ ...all, ...happened })) {
    expect({ kind, isOften: times > SEEDS / 4 }).toEqual({ kind, isOften: true });
  }
});
