/**
 * Whether a row has every word that was typed, in whatever order and wherever in its texts; without words every row does.
 * One rule for every table, for what is counted above it and for what is taken along as a file.
 */
export function matches<Row>(typed: string, textsOf: (row: Row) => readonly string[]): (row: Row) => boolean {
  const words = typed
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  return (row) => {
    if (words.length === 0) return true;
    const text = textsOf(row).join(' ').toLowerCase();
    return words.every((word) => text.includes(word));
  };
}
