import { useTranslation } from 'react-i18next';
import type { Trials } from '../../wire/trial.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { rejectionWords } from '../i18n/rejection-words.ts';
import { dateTime, formatValue } from '../ui/format.ts';
import css from './devices.module.css';
import type { Profile } from './useProfiles.ts';

export type Trial = Trials['trials'][number];

/** Readings that are listed; who tries a message of hundreds looks at the first. */
const LISTED = 12;

/** What a message yields for a device of one kind, and what of it is not read. */
export function TrialResult({ trial, profile }: { trial: Trial; profile: Profile | undefined }) {
  const { t, i18n } = useTranslation();
  const nameText = useNameText();
  const nameOf = (field: string) => {
    const name = profile?.metrics[field]?.name;
    return name === undefined ? field : nameText(name);
  };
  const unread = (rejection: Trial['rejection']) =>
    rejection !== null && (
      <p className="soft">
        {t('trial.unread')}
        {rejectionWords(rejection, i18n.language)}
      </p>
    );
  if (trial.format === null) return <p className="soft">{t('trial.noRoute')}</p>;
  return (
    <>
      {trial.devices.map(({ ids, readings, readingCount, rejection }) => (
        <div key={ids[0] ?? ''} data-testid="trial-device">
          {ids[0] !== undefined && <p className="soft">{t('trial.device', { device: ids[0] })}</p>}
          {readings.length > 0 && (
            <table className={css.trial}>
              <tbody>
                {readings.slice(0, LISTED).map(({ field, value, unit, ts, quality }) => (
                  <tr key={`${field} ${ts} ${value}`}>
                    <th scope="row">{nameOf(field)}</th>
                    <td>
                      <strong>{formatValue(value, field, t)}</strong> {unit}
                    </td>
                    <td>
                      <time>{dateTime(ts)}</time>
                    </td>
                    <td>{quality !== 'good' && t(`trial.quality.${quality}`)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
          {readingCount > LISTED && <p className="soft">{t('trial.more', { count: readingCount - LISTED })}</p>}
          {unread(rejection)}
        </div>
      ))}
      {unread(trial.rejection)}
    </>
  );
}
