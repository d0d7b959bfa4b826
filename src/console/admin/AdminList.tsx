import type { UseQueryResult } from '@tanstack/react-query';
import Button from 'antd/es/button';
import Table, { type ColumnsType } from 'antd/es/table';
import { Empty } from '../ui/Empty.tsx';
import { QueryError } from '../ui/QueryError.tsx';
import { AdminOnly } from './AdminOnly.tsx';

interface Props<Row> {
  readonly title: string;
  readonly help: string;
  readonly add: { readonly label: string; readonly onClick: () => void };
  readonly useRows: () => UseQueryResult<readonly Row[]>;
  readonly rowKey: keyof Row & string;
  readonly columns: ColumnsType<Row>;
  /** Narrower than this the table scrolls sideways, px. */
  readonly minWidth: number;
  readonly none: string;
}

/** A short list that administrators keep: what it is, how to add to it, and its rows. */
export function AdminList<Row extends object>(props: Props<Row>) {
  return (
    <AdminOnly>
      <List {...props} />
    </AdminOnly>
  );
}

function List<Row extends object>({ title, help, add, useRows, rowKey, columns, minWidth, none }: Props<Row>) {
  const { data, error, isPending, refetch } = useRows();
  return (
    <div className="page">
      <div className="page-head">
        <h1>{title}</h1>
        <span className="soft">{help}</span>
        <Button type="primary" className="push" onClick={add.onClick}>
          {add.label}
        </Button>
      </div>
      {error !== null ? (
        <QueryError error={error} onRetry={() => void refetch()} />
      ) : (
        <div className="panel plain-table">
          <Table<Row>
            rowKey={rowKey}
            size="small"
            pagination={false}
            loading={isPending}
            columns={columns}
            dataSource={data ?? []}
            scroll={{ x: minWidth }}
            locale={{ emptyText: <Empty title={none} /> }}
          />
        </div>
      )}
    </div>
  );
}
