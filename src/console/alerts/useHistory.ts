import { useInfiniteQuery } from '@tanstack/react-query';
import AntApp from 'antd/es/app';
import { useDeferredValue, useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Alert } from '../../model/alert.ts';
import type { Answer } from '../../wire/calls.ts';
import { FIRST_PAGE, keyOf } from '../api/asked.ts';
import { call } from '../api/client.ts';
import { useNames } from '../api/queries.ts';
import { useErrorText } from '../api/useErrorText.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { useLive } from '../live/context.tsx';
import { download } from '../ui/download.ts';
import { dayText } from '../ui/format.ts';
import { matches } from '../ui/matches.ts';
import { alertCsv, type ListedAlert } from './csv.ts';
import { whatText } from './describe.ts';
import type { HistoryFilter } from './history-filter.ts';

const PAGE_SIZE = 500;
/** An export holds at most so many; more than this is a job for the API. */
const EXPORT_MAX = 100_000;
/** Matches that fill a screen, and how far back a search goes by itself. */
const FOUND_ENOUGH = 50;
const SEARCH_MAX = 20_000;

/** The alerts of the past that fit, as far as they are loaded, and all of them as a file. */
export function useHistory(filter: HistoryFilter, search: string) {
  const { t } = useTranslation();
  const { message } = AntApp.useApp();
  const errorText = useErrorText();
  const nameText = useNameText();
  const names = useNames();
  const live = useLive();
  const [isExporting, setIsExporting] = useState(false);
  const wanted = useDeferredValue(search.trim());
  const query = useInfiniteQuery({
    queryKey: keyOf('GET /alerts', { query: { ...filter } }, 'pages'),
    initialPageParam: FIRST_PAGE,
    queryFn: ({ pageParam, signal }) =>
      call('GET /alerts', { signal, query: { ...filter, limit: PAGE_SIZE, cursor: pageParam } }),
    getNextPageParam: (last) => last.next,
  });
  const { hasNextPage, isFetching, fetchNextPage } = query;

  const loaded = useMemo(() => query.data?.pages.flatMap(({ items }) => items) ?? [], [query.data]);
  // One filter for the table and for what is taken along.
  const isFound = useMemo(
    () =>
      matches<Alert>(wanted, (alert) => [
        nameText(names.point(alert.point)),
        alert.point,
        nameText(names.area(alert.area)),
        alert.rule,
        alert.device ?? '',
        whatText(alert, nameText(names.metric(alert.point, alert.metric ?? '')), t),
      ]),
    [wanted, nameText, names, t],
  );
  const rows = useMemo(() => loaded.filter(isFound), [loaded, isFound]);

  // A search by words is done here, page by page, until enough is found to fill the screen or nothing is left.
  const searchOn =
    wanted !== '' && rows.length < FOUND_ENOUGH && hasNextPage && !isFetching && loaded.length < SEARCH_MAX;
  useEffect(() => {
    if (searchOn) void fetchNextPage();
  }, [searchOn, fetchNextPage]);

  async function exportAll() {
    setIsExporting(true);
    try {
      const alerts: ListedAlert[] = [];
      let cursor: string | null = null;
      do {
        const query = { ...filter, details: true, limit: 1_000, cursor };
        const page: Answer<'GET /alerts'> = await call('GET /alerts', { query });
        alerts.push(...page.items.filter(isFound));
        cursor = page.next;
      } while (cursor !== null && alerts.length < EXPORT_MAX);
      const text = alertCsv(alerts, { names, nameText, t });
      // The mark in front makes spreadsheets read it as UTF-8.
      download(`alerts-${dayText(live.serverNowMs())}.csv`, `\ufeff${text}`, 'text/csv;charset=utf-8');
      if (cursor !== null) message.warning(t('alert.exportedFirst', { count: alerts.length }), 8);
    } catch (error) {
      message.error(errorText(error));
    } finally {
      setIsExporting(false);
    }
  }

  return {
    rows,
    hasMore: hasNextPage,
    isLoading: isFetching && loaded.length === 0,
    error: loaded.length === 0 ? query.error : null,
    retry: () => void query.refetch(),
    loadMore: () => {
      if (hasNextPage && !isFetching) void fetchNextPage();
    },
    exportAll: () => void exportAll(),
    isExporting,
  };
}
