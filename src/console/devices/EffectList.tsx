import { useTranslation } from 'react-i18next';
import type { ActEffect } from '../../model/device-act.ts';
import { useNames } from '../api/queries.ts';
import { useNameText } from '../i18n/i18n.tsx';
import css from './devices.module.css';
import { useProfiles } from './useProfiles.ts';

/** What an act on a device means, point by point. */
export function EffectList({ effect: { points, counted, needsApproval } }: { effect: ActEffect }) {
  const { t, i18n } = useTranslation();
  const names = useNames();
  const nameText = useNameText();
  const { data: profiles } = useProfiles();
  const list = new Intl.ListFormat(i18n.language);
  const pointText = (point: string) => nameText(names.point(point));
  const metricText = (metric: string) => {
    const name = profiles?.find((profile) => Object.hasOwn(profile.metrics, metric))?.metrics[metric]?.name;
    return name === undefined ? metric : nameText(name);
  };
  const metrics = (all: readonly string[]) => list.format(all.map(metricText));
  if (points.length === 0) return null;
  return (
    <section className={css.actEffect} data-testid="act-effect" aria-label={t('devices.means')}>
      <h3>{t('devices.means')}</h3>
      {points.map(({ point, fate, device, gained, lost, changed, ends, rules, clears }) => (
        <div key={point}>
          <strong>{pointText(point)}</strong> <small className="faint">{point}</small>
          <ul>
            {fate === 'ends' && <li>{t('devices.ends')}</li>}
            {fate === 'added' && (
              <li>
                {t('devices.added', { device: device.after })}
                {rules.length === 0 ? t('devices.noRules') : t('devices.withRules', { rules: list.format(rules) })}
              </li>
            )}
            {fate === 'stays' && device.before !== device.after && (
              <li>{t('devices.takenOver', { before: device.before, after: device.after })}</li>
            )}
            {gained.length > 0 && <li>{t('devices.gained', { metrics: metrics(gained) })}</li>}
            {lost.length > 0 && <li>{t('devices.lost', { metrics: metrics(lost) })}</li>}
            {changed.map(({ metric, before, after }) => (
              <li key={metric}>{t('devices.metricChanged', { metric: metricText(metric), before, after })}</li>
            ))}
            {ends.length > 0 && (
              <li className={css.actProblem}>{t('devices.rulesEnd', { rules: list.format(ends) })}</li>
            )}
            {clears.length > 0 && (
              <li className={css.actProblem}>
                {t('devices.clears', {
                  alerts: list.format(clears.map(({ rule, level }) => `${rule} · ${t(`level.${level}`)}`)),
                })}
              </li>
            )}
          </ul>
        </div>
      ))}
      {counted.map(({ point, rule, counts }) => (
        <p key={`${point} ${rule} ${counts}`} className={css.actProblem} role="alert">
          {t('devices.counted', { point: pointText(point), rule, counts: pointText(counts) })}
        </p>
      ))}
      {needsApproval && (
        <p className={css.actProblem} role="alert">
          {t('devices.needsApproval')}
        </p>
      )}
    </section>
  );
}
