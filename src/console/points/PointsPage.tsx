import Button from 'antd/es/button';
import Checkbox from 'antd/es/checkbox';
import Input from 'antd/es/input';
import Popover from 'antd/es/popover';
import Select from 'antd/es/select';
import type { ColumnsType } from 'antd/es/table';
import { useDeferredValue, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router-dom';
import type { Name } from '../../model/names.ts';
import { isOneOf } from '../../model/own.ts';
import { type Names, useNames, usePointsQuery } from '../api/queries.ts';
import { AreaSelect } from '../areas/AreaSelect.tsx';
import { useAreasWithin } from '../areas/useAreasWithin.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { useLive, useWatch } from '../live/context.tsx';
import type { Live } from '../live/live.ts';
import { Empty } from '../ui/Empty.tsx';
import { matches } from '../ui/matches.ts';
import { LEVELS_DOWN } from '../ui/order.ts';
import { pathTo } from '../ui/paths.ts';
import { usePreference } from '../ui/preferences.ts';
import { QueryError } from '../ui/QueryError.tsx';
import { TableBox } from '../ui/TableBox.tsx';
import tableBoxCss from '../ui/table-box.module.css';
import { usePageParams } from '../ui/usePageParams.ts';
import { Age } from './Age.tsx';
import { Battery, batteryMetric } from './Battery.tsx';
import { ExportUntilNow, type ReadingsSelection } from './ExportReadings.tsx';
import { AddPointButton } from './PointButtons.tsx';
import { StateTag } from './PointList.tsx';
import pointListCss from './point-list.module.css';
import { Reading } from './Reading.tsx';
import { stateRank } from './state.ts';
import { type PointWithState, usePointStates } from './usePointStates.ts';

const COLUMN_KEYS = ['state', 'name', 'area', 'family', 'value', 'age', 'online', 'battery', 'device', 'id'] as const;
type ColumnKey = (typeof COLUMN_KEYS)[number];
const SHOWN_AT_FIRST: readonly ColumnKey[] = ['state', 'name', 'area', 'family', 'value', 'age', 'online', 'battery'];

const STATES = [...LEVELS_DOWN, 'offline', 'unlimited', 'normal'] as const;

function inState({ state }: PointWithState, wanted: string): boolean {
  if (wanted === 'offline') return state.offline;
  if (wanted === 'unlimited') return state.unlimited;
  if (wanted === 'normal') return state.level === null && !state.offline && !state.unlimited;
  return state.level === wanted;
}

/** An address of a call may be so long, whatever stands between the browser and the server. */
const IDS_LENGTH_MAX = 4_000;

/** The points of the table for the server: by what it can filter itself, else one by one. */
function selectionOf(
  rows: readonly PointWithState[],
  { area, family, isNarrower }: { area: string | null; family: string | null; isNarrower: boolean },
): ReadingsSelection | 'none' | 'too-many' {
  if (rows.length === 0) return 'none';
  if (!isNarrower) return { area, family };
  const points = rows.map(({ point }) => point.id).join(',');
  return encodeURIComponent(points).length > IDS_LENGTH_MAX ? 'too-many' : { points };
}

/** Every point in a table: found, sorted, filtered, with the columns one wants. */
export default function PointsPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const nameText = useNameText();
  const names = useNames();
  const live = useLive();
  const { isPending, error, refetch } = usePointsQuery();
  const all = usePointStates();
  const { get, set } = usePageParams();
  const [shownColumns, setShownColumns] = usePreference<readonly ColumnKey[]>('point-columns', SHOWN_AT_FIRST);
  const search = get('q') ?? '';
  const wanted = useDeferredValue(search.trim());
  const area = get('area');
  const within = useAreasWithin(area);
  const family = get('family');
  const state = get('state');
  useWatch('*');

  const rows = useMemo(() => {
    const isFound = matches<PointWithState>(wanted, ({ point: { id, name } }) => [id, name.zh, name.en]);
    return all.filter(
      (row) =>
        isFound(row) &&
        (within === null || within.has(row.point.area)) &&
        (family === null || row.point.family === family) &&
        (state === null || inState(row, state)),
    );
  }, [all, wanted, within, family, state]);
  const families = useMemo(() => [...new Set(all.map(({ point }) => point.family))], [all]);
  const columns = useColumns(nameText, names, live).filter(({ key }) => isOneOf(shownColumns, key));
  const filtered = wanted !== '' || area !== null || family !== null || state !== null;

  return (
    <div className="page">
      <div className="page-head">
        <h1>{t('point.list')}</h1>
        <span className="soft">
          {filtered
            ? t('point.shown', { shown: rows.length, count: all.length })
            : t('point.count', { count: all.length })}
        </span>
        <Input
          allowClear
          className="push"
          style={{ width: 220 }}
          placeholder={t('point.search')}
          aria-label={t('point.search')}
          value={search}
          onChange={(event) => set({ q: event.target.value })}
        />
        <AreaSelect value={area} onChange={(value) => set({ area: value })} />
        <Select
          allowClear
          style={{ width: 130 }}
          placeholder={t('point.family')}
          aria-label={t('point.family')}
          value={family}
          onChange={(value) => set({ family: value })}
          options={families.map((value) => ({ value, label: t(`family.${value}`) }))}
        />
        <Select
          allowClear
          style={{ width: 120 }}
          placeholder={t('point.state')}
          aria-label={t('point.state')}
          value={state}
          onChange={(value) => set({ state: value })}
          options={STATES.map((value) => ({
            value,
            label:
              value === 'offline' || value === 'unlimited' || value === 'normal'
                ? t(`point.${value}`)
                : t(`level.long.${value}`),
          }))}
        />
        <Popover
          trigger="click"
          placement="bottomRight"
          content={
            <Checkbox.Group
              className={tableBoxCss.columnChoice}
              value={[...shownColumns]}
              onChange={(value) => setShownColumns(COLUMN_KEYS.filter((key) => value.includes(key)))}
              options={COLUMN_KEYS.map((value) => ({
                value,
                label: t(value === 'online' ? 'point.connection' : `point.${value}`),
                disabled: value === 'name',
              }))}
            />
          }
        >
          <Button>{t('point.columns')}</Button>
        </Popover>
        <AddPointButton area={area} />
        <ExportUntilNow selection={selectionOf(rows, { area, family, isNarrower: wanted !== '' || state !== null })} />
      </div>
      {error !== null && all.length === 0 ? (
        <QueryError error={error} onRetry={() => void refetch()} />
      ) : (
        <TableBox<PointWithState>
          rowKey={({ point }) => point.id}
          columns={columns}
          dataSource={rows}
          loading={isPending}
          minWidth={900}
          locale={{
            emptyText: (
              <Empty
                title={t(filtered ? 'point.noneFiltered' : 'point.none')}
                {...(filtered ? {} : { detail: t('point.noneDetail') })}
              />
            ),
          }}
          onRow={({ point }) => ({ onClick: () => void navigate(pathTo('point', { id: point.id })) })}
        />
      )}
    </div>
  );
}

