import Button from 'antd/es/button';
import ProgressBar from 'antd/es/progress';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ThresholdAdvice, Trade } from '../../../model/advice.ts';
import { parseDurationMs } from '../../../model/duration.ts';
import type { Rule } from '../../../model/threshold.ts';
import { MINUTE_MS } from '../../../model/time.ts';
import { useErrorText } from '../../api/useErrorText.ts';
import { useNameText } from '../../i18n/i18n.tsx';
import { classes } from '../../ui/classes.ts';
import { Empty } from '../../ui/Empty.tsx';
import { formatElapsed, formatSpan } from '../../ui/format.ts';
import { LevelTag } from '../../ui/LevelMark.tsx';
import { LEVELS_DOWN } from '../../ui/order.ts';
import { useSeconds } from '../../ui/useSeconds.ts';
import thresholdWordsCss from '../threshold-words.module.css';
import { durationWords, levelWords, ruleNotes } from '../words.ts';
import { withAdvice, withFigure } from './apply-advice.ts';
import { useEditor } from './context.tsx';
import { setAt } from './draft.ts';
import editorCss from './editor.module.css';
import type { TimeWindow } from './incidents.ts';
import { TradeChart } from './TradeChart.tsx';
import { type Progress, useAdvice } from './useAdvice.ts';

interface Props {
  readonly rule: string | null;
  /** The rule in force, which the advice is about. */
  readonly inForce: Rule | undefined;
  readonly revision: number;
  readonly period: TimeWindow;
  /** Called after something was taken over into the form. */
  readonly onUsed: () => void;
}

/** What the point's own history says about the deadband and the delays of a rule. Fills the form, applies nothing. */
export function AdvicePanel({ rule, inForce, revision, period, onUsed }: Props) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const { point } = useEditor();
  const isLevelled = inForce?.levels !== undefined;
  const { query, progress } = useAdvice({ point: point.id, rule, period, revision, enabled: isLevelled });
  if (rule === null || !isLevelled) return <Empty title={t('editor.advice.chooseRule')} />;
  if (query.error !== null) {
    return (
      <p role="alert" className={editorCss.previewError}>
        {t('editor.advice.failed')} {errorText(query.error)}{' '}
        <Button size="small" onClick={() => void query.refetch()}>
          {t('login.retry')}
        </Button>
      </p>
    );
  }
  if (query.data === undefined) return <Working {...progress} />;
  return <Advice advice={query.data} inForce={inForce} onUsed={onUsed} />;
}

/** That it is being worked on, how far it is, how long it has taken and still takes. */
function Working({ share, remainingMs }: Progress) {
  const { t } = useTranslation();
  const seconds = useSeconds();
  const left = remainingMs === null ? '' : t('editor.advice.left', { seconds: Math.ceil(remainingMs / 1_000) });
  return (
    <output className="empty">
      <strong>{t('editor.advice.working')}</strong>
      <span>{t('editor.advice.workingDetail')}</span>
      {share !== null && <ProgressBar percent={Math.floor(share * 100)} status="normal" size="small" />}
      <span>
        {t('editor.workingFor', { seconds })} {left}
      </span>
    </output>
  );
}

