import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { AlertEvent } from '../../model/alert.ts';
import { dateTime } from '../ui/format.ts';
import { LevelTag } from '../ui/LevelMark.tsx';
import { withUnit } from './describe.ts';

/** Events that say at which level the alert stands from then on. */
const WITH_LEVEL = new Set(['raised', 'escalated', 'deescalated', 'retrospective']);

/** Everything that happened to an alert, oldest first: what, when, by whom, and what was written. */
export function Timeline({ events }: { events: readonly AlertEvent[] }) {
  const { t } = useTranslation();
  return (
    <ol className="timeline">
      {events.map((event) => (
        <li key={event.seq}>
          <time>{dateTime(event.at)}</time>
          <div>
            <strong>{t(`event.${event.event}`)}</strong>
            {WITH_LEVEL.has(event.event) && <LevelTag level={event.alert.level} />}
            {WITH_LEVEL.has(event.event) && event.alert.kind === 'levels' && (
              <span>{withUnit(event.alert.value, event.alert.unit, event.alert.metric ?? '', t)}</span>
            )}
            {event.by !== null && <span className="soft">{event.by}</span>}
            {event.event === 'shelved' && event.alert.shelvedUntil !== null && (
              <span className="soft">{t('alert.shelvedUntil', { time: dateTime(event.alert.shelvedUntil) })}</span>
            )}
            {event.note !== null && <p className="timeline-note">{noteWords(event.note, t)}</p>}
          </div>
        </li>
      ))}
    </ol>
  );
}

/** Reasons that the server gives as codes are put into words; what a person wrote stays as it is. */
function noteWords(note: string, t: TFunction): string {
  return t(`reason.${note as 'threshold changed'}`, { defaultValue: note });
}
