import { useInfiniteQuery } from '@tanstack/react-query';
import AntApp from 'antd/es/app';
import Button from 'antd/es/button';
import DatePicker from 'antd/es/date-picker';
import Input from 'antd/es/input';
import Select from 'antd/es/select';
import type { ColumnsType } from 'antd/es/table';
import dayjs from 'dayjs';
import { useDeferredValue, useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router-dom';
import type { Alert } from '../../model/alert.ts';
import { type Page, request } from '../api/client.ts';
import { useNames } from '../api/queries.ts';
import { useErrorText } from '../api/useErrorText.ts';
import { AreaSelect } from '../areas/AreaSelect.tsx';
import { useNameText } from '../i18n/i18n.tsx';
import { useLive } from '../live/context.tsx';
import { VERDICTS } from '../review/verdicts.ts';
import { Empty } from '../ui/Empty.tsx';
import { dateTime, dayText, formatElapsed } from '../ui/format.ts';
import { LevelTag } from '../ui/LevelMark.tsx';
import { matches } from '../ui/matches.ts';
import { LEVELS_DOWN } from '../ui/order.ts';
import { QueryError } from '../ui/QueryError.tsx';
import { TableBox } from '../ui/TableBox.tsx';
import { usePageParams } from '../ui/usePageParams.ts';
import { AlertMarks } from './AlertMarks.tsx';
import { alertCsv, type ListedAlert } from './csv.ts';
import { limitText, peakText, whatText } from './describe.ts';

const PAGE_SIZE = 500;
/** An export holds at most so many; more than this is a job for the API. */
const EXPORT_MAX = 100_000;
/** Older alerts are fetched before the end of the list is reached. */
const LOAD_AHEAD_PX = 1_000;
/** Matches that fill a screen, and how far back a search goes by itself. */
const FOUND_ENOUGH = 50;
const SEARCH_MAX = 20_000;
const STATES = ['all', 'active', 'unacknowledged'] as const;

/** Every alert there was: by time, area, level, state and words; to be opened, and taken along as a file. */
export default function HistoryPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const nameText = useNameText();
  const names = useNames();
  const live = useLive();
  const { message } = AntApp.useApp();
  const errorText = useErrorText();
  const { get, set } = usePageParams();
  const [exporting, setExporting] = useState(false);

  const state = get('state') ?? 'all';
  const area = get('area');
  const level = get('level');
  const fromMs = get('from') === null ? undefined : Number(get('from'));
  const toMs = get('to') === null ? undefined : Number(get('to'));
  const search = get('q') ?? '';
  const wanted = useDeferredValue(search.trim());
  const verdict = get('verdict');
  const peakLevel = get('peak');
  const filter = { state, area, level, peakLevel, verdict, from: fromMs, to: toMs };

  const query = useInfiniteQuery({
    queryKey: ['alerts', filter],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) =>
      request<Page<Alert>>('/alerts', { signal, query: { ...filter, limit: PAGE_SIZE, cursor: pageParam } }),
    getNextPageParam: (last) => last.next,
  });

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
  const { hasNextPage, isFetching, fetchNextPage } = query;
  const searchOn =
    wanted !== '' && rows.length < FOUND_ENOUGH && hasNextPage && !isFetching && loaded.length < SEARCH_MAX;
  useEffect(() => {
    if (searchOn) void fetchNextPage();
  }, [searchOn, fetchNextPage]);

  async function exportAll() {
    setExporting(true);
    try {
      const alerts: ListedAlert[] = [];
      let cursor: string | null = null;
      do {
        const query = { ...filter, details: true, limit: 1_000, cursor };
        const page: Page<ListedAlert> = await request('/alerts', { query });
        alerts.push(...page.items.filter(isFound));
        cursor = page.next;
      } while (cursor !== null && alerts.length < EXPORT_MAX);
      download(`alerts-${dayText(live.serverNowMs())}.csv`, alertCsv(alerts, { names, nameText, t }));
      if (cursor !== null) message.warning(t('alert.exportedFirst', { count: alerts.length }), 8);
    } catch (error) {
      message.error(errorText(error));
    } finally {
      setExporting(false);
    }
  }

  const columns = useMemo<ColumnsType<Alert>>(
    () => [
      {
        key: 'level',
        title: t('alert.level'),
        width: 104,
        render: (_, { level: now, peak, state: standing }) => (
          <span className="alert-levels">
            <LevelTag level={now} hollow={standing === 'closed'} />
            {peak.level !== now && (
              <small className="soft">{t('alert.peakLevelIs', { level: t(`level.${peak.level}`) })}</small>
            )}
          </span>
        ),
      },
      {
        key: 'raisedAt',
        title: t('alert.raisedAt'),
        width: 150,
        render: (_, alert) => (
          <Link to={`/alerts/${encodeURIComponent(alert.id)}`} onClick={(event) => event.stopPropagation()}>
            <time>{dateTime(alert.raisedAt)}</time>
          </Link>
        ),
      },
      {
        key: 'lasted',
        title: t('alert.lasted'),
        width: 80,
        align: 'right',
        render: (_, alert) => formatElapsed((alert.clearedAt ?? live.serverNowMs()) - alert.raisedAt),
      },
      {
        key: 'point',
        title: t('alert.point'),
        width: 170,
        ellipsis: true,
        render: (_, alert) => <strong>{nameText(names.point(alert.point))}</strong>,
      },
      {
        key: 'area',
        title: t('alert.area'),
        width: 110,
        ellipsis: true,
        render: (_, alert) => nameText(names.area(alert.area)),
      },
      {
        key: 'what',
        title: t('alert.one'),
        width: 140,
        ellipsis: true,
        render: (_, alert) => <>{whatText(alert, nameText(names.metric(alert.point, alert.metric ?? '')), t)}</>,
      },
      {
        key: 'limit',
        title: t('alert.limit'),
        width: 96,
        align: 'right',
        render: (_, alert) => limitText(alert, t) ?? '–',
      },
      {
        key: 'peak',
        title: t('alert.peak'),
        width: 90,
        align: 'right',
        render: (_, alert) => peakText(alert, t) ?? '–',
      },
      {
        key: 'state',
        title: t('alert.state'),
        width: 206,
        render: (_, alert) => (
          <span className="alert-state">
            <span className={alert.state === 'active' ? '' : 'faint'}>
              {t(
                alert.state === 'closed'
                  ? 'alert.closed'
                  : alert.acknowledged
                    ? 'alert.acknowledged'
                    : 'alert.unacknowledged',
              )}
            </span>
            <AlertMarks alert={alert} />
          </span>
        ),
      },
      {
        key: 'verdict',
        title: t('verdict.title'),
        width: 84,
        render: (_, { verdict: given }) =>
          given === undefined ? <span className="faint">–</span> : t(`verdict.${given}`),
      },
    ],
    [t, nameText, names, live],
  );

  const filtered =
    wanted !== '' ||
    [verdict, area, level, peakLevel, get('from'), get('to')].some((chosen) => chosen !== null) ||
    state !== 'all';
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t('nav.history')}</h1>
        <span className="soft">
          {t('alert.loaded', { count: rows.length })}
          {query.hasNextPage ? '+' : ''}
        </span>
        <Input
          allowClear
          className="push"
          style={{ width: 200 }}
          placeholder={t('alert.search')}
          aria-label={t('alert.search')}
          value={search}
          onChange={(event) => set({ q: event.target.value })}
        />
        <DatePicker.RangePicker
          showTime={{ format: 'HH:mm' }}
          format="YYYY-MM-DD HH:mm"
          style={{ width: 320 }}
          allowEmpty={[true, true]}
          value={[fromMs === undefined ? null : dayjs(fromMs), toMs === undefined ? null : dayjs(toMs)]}
          onChange={(value) =>
            set({ from: value?.[0]?.valueOf().toString() ?? null, to: value?.[1]?.valueOf().toString() ?? null })
          }
        />
        <AreaSelect value={area} onChange={(value) => set({ area: value })} />
        <Select
          allowClear
          style={{ width: 140 }}
          popupMatchSelectWidth={false}
          placeholder={t('alert.level')}
          aria-label={t('alert.level')}
          value={peakLevel === null ? level : `peak-${peakLevel}`}
          onChange={(value) =>
            set(
              value?.startsWith('peak-')
                ? { level: null, peak: value.slice('peak-'.length) }
                : { level: value, peak: null },
            )
          }
          options={[
            {
              label: t('alert.level'),
              options: LEVELS_DOWN.map((value) => ({ value: value as string, label: t(`level.long.${value}`) })),
            },
            {
              label: t('alert.peakLevel'),
              options: LEVELS_DOWN.map((value) => ({
                value: `peak-${value}`,
                label: t('alert.peakLevelIs', { level: t(`level.long.${value}`) }),
              })),
            },
          ]}
        />
        <Select
          style={{ width: 130 }}
          aria-label={t('alert.state')}
          value={state}
          onChange={(value) => set({ state: value === 'all' ? null : value })}
          options={STATES.map((value) => ({
            value,
            label: t(value === 'all' ? 'alert.showAll' : value === 'active' ? 'alert.active' : 'alert.unacknowledged'),
          }))}
        />
        <Select
          allowClear
          style={{ width: 130 }}
          placeholder={t('verdict.title')}
          aria-label={t('verdict.title')}
          value={verdict}
          onChange={(value) => set({ verdict: value })}
          options={[...VERDICTS, 'none' as const].map((value) => ({ value, label: t(`verdict.${value}`) }))}
        />
        <Button loading={exporting} onClick={() => void exportAll()}>
          {t('action.export')} CSV
        </Button>
      </div>
      {query.error !== null && loaded.length === 0 ? (
        <QueryError error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <TableBox<Alert>
          rowKey={({ id }) => id}
          columns={columns}
          dataSource={rows}
          loading={query.isFetching && loaded.length === 0}
          minWidth={1_230}
          locale={{ emptyText: <Empty title={t(filtered ? 'alert.noneFiltered' : 'alert.noneEver')} /> }}
          onScroll={(event) => {
            const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
            if (hasNextPage && !isFetching && scrollHeight - scrollTop - clientHeight < LOAD_AHEAD_PX)
              void fetchNextPage();
          }}
          onRow={({ id }) => ({ onClick: () => void navigate(`/alerts/${encodeURIComponent(id)}`) })}
        />
      )}
    </div>
  );
}

/** Saves a text as a file, with the mark that makes spreadsheets read it as UTF-8. */
function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob(['\ufeff', text], { type: 'text/csv;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