function Advice({ advice, inForce, onUsed }: { advice: ThresholdAdvice; inForce: Rule; onUsed: () => void }) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const { draft, change, readOnly, point } = useEditor();
  const own = draft.rules[advice.rule];
  const unit = advice.unit ?? '';
  function take(how: (rule: Rule) => Rule) {
    if (own === undefined) return;
    change((before) => setAt(before, ['rules', advice.rule], how(own)));
    onUsed();
  }
  const mayUse = !readOnly && own !== undefined;
  const { suggested, deadband, onDelay, offDelay, present } = advice;
  // Delays were tried on top of the suggested deadband; only without one does what is in force lie on their curves.
  const base = deadband?.curve.find((one) => one.deadband === deadband.suggested);
  const before = noDelay(base ?? present, t('editor.advice.noDelay'));
  return (
    <div className={editorCss.advice}>
      <Facts advice={advice} />
      <section className={editorCss.adviceSuggestion}>
        <h3>{t('editor.advice.suggestion')}</h3>
        <ul>
          {advice.reasons.map((words) => (
            <li key={words.en}>{nameText(words)}</li>
          ))}
        </ul>
        {suggested !== null && (
          <>
            <SuggestedRule rule={suggested.rule} unit={unit} />
            <p>
              {t('editor.advice.together', {
                before: present.alerts,
                after: suggested.alerts,
                share: percent(suggested.removed),
              })}
              {suggested.trueLost > 0 && ` ${t('editor.advice.trueLost', { count: suggested.trueLost })}`}
            </p>
            <Button
              type="primary"
              disabled={!mayUse}
              onClick={() => take((rule) => withAdvice(rule, inForce, suggested.rule))}
            >
              {t('editor.advice.use')}
            </Button>{' '}
            <span className="faint">{t('editor.advice.notApplied')}</span>
          </>
        )}
      </section>
      {deadband !== null && (
        <TradeOff
          title={t('editor.key.deadband')}
          axis={unit}
          rows={deadband.curve.map((one) => ({ ...one, at: one.deadband, text: `${one.deadband} ${unit}`.trim() }))}
          present={{ at: deadband.present ?? 0, alerts: present.alerts }}
          note={null}
          suggested={deadband.suggested}
          mayUse={mayUse}
          onUse={(row) => take((rule) => withFigure(rule, 'deadband', row.at, false))}
        />
      )}
      {offDelay.curve.length > 0 && (
        <TradeOff
          title={t('editor.key.recoverFor')}
          axis={t('editor.unit.m')}
          rows={[before, ...offDelay.curve.map(delayRow)]}
          present={base === undefined ? presentDelay(inForce.recoverFor, present) : null}
          note={base === undefined ? null : t('editor.advice.onTop', { value: `${base.deadband} ${unit}`.trim() })}
          suggested={minutesOf(offDelay.suggested)}
          mayUse={mayUse}
          onUse={(row) => take((rule) => withFigure(rule, 'recoverFor', row.value, false))}
        />
      )}
      {onDelay.curve.length > 0 && (
        <TradeOff
          title={t('editor.key.for')}
          axis={t('editor.unit.m')}
          rows={[before, ...onDelay.curve.map(delayRow)]}
          present={base === undefined ? presentDelay(inForce.for, present) : null}
          note={base === undefined ? null : t('editor.advice.onTop', { value: `${base.deadband} ${unit}`.trim() })}
          suggested={minutesOf(onDelay.suggested)}
          mayUse={mayUse && onDelay.advisable}
          onUse={(row) => take((rule) => withFigure(rule, 'for', row.value, point.family === 'gas'))}
        />
      )}
    </div>
  );

  function delayRow(one: ThresholdAdvice['offDelay']['curve'][number]): Row {
    return { ...one, at: one.ms / MINUTE_MS, value: one.for, text: durationWords(one.for, t) };
  }
}

function minutesOf(duration: string | null): number | null {
  const ms = duration === null ? undefined : parseDurationMs(duration);
  return ms === undefined ? null : ms / MINUTE_MS;
}

function noDelay(trade: Trade, text: string): Row {
  return { ...trade, at: 0, value: '0s', text };
}

