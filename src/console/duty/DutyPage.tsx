import Segmented from 'antd/es/segmented';
import { lazy, Suspense, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { FirstStepsHint } from '../first-steps/FirstStepsHint.tsx';
import { useAlertView, useSeen, useWatch } from '../live/context.tsx';
import { PointList } from '../points/PointList.tsx';
import { patiently } from '../ui/patiently.ts';
import { usePreference } from '../ui/preferences.ts';
import { AlertPanel } from './AlertPanel.tsx';
import css from './duty.module.css';

const MapPanel = lazy(patiently(() => import('../points/MapPanel.tsx')));

/** The start page: what is wrong on the left, where it is on the right. */
export function DutyPage() {
  const { t } = useTranslation();
  const { seq } = useAlertView();
  const [side, setSide] = usePreference<'map' | 'list'>('duty-side', 'map');
  const [point, setPoint] = useState<string | null>(null);
  const mapMayLoad = useAfterFirstAlerts(seq !== null);
  useWatch('*');
  useSeen(seq);
  return (
    <div className={css.duty}>
      <AlertPanel onLookAt={setPoint} />
      <section className={`panel ${css.dutySide}`} aria-label={t(side === 'map' ? 'map.title' : 'point.list')}>
        <FirstStepsHint />
        <div className={css.dutyLook}>
          <Segmented
            className={css.dutySwitch}
            data-testid="duty-switch"
            value={side}
            onChange={setSide}
            options={[
              { value: 'map', label: t('map.title') },
              { value: 'list', label: t('map.list') },
            ]}
          />
          {side === 'list' && <PointList />}
          {side === 'map' && mapMayLoad && (
            <Suspense fallback={<p className="empty">{t('app.loading')}</p>}>
              <MapPanel selected={point} onSelect={setPoint} />
            </Suspense>
          )}
        </div>
      </section>
    </div>
  );
}

/** The megabyte of the map waits until the alerts are on the screen and the browser has nothing better to do. */
function useAfterFirstAlerts(haveAlerts: boolean): boolean {
  const [ready, setReady] = useState(false);
  useEffect(() => {
    if (!haveAlerts) return;
    const handle = requestIdleCallback(() => setReady(true), { timeout: 1_000 });
    return () => cancelIdleCallback(handle);
  }, [haveAlerts]);
  return ready;
}
