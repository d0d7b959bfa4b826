import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useCallback, useDeferredValue, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { askedAll, useStale } from '../api/asked.ts';
import { usePointsQuery } from '../api/queries.ts';
import type { Problem } from '../thresholds/problem-words.ts';
import { useTemplates } from '../thresholds/useTemplates.ts';
import { usePageParams } from '../ui/usePageParams.ts';
import { type CellMarks, NO_PROBLEMS, problemsByRow, useMarks } from './marks.ts';
import { metricsOf } from './metrics.ts';
import { changesOf, type LimitRow, limitRows, type TableField, visibleRows, withEdit } from './rows.ts';
import { useEdits } from './useEdits.ts';
import { type ThresholdRow, WHOLE, wholeRows } from './whole-rows.ts';

/** Somebody else's change shows before one's own is saved. */
const REFRESH_MS = 30_000;
const NO_ROWS: readonly ThresholdRow[] = [];

/** Which rows of those that were asked for are looked at. */
export const SHOWN = ['all', 'changed', 'deviating'] as const;

/** What the table shows by its address, what has been typed into it, and what is to be said of that. */
export function useThresholdTable() {
  const { t } = useTranslation();
  const stale = useStale();
  const { get, set: show } = usePageParams();
  const points = usePointsQuery().data;
  const templates = useTemplates();
  const family = get('family');
  const area = get('area');
  const template = get('template');
  const search = get('q') ?? '';
  const wanted = useDeferredValue(search.trim());
  const shown = SHOWN.find((each) => each === get('rows')) ?? 'all';
  const choices = useMemo(() => metricsOf(points ?? [], family), [points, family]);
  const metric = get('metric') ?? choices[0]?.metric ?? null;
  const [refused, setRefused] = useState<CellMarks['problems']>(NO_PROBLEMS);
  const { edits, set, undo, redo, forget, canUndo, canRedo } = useEdits();

  const query = useQuery({
    ...askedAll('GET /thresholds', { query: { metric, area, family, ...WHOLE } }),
    select: wholeRows,
    enabled: metric !== null,
    refetchInterval: REFRESH_MS,
    placeholderData: keepPreviousData,
  });
  const fetched = query.data ?? NO_ROWS;
  const rows = useMemo(() => limitRows(fetched, metric ?? ''), [fetched, metric]);
  const changes = useMemo(() => changesOf(rows, edits), [rows, edits]);
  const marks = useMarks(rows, changes, refused, templates, t);
  const visible = useMemo(
    () => visibleRows(rows, { edits, deviations: marks.deviations, shown, wanted, template }),
    [rows, edits, marks, shown, wanted, template],
  );
  const usedTemplates = useMemo(() => {
    const used = new Set(fetched.flatMap((row) => row.template ?? []));
    return templates.filter(({ id }) => used.has(id));
  }, [fetched, templates]);
  const problemCount = countCells(marks.problems.values());
  const isDirty = edits.size > 0;
  const refresh = () => stale('GET /thresholds');

  const edit = useCallback(
    (list: readonly { readonly row: LimitRow; readonly texts: Partial<Record<TableField, string>> }[]) => {
      if (list.length === 0) return;
      setRefused(NO_PROBLEMS);
      set((before) => list.reduce((next, { row, texts }) => withEdit(next, row, texts), before));
    },
    [set],
  );

  return {
    family,
    area,
    template,
    search,
    shown,
    hasMore: get('more') !== null,
    show,
    points,
    choices,
    metric,
    usedTemplates,
    query,
    isUnread: query.error !== null && fetched.length === 0,
    rows,
    visible,
    changes,
    marks,
    problemCount,
    cellCount: countCells([...edits.values()].map(({ cells }) => cells)),
    isDirty,
    /** Whether what has been typed could be saved. */
    isReady: isDirty && problemCount === 0 && marks.conflicts.size === 0,
    edits,
    set,
    edit,
    undo,
    redo,
    forget,
    canUndo,
    canRedo,
    refresh: () => void refresh(),
    refuse: (problems: readonly (Problem & { readonly point: string })[]) => {
      setRefused(problemsByRow(rows, problems, t));
      void refresh();
    },
    saved: async () => {
      forget();
      setRefused(NO_PROBLEMS);
      await refresh();
    },
  };
}

function countCells(lists: Iterable<object>): number {
  return [...lists].reduce((sum, cells) => sum + Object.keys(cells).length, 0);
}
