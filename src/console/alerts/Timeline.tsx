import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { AlertEvent, Cause } from '../../model/alert.ts';
import { wordsOf } from '../../model/cause.ts';
import { resolveName } from '../../model/resolve-name.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { codeWords } from '../ui/code-words.ts';
import { dateTime } from '../ui/format.ts';
import { LevelTag } from '../ui/LevelMark.tsx';
import css from './alert-page.module.css';
import { doerWords, withUnit } from './describe.ts';
import { assigneeOf, stepOf } from './response-chain.ts';
import { useAlertInWords } from './useAlertInWords.ts';

/** Events that say at which level the alert stands from then on. */
const WITH_LEVEL = new Set(['raised', 'escalated', 'deescalated', 'retrospective']);

/** What was reported so much later than it happened says when it came. */
const CAME_LATER_MS = 60_000;

/** Everything that happened to an alert, oldest first: what, when, by whom, and what was written. */
export function Timeline({ events }: { events: readonly AlertEvent[] }) {
  const { t } = useTranslation();
  const alertInWords = useAlertInWords();
  const nameText = useNameText();
  /** Whom or which step it is about. */
  const about = (event: AlertEvent) => {
    const step = stepOf(event);
    return step === null ? assigneeOf(event) : nameText(resolveName(step, ''));
  };
  return (
    <ol className={css.timeline} data-testid="timeline">
      {events.map((event) => (
        <li key={event.seq}>
          <time>{dateTime(event.at)}</time>
          <div>
            <strong>
              {event.event === 'note' && event.cause !== null ? causeWords(event.cause, t) : t(`event.${event.event}`)}
            </strong>
            {WITH_LEVEL.has(event.event) && <LevelTag level={event.alert.level} />}
            {WITH_LEVEL.has(event.event) && event.alert.kind === 'levels' && (
              <span>{withUnit(alertInWords(event.alert).value, event.alert.unit, event.alert.metric ?? '', t)}</span>
            )}
            {about(event) !== null && <span>{about(event)}</span>}
            {event.by !== null && <span className="soft">{doerWords(event.by, t)}</span>}
            {event.receivedAt !== undefined && event.receivedAt - event.at >= CAME_LATER_MS && (
              <span className="soft">{t('respond.came', { time: dateTime(event.receivedAt) })}</span>
            )}
            {event.event === 'shelved' && event.alert.shelvedUntil !== null && (
              <span className="soft">{t('alert.shelvedUntil', { time: dateTime(event.alert.shelvedUntil) })}</span>
            )}
            {noteLines(event, t).map((line) => (
              <p key={line} className={css.timelineNote}>
                {line}
              </p>
            ))}
          </div>
        </li>
      ))}
    </ol>
  );
}

/** What stands below an entry: why, unless that is its heading already, and what was written. */
function noteLines(event: AlertEvent, t: TFunction): readonly string[] {
  const isHeading =
    event.cause === null || event.event === 'note' || event.cause.code === 'dispatch' || event.cause.code === 'step';
  const why = event.cause === null || isHeading ? null : causeWords(event.cause, t);
  return [why, wordsOf(event)].filter((line) => line !== null);
}

function causeWords({ code, ref }: Cause, t: TFunction): string {
  if (code === 'verdict') return t('verdict.said', { verdict: codeWords(t, 'verdict', ref ?? '') });
  return codeWords(t, 'reason', code, { count: Number(ref) });
}
