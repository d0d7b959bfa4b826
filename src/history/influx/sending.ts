import { MARKS_SHIFT, NUMBER, TEXT, TRUE, TYPE_MASK } from '../shared/columns.ts';
import type { Chunk } from '../shared/recent.ts';
import { failureOf } from './failure.ts';
import { lineHead, lineOf } from './lines.ts';
import type { Rejected } from './rejected.ts';
import { byTime, droppedIn, judge, kindOf, type Line, parted } from './rejections.ts';
import { withoutRepeats } from './repeats.ts';
import type { Insist } from './retry.ts';
import type { InfluxServer } from './server.ts';
import type { SeriesTags } from './settings.ts';

/** InfluxData's advice for the size of a write. */
export const LINES_MAX = 5_000;
/** Questions to find out which lines of a batch the server means; beyond it they are counted by what it says. */
const REQUESTS_MAX = 100;
/** A server that finds a line of less too large by itself is wrongly set up, which is not the line's fault. */
const LINE_LARGE_CHARACTERS = 4_096;

/** Readings that go to the server together. */
export interface Batch {
  readonly chunk: Chunk;
  /** Which of the rows came from outside the journal: from, and up to, in turn. */
  readonly importedRows: readonly number[];
}

export interface SendingOptions {
  readonly server: InfluxServer;
  readonly describe: (series: readonly number[]) => Promise<ReadonlyMap<number, SeriesTags>>;
  readonly insist: Insist;
  readonly rejected: Pick<Rejected, 'add'>;
}

/** Sends a batch until each of its readings is on the server or rejected. Gives the number taken; null when it is time to end. */
export function createSending({
  server,
  describe,
  insist,
  rejected,
}: SendingOptions): (batch: Batch) => Promise<number | null> {
  async function sendBatch({ chunk, importedRows }: Batch): Promise<number | null> {
    const tags = await describe([...new Set(chunk.series.subarray(0, chunk.length))]);
    const fresh = await withoutRepeats(chunk, seriesOf(chunk, importedRows), tags, { server, insist });
    if (fresh === null) return null;
    let written = 0;
    for (let start = 0; start < fresh.length; start += LINES_MAX) {
      const taken = await sendLines(linesOf({ chunk, importedRows }, tags, fresh.slice(start, start + LINES_MAX)));
      if (taken === null) return null;
      written += taken;
    }
    return written;
  }

  /** What is refused is halved, or parted by what the server says, until it is known which lines it means. */
  async function sendLines(lines: readonly Line[]): Promise<number | null> {
    let taken = 0;
    const pieces: (readonly Line[])[] = lines.length === 0 ? [] : [lines];
    for (let requests = 1; ; requests++) {
      const piece = pieces.pop();
      if (piece === undefined) return taken;
      const outcome = await insist(() => write(piece));
      if (outcome === null) return null;
      if (outcome.kind === 'stored') {
        taken += piece.length;
        continue;
      }
      const { reason } = outcome;
      if (outcome.kind === 'too-large') {
        if (piece.length === 1) rejected.add(piece, 1, 'too-large', reason);
        else pieces.push(...parted(piece, piece.length >> 1, byTime));
        continue;
      }
      const dropped = droppedIn(reason);
      if (requests >= REQUESTS_MAX && dropped !== null && dropped < piece.length) {
        // It has stored the others.
        rejected.add(piece, dropped, kindOf(reason), reason);
        taken += piece.length - dropped;
        continue;
      }
      const verdict = judge(piece, reason, requests === 1);
      rejected.add(verdict.rejected, verdict.rejected.length, kindOf(reason), reason);
      pieces.push(...verdict.again);
    }
  }

  async function write(lines: readonly Line[]) {
    const text = lines.map((line) => line.text).join('\n');
    const outcome = await server.write(text);
    const isOdd = outcome.kind === 'too-large' && lines.length === 1 && text.length < LINE_LARGE_CHARACTERS;
    if (isOdd) throw failureOf(413, outcome.reason);
    return outcome;
  }

  return sendBatch;
}

function linesOf(
  { chunk, importedRows }: Batch,
  tags: ReadonlyMap<number, SeriesTags>,
  rows: readonly number[],
): Line[] {
  const heads = new Map<number, string>();
  return rows.map((row) => {
    const series = chunk.series[row] ?? 0;
    const tsMs = chunk.tsMs[row] ?? 0;
    const flags = chunk.flags[row] ?? 0;
    const tag = tags.get(series) ?? unknownSeries(series);
    let head = heads.get(series);
    if (head === undefined) {
      head = lineHead(tag);
      heads.set(series, head);
    }
    const value = chunk.values[row] ?? 0;
    const type = flags & TYPE_MASK;
    const own = type === NUMBER ? value : type === TEXT ? (chunk.texts[value] ?? '') : type === TRUE;
    const field = type === NUMBER ? 'number' : type === TEXT ? 'text' : 'boolean';
    const text = lineOf(head, tsMs, own, flags >> MARKS_SHIFT);
    return { series, tsMs, device: tag.device, field, text, imported: isWithin(importedRows, row) };
  });
}

/** A series the registry has never known cannot be told where it belongs; it is kept under its number. */
function unknownSeries(series: number): SeriesTags {
  return { point: `series-${series}`, metric: 'unknown', area: null, family: null, device: null };
}

/** The series of some stretches of rows. */
function seriesOf(chunk: Chunk, stretches: readonly number[]): ReadonlySet<number> {
  const found = new Set<number>();
  for (let i = 0; i < stretches.length; i += 2) {
    for (let row = stretches[i] ?? 0; row < (stretches[i + 1] ?? 0); row++) found.add(chunk.series[row] ?? 0);
  }
  return found;
}

/** Whether a row lies in one of the stretches, each given by its first row and the one after its last. */
function isWithin(stretches: readonly number[], row: number): boolean {
  for (let i = 0; i < stretches.length; i += 2) {
    if (row >= (stretches[i] ?? 0) && row < (stretches[i + 1] ?? 0)) return true;
  }
  return false;
}
