import Checkbox from 'antd/es/checkbox';
import Input from 'antd/es/input';
import Segmented from 'antd/es/segmented';
import Select from 'antd/es/select';
import { useTranslation } from 'react-i18next';
import { AreaSelect } from '../areas/AreaSelect.tsx';
import { useNameText } from '../i18n/i18n.tsx';
import { SHOWN, type useThresholdTable } from './useThresholdTable.ts';

interface Props {
  readonly table: ReturnType<typeof useThresholdTable>;
  /** Goes on at once, or once what was typed has been given up. */
  readonly leaving: (go: () => void) => void;
}

/** Which metric, at which points, and which rows and columns of them. */
export function TableFilters({ table, leaving }: Props) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const { family, area, template, search, shown, hasMore, show, points, choices, metric, usedTemplates } = table;
  return (
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
        options={usedTemplates.map(({ id, name }) => ({ value: id, label: nameText(name) }))}
      />
      <Input
        allowClear
        style={{ width: 180 }}
        placeholder={t('table.search')}
        aria-label={t('table.search')}
        value={search}
        onChange={(event) => show({ q: event.target.value })}
      />
      <Segmented
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
  );
}
