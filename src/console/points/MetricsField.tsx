import Checkbox from 'antd/es/checkbox';
import Input from 'antd/es/input';
import { Fragment } from 'react';
import { useTranslation } from 'react-i18next';
import { ownOf } from '../../model/own.ts';
import type { Profile } from '../devices/useProfiles.ts';
import { useNameText } from '../i18n/i18n.tsx';
import type { MetricRow } from './metric-rows.ts';
import css from './point-dialog.module.css';

interface Props {
  readonly value?: readonly MetricRow[];
  readonly onChange?: (rows: readonly MetricRow[]) => void;
  readonly profile: Profile | undefined;
}

/** Which fields of its device a point measures, and what it calls them. */
export function MetricsField({ value = [], onChange, profile }: Props) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const put = (index: number, change: Partial<MetricRow>) =>
    onChange?.(value.map((row, at) => (at === index ? { ...row, ...change } : row)));
  return (
    <div className={css.metricRows} data-testid="metric-rows">
      <span className="soft">{t('places.point.field')}</span>
      <span className="soft">{t('places.point.metricName')}</span>
      {value.map(({ field, metric, isChosen }, index) => {
        const known = profile === undefined ? undefined : ownOf(profile.metrics, field);
        const words = known === undefined ? field : `${field} · ${nameText(known.name)}`;
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place; two may be made of one field.
          <Fragment key={index}>
            <Checkbox checked={isChosen} onChange={(event) => put(index, { isChosen: event.target.checked })}>
              {known?.unit === undefined ? words : `${words} (${known.unit})`}
            </Checkbox>
            <Input
              aria-label={`${field} ${t('places.point.metricName')}`}
              disabled={!isChosen}
              value={metric}
              onChange={(event) => put(index, { metric: event.target.value })}
            />
          </Fragment>
        );
      })}
    </div>
  );
}
