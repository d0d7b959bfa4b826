import Button from 'antd/es/button';
import Checkbox from 'antd/es/checkbox';
import Input from 'antd/es/input';
import Select from 'antd/es/select';
import Table from 'antd/es/table';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Template } from '../../model/template.ts';
import { useNames, usePoints } from '../api/queries.ts';
import type { Point } from '../api/types.ts';
import { AreaSelect } from '../areas/AreaSelect.tsx';
import { useAreasWithin } from '../areas/useAreasWithin.ts';
import { useMetricName } from '../devices/useProfiles.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { matches } from '../ui/matches.ts';

/** The points a template goes onto, at first those that measure what it is about. */
export function ChoosePoints({
  template,
  chosen,
  onChange,
}: {
  template: Template;
  chosen: readonly string[];
  onChange: (chosen: readonly string[]) => void;
}) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const metricName = useMetricName();
  const names = useNames();
  const all = usePoints();
  const [area, setArea] = useState<string | null>(null);
  const [family, setFamily] = useState<string | null>(template.applies.family);
  const [search, setSearch] = useState('');
  const needed = template.applies.metric;
  const [isOnlyFitting, setIsOnlyFitting] = useState(true);
  const within = useAreasWithin(area);
  const listed = useMemo(() => {
    const isFound = matches<Point>(search, ({ id, name }) => [id, name.zh, name.en]);
    return all.filter(
      (point) =>
        (!isOnlyFitting || Object.hasOwn(point.metrics, needed)) &&
        (within === null || within.has(point.area)) &&
        (family === null || point.family === family) &&
        isFound(point),
    );
  }, [all, within, family, search, isOnlyFitting, needed]);
  return (
    <>
      <div className="page-head">
        <Select
          allowClear
          style={{ width: 120 }}
          placeholder={t('point.family')}
          aria-label={t('point.family')}
          value={family}
          onChange={(value) => setFamily(value ?? null)}
          options={[...new Set(all.map((point) => point.family))].map((value) => ({
            value,
            label: t(`family.${value}`),
          }))}
        />
        <AreaSelect value={area} onChange={setArea} />
        <Input
          allowClear
          style={{ width: 150 }}
          placeholder={t('table.search')}
          aria-label={t('table.search')}
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
        <Checkbox checked={isOnlyFitting} onChange={({ target }) => setIsOnlyFitting(target.checked)}>
          {t('templates.onlyFitting', { metric: nameText(metricName(needed, template.applies.family)) })}
        </Checkbox>
        <span className="push soft">{t('templates.chosen', { count: chosen.length })}</span>
        <Button onClick={() => onChange([...new Set([...chosen, ...listed.map(({ id }) => id)])])}>
          {t('templates.chooseAll')}
        </Button>
        <Button disabled={chosen.length === 0} onClick={() => onChange([])}>
          {t('templates.chooseNone')}
        </Button>
      </div>
      <Table<Point>
        size="small"
        virtual
        scroll={{ y: 320, x: 700 }}
        pagination={false}
        rowKey={({ id }) => id}
        dataSource={listed}
        rowSelection={{
          columnWidth: 48,
          selectedRowKeys: [...chosen],
          preserveSelectedRowKeys: true,
          onChange: (keys) => onChange(keys.map(String)),
          getCheckboxProps: ({ name }) => ({ 'aria-label': nameText(name) }),
        }}
        columns={[
          {
            key: 'name',
            title: t('point.name'),
            width: 260,
            className: 'wraps',
            render: (_, { name }) => nameText(name),
          },
          {
            key: 'area',
            title: t('point.area'),
            width: 200,
            className: 'wraps',
            render: (_, point) => nameText(names.area(point.area)),
          },
          {
            key: 'metric',
            title: t('table.metric'),
            width: 240,
            className: 'wraps',
            render: (_, { metrics }) =>
              Object.hasOwn(metrics, needed) ? (
                nameText(metrics[needed]?.name ?? { zh: needed, en: needed })
              ) : (
                <span className="faint">
                  {Object.entries(metrics)
                    .map(([metric, { name }]) => nameText(name ?? { zh: metric, en: metric }))
                    .join(', ')}
                </span>
              ),
          },
        ]}
      />
    </>
  );
}
