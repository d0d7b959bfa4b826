import Button from 'antd/es/button';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';
import { boundTexts, whatText } from '../alerts/describe.ts';
import { useAlertInWords } from '../alerts/useAlertInWords.ts';
import { useNames } from '../api/queries.ts';
import type { Point } from '../api/types.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { useServerNow } from '../live/clock.ts';
import { useAlertView } from '../live/context.tsx';
import { nearTime } from '../ui/format.ts';
import { LevelTag } from '../ui/LevelMark.tsx';
import { pathTo } from '../ui/paths.ts';
import { StateTag } from './PointList.tsx';
import css from './point-card.module.css';
import { Reading } from './Reading.tsx';
import type { PointState } from './state.ts';

/** A point in short, over the map: how it stands, what it measures, and the way to its page. */
export function PointCard({ point, state, onClose }: { point: Point; state: PointState; onClose: () => void }) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const names = useNames();
  const alertInWords = useAlertInWords();
  const nowMs = useServerNow();
  const alerts = useAlertView().byPoint.get(point.id) ?? [];
  return (
    <aside className={css.pointCard} data-testid="point-card" aria-label={nameText(point.name)}>
      <header>
        <div>
          <h3>{nameText(point.name)}</h3>
          <p className="soft">
            {nameText(names.area(point.area))} · {t(`family.${point.family}`)}
          </p>
        </div>
        <Button type="text" size="small" aria-label={t('action.close')} onClick={onClose}>
          ✕
        </Button>
      </header>
      <p className={css.pointCardState}>
        <StateTag state={state} />
      </p>
      <ul className={css.pointCardValues}>
        {Object.keys(point.metrics).map((metric) => (
          <li key={metric}>
            <Reading point={point} metric={metric} />
          </li>
        ))}
      </ul>
      {alerts.slice(0, 3).map((alert) => (
        <p key={alert.id} className={css.pointCardAlert}>
          <LevelTag level={alert.level} hollow={alert.acknowledged} />
          <Link to={pathTo('alert', { id: alert.id })} className={css.pointCardWhat}>
            {whatText(alert, nameText(names.metric(point.id, alert.metric ?? '')), t)}
          </Link>
          <time className="soft">{nearTime(alert.raisedAt, nowMs)}</time>
          <span className={`${css.pointCardBounds} soft`}>{boundTexts(alertInWords(alert), t).join(' · ')}</span>
        </p>
      ))}
      <Link to={pathTo('point', { id: point.id })}>{t('point.openPage')}</Link>
    </aside>
  );
}
