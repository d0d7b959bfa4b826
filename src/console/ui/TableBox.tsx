import Table, { type TableProps } from 'antd/es/table';
import { useRef } from 'react';
import css from './table-box.module.css';
import { inOrder, orderText } from './table-order.ts';
import { useHeight } from './useHeight.ts';
import { usePageParams } from './usePageParams.ts';

/** Head row of a small table, px. */
const HEAD_PX = 37;

interface Props<T> extends Omit<TableProps<T>, 'scroll' | 'virtual' | 'size' | 'pagination' | 'onChange'> {
  /** Width below which the table scrolls sideways, px. */
  readonly minWidth: number;
}

/** A table that fills the height it is given and draws only the rows in view; its order is kept in the page's address. */
export function TableBox<T extends object>({ minWidth, columns = [], ...props }: Props<T>) {
  const { get, set } = usePageParams();
  const box = useRef<HTMLDivElement>(null);
  const height = useHeight(box);
  return (
    <div ref={box} className={`${css.tableBox} panel`} data-testid="table-box">
      {height > 0 && (
        <Table<T>
          {...props}
          columns={inOrder(columns, get('sort'))}
          onChange={(_pages, _filters, sorter) => set({ sort: orderText(sorter) })}
          size="small"
          virtual
          pagination={false}
          scroll={{ x: minWidth, y: Math.max(80, height - HEAD_PX - 2) }}
        />
      )}
    </div>
  );
}
