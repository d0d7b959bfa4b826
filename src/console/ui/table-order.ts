/** As the table component has it. */
type Direction = 'ascend' | 'descend' | null;

interface Column {
  readonly key?: unknown;
  readonly sorter?: unknown;
  readonly defaultSortOrder?: Direction | undefined;
}

interface Order {
  readonly columnKey?: unknown;
  readonly order?: Direction | undefined;
}

/** The column a table is ordered by as an address has it: `age`, or `-age` from the largest down. */
export function orderText(chosen: Order | readonly Order[]): string | null {
  const [first] = 'length' in chosen ? chosen : [chosen];
  if (first?.order == null || first.columnKey === undefined) return null;
  return `${first.order === 'descend' ? '-' : ''}${String(first.columnKey)}`;
}

/** The columns, ordered as the address says; or as they say themselves while it says nothing that they know. */
export function inOrder<T extends Column>(columns: readonly T[], order: string | null): T[] {
  const key = order?.replace(/^-/, '');
  const isKnown = columns.some((column) => column.sorter !== undefined && column.key === key);
  const direction = order?.startsWith('-') ? 'descend' : 'ascend';
  return columns.map((column) => {
    if (column.sorter === undefined) return column;
    const asked = column.key === key ? direction : null;
    return { ...column, sortOrder: isKnown ? asked : (column.defaultSortOrder ?? null) };
  });
}
