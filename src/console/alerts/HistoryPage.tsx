import Button from 'antd/es/button';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router-dom';
import type { Alert } from '../../model/alert.ts';
import { Empty } from '../ui/Empty.tsx';
import { pathTo } from '../ui/paths.ts';
import { QueryError } from '../ui/QueryError.tsx';
import { TableBox } from '../ui/TableBox.tsx';
import { usePageParams } from '../ui/usePageParams.ts';
import { HistoryFilters } from './HistoryFilters.tsx';
import { historyFilter, isNarrowed } from './history-filter.ts';
import { useHistory } from './useHistory.ts';
import { useHistoryColumns } from './useHistoryColumns.tsx';

/** Older alerts are fetched before the end of the list is reached. */
const LOAD_AHEAD_PX = 1_000;

/** Every alert there was: by time, area, level, state and words; to be opened, and taken along as a file. */
export default function HistoryPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { get, set } = usePageParams();
  const search = get('q') ?? '';
  const filter = historyFilter(get);
  const { rows, hasMore, isLoading, error, retry, loadMore, exportAll, isExporting } = useHistory(filter, search);
  const columns = useHistoryColumns();
  const isFiltered = search.trim() !== '' || isNarrowed(filter);
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t('nav.history')}</h1>
        <span className="soft">
          {t('alert.loaded', { count: rows.length })}
          {hasMore ? '+' : ''}
        </span>
        <HistoryFilters search={search} filter={filter} set={set} />
        <Button loading={isExporting} onClick={exportAll}>
          {t('action.export')} CSV
        </Button>
      </div>
      {error !== null ? (
        <QueryError error={error} onRetry={retry} />
      ) : (
        <TableBox<Alert>
          rowKey={({ id }) => id}
          columns={columns}
          dataSource={rows}
          loading={isLoading}
          minWidth={1_230}
          locale={{ emptyText: <Empty title={t(isFiltered ? 'alert.noneFiltered' : 'alert.noneEver')} /> }}
          onScroll={(event) => {
            const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
            if (scrollHeight - scrollTop - clientHeight < LOAD_AHEAD_PX) loadMore();
          }}
          onRow={({ id }) => ({ onClick: () => void navigate(pathTo('alert', { id })) })}
        />
      )}
    </div>
  );
}