function useColumns(nameText: (name: Name) => string, names: Names, live: Live): ColumnsType<PointWithState> {
  const { t } = useTranslation();
  return useMemo<ColumnsType<PointWithState>>(() => {
    const byText = (text: (row: PointWithState) => string) => (a: PointWithState, b: PointWithState) =>
      text(a).localeCompare(text(b), 'zh-CN', { numeric: true });
    const heard = ({ point }: PointWithState) =>
      Math.max(live.heardFrom(point.id) ?? 0, ...Object.values(point.values).map(({ ts }) => ts));
    return [
      {
        key: 'state',
        title: t('point.state'),
        width: 130,
        className: 'wraps',
        sorter: (a, b) => stateRank(a.state) - stateRank(b.state),
        sortDirections: ['descend', 'ascend'],
        defaultSortOrder: 'descend',
        render: (_, { state }) => (
          <span className={pointListCss.pointState}>
            <StateTag state={state} />
          </span>
        ),
      },
      {
        key: 'name',
        title: t('point.name'),
        width: 240,
        className: 'wraps',
        sorter: byText(({ point }) => nameText(point.name)),
        render: (_, { point }) => (
          <Link
            to={pathTo('point', { id: point.id })}
            title={nameText(point.name)}
            onClick={(event) => event.stopPropagation()}
          >
            {nameText(point.name)}
          </Link>
        ),
      },
      {
        key: 'area',
        title: t('point.area'),
        width: 160,
        className: 'wraps',
        sorter: byText(({ point }) => nameText(names.area(point.area))),
        render: (_, { point }) => nameText(names.area(point.area)),
      },
      {
        key: 'family',
        title: t('point.family'),
        width: 110,
        sorter: byText(({ point }) => point.family),
        render: (_, { point }) => t(`family.${point.family}`),
      },
      {
        key: 'value',
        title: t('point.value'),
        width: 300,
        className: 'wraps',
        render: (_, { point }) => (
          <span className={pointListCss.pointValues}>
            {Object.keys(point.metrics)
              .filter((metric) => metric !== batteryMetric(point))
              .map((metric) => (
                <Reading key={metric} point={point} metric={metric} />
              ))}
          </span>
        ),
      },
      {
        key: 'age',
        title: t('point.age'),
        width: 100,
        sorter: (a, b) => heard(a) - heard(b),
        render: (_, { point }) => <Age point={point} />,
      },
      {
        key: 'online',
        title: t('point.connection'),
        width: 110,
        sorter: (a, b) => Number(a.state.offline) - Number(b.state.offline),
        render: (_, { state }) =>
          state.offline ? t('point.offline') : <span className="faint">{t('point.online')}</span>,
      },
      {
        key: 'battery',
        title: t('point.battery'),
        width: 80,
        render: (_, { point }) => <Battery point={point} />,
      },
      {
        key: 'device',
        title: t('point.device'),
        width: 140,
        className: 'wraps',
        render: (_, { point }) => point.device,
      },
      { key: 'id', title: t('point.id'), width: 160, className: 'wraps', render: (_, { point }) => point.id },
    ];
  }, [t, nameText, names, live]);
}
