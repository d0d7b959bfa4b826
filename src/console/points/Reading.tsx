import { useTranslation } from 'react-i18next';
import type { Point } from '../api/types.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { useSlowServerNow } from '../live/clock.ts';
import { useReading } from '../live/context.tsx';
import { STALE_AFTER_INTERVALS } from '../live/stale.ts';
import { classes } from '../ui/classes.ts';
import { formatSpan, formatValue } from '../ui/format.ts';
import { inWords } from '../ui/value-words.ts';
import css from './reading.module.css';

interface Props {
  readonly point: Point;
  readonly metric: string;
  readonly named?: boolean;
}

/** One current value with its unit. It greys with its age, and says so when it is not to be believed. */
export function Reading({ point, metric, named = true }: Props) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const reading = useReading(point.id, metric, point.values[metric]);
  const nowMs = useSlowServerNow(5);
  const info = point.metrics?.[metric];
  const unit = info?.unit ?? point.values[metric]?.unit;
  const ageMs = reading === undefined ? Number.POSITIVE_INFINITY : nowMs - reading.ts;
  const old = ageMs > STALE_AFTER_INTERVALS * point.reportEveryMs;
  const doubt = reading === undefined || reading.quality === 'good' ? null : reading.quality;
  const hint = [
    info?.name === undefined ? metric : nameText(info.name),
    old && reading !== undefined
      ? t('point.stale', { time: formatSpan(STALE_AFTER_INTERVALS * point.reportEveryMs, t) })
      : '',
    doubt === null ? '' : t(doubt === 'clock-skew' ? 'point.clockSkew' : doubt === 'late' ? 'point.late' : 'point.bad'),
  ];
  return (
    <span
      className={classes(css.reading, old && css.old, doubt === 'bad' && css.bad)}
      data-part="reading"
      title={hint.filter(Boolean).join('\n')}
    >
      {named && <span className={css.readingName}>{info?.name === undefined ? metric : nameText(info.name)}</span>}
      <span className={css.readingValue}>{formatValue(inWords(reading?.value, info, nameText), metric, t)}</span>
      {unit !== null && unit !== undefined && typeof reading?.value === 'number' && (
        <span className={css.readingUnit}>{unit}</span>
      )}
    </span>
  );
}
