import { memo, type Ref, useEffect, useLayoutEffect, useMemo, useRef } from 'react';
import {
  type CellProps,
  type Column,
  DynamicDataSheetGrid,
  type DataSheetGridRef as GridRef,
  type SimpleColumn,
} from 'react-datasheet-grid';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';
import type { Name } from '../../model/names.ts';
import { type Direction, isLevelField } from '../../model/rule-row.ts';
import type { LevelRule } from '../../model/threshold.ts';
import { usePointIndex } from '../api/queries.ts';
import type { Point } from '../api/types.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { Reading } from '../points/Reading.tsx';
import { criterionWords } from '../thresholds/words.ts';
import { LevelShape } from '../ui/LevelMark.tsx';
import { pathTo } from '../ui/paths.ts';
import { useHeight } from '../ui/useHeight.ts';
import type { CellMarks } from './marks.ts';
import { type Edits, isLocked, type LimitRow, type TableField, textIn, wordsIn } from './rows.ts';
import 'react-datasheet-grid/dist/style.css';
import { classes } from '../ui/classes.ts';
import css from './limit-grid.module.css';

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

const NO_TEXTS: Line['texts'] = {};
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
  const known = useRef<ReadonlyMap<string, Line>>(new Map());
  const lines = useMemo(() => {
    // A line that says what it said stays the same thing, so that its cells need not be drawn again.
    const next = new Map<string, Line>();
    for (const row of rows) {
      const texts = edits.get(row.key)?.cells ?? NO_TEXTS;
      const before = known.current.get(row.key);
      next.set(row.key, before?.row === row && before.texts === texts ? before : { row, texts });
    }
    known.current = next;
    return [...next.values()];
  }, [rows, edits]);
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

  const points = usePointIndex();
  const nameText = useNameText();
  const cells = useMemo(
    () =>
      new Map(
        fields.map((field): [TableField, FieldData] => {
          const column = isLevelField(field) ? t(`level.long.${field}`) : t(`table.column.${field}`);
          return [
            field,
            {
              field,
              label: ({ at, ruleId }) => t('table.cellName', { point: nameText(at.name), rule: ruleId, column }),
              words: ({ rule, at }, level) => criterionWords(level, rule.metric ?? '', rule.unit ?? at.unit ?? '', t),
            },
          ];
        }),
      ),
    [t, nameText, fields],
  );
  const readings = useMemo(() => ({ metric, points }), [metric, points]);
  const sides = useMemo(() => ({ above: t('table.direction.above'), below: t('table.direction.below') }), [t]);
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
      { ...fixed('rule', t('table.column.rule'), 110, RuleCell), columnData: t('table.newRule') },
      {
        ...fixed('direction', t('table.column.direction'), 52, SideCell),
        columnData: sides,
      },
      { ...fixed('value', t('table.column.value'), 100, ValueCell), columnData: readings },
      ...fields.map((field): Column<Line> => {
        const isLevel = isLevelField(field);
        return {
          id: field,
          title: isLevel ? <LevelTitle level={field} /> : t(`table.column.${field}`),
          basis: isLevel ? 96 : 84,
          grow: 1,
          shrink: 0,
          minWidth: isLevel ? 96 : 84,
          columnData: cells.get(field),
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
  }, [t, cells, readings, sides, fields, marks, isReadOnly]);

  const { conflicts } = marks;
  const gutter = useMemo<SimpleColumn<Line, PointData>>(
    () => ({
      basis: 240,
      minWidth: 240,
      title: t('table.column.point'),
      columnData: { nameText, conflicts },
      component: PointCell,
    }),
    [t, nameText, conflicts],
  );

  return (
    <div ref={box} className={`${css.limitGrid} panel`}>
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
  return classes(
    css.limitCell,
    texts[field] !== undefined && css.changed,
    isDeviating && css.deviates,
    isWrong && css.wrong,
  );
}

function LevelTitle({ level }: { level: Parameters<typeof LevelShape>[0]['level'] }) {
  const { t } = useTranslation();
  return (
    <span className={css.levelTitle}>
      <LevelShape level={level} size={12} />
      {t(`level.${level}`)}
    </span>
  );
}

// Hundreds of cells come and go while one scrolls: what they need of the page is handed to them, not asked for by each.

const isSameCell = (before: CellProps<Line, unknown>, after: CellProps<Line, unknown>) =>
  before.rowData === after.rowData && before.columnData === after.columnData && before.focus === after.focus;

interface PointData {
  readonly nameText: (name: Name) => string;
  readonly conflicts: ReadonlySet<string>;
}

const PointCell = memo(
  ({ rowData: { row }, columnData: { nameText, conflicts } }: CellProps<Line, PointData>) => (
    <span className={classes(css.limitPoint, row.isSecond && css.second)} data-testid="limit-point">
      {conflicts.has(row.at.point) && <strong aria-hidden="true">⚠</strong>}
      <Link to={pathTo('point', { id: row.at.point })} title={`${nameText(row.at.name)} ${row.at.point}`} tabIndex={-1}>
        {nameText(row.at.name)}
      </Link>
    </span>
  ),
  isSameCell,
);

const RuleCell = memo(
  ({ rowData: { row }, columnData: newRule }: CellProps<Line, string>) => (
    <span className={`${css.limitFixed} cut`} data-testid="limit-fixed" title={row.isNew ? newRule : row.ruleId}>
      {row.isNew ? <em>{newRule}</em> : row.ruleId}
    </span>
  ),
  isSameCell,
);

const SideCell = memo(
  ({ rowData: { row }, columnData: words }: CellProps<Line, Readonly<Record<Direction, string>>>) =>
    row.direction === null ? null : (
      <span className={`${css.limitFixed} ${css.limitSide}`} data-testid="limit-fixed" title={words[row.direction]}>
        {row.direction === 'above' ? '≥' : '≤'}
      </span>
    ),
  isSameCell,
);

interface ReadingData {
  readonly metric: string;
  readonly points: ReadonlyMap<string, Point>;
}

const ValueCell = memo(({ rowData: { row }, columnData: { metric, points } }: CellProps<Line, ReadingData>) => {
  const point = points.get(row.at.point);
  return (
    <span className={css.limitFixed} data-testid="limit-fixed">
      {point !== undefined && <Reading point={point} metric={metric} named={false} />}
    </span>
  );
}, isSameCell);

interface FieldData {
  readonly field: TableField;
  /** What a cell is called, for who cannot see where it stands. */
  readonly label: (row: LimitRow) => string;
  readonly words: (row: LimitRow, level: LevelRule) => string;
}

/** A cell that is text until it is edited. What was typed counts when the cell is left, unless by Escape. */
const TextCell = memo(
  ({ rowData, columnData: { field, label, words }, focus, setRowData }: CellProps<Line, FieldData>) => {
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
      return (
        <input
          ref={input}
          className={css.limitInput}
          data-testid="limit-input"
          aria-label={label(row)}
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
    const level = wordsIn(row, field);
    if (level === undefined) return <span className={`${css.limitText} cut`}>{text}</span>;
    const sentence = words(row, level);
    return (
      <span className={`${css.limitWords} cut`} title={sentence}>
        {sentence}
      </span>
    );
  },
  isSameCell,
);
