import type { Columns } from '../../model/columns.ts';
import type { History } from '../history.ts';

/** A series with what a file calls it. */
export interface NamedSeries {
  readonly series: number;
  readonly point: string;
  readonly metric: string;
  readonly unit: string | null;
}

/** Readings of one series in time order; a long series comes in several pages. */
export interface ReadingsPage extends Omit<NamedSeries, 'series'> {
  readonly columns: Columns;
}

/** Turns pages into a file, piece by piece, so that a file of any length needs the memory of a few pages. */
export interface FileEncoder {
  /** Takes a page; gives the bytes that are ready, none when it waits for more. */
  add(page: ReadingsPage): Uint8Array<ArrayBuffer> | null;
  /** Gives the rest of the file. */
  end(): Uint8Array<ArrayBuffer>;
}

/** Readings held in memory at a time, whatever the size of the export. */
const PAGE_READINGS = 50_000;

/** The readings of some series with fromMs ≤ time < toMs, series by series; the memory of a page is the caller's own. */
export async function* readingsPages(
  history: Pick<History, 'columns'>,
  selection: Iterable<NamedSeries>,
  range: { readonly fromMs: number; readonly toMs: number },
  pageReadings = PAGE_READINGS,
): AsyncGenerator<ReadingsPage, void, void> {
  for (const { series, ...named } of selection) {
    let fromMs = range.fromMs;
    for (let isFirst = true; ; isFirst = false) {
      // A page begins with the last reading of the one before it, because the next possible time is not known.
      const found = await history.columns({ series, fromMs, toMs: range.toMs, limit: pageReadings + 1 });
      const columns = isFirst ? found : withoutFirst(found);
      // Looked at before the page is given away, for its memory may go to another thread.
      const last = found.tsMs.length > pageReadings ? found.tsMs.at(-1) : undefined;
      if (columns.tsMs.length > 0) yield { ...named, columns };
      if (last === undefined) break;
      fromMs = last;
    }
  }
}

function withoutFirst({ tsMs, values, flags, texts }: Columns): Columns {
  return { tsMs: tsMs.subarray(1), values: values.subarray(1), flags: flags.subarray(1), texts };
}
