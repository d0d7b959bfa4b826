import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import AntApp from 'antd/es/app';
import Button from 'antd/es/button';
import Checkbox from 'antd/es/checkbox';
import Input from 'antd/es/input';
import Segmented from 'antd/es/segmented';
import Select from 'antd/es/select';
import type { TFunction } from 'i18next';
import { lazy, Suspense, useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import type { DataSheetGridRef } from 'react-datasheet-grid';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';
import type { Template } from '../../model/template.ts';
import type { ThresholdDocument } from '../../model/threshold.ts';
import { requestAll } from '../api/client.ts';
import { usePointsQuery } from '../api/queries.ts';
import type { Point } from '../api/types.ts';
import { AreaSelect } from '../areas/AreaSelect.tsx';
import { useNameText } from '../i18n/i18n.tsx';
import { SpreadsheetButtons } from '../import/SpreadsheetButtons.tsx';
import { createStore } from '../live/store.ts';
import { useMay } from '../session/context.tsx';
import { type Problem, problemText } from '../thresholds/problem-words.ts';
import { useTemplates } from '../thresholds/useTemplates.ts';
import { Empty } from '../ui/Empty.tsx';
import { LeaveGuard } from '../ui/LeaveGuard.tsx';
import { matches } from '../ui/matches.ts';
import { patiently } from '../ui/patiently.ts';
import { QueryError } from '../ui/QueryError.tsx';
import { usePageParams } from '../ui/usePageParams.ts';
import { CellBar } from './CellBar.tsx';
import { ConflictBanner } from './ConflictBanner.tsx';
import { type ActiveCell, type CellMarks, LimitGrid } from './LimitGrid.tsx';
import {
  type CellProblem,
  changesOf,
  deviatingCells,
  LIMIT_FIELDS,
  type LimitRow,
  limitRows,
  MORE_FIELDS,
  type TableField,
  type ThresholdRow,
  withEdit,
} from './rows.ts';
import { useEdits } from './useEdits.ts';
import '../change/change.css';
import './threshold-table.css';

const SaveDialog = lazy(patiently(() => import('./SaveDialog.tsx')));
const PreviewDialog = lazy(patiently(() => import('../change/PreviewDialog.tsx')));

export const TABLE_KEY = 'threshold-table';
/** Somebody else's change shows before one's own is saved. */
const REFRESH_MS = 30_000;
const ALL_FIELDS = [...LIMIT_FIELDS, ...MORE_FIELDS];
const NO_ROWS: readonly ThresholdRow[] = [];
const SHOWN = ['all', 'changed', 'deviating'] as const;
type Shown = (typeof SHOWN)[number];

/** The limits of a metric side by side at all points, edited together and saved in one transaction. */
export default function ThresholdTablePage() {
  const { t } = useTranslation();
  const nameText = useNameText();
  const { modal } = AntApp.useApp();
  const client = useQueryClient();
  const mayEdit = useMay('engineer');
  const { get, set: show } = usePageParams();
  const points = usePointsQuery().data;
  const family = get('family');
  const area = get('area');
  const template = get('template');
  const search = get('q') ?? '';
  const wanted = useDeferredValue(search.trim());
  const choices = useMemo(() => metricsOf(points ?? [], family), [points, family]);
  const metric = get('metric') ?? choices[0]?.metric ?? null;
  const shown = SHOWN.find((each) => each === get('rows')) ?? 'all';
  const hasMore = get('more') !== null;
  // Outside React's state: moving from cell to cell redraws the bar that tells of it, and nothing else.
  const [active] = useState(() => createStore<ActiveCell | null>(null));
  const [dialog, setDialog] = useState<'save' | 'preview' | null>(null);
  const [refused, setRefused] = useState<CellMarks['problems']>(NO_PROBLEMS);
  const fields = hasMore ? ALL_FIELDS : LIMIT_FIELDS;
  const grid = useRef<DataSheetGridRef>(null);
  const { edits, set, undo, redo, forget, canUndo, canRedo } = useEdits();

  const query = useQuery({
    queryKey: [TABLE_KEY, metric, area, family],
    queryFn: ({ signal }) =>
      requestAll<ThresholdRow>('/thresholds', { signal, query: { metric, area, family, documents: true } }, 500),
    enabled: metric !== null,
    refetchInterval: REFRESH_MS,
    placeholderData: keepPreviousData,
  });
  const templates = useTemplates();
  const fetched = query.data ?? NO_ROWS;
  const rows = useMemo(() => limitRows(fetched, metric ?? ''), [fetched, metric]);
  const changes = useMemo(() => changesOf(rows, edits), [rows, edits]);
  const marks = useMarks(rows, changes, refused, templates, t);
  const visible = useVisible(rows, { edits, marks, shown, wanted, template });
  const used = useMemo(() => new Set(fetched.flatMap((row) => row.template ?? [])), [fetched]);
  const cellCount = [...edits.values()].reduce((sum, { cells }) => sum + Object.keys(cells).length, 0);
  const problemCount = [...marks.problems.values()].reduce((sum, cells) => sum + Object.keys(cells).length, 0);
  const isDirty = edits.size > 0;
  const isReady = isDirty && problemCount === 0 && marks.conflicts.size === 0;

  /** What was typed belongs to the metric it was typed under. */
  const leaving = (go: () => void) => {
    if (!isDirty) go();
    else
      modal.confirm({
        title: t('table.discardSure'),
        okText: t('table.discard'),
        cancelText: t('action.cancel'),
        onOk: () => {
          forget();
          go();
        },
      });
  };
  const edit = useCallback(
    (list: readonly { readonly row: LimitRow; readonly texts: Partial<Record<TableField, string>> }[]) => {
      if (list.length === 0) return;
      setRefused(NO_PROBLEMS);
      set((before) => list.reduce((next, { row, texts }) => withEdit(next, row, texts), before));
    },
    [set],
  );
  const open = (which: 'save' | 'preview') => {
    // Keys typed in the dialog are not for the grid.
    grid.current?.setActiveCell(null);
    setDialog(which);
  };
  useKeys({ undo, redo, save: () => isReady && mayEdit && dialog === null && open('save') });

  const refresh = () => client.invalidateQueries({ queryKey: [TABLE_KEY] });

  return (
    <div className="page">
      <div className="page-head">
        <h1>{t('table.title')}</h1>
        <Link to="/templates">{t('templates.title')}</Link>
        <span className="soft">{t('table.rows', { count: visible.length })}</span>
        <span className="push" />
        <SpreadsheetButtons area={area} family={family} mayImport={mayEdit} onImported={() => void refresh()} />
      </div>
      <div className="page-head">
        <Select
          allowClear
          style={{ width: 120 }}
          placeholder={t('point.family')}
          aria-label={t('point.family')}
          value={family}
          onChange={(value) => leaving(() => show({ family: value, metric: null }))}
          options={[...new Set((points ?? []).map((point) => point.family))].map((value) => ({
            value,
            label: t(`family.${value}`),
          }))}
        />
        <Select
          showSearch={{ optionFilterProp: 'label' }}
          style={{ width: 240 }}
          aria-label={t('table.metric')}
          placeholder={t('table.metric')}
          value={metric}
          onChange={(value) => leaving(() => show({ metric: value }))}
          options={choices.map(({ metric: value, name, unit, count }) => ({
            value,
            label: `${name === undefined ? value : nameText(name)}${unit === undefined ? '' : ` ${unit}`} · ${count}`,
          }))}
        />
        <AreaSelect value={area} onChange={(value) => leaving(() => show({ area: value }))} />
        <Select
          allowClear
          style={{ width: 200 }}
          placeholder={t('table.template')}
          aria-label={t('table.template')}
          value={template}
          onChange={(value) => show({ template: value })}
          options={templates
            .filter(({ id }) => used.has(id))
            .map(({ id, name }) => ({ value: id, label: nameText(name) }))}
        />
        <Input
          allowClear
          style={{ width: 180 }}
          placeholder={t('table.search')}
          aria-label={t('table.search')}
          value={search}
          onChange={(event) => show({ q: event.target.value })}
        />
        <Segmented<Shown>
          value={shown}
          onChange={(value) => show({ rows: value === 'all' ? null : value })}
          options={SHOWN.map((value) => ({ value, label: t(`table.${value}Rows`) }))}
        />
        <Checkbox
          className="push"
          checked={hasMore}
          onChange={(event) => show({ more: event.target.checked ? 'yes' : null })}
        >
          {t('table.more')}
        </Checkbox>
      </div>
      <LeaveGuard isDirty={isDirty} />
      <ConflictBanner rows={rows} edits={edits} conflicts={marks.conflicts} onChange={set} />
      {query.error !== null && fetched.length === 0 ? (
        <QueryError error={query.error} onRetry={() => void query.refetch()} />
      ) : metric === null || (query.isSuccess && visible.length === 0) ? (
        <div className="limit-grid panel">
          {points !== undefined && <Empty title={t(metric === null ? 'table.noMetric' : 'table.empty')} />}
        </div>
      ) : (
        <LimitGrid
          ref={grid}
          rows={visible}
          metric={metric}
          fields={fields}
          edits={edits}
          marks={marks}
          isReadOnly={!mayEdit}
          onEdit={edit}
          onActive={active.set}
        />
      )}
      <CellBar active={active} edits={edits} marks={marks} mayEdit={mayEdit} />
      {mayEdit && (
        <div className="page-head table-foot">
          <output className={isDirty ? '' : 'soft'}>
            {isDirty ? t('table.changed', { cells: cellCount, count: changes.documents.length }) : t('table.unchanged')}
            {problemCount > 0 && ` · ${t('table.problems', { count: problemCount })}`}
          </output>
          <span className="push row-buttons">
            <Button disabled={!canUndo} onClick={undo}>
              {t('table.undo')}
            </Button>
            <Button disabled={!canRedo} onClick={redo}>
              {t('table.redo')}
            </Button>
            <Button disabled={!isDirty} onClick={() => leaving(() => {})}>
              {t('table.discard')}
            </Button>
            <Button disabled={!isReady} onClick={() => open('preview')}>
              {t('table.preview')}
            </Button>
            <Button type="primary" disabled={!isReady} onClick={() => open('save')}>
              {t('table.save')}
            </Button>
          </span>
        </div>
      )}
      <Suspense>
        {dialog === 'save' && (
          <SaveDialog
            changes={changes.documents}
            onClose={() => setDialog(null)}
            onRefused={(problems) => {
              setRefused(problemsByRow(rows, problems, t));
              void refresh();
            }}
            onSaved={async () => {
              setDialog(null);
              forget();
              setRefused(NO_PROBLEMS);
              await refresh();
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

const NO_PROBLEMS: CellMarks['problems'] = new Map();
const NO_CONFLICTS: CellMarks['conflicts'] = new Set();

/** The numbers that points measure, most points first; batteries last, for hardly anybody compares them. */
function metricsOf(points: readonly Point[], family: string | null) {
  const found = new Map<
    string,
    { metric: string; name: Point['metrics'][string]['name']; unit: string | undefined; count: number }
  >();
  for (const point of points) {
    if (family !== null && point.family !== family) continue;
    for (const [metric, { type, name, unit }] of Object.entries(point.metrics)) {
      if (type !== 'number') continue;
      const known = found.get(metric);
      if (known === undefined) found.set(metric, { metric, name, unit, count: 1 });
      else known.count += 1;
    }
  }
  const isSupply = (metric: string) => /battery|voltage/i.test(metric);
  return [...found.values()].sort(
    (a, b) =>
      Number(isSupply(a.metric)) - Number(isSupply(b.metric)) || b.count - a.count || (a.metric < b.metric ? -1 : 1),
  );
}

function deviationsOf(
  rows: readonly LimitRow[],
  templates: ReadonlyMap<string, Template>,
  documentOf: (row: LimitRow) => ThresholdDocument,
): Map<string, Partial<Record<TableField, string>>> {
  const deviations = new Map<string, Partial<Record<TableField, string>>>();
  for (const row of rows) {
    const document = documentOf(row);
    const template = templates.get(document.source?.template ?? '');
    if (template === undefined) continue;
    const cells = deviatingCells(row, document, template);
    if (Object.keys(cells).length > 0) deviations.set(row.key, cells);
  }
  return deviations;
}

function problemWords({ kind, problem }: { readonly kind: CellProblem; readonly problem?: Problem }, t: TFunction) {
  if (kind === 'grammar')
    return t('table.problem.grammar', { message: problem === undefined ? '' : problemText(problem, t) });
  return kind === 'number' ? t('table.problem.number') : t('table.problem.duration');
}

function useMarks(
  rows: readonly LimitRow[],
  changes: ReturnType<typeof changesOf>,
  refused: CellMarks['problems'],
  templates: readonly Template[],
  t: TFunction,
): CellMarks {
  const byId = useMemo(() => new Map(templates.map((one) => [one.id, one])), [templates]);
  // Comparing every point with its template is work; one edit changes it for one point.
  const inForce = useMemo(() => deviationsOf(rows, byId, (row) => row.at.document), [rows, byId]);
  return useMemo(() => {
    const after = new Map(changes.documents.map(({ at, document }) => [at.point, document]));
    const edited = rows.filter(({ at }) => after.has(at.point));
    const deviations = new Map(inForce);
    for (const { key } of edited) deviations.delete(key);
    const anew = deviationsOf(edited, byId, ({ at }) => after.get(at.point) ?? at.document);
    for (const [key, cells] of anew) deviations.set(key, cells);
    const problems = new Map<string, Partial<Record<TableField, string>>>(refused);
    for (const [key, cells] of changes.problems) {
      const worded = Object.entries(cells).map(([field, problem]) => [field, problemWords(problem, t)]);
      problems.set(key, { ...problems.get(key), ...Object.fromEntries(worded) });
    }
    const conflicts = changes.documents
      .filter(({ at, revision }) => at.revision !== revision)
      .map(({ at }) => at.point);
    return { deviations, problems, conflicts: conflicts.length === 0 ? NO_CONFLICTS : new Set(conflicts) };
  }, [rows, changes, refused, byId, inForce, t]);
}

function useVisible(
  rows: readonly LimitRow[],
  {
    edits,
    marks,
    shown,
    wanted,
    template,
  }: {
    readonly edits: ReadonlyMap<string, unknown>;
    readonly marks: CellMarks;
    readonly shown: Shown;
    readonly wanted: string;
    readonly template: string | null;
  },
): readonly LimitRow[] {
  return useMemo(() => {
    const isFound = matches<LimitRow>(wanted, ({ at: { point, name } }) => [point, name.zh, name.en]);
    return rows.filter((row) => {
      if (shown === 'changed' && !edits.has(row.key)) return false;
      if (shown === 'deviating' && !marks.deviations.has(row.key)) return false;
      if (template !== null && row.at.template !== template) return false;
      return isFound(row);
    });
  }, [rows, edits, marks, shown, wanted, template]);
}

/** What the server found wrong, at the cells it names; what is said of a whole rule stands at its first cell. */
function problemsByRow(
  rows: readonly LimitRow[],
  problems: readonly (Problem & { readonly point: string })[],
  t: TFunction,
): CellMarks['problems'] {
  const marks = new Map<string, Partial<Record<TableField, string>>>();
  for (const { point, ...problem } of problems) {
    const [, top, rule, first, level, key] = problem.path.split('/');
    if (top !== 'rules') continue;
    const row = rows.find(
      ({ at, ruleId, direction }) =>
        at.point === point && ruleId === rule && ((key !== 'above' && key !== 'below') || key === direction),
    );
    if (row === undefined) continue;
    const named = first === 'levels' ? level : first;
    const field = LIMIT_FIELDS.find((one) => one === named) ?? 'blue';
    marks.set(row.key, { ...marks.get(row.key), [field]: problemText(problem, t) });
  }
  return marks;
}

function useKeys({ undo, redo, save }: { undo: () => void; redo: () => void; save: () => void }) {
  const latest = useRef({ undo, redo, save });
  latest.current = { undo, redo, save };
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
      // A text field takes back its own typing.
      const inField =
        event.target instanceof HTMLElement && event.target.closest('input, textarea, [role=dialog]') !== null;
      const key = event.key.toLowerCase();
      if (key === 's') latest.current.save();
      else if (inField) return;
      else if (key === 'z' && !event.shiftKey) latest.current.undo();
      else if (key === 'y' || (key === 'z' && event.shiftKey)) latest.current.redo();
      else return;
      event.preventDefault();
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, []);
}
