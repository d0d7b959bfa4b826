import AntApp from 'antd/es/app';
import { lazy, Suspense, useRef, useState } from 'react';
import type { DataSheetGridRef } from 'react-datasheet-grid';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';
import { SpreadsheetButtons } from '../import/SpreadsheetButtons.tsx';
import { createStore } from '../live/store.ts';
import { useMay } from '../session/context.tsx';
import { Empty } from '../ui/Empty.tsx';
import { LeaveGuard } from '../ui/LeaveGuard.tsx';
import { pathTo } from '../ui/paths.ts';
import { patiently } from '../ui/patiently.ts';
import { QueryError } from '../ui/QueryError.tsx';
import { CellBar } from './CellBar.tsx';
import { ConflictBanner } from './ConflictBanner.tsx';
import { type ActiveCell, LimitGrid } from './LimitGrid.tsx';
import css from './limit-grid.module.css';
import { LIMIT_FIELDS, MORE_FIELDS } from './rows.ts';
import { TableFilters } from './TableFilters.tsx';
import { TableFoot } from './TableFoot.tsx';
import { useTableKeys } from './useTableKeys.ts';
import { useThresholdTable } from './useThresholdTable.ts';

const SaveDialog = lazy(patiently(() => import('./SaveDialog.tsx')));
const PreviewDialog = lazy(patiently(() => import('../change/PreviewDialog.tsx')));

const ALL_FIELDS = [...LIMIT_FIELDS, ...MORE_FIELDS];

/** The limits of a metric side by side at all points, edited together and saved in one transaction. */
export default function ThresholdTablePage() {
  const { t } = useTranslation();
  const { modal } = AntApp.useApp();
  const mayEdit = useMay('engineer');
  const table = useThresholdTable();
  const { family, area, metric, points, query, rows, visible, changes, marks, edits, isDirty, isReady } = table;
  // Outside React's state: moving from cell to cell redraws the bar that tells of it, and nothing else.
  const [active] = useState(() => createStore<ActiveCell | null>(null));
  const [dialog, setDialog] = useState<'save' | 'preview' | null>(null);
  const grid = useRef<DataSheetGridRef>(null);

  /** What was typed belongs to the metric it was typed under. */
  const leaving = (go: () => void) => {
    if (!isDirty) go();
    else
      modal.confirm({
        title: t('table.discardSure'),
        okText: t('table.discard'),
        cancelText: t('action.cancel'),
        onOk: () => {
          table.forget();
          go();
        },
      });
  };
  const open = (which: 'save' | 'preview') => {
    // Keys typed in the dialog are not for the grid.
    grid.current?.setActiveCell(null);
    setDialog(which);
  };
  const save = () => isReady && mayEdit && dialog === null && open('save');
  useTableKeys({ undo: table.undo, redo: table.redo, save });

  return (
    <div className="page">
      <div className="page-head">
        <h1>{t('table.title')}</h1>
        <Link to={pathTo('templates')}>{t('templates.title')}</Link>
        <span className="soft">{t('table.rows', { count: visible.length })}</span>
        <span className="push" />
        <SpreadsheetButtons area={area} family={family} mayImport={mayEdit} onImported={table.refresh} />
      </div>
      <TableFilters table={table} leaving={leaving} />
      <LeaveGuard isDirty={isDirty} />
      <ConflictBanner rows={rows} edits={edits} conflicts={marks.conflicts} onChange={table.set} />
      {table.isUnread ? (
        <QueryError error={query.error} onRetry={() => void query.refetch()} />
      ) : metric === null || (query.isSuccess && visible.length === 0) ? (
        <div className={`${css.limitGrid} panel`}>
          {points !== undefined && <Empty title={t(metric === null ? 'table.noMetric' : 'table.empty')} />}
        </div>
      ) : (
        <LimitGrid
          ref={grid}
          rows={visible}
          metric={metric}
          fields={table.hasMore ? ALL_FIELDS : LIMIT_FIELDS}
          edits={edits}
          marks={marks}
          isReadOnly={!mayEdit}
          onEdit={table.edit}
          onActive={active.set}
        />
      )}
      <CellBar active={active} edits={edits} marks={marks} mayEdit={mayEdit} />
      {mayEdit && <TableFoot table={table} leaving={leaving} onOpen={open} />}
      <Suspense>
        {dialog === 'save' && (
          <SaveDialog
            changes={changes.documents}
            onClose={() => setDialog(null)}
            onRefused={table.refuse}
            onSaved={async () => {
              setDialog(null);
              await table.saved();
            }}
          />
        )}
        {dialog === 'preview' && (
          <PreviewDialog
            items={changes.documents.map(({ at, document }) => ({ point: at.point, document }))}
            onClose={() => setDialog(null)}
          />
        )}
      </Suspense>
    </div>
  );
}
