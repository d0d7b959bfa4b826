import { useTranslation } from 'react-i18next';
import type { Trials } from '../../wire/trial.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { dateTime, formatValue } from '../ui/format.ts';
import { inWords } from '../ui/value-words.ts';
import css from './devices.module.css';
import type { Profile } from './useProfiles.ts';

/** Readings that are listed; who looks at a message of hundreds looks at the first. */
const LISTED = 12;

interface Props {
  readonly readings: Trials['trials'][number]['devices'][number]['readings'];
  readonly readingCount: number;
  readonly profile: Profile | undefined;
}

/** What was read of a message, by the names of its profile. */
export function ReadingsRead({ readings, readingCount, profile }: Props) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const nameOf = (field: string) => {
    const name = profile?.metrics[field]?.name;
    return name === undefined ? field : nameText(name);
  };
  return (
    <>
      {readings.length > 0 && (
        <table className={css.trial}>
          <tbody>
            {readings.slice(0, LISTED).map(({ field, value, unit, ts, quality }) => (
              <tr key={`${field} ${ts} ${value}`}>
                <th scope="row">{nameOf(field)}</th>
                <td>
                  <strong>{formatValue(inWords(value, profile?.metrics[field], nameText), field, t)}</strong> {unit}
                </td>
                <td>
                  <time>{dateTime(ts)}</time>
                </td>
                <td>{quality !== 'good' && value !== null && t(`trial.quality.${quality}`)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {readingCount > LISTED && <p className="soft">{t('trial.more', { count: readingCount - LISTED })}</p>}
    </>
  );
}
