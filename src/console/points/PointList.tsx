import Input from 'antd/es/input';
import { useDeferredValue, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNames, usePointsQuery } from '../api/queries.ts';
import type { Point } from '../api/types.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { useSlowServerNow } from '../live/clock.ts';
import { useAlertView, useLive } from '../live/context.tsx';
import { Empty } from '../ui/Empty.tsx';
import { GridCell, GridRow } from '../ui/Grid.tsx';
import { LevelTag } from '../ui/LevelMark.tsx';
import { matches } from '../ui/matches.ts';
import { useNarrow } from '../ui/useNarrow.ts';
import { WindowedList } from '../ui/WindowedList.tsx';
import css from './point-list.module.css';
import { Reading } from './Reading.tsx';
import { type PointState, pointState, stateRank } from './state.ts';

/** As the sheet has it: one line, or two where four columns do not fit, px. */
const ROW_HEIGHT = 40;
const NARROW_ROW_HEIGHT = 64;
const NONE: readonly Point[] = [];

/** Every point with its state and latest values, worst first: the map in words. */
export function PointList() {
  const { t } = useTranslation();
  const nameText = useNameText();
  const names = useNames();
  const live = useLive();
  const { byPoint } = useAlertView();
  const { data = NONE, isPending } = usePointsQuery();
  const nowMs = useSlowServerNow(10);
  const narrow = useNarrow();
  const [search, setSearch] = useState('');
  const wanted = useDeferredValue(search.trim());

  const rows = useMemo(() => {
    return data
      .filter(matches(wanted, ({ id, name }) => [id, name.zh, name.en]))
      .map((point) => ({ point, state: pointState(point, byPoint.get(point.id), live.heardFrom(point.id), nowMs) }))
      .sort((a, b) => stateRank(b.state) - stateRank(a.state));
  }, [data, wanted, byPoint, live, nowMs]);

  return (
    <div className={css.pointList} data-part="point-list">
      <header>
        <span className="faint">{t('point.count', { count: data.length })}</span>
        <Input
          allowClear
          className={css.pointSearch}
          placeholder={t('point.search')}
          aria-label={t('point.search')}
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
      </header>
      {rows.length === 0 && !isPending ? (
        <Empty title={t(data.length === 0 ? 'point.none' : 'point.noneFiltered')} />
      ) : (
        <WindowedList
          label={t('point.list')}
          count={rows.length}
          rowHeight={narrow ? NARROW_ROW_HEIGHT : ROW_HEIGHT}
          render={(index) => {
            const row = rows[index];
            if (row === undefined) return null;
            const { point, state } = row;
            return (
              <GridRow key={point.id} className={css.pointRow} data-testid="point-row" index={index}>
                <GridCell className={css.pointState}>
                  <StateTag state={state} />
                </GridCell>
                <GridCell className="cut" title={`${nameText(point.name)}\n${point.id}`}>
                  {nameText(point.name)}
                </GridCell>
                <GridCell className="cut soft" title={nameText(names.area(point.area))}>
                  {nameText(names.area(point.area))}
                </GridCell>
                <GridCell className={css.pointValues}>
                  {Object.keys(point.metrics ?? point.values).map((metric) => (
                    <Reading key={metric} point={point} metric={metric} />
                  ))}
                </GridCell>
              </GridRow>
            );
          }}
        />
      )}
    </div>
  );
}

export function StateTag({ state }: { state: PointState }) {
  const { t } = useTranslation();
  return (
    <>
      {state.level !== null && <LevelTag level={state.level} />}
      {state.offline && <span className="badge">{t('point.offline')}</span>}
      {state.unlimited && <span className="badge">{t('point.unlimited')}</span>}
      {state.level === null && !state.offline && !state.unlimited && <span className="faint">{t('point.normal')}</span>}
    </>
  );
}
