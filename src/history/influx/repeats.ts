import { valueAt } from '../../model/columns.ts';
import { msOf, stepped } from '../../model/instant.ts';
import { LATE, type Value } from '../../model/reading.ts';
import { MARKS_SHIFT } from '../shared/columns.ts';
import type { Chunk } from '../shared/recent.ts';
import { columnsOf, knownStatement } from './influxql.ts';
import type { Insist } from './retry.ts';
import type { InfluxServer } from './server.ts';
import type { SeriesTags } from './settings.ts';

/** Late readings further apart than this are asked for apart. */
const LATE_GAP_MS = 3_600_000;
const STATEMENTS_MAX = 20;
const QUERY_TIMEOUT_MS = 30_000;

/**
 * The rows of a chunk to write; null when it is time to end. The server keeps the last of what is written at one time: so
 * what it has is asked for first of late and imported readings, the only ones that can have been there before, or find
 * their time taken by another value. These are given the next free time of their millisecond, unless that has the value
 * already.
 */
export async function withoutRepeats(
  chunk: Chunk,
  importedSeries: ReadonlySet<number>,
  tags: ReadonlyMap<number, SeriesTags>,
  { server, insist }: { readonly server: Pick<InfluxServer, 'query'>; readonly insist: Insist },
): Promise<number[] | null> {
  const lateOf = new Map<number, number[]>();
  for (let i = 0; i < chunk.length; i++) {
    const series = chunk.series[i] ?? 0;
    if ((((chunk.flags[i] ?? 0) >> MARKS_SHIFT) & LATE) === 0 && !importedSeries.has(series)) continue;
    const times = lateOf.get(series);
    if (times === undefined) lateOf.set(series, [chunk.tsMs[i] ?? 0]);
    else times.push(chunk.tsMs[i] ?? 0);
  }
  const known = new Map([...lateOf.keys()].map((series) => [series, createKnown()]));
  const asked = [...lateOf].flatMap(([series, times]) => {
    const tag = tags.get(series);
    return tag === undefined
      ? []
      : spans(times).map(([first, last]) => ({ series, text: knownStatement(tag, first, last) }));
  });
  for (let start = 0; start < asked.length; start += STATEMENTS_MAX) {
    const some = asked.slice(start, start + STATEMENTS_MAX);
    const answers = await insist(() =>
      server.query(
        some.map(({ text }) => text),
        QUERY_TIMEOUT_MS,
      ),
    );
    if (answers === null) return null;
    for (const [i, { series }] of some.entries()) {
      const columns = columnsOf(answers[i] ?? { columns: [], values: [] });
      columns.tsMs.forEach((tsMs, at) => void known.get(series)?.timeFor(tsMs, valueAt(columns, at)));
    }
  }
  const fresh: number[] = [];
  for (let i = 0; i < chunk.length; i++) {
    const tsMs = known.get(chunk.series[i] ?? 0)?.timeFor(chunk.tsMs[i] ?? 0, valueAt(chunk, i));
    if (tsMs === null) continue;
    if (tsMs !== undefined) chunk.tsMs[i] = tsMs;
    fresh.push(i);
  }
  return fresh;
}

/** What the server has, or is sent, of one series. */
function createKnown() {
  const byMs = new Map<number, Map<number, Value>>();
  return {
    /** The time to write a reading at; null when it is there already. */
    timeFor(wantedMs: number, value: Value): number | null {
      const ms = msOf(wantedMs);
      const present = byMs.get(ms) ?? new Map<number, Value>();
      byMs.set(ms, present);
      let tsMs = wantedMs;
      if (present.has(tsMs)) {
        if ([...present.values()].includes(value)) return null;
        while (present.has(tsMs)) tsMs = stepped(tsMs, 1);
      }
      present.set(tsMs, value);
      return tsMs;
    },
  };
}

/** First and last of each group of times that lie close together. */
function spans(times: readonly number[]): [number, number][] {
  const found: [number, number][] = [];
  for (const time of [...times].sort((a, b) => a - b)) {
    const last = found[found.length - 1];
    if (last !== undefined && time - last[1] <= LATE_GAP_MS) last[1] = time;
    else found.push([time, time]);
  }
  return found;
}
