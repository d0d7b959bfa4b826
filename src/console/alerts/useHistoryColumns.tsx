import type { ColumnsType } from 'antd/es/table';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';
import type { Alert } from '../../model/alert.ts';
import { useNames } from '../api/queries.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { useLive } from '../live/context.tsx';
import { dateTime, formatElapsed } from '../ui/format.ts';
import { LevelTag } from '../ui/LevelMark.tsx';
import { pathTo } from '../ui/paths.ts';
import { useNarrow } from '../ui/useNarrow.ts';
import { AlertMarks } from './AlertMarks.tsx';
import { limitText, peakText, whatText } from './describe.ts';
import { useAlertInWords } from './useAlertInWords.ts';

/** What the history says of each alert. */
export function useHistoryColumns(): ColumnsType<Alert> {
  const isNarrow = useNarrow();
  const columns = useAllColumns();
  // Of what a phone shows without being moved sideways, where it was comes before how long.
  return useMemo(
    () => (isNarrow ? columns.toSorted((a, b) => Number(b.key === 'point') - Number(a.key === 'point')) : columns),
    [columns, isNarrow],
  );
}

function useAllColumns(): ColumnsType<Alert> {
  const { t } = useTranslation();
  const nameText = useNameText();
  const names = useNames();
  const alertInWords = useAlertInWords();
  const live = useLive();
  return useMemo<ColumnsType<Alert>>(
    () => [
      {
        key: 'level',
        title: t('alert.level'),
        width: 104,
        render: (_, { level: now, peak, state: standing }) => (
          <span className="alert-levels">
            <LevelTag level={now} hollow={standing === 'closed'} />
            {peak.level !== now && (
              <small className="soft">{t('alert.peakLevelIs', { level: t(`level.${peak.level}`) })}</small>
            )}
          </span>
        ),
      },
      {
        key: 'raisedAt',
        title: t('alert.raisedAt'),
        width: 150,
        render: (_, alert) => (
          <Link to={pathTo('alert', { id: alert.id })} onClick={(event) => event.stopPropagation()}>
            <time>{dateTime(alert.raisedAt)}</time>
          </Link>
        ),
      },
      {
        key: 'lasted',
        title: t('alert.lasted'),
        width: 80,
        align: 'right',
        render: (_, alert) => formatElapsed((alert.clearedAt ?? live.serverNowMs()) - alert.raisedAt),
      },
      {
        key: 'point',
        title: t('alert.point'),
        width: 170,
        className: 'wraps',
        render: (_, alert) => <strong>{nameText(names.point(alert.point))}</strong>,
      },
      {
        key: 'area',
        title: t('alert.area'),
        width: 110,
        className: 'wraps',
        render: (_, alert) => nameText(names.area(alert.area)),
      },
      {
        key: 'what',
        title: t('alert.one'),
        width: 140,
        className: 'wraps',
        render: (_, alert) => <>{whatText(alert, nameText(names.metric(alert.point, alert.metric ?? '')), t)}</>,
      },
      {
        key: 'limit',
        title: t('alert.limit'),
        width: 96,
        align: 'right',
        render: (_, alert) => limitText(alertInWords(alert), t) ?? '–',
      },
      {
        key: 'peak',
        title: t('alert.peak'),
        width: 90,
        align: 'right',
        render: (_, alert) => peakText(alert, t) ?? '–',
      },
      {
        key: 'state',
        title: t('alert.state'),
        width: 190,
        className: 'wraps',
        render: (_, alert) => (
          <span className="alert-state">
            <span className={alert.state === 'active' ? '' : 'faint'}>
              {t(
                alert.state === 'closed'
                  ? 'alert.closed'
                  : alert.acknowledged
                    ? 'alert.acknowledged'
                    : 'alert.unacknowledged',
              )}
            </span>
            <AlertMarks alert={alert} />
          </span>
        ),
      },
      {
        key: 'verdict',
        title: t('verdict.title'),
        width: 100,
        render: (_, { verdict: given }) =>
          given === undefined ? <span className="faint">–</span> : t(`verdict.${given}`),
      },
    ],
    [t, nameText, names, live, alertInWords],
  );
}
