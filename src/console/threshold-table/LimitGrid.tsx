import { type Ref, useEffect, useLayoutEffect, useMemo, useRef } from 'react';
import {
  type CellProps,
  type Column,
  DynamicDataSheetGrid,
  type DataSheetGridRef as GridRef,
  type SimpleColumn,
} from 'react-datasheet-grid';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';
import { isLevelField } from '../../model/rule-row.ts';
import { usePointIndex } from '../api/queries.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { Reading } from '../points/Reading.tsx';
import { criterionWords } from '../thresholds/words.ts';
import { LevelShape } from '../ui/LevelMark.tsx';
import { useHeight } from '../ui/useHeight.ts';
import { type Edits, isLocked, type LimitRow, type TableField, textIn, wordsIn } from './rows.ts';
import 'react-datasheet-grid/dist/style.css';
import './limit-grid.css';

/** What is special about single cells, by row and field. */
export interface CellMarks {
  /** What the template says where the cell says something else. */
  readonly deviations: ReadonlyMap<string, Readonly<Partial<Record<TableField, string>>>>;
  readonly problems: ReadonlyMap<string, Readonly<Partial<Record<TableField, string>>>>;
  /** Points that somebody changed since they were typed over. */
  readonly conflicts: ReadonlySet<string>;
}

export interface ActiveCell {
  readonly row: LimitRow;
  readonly field: TableField;
}

interface Props {
  readonly rows: readonly LimitRow[];
  readonly metric: string;
  readonly fields: readonly TableField[];
  readonly edits: Edits;
  readonly marks: CellMarks;
  readonly isReadOnly: boolean;
  readonly onEdit: (
    changes: readonly { readonly row: LimitRow; readonly texts: Partial<Record<TableField, string>> }[],
  ) => void;
  readonly onActive: (cell: ActiveCell | null) => void;
  readonly ref: Ref<GridRef>;
}

/** What the grid edits: a row with the texts of its cells. */
interface Line {
  readonly row: LimitRow;
  readonly texts: Readonly<Partial<Record<TableField, string>>>;
}

const ROW_PX = 36;
const HEAD_PX = 37;
/** Columns before those that are edited: rule, side, value now. */
const FIXED = 3;

/** The limits of a metric at all points, edited as in a spreadsheet: typing, pasting, filling down, by keyboard alone. */
export function LimitGrid({ rows, metric, fields, edits, marks, isReadOnly, onEdit, onActive, ref }: Props) {
  const { t } = useTranslation();
  const box = useRef<HTMLDivElement>(null);
  const own = useRef<GridRef>(null);
  const height = useHeight(box);
  const lines = useMemo(
    () => rows.map((row): Line => ({ row, texts: edits.get(row.key)?.cells ?? {} })),
    [rows, edits],
  );
  const fill = useRef<() => void>(() => {});
  fill.current = () => {
    const selection = own.current?.selection;
    if (isReadOnly || selection === null || selection === undefined) return;
    const chosen = fields.slice(Math.max(0, selection.min.col - FIXED), Math.max(0, selection.max.col - FIXED + 1));
    const first = lines[selection.min.row];
    if (first === undefined || selection.min.col < FIXED) return;
    onEdit(
      lines.slice(selection.min.row + 1, selection.max.row + 1).map(({ row }) => ({
        row,
        texts: Object.fromEntries(
          chosen
            .filter((field) => !isLocked(row, field) && !isLocked(first.row, field))
            .map((field) => [field, first.texts[field] ?? textIn(first.row, field)]),
        ),
      })),
    );
  };
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 'd' || own.current?.activeCell == null)
        return;
      event.preventDefault();
      fill.current();
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, []);

  const columns = useMemo<Column<Line>[]>(() => {
    const fixed = (id: string, title: string, basis: number, component: Column<Line>['component']): Column<Line> => ({
      id,
      title,
      basis,
      grow: 0,
      shrink: 0,
      minWidth: basis,
      disabled: true,
      ...(component === undefined ? {} : { component }),
    });
    return [
      fixed('rule', t('table.column.rule'), 110, RuleCell),
      fixed('direction', t('table.column.direction'), 52, SideCell),
      { ...fixed('value', t('table.column.value'), 100, ValueCell), columnData: metric },
      ...fields.map((field): Column<Line> => {
        const isLevel = isLevelField(field);
        return {
          id: field,
          title: isLevel ? <LevelTitle level={field} /> : t(`table.column.${field}`),
          basis: isLevel ? 96 : 84,
          grow: 1,
          shrink: 0,
          minWidth: isLevel ? 96 : 84,
          columnData: field,
          component: TextCell,
          disabled: ({ rowData }) => isReadOnly || isLocked(rowData.row, field),
          cellClassName: ({ rowData }) => classOf(rowData, field, marks),
          copyValue: ({ rowData }) => rowData.texts[field] ?? textIn(rowData.row, field),
          pasteValue: ({ rowData, value }) => ({ ...rowData, texts: { ...rowData.texts, [field]: value.trim() } }),
          deleteValue: ({ rowData }) => ({ ...rowData, texts: { ...rowData.texts, [field]: '' } }),
          isCellEmpty: ({ rowData }) => (rowData.texts[field] ?? textIn(rowData.row, field)) === '',
        };
      }),
    ];
  }, [t, metric, fields, marks, isReadOnly]);

  const gutter = useMemo<SimpleColumn<Line, unknown>>(
    () => ({
      basis: 240,
      minWidth: 240,
      title: t('table.column.point'),
      component: ({ rowData }) => <PointCell line={rowData} isConflict={marks.conflicts.has(rowData.row.at.point)} />,
    }),
    [t, marks.conflicts],
  );

  return (
    <div ref={box} className="limit-grid panel">
      {height > 0 && (
        <DynamicDataSheetGrid<Line>
          ref={(handle) => {
            own.current = handle;
            if (typeof ref === 'function') ref(handle);
            else if (ref !== null) ref.current = handle;
          }}
          value={lines}
          columns={columns}
          gutterColumn={gutter}
          rowKey={({ rowData }) => rowData.row.key}
          lockRows
          disableContextMenu
          addRowsComponent={false}
          height={height - 2}
          rowHeight={ROW_PX}
          headerRowHeight={HEAD_PX}
          onChange={(next) =>
            onEdit(
              next.flatMap((line, index) => {
                const before = lines[index];
                return before === undefined || before === line ? [] : [{ row: line.row, texts: line.texts }];
              }),
            )
          }
          onActiveCellChange={({ cell }) => {
            const field = cell === null ? undefined : fields[cell.col - FIXED];
            const row = cell === null ? undefined : rows[cell.row];
            onActive(field === undefined || row === undefined ? null : { row, field });
          }}
        />
      )}
    </div>
  );
}

