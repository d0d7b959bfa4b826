import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { AlertEvent, Verdict } from '../../model/alert.ts';
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
            <strong>{isOurs(event) ? reasonWords(event.note ?? '', t) : t(`event.${event.event}`)}</strong>
            {WITH_LEVEL.has(event.event) && <LevelTag level={event.alert.level} />}
            {WITH_LEVEL.has(event.event) && event.alert.kind === 'levels' && (
              <span>{withUnit(event.alert.value, event.alert.unit, event.alert.metric ?? '', t)}</span>
            )}
            {event.by !== null && <span className="soft">{event.by}</span>}
            {event.event === 'shelved' && event.alert.shelvedUntil !== null && (
              <span className="soft">{t('alert.shelvedUntil', { time: dateTime(event.alert.shelvedUntil) })}</span>
            )}
            {event.note !== null && !isOurs(event) && (
              <p className="timeline-note">{event.by === null ? reasonWords(event.note, t) : event.note}</p>
            )}
          </div>
        </li>
      ))}
    </ol>
  );
}

/** An entry that nobody wrote: the server notes down what changed about the alert, as a code. */
function isOurs({ event, by, note }: AlertEvent): boolean {
  return event === 'note' && note !== null && (by === null || /^(suppression-ended$|[a-z-]+:)/.test(note));
}

/** A reason that the server gives as a code, in words; `maintenance:ID` by what stands before the colon. */
function reasonWords(code: string, t: TFunction): string {
  const [, verdict, remark] = /^verdict:(true|false|test)(?: (.*))?$/s.exec(code) ?? [];
  if (verdict !== undefined) {
    const said = t('verdict.said', { verdict: t(`verdict.${verdict as Verdict}`) });
    return remark === undefined ? said : `${said} · ${remark}`;
  }
  const [kind = code] = code.split(':');
  return t(`reason.${kind as 'threshold-changed'}`, { defaultValue: code });
}
