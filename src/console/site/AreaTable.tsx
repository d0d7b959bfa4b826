import Button from 'antd/es/button';
import type { ColumnsType } from 'antd/es/table';
import { lazy, Suspense, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';
import { useAreasQuery, usePoints } from '../api/queries.ts';
import type { Area } from '../api/types.ts';
import { inTreeOrder } from '../areas/AreaSelect.tsx';
import { useNameText } from '../i18n/i18n.tsx';
import { useMay } from '../session/context.tsx';
import { Empty } from '../ui/Empty.tsx';
import { pathTo } from '../ui/paths.ts';
import { patiently } from '../ui/patiently.ts';
import { QueryError } from '../ui/QueryError.tsx';
import { TableBox } from '../ui/TableBox.tsx';

const AreaDialog = lazy(patiently(() => import('../areas/AreaDialog.tsx')));
const TakeOutAreaDialog = lazy(patiently(() => import('../areas/TakeOutAreaDialog.tsx')));

const NO_AREAS: readonly Area[] = [];

type Row = ReturnType<typeof inTreeOrder>[number];

/** The areas as a tree, each with what can be done to it. */
export function AreaTable() {
  const { t } = useTranslation();
  const nameText = useNameText();
  const may = useMay('engineer');
  const { data: areas = NO_AREAS, isPending, error, refetch } = useAreasQuery();
  const points = usePoints();
  const [edited, setEdited] = useState<Area | 'new' | null>(null);
  const [leaving, setLeaving] = useState<Area | null>(null);
  const rows = useMemo(() => inTreeOrder(areas), [areas]);
  const counts = useMemo(() => {
    const byArea = new Map<string, number>();
    for (const { area } of points) byArea.set(area, (byArea.get(area) ?? 0) + 1);
    return byArea;
  }, [points]);
  const needs = may ? undefined : t('user.needs', { role: t('user.role.engineer') });

  const shapeOf = ({ outline, location }: Area) =>
    t(
      outline !== null
        ? 'places.area.hasOutline'
        : location !== null
          ? 'places.area.hasPlace'
          : 'places.area.hasNeither',
    );
  const columns: ColumnsType<Row> = [
    {
      key: 'name',
      title: t('point.name'),
      width: 260,
      className: 'wraps',
      render: (_, { area, depth }) => (
        <span style={{ paddingLeft: depth * 20 }} title={nameText(area.name)}>
          {nameText(area.name)}
        </span>
      ),
    },
    { key: 'id', title: t('point.id'), width: 160, className: 'wraps', render: (_, { area }) => area.id },
    {
      key: 'points',
      title: t('places.area.points'),
      width: 100,
      render: (_, { area }) => (
        <Link to={pathTo('points', { query: { area: area.id } })}>{counts.get(area.id) ?? 0}</Link>
      ),
    },
    { key: 'shape', title: t('places.area.shape'), width: 120, render: (_, { area }) => shapeOf(area) },
    {
      key: 'do',
      title: t('device.actions'),
      width: 190,
      render: (_, { area }) => (
        <span className="row-buttons" title={needs}>
          <Button
            size="small"
            disabled={!may}
            aria-label={`${t('places.area.actionsOf', { area: nameText(area.name) })} – ${t('places.area.edit')}`}
            onClick={() => setEdited(area)}
          >
            {t('places.area.edit')}
          </Button>
          <Button
            size="small"
            disabled={!may}
            aria-label={`${t('places.area.actionsOf', { area: nameText(area.name) })} – ${t('places.area.takeOut')}`}
            onClick={() => setLeaving(area)}
          >
            {t('places.area.takeOut')}
          </Button>
        </span>
      ),
    },
  ];
  return (
    <>
      <div className="page-head">
        <span className="soft">{t('places.area.list', { count: areas.length })}</span>
        <span className="push" title={needs}>
          <Button type="primary" disabled={!may} onClick={() => setEdited('new')}>
            {t('firstSteps.area.add')}
          </Button>
        </span>
      </div>
      {error !== null && areas.length === 0 ? (
        <QueryError error={error} onRetry={() => void refetch()} />
      ) : (
        <TableBox<Row>
          rowKey={({ area }) => area.id}
          columns={columns}
          dataSource={rows}
          loading={isPending}
          minWidth={830}
          locale={{ emptyText: <Empty title={t('places.area.none')} detail={t('places.area.noneDetail')} /> }}
        />
      )}
      <Suspense>
        {edited !== null && <AreaDialog area={edited === 'new' ? null : edited} onClose={() => setEdited(null)} />}
        {leaving !== null && <TakeOutAreaDialog area={leaving} onClose={() => setLeaving(null)} />}
      </Suspense>
    </>
  );
}
