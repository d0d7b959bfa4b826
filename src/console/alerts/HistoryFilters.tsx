import DatePicker from 'antd/es/date-picker';
import Input from 'antd/es/input';
import Select from 'antd/es/select';
import dayjs from 'dayjs';
import { useTranslation } from 'react-i18next';
import { AreaSelect } from '../areas/AreaSelect.tsx';
import { VERDICTS } from '../review/verdicts.ts';
import { LEVELS_DOWN } from '../ui/order.ts';
import type { ParamValues } from '../ui/usePageParams.ts';
import { type HistoryFilter, levelChoice, levelParams } from './history-filter.ts';

const STATES = ['all', 'active', 'unacknowledged'] as const;

interface Props {
  readonly search: string;
  readonly filter: HistoryFilter;
  readonly set: (values: ParamValues) => void;
}

/** By words, time, area, level, state and verdict. */
export function HistoryFilters({ search, filter, set }: Props) {
  const { t } = useTranslation();
  return (
    <>
      <Input
        allowClear
        className="push"
        style={{ width: 170 }}
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
        value={[
          filter.from === undefined ? null : dayjs(filter.from),
          filter.to === undefined ? null : dayjs(filter.to),
        ]}
        onChange={(value) =>
          set({ from: value?.[0]?.valueOf().toString() ?? null, to: value?.[1]?.valueOf().toString() ?? null })
        }
      />
      <AreaSelect value={filter.area} onChange={(value) => set({ area: value })} />
      <Select
        allowClear
        style={{ width: 130 }}
        popupMatchSelectWidth={false}
        placeholder={t('alert.level')}
        aria-label={t('alert.level')}
        value={levelChoice(filter)}
        onChange={(value) => set(levelParams(value))}
        options={[
          {
            label: t('alert.level'),
            options: LEVELS_DOWN.map((value) => ({
              value: levelChoice({ level: value, peakLevel: null }),
              label: t(`level.long.${value}`),
            })),
          },
          {
            label: t('alert.peakLevel'),
            options: LEVELS_DOWN.map((value) => ({
              value: levelChoice({ level: null, peakLevel: value }),
              label: t('alert.peakLevelIs', { level: t(`level.long.${value}`) }),
            })),
          },
        ]}
      />
      <Select
        style={{ width: 110 }}
        aria-label={t('alert.state')}
        value={filter.state}
        onChange={(value) => set({ state: value === 'all' ? null : value })}
        options={STATES.map((value) => ({
          value,
          label: t(value === 'all' ? 'alert.showAll' : value === 'active' ? 'alert.active' : 'alert.unacknowledged'),
        }))}
      />
      <Select
        allowClear
        style={{ width: 126 }}
        placeholder={t('verdict.title')}
        aria-label={t('verdict.title')}
        value={filter.verdict}
        onChange={(value) => set({ verdict: value })}
        options={[...VERDICTS, 'none' as const].map((value) => ({ value, label: t(`verdict.${value}`) }))}
      />
    </>
  );
}
