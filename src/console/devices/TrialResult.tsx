import { useTranslation } from 'react-i18next';
import type { Trials } from '../../wire/trial.ts';
import { rejectionWords } from '../i18n/rejection-words.ts';
import { ReadingsRead } from './ReadingsRead.tsx';
import type { Profile } from './useProfiles.ts';

export type Trial = Trials['trials'][number];

/** What a message yields for a device of one kind, and what of it is not read. */
export function TrialResult({ trial, profile }: { trial: Trial; profile: Profile | undefined }) {
  const { t, i18n } = useTranslation();
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
      {trial.devices.map(({ ids, readings, readingCount, rejection, unused }) => (
        <div key={ids[0] ?? ''} data-testid="trial-device">
          {ids[0] !== undefined && <p className="soft">{t('trial.device', { device: ids[0] })}</p>}
          <ReadingsRead readings={readings} readingCount={readingCount} profile={profile} />
          {unread(rejection)}
          {unused.length > 0 && (
            <p className="soft">
              {t('trial.unused')}
              {unused.map(({ name, value }) => `${name} ${String(value)}`).join(' · ')}
            </p>
          )}
        </div>
      ))}
      {unread(trial.rejection)}
    </>
  );
}