function classOf({ row, texts }: Line, field: TableField, marks: CellMarks): string {
  const isDeviating = marks.deviations.get(row.key)?.[field] !== undefined;
  const isWrong = marks.problems.get(row.key)?.[field] !== undefined;
  return [
    'limit-cell',
    texts[field] === undefined ? '' : 'changed',
    isDeviating ? 'deviates' : '',
    isWrong ? 'wrong' : '',
    wordsIn(row, field) === undefined ? '' : 'words',
  ].join(' ');
}

function LevelTitle({ level }: { level: Parameters<typeof LevelShape>[0]['level'] }) {
  const { t } = useTranslation();
  return (
    <span className="level-title">
      <LevelShape level={level} size={12} />
      {t(`level.${level}`)}
    </span>
  );
}

function PointCell({ line, isConflict }: { line: Line; isConflict: boolean }) {
  const nameText = useNameText();
  const { point, name } = line.row.at;
  return (
    <span className={`limit-point${line.row.isSecond ? ' second' : ''}`}>
      {isConflict && <strong aria-hidden="true">⚠</strong>}
      <Link to={`/points/${encodeURIComponent(point)}`} title={`${nameText(name)} ${point}`} tabIndex={-1}>
        {nameText(name)}
      </Link>
    </span>
  );
}

function RuleCell({ rowData }: CellProps<Line, unknown>) {
  const { t } = useTranslation();
  const { row } = rowData;
  return <span className="limit-fixed cut">{row.isNew ? <em>{t('table.newRule')}</em> : row.ruleId}</span>;
}

function SideCell({ rowData }: CellProps<Line, unknown>) {
  const { t } = useTranslation();
  const { direction } = rowData.row;
  if (direction === null) return <span />;
  return (
    <span className="limit-fixed limit-side" title={t(`table.direction.${direction}`)}>
      {direction === 'above' ? '≥' : '≤'}
    </span>
  );
}

function ValueCell({ rowData, columnData }: CellProps<Line, string>) {
  const point = usePointIndex().get(rowData.row.at.point);
  return (
    <span className="limit-fixed">
      {point !== undefined && <Reading point={point} metric={columnData} named={false} />}
    </span>
  );
}

/** A cell that is text until it is edited. What was typed counts when the cell is left, unless by Escape. */
function TextCell({ rowData, columnData: field, focus, setRowData }: CellProps<Line, TableField>) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const input = useRef<HTMLInputElement>(null);
  const typed = useRef<string | null>(null);
  const { row, texts } = rowData;
  const text = texts[field] ?? textIn(row, field);
  const latest = useRef({ rowData, setRowData });
  latest.current = { rowData, setRowData };
  useLayoutEffect(() => {
    if (focus) {
      typed.current = null;
      input.current?.focus();
      input.current?.select();
      return;
    }
    const written = typed.current;
    typed.current = null;
    if (written === null) return;
    const { rowData: line, setRowData: set } = latest.current;
    set({ ...line, texts: { ...line.texts, [field]: written.trim() } });
  }, [focus, field]);
  if (focus) {
    const column = isLevelField(field) ? t(`level.long.${field}`) : t(`table.column.${field}`);
    return (
      <input
        ref={input}
        className="limit-input"
        aria-label={t('table.cellName', { point: nameText(row.at.name), rule: row.ruleId, column })}
        defaultValue={text}
        onChange={(event) => {
          typed.current = event.target.value;
        }}
        onKeyDown={(event) => {
          if (event.key === 'Escape') typed.current = null;
        }}
      />
    );
  }
  const words = wordsIn(row, field);
  if (words !== undefined) {
    const unit = row.rule.unit ?? row.at.unit ?? '';
    const sentence = criterionWords(words, row.rule.metric ?? '', unit, t);
    return (
      <span className="limit-words cut" title={sentence}>
        {sentence}
      </span>
    );
  }
  return <span className="limit-text cut">{text}</span>;
}
