import Select from 'antd/es/select';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useAreas } from '../api/queries.ts';
import type { Area } from '../api/types.ts';
import { useNameText } from '../i18n/i18n.tsx';

/** Areas in the order of their tree, each with how deep it lies. */
export function inTreeOrder(areas: readonly Area[]): { area: Area; depth: number }[] {
  const known = new Set(areas.map(({ id }) => id));
  const below = (parent: string | null, depth: number): { area: Area; depth: number }[] =>
    areas
      .filter((area) => (area.parent !== null && known.has(area.parent) ? area.parent : null) === parent)
      .flatMap((area) => [{ area, depth }, ...below(area.id, depth + 1)]);
  return below(null, 0);
}

interface Props {
  readonly value: string | null;
  readonly onChange: (value: string | null) => void;
  /** An area that is not to be had. */
  readonly without?: string;
}

export function AreaSelect({ value, onChange, without }: Props) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const areas = useAreas();
  const options = useMemo(
    () =>
      inTreeOrder(areas)
        .filter(({ area }) => area.id !== without)
        .map(({ area, depth }) => ({
          value: area.id,
          name: nameText(area.name),
          label: <span style={{ paddingLeft: depth * 16 }}>{nameText(area.name)}</span>,
        })),
    [areas, nameText, without],
  );
  return (
    <Select
      allowClear
      showSearch={{ optionFilterProp: 'name' }}
      style={{ width: 170 }}
      placeholder={t('point.area')}
      aria-label={t('point.area')}
      value={value}
      onChange={(next) => onChange(next ?? null)}
      options={options}
    />
  );
}
