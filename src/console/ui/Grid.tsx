// biome-ignore-all lint/a11y/useSemanticElements: a table cannot show a window of its rows; ARIA's grid is made for it.
// biome-ignore-all lint/a11y/useFocusableInteractive: the row takes the focus, its cells do not.
import type { ComponentProps } from 'react';

/** A row of a windowed grid; `index` counts from 0 over all rows, also those that are not drawn. */
export function GridRow({ index, ...rest }: ComponentProps<'div'> & { index: number }) {
  return <div role="row" aria-rowindex={index + 1} {...rest} />;
}

export function GridCell(props: ComponentProps<'span'>) {
  return <span role="gridcell" {...props} />;
}
