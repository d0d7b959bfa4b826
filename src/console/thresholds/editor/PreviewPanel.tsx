import Button from 'antd/es/button';
import Segmented from 'antd/es/segmented';
import Select from 'antd/es/select';
import { useTranslation } from 'react-i18next';
import type { Incident, PreviewSide, Statistics, ThresholdPreview } from '../../../model/preview.ts';
import { useErrorText } from '../../api/useErrorText.ts';
import { DataNote } from '../../review/DataNote.tsx';
import { Lessons } from '../../review/Lessons.tsx';
import { classes } from '../../ui/classes.ts';
import { formatElapsed, formatNumber } from '../../ui/format.ts';
import { LevelTag } from '../../ui/LevelMark.tsx';
import { LEVELS_DOWN } from '../../ui/order.ts';
import { useSeconds } from '../../ui/useSeconds.ts';
import css from './editor.module.css';
import { PERIODS_DAYS, type PeriodDays } from './editor-view.ts';
import { IncidentList } from './IncidentList.tsx';
import type { Scope } from './incidents.ts';

interface Props {
  readonly preview: ThresholdPreview | undefined;
  readonly error: Error | null;
  readonly isWorking: boolean;
  /** False while the figures are those of a former draft. */
  readonly isCurrent: boolean;
  /** Why nothing is being judged: problems of the draft, or the role. */
  readonly paused: string | null;
  readonly rules: readonly string[];
  readonly scope: Scope;
  readonly onScope: (scope: Scope) => void;
  readonly onRetry: () => void;
  readonly onCancel: () => void;
  readonly onIncident: (incident: Incident) => void;
}

/** What the period would have done under the draft, beside what it did under the values in force. */
export function PreviewPanel(props: Props) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const { preview, error, isWorking, isCurrent, paused, rules, scope, onScope } = props;
  const judgesNothing = preview?.data.judges === 'nothing';
  return (
    <div className={css.preview}>
      <div className={css.previewHead}>
        <Select<string>
          size="small"
          aria-label={t('editor.scope')}
          popupMatchSelectWidth={false}
          value={scope ?? ''}
          options={[{ value: '', label: t('editor.allRules') }, ...rules.map((rule) => ({ value: rule, label: rule }))]}
          onChange={(next) => onScope(next === '' ? null : next)}
        />
        <output className="soft" aria-live="polite">
          {paused ??
            (isWorking ? <Working /> : error !== null ? null : t(isCurrent ? 'editor.upToDate' : 'editor.stopped'))}
        </output>
        {paused === null && isWorking && (
          <Button size="small" onClick={props.onCancel}>
            {t('editor.stop')}
          </Button>
        )}
      </div>
      {paused === null && error === null && !isWorking && !isCurrent && (
        <Button size="small" onClick={props.onRetry}>
          {t('editor.goOn')}
        </Button>
      )}
      {error !== null && !isWorking && (
        <p role="alert" className={css.previewError}>
          {t('editor.previewFailed')} {errorText(error)}{' '}
          <Button size="small" onClick={props.onRetry}>
            {t('login.retry')}
          </Button>
        </p>
      )}
      {preview !== undefined && (
        <div className={classes(css.previewBody, !(isCurrent && error === null) && css.outdated)}>
          <div>
            {/* Before the figures where they say nothing, for there they would be believed. */}
            {judgesNothing && <DataNote preview={preview} />}
            <Figures preview={preview} scope={scope} />
            {!judgesNothing && <DataNote preview={preview} />}
            <Lessons lessons={preview.lessons} />
          </div>
          <IncidentList preview={preview} scope={scope} onIncident={props.onIncident} />
        </div>
      )}
    </div>
  );
}

/** That it is being worked on, and for how long already once that is worth saying. */
function Working() {
  const { t } = useTranslation();
  const seconds = useSeconds();
  return <>{seconds < 2 ? t('editor.working') : t('editor.workingFor', { seconds })}</>;
}

const NOTHING: Statistics = {
  alerts: 0,
  byLevel: { blue: 0, yellow: 0, orange: 0, red: 0 },
  alertsPerDay: 0,
  timeInAlarm: 0,
  timeInAlarmShare: 0,
  longest: 0,
  fleeting: 0,
  chatteringEpisodes: 0,
  delay: null,
};

function statisticsOf(side: PreviewSide, scope: Scope): Statistics {
  return scope === null ? side : (side.rules[scope] ?? NOTHING);
}

function Figures({ preview, scope }: { preview: ThresholdPreview; scope: Scope }) {
  const { t } = useTranslation();
  const before = statisticsOf(preview.present, scope);
  const after = statisticsOf(preview.proposed, scope);
  const span = (ms: number) => (ms === 0 ? '0' : formatElapsed(ms));
  const row = (name: string, value: (one: Statistics) => number | null, text: (n: number) => string) => {
    const [was, is] = [value(before), value(after)];
    return { name, was: was === null ? '–' : text(was), is: is === null ? '–' : text(is), share: change(was, is) };
  };
  const rows = [
    row(t('editor.figure.perDay'), (one) => one.alertsPerDay, formatNumber),
    row(t('editor.figure.timeInAlarm'), (one) => one.timeInAlarm, span),
    row(t('editor.figure.longest'), (one) => one.longest, span),
    row(t('editor.figure.chattering'), (one) => one.chatteringEpisodes, String),
    row(t('editor.figure.fleeting'), (one) => one.fleeting, String),
    row(t('editor.figure.delay'), (one) => one.delay?.median ?? null, span),
    row(t('editor.figure.delayLongest'), (one) => one.delay?.longest ?? null, span),
  ];
  return (
    <table className={css.figures}>
      <thead>
        <tr>
          <th scope="col">{t('editor.figure.title')}</th>
          <th scope="col">{t('editor.present')}</th>
          <th scope="col">{t('editor.proposed')}</th>
          <th scope="col">{t('editor.figure.change')}</th>
        </tr>
      </thead>
      <tbody>
        <tr className={css.figureMain}>
          <th scope="row">{t('editor.figure.alerts')}</th>
          <td data-figure="present">{before.alerts}</td>
          <td data-figure="proposed">{after.alerts}</td>
          <td>{change(before.alerts, after.alerts)}</td>
        </tr>
        {LEVELS_DOWN.filter((level) => before.byLevel[level] + after.byLevel[level] > 0).map((level) => (
          <tr key={level}>
            <th scope="row">
              <LevelTag level={level} />
            </th>
            <td>{before.byLevel[level]}</td>
            <td>{after.byLevel[level]}</td>
            <td>{change(before.byLevel[level], after.byLevel[level])}</td>
          </tr>
        ))}
        {rows.map(({ name, was, is, share }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{was}</td>
            <td>{is}</td>
            <td>{share}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** By how much it would be more or less, in per cent. */
function change(was: number | null, is: number | null): string {
  if (was === null || is === null || was === is) return '';
  if (was === 0) return '+';
  const percent = Math.round(((is - was) / was) * 100);
  return percent === 0 ? '±0 %' : `${percent > 0 ? '+' : '−'}${Math.abs(percent)} %`;
}

export function PeriodChoice({ days, onDays }: { days: PeriodDays; onDays: (days: PeriodDays) => void }) {
  const { t } = useTranslation();
  return (
    <Segmented<PeriodDays>
      size="small"
      aria-label={t('editor.period')}
      value={days}
      options={PERIODS_DAYS.map((value) => ({ value, label: t('editor.lastDays', { count: value }) }))}
      onChange={onDays}
    />
  );
}