function presentDelay(duration: string | undefined, { alerts }: Trade) {
  return { at: minutesOf(duration ?? null) ?? 0, alerts };
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function Facts({ advice }: { advice: ThresholdAdvice }) {
  const { t } = useTranslation();
  const { noise, unit, interval, excursions, verdicts, bare, present } = advice;
  const judged = verdicts.true + verdicts.false + verdicts.test;
  const facts: [string, string][] = [
    [t('editor.advice.alerts'), t('editor.advice.alertsValue', { present: present.alerts, bare: bare.alerts })],
    [t('editor.advice.noise'), noise === null ? '–' : `${Number(noise.toPrecision(2))} ${unit ?? ''}`],
    [t('editor.advice.interval'), interval === null ? '–' : formatSpan(interval, t)],
    [
      t('editor.advice.excursions'),
      excursions === null
        ? t('editor.advice.noExcursions')
        : t('editor.advice.excursionsValue', {
            count: excursions.count,
            median: formatElapsed(excursions.median),
            p90: formatElapsed(excursions.p90),
            longest: formatElapsed(excursions.longest),
          }),
    ],
    [
      t('editor.advice.verdicts'),
      judged === 0 ? t('editor.advice.noVerdicts') : t('editor.advice.verdictsValue', { ...verdicts }),
    ],
  ];
  return (
    <dl className={`facts ${editorCss.adviceFacts}`}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function SuggestedRule({ rule, unit }: { rule: Rule; unit: string }) {
  const { t } = useTranslation();
  return (
    <div className={`${thresholdWordsCss.thresholdWords} ${editorCss.suggestedRule}`} data-part="threshold-words">
      <ul>
        {LEVELS_DOWN.map((level) => {
          const own = rule.levels?.[level];
          if (own === undefined) return null;
          return (
            <li key={level}>
              <LevelTag level={level} />
              <span>{levelWords(own, rule, unit, t)}</span>
            </li>
          );
        })}
      </ul>
      <strong>{ruleNotes(rule, unit, t).join(' · ')}</strong>
    </div>
  );
}

interface Row extends Trade {
  readonly at: number;
  readonly text: string;
  /** As the document has it; for deadbands `at` is that. */
  readonly value: string;
}

interface TradeOffProps {
  readonly title: string;
  readonly axis: string;
  readonly rows: readonly (Omit<Row, 'value'> & { readonly value?: string })[];
  readonly present: { readonly at: number; readonly alerts: number } | null;
  /** What the curve stands on, when that is not what is in force. */
  readonly note: string | null;
  readonly suggested: number | null;
  readonly mayUse: boolean;
  readonly onUse: (row: Row) => void;
}

/** One knob: what each setting would leave of the alerts, and what it costs. */
function TradeOff({ title, axis, rows, present, note, suggested, mayUse, onUse }: TradeOffProps) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState<number | null>(null);
  const inView = chosen ?? rows.findIndex((row) => row.at === suggested);
  const use = (row: TradeOffProps['rows'][number]) => onUse({ ...row, value: row.value ?? '' });
  return (
    <section data-testid="trade-off">
      <h3>{title}</h3>
      <div className={editorCss.tradeGrid}>
        <figure>
          <TradeChart
            points={rows}
            present={present}
            suggested={suggested}
            label={t('editor.advice.curve', { title })}
            height={180}
            onPick={setChosen}
          />
          <figcaption className="faint">
            {t('editor.advice.axes', { title, axis })} {note ?? t('editor.advice.ring')}
          </figcaption>
        </figure>
        <div className={editorCss.tradeRows} data-part="trade-rows">
          <table className={editorCss.figures}>
            <thead>
              <tr>
                <th scope="col">{title}</th>
                <th scope="col">{t('editor.advice.alertsLeft')}</th>
                <th scope="col">{t('editor.advice.removed')}</th>
                <th scope="col">{t('editor.advice.delay')}</th>
                <th scope="col">{t('editor.lost')}</th>
                <th aria-label={t('editor.advice.use')} />
              </tr>
            </thead>
            <tbody>
              {rows.map((row, index) => (
                <tr
                  key={row.text}
                  className={classes(index === chosen && editorCss.chosen)}
                  ref={index === inView ? intoView : undefined}
                >
                  <th scope="row">
                    {row.text}
                    {row.at === suggested && <span className="badge strong">{t('editor.advice.suggested')}</span>}
                    {row.at === present?.at && <span className="badge">{t('editor.present')}</span>}
                  </th>
                  <td>{row.alerts}</td>
                  <td>{percent(row.removed)}</td>
                  <td>{row.delay === null ? '–' : formatElapsed(row.delay)}</td>
                  <td>
                    {row.lost}
                    {row.trueLost > 0 && ` (${t('editor.advice.trueLost', { count: row.trueLost })})`}
                  </td>
                  <td>
                    <Button
                      size="small"
                      disabled={!mayUse}
                      aria-label={t('editor.advice.useFigure', { title, value: row.text })}
                      onClick={() => use(row)}
                    >
                      {t('editor.advice.useShort')}
                    </Button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </div>
    </section>
  );
}

/** Scrolls the list of settings, and nothing else, so that a row can be seen. */
function intoView(row: HTMLTableRowElement | null): void {
  const box = row?.closest('[data-part=trade-rows]');
  if (row === null || box === null || box === undefined) return;
  const top = row.offsetTop - row.offsetHeight;
  if (top < box.scrollTop || top + 2 * row.offsetHeight > box.scrollTop + box.clientHeight) box.scrollTop = top;
}
