import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { Alert } from '../../model/alert.ts';
import { causeOf } from '../../model/cause.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { clockTime } from '../ui/format.ts';
import { whoIsOnIt } from './response-chain.ts';

/** Why an alert is kept quiet: a plan, a point taken out of service, or another alert that speaks for it. */
function suppressorOf({ suppressedBy }: Alert): 'maintenance' | 'out-of-service' | 'caused-by' | 'other' {
  const { code } = causeOf(suppressedBy ?? '');
  return code === 'maintenance' || code === 'out-of-service' || code === 'caused-by' ? code : 'other';
}

interface Props {
  readonly alert: Alert;
  readonly withLabel?: boolean;
}

/** What is peculiar about an alert, as small labelled marks; what finds no room is told by the hint. */
export function AlertMarks({ alert, withLabel = true }: Props) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const marks = marksOf(alert, withLabel && alert.label !== null ? nameText(alert.label) : null, t);
  if (marks.length === 0) return null;
  return (
    <span className="alert-marks" title={marks.map(([text]) => text).join(' · ')}>
      {marks.map(([text, hint]) => (
        <span key={text} className="badge" title={hint}>
          {text}
        </span>
      ))}
    </span>
  );
}

function marksOf(
  alert: Alert,
  label: string | null,
  t: TFunction,
): readonly (readonly [text: string, hint?: string])[] {
  const marks: [text: string, hint?: string][] = [];
  if (alert.response !== undefined && alert.response.stage !== 'closed') {
    const [first = '', ...others] = whoIsOnIt(alert);
    const who = others.length === 0 ? first : t('respond.whoMore', { who: first, count: others.length + 1 });
    const stage = t(`respond.stage.${alert.response.stage}`);
    marks.push([who === '' ? stage : `${who} ${stage}`, t('respond.markHint', { who: whoIsOnIt(alert).join(' · ') })]);
  }
  if (alert.state === 'cleared') marks.push([t('alert.cleared')]);
  if (alert.unverified) marks.push([t('alert.unverified'), t('alert.unverifiedLong')]);
  if (alert.latched && alert.state === 'active') {
    marks.push([t(alert.recoveredAt === null ? 'alert.latched' : 'alert.resettable'), t('alert.latchedLong')]);
  }
  if (alert.shelvedUntil !== null) marks.push([t('alert.shelvedUntil', { time: clockTime(alert.shelvedUntil) })]);
  if (alert.suppressed) marks.push([t(`alert.suppressedBy.${suppressorOf(alert)}`)]);
  if (alert.retrospective) marks.push([t('alert.retrospective'), t('alert.retrospectiveLong')]);
  if (alert.chattering) marks.push([t('alert.chattering')]);
  if (alert.repeats > 0) marks.push([t('alert.repeats', { count: alert.repeats + 1 })]);
  if (label !== null) marks.unshift([label]);
  return marks;
}
