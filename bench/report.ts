/** One line of a bench's result. */
export interface Row {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** What CONTRACT promises, where it promises something. */
  readonly bound?: { readonly atMost: number } | { readonly atLeast: number } | undefined;
}

export interface BenchResult {
  readonly bench: string;
  /** In words: what was done, so that a number can be understood without reading the source. */
  readonly conditions: string;
  readonly rows: readonly Row[];
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** The smallest value that at least `share` of the values do not exceed. NaN of nothing. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

export function holds({ value, bound }: Row): boolean {
  if (bound === undefined) return true;
  return 'atMost' in bound ? value <= bound.atMost : value >= bound.atLeast;
}

/** The result as a table for a terminal or a README. */
export function formatResult({ bench, conditions, rows }: BenchResult): string {
  const cells = rows.map((row) => [row.what, `${formatNumber(row.value)} ${row.unit}`.trim(), formatBound(row)]);
  const widths = [0, 1, 2].map((column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  const lines = cells.map((line) =>
    line
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return [`${bench}: ${conditions}`, ...lines.map((line) => `  ${line}`)].join('\n');
}

function formatBound(row: Row): string {
  if (row.bound === undefined) return '';
  const bound = 'atMost' in row.bound ? `≤ ${row.bound.atMost}` : `≥ ${row.bound.atLeast}`;
  return `${bound} ${holds(row) ? 'held' : 'NOT HELD'}`;
}

function formatNumber(value: number): string {
  if (Math.abs(value) >= 1_000) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}
