import type { SchemaElement } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { FALSE, marksAt, NUMBER, TEXT, TRUE, TYPE_MASK, valueAt } from '../../model/columns.ts';
import type { FileEncoder, ReadingsPage } from './pages.ts';
import { qualityWords } from './quality.ts';

const SCHEMA: SchemaElement[] = [
  { name: 'readings', num_children: 8 },
  { name: 'point', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
  { name: 'metric', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
  { name: 'unit', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
  {
    name: 'time',
    type: 'INT64',
    converted_type: 'TIMESTAMP_MILLIS',
    logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' },
    repetition_type: 'REQUIRED',
  },
  // One column for each type of value, two of them empty in every row.
  { name: 'number', type: 'DOUBLE', repetition_type: 'OPTIONAL' },
  { name: 'boolean', type: 'BOOLEAN', repetition_type: 'OPTIONAL' },
  { name: 'text', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
  { name: 'quality', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
];

/** Rows held in memory and written together; a reader skips the groups it does not need. */
const GROUP_ROWS = 100_000;

/** Pages as one Parquet file (Snappy). Times are timestamps of ms in UTC; quality is as in CSV. */
export function parquetEncoder(): FileEncoder {
  const writer = new ByteWriter();
  const parquet = new ParquetWriter({ writer, schema: SCHEMA });
  let waiting: ReadingsPage[] = [];
  let rows = 0;

  // The offsets in the file go on counting while the buffer is emptied behind each group.
  const written = (): Uint8Array<ArrayBuffer> => {
    const bytes = new Uint8Array(writer.getBytes());
    writer.index = 0;
    return bytes;
  };
  const writeGroup = (): void => {
    if (rows > 0) void parquet.write({ columnData: columnsOf(waiting, rows), rowGroupSize: rows });
    waiting = [];
    rows = 0;
  };

  return {
    add(page) {
      waiting.push(page);
      rows += page.columns.tsMs.length;
      if (rows < GROUP_ROWS) return null;
      writeGroup();
      return written();
    },
    end() {
      writeGroup();
      void parquet.finish();
      return written();
    },
  };
}

function columnsOf(pages: readonly ReadingsPage[], rows: number) {
  const column = <T>(name: string, of: (page: ReadingsPage, index: number) => T) => {
    const data = new Array<T>(rows);
    let at = 0;
    for (const page of pages) {
      for (let i = 0; i < page.columns.tsMs.length; i++) data[at++] = of(page, i);
    }
    return { name, data, offsetIndex: false };
  };
  const typeAt = ({ columns }: ReadingsPage, i: number): number => (columns.flags[i] ?? 0) & TYPE_MASK;
  return [
    column('point', ({ point }) => point),
    column('metric', ({ metric }) => metric),
    column('unit', ({ unit }) => unit),
    column('time', ({ columns }, i) => new Date(columns.tsMs[i] ?? 0)),
    column('number', (page, i) => (typeAt(page, i) === NUMBER ? valueAt(page.columns, i) : null)),
    column('boolean', (page, i) =>
      typeAt(page, i) === TRUE || typeAt(page, i) === FALSE ? valueAt(page.columns, i) : null,
    ),
    column('text', (page, i) => (typeAt(page, i) === TEXT ? valueAt(page.columns, i) : null)),
    column('quality', ({ columns }, i) => qualityWords(marksAt(columns, i))),
  ];
}
