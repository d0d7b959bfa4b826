import Button from 'antd/es/button';
import Checkbox from 'antd/es/checkbox';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';
import type { Alert } from '../../model/alert.ts';
import { AlertMarks } from '../alerts/AlertMarks.tsx';
import { type Action, refusal } from '../alerts/actions.ts';
import { boundTexts, whatText, withUnit } from '../alerts/describe.ts';
import type { ShownAlert } from '../alerts/shown.ts';
import { useAlertInWords } from '../alerts/useAlertInWords.ts';
import { useValueNow } from '../alerts/useValueNow.ts';
import { type Names, useNames } from '../api/queries.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { useServerNow } from '../live/clock.ts';
import { useMay } from '../session/context.tsx';
import { classes } from '../ui/classes.ts';
import { formatElapsed, nearTime } from '../ui/format.ts';
import { GridCell, GridRow } from '../ui/Grid.tsx';
import { LevelShape, LevelTag } from '../ui/LevelMark.tsx';
import { countLevels, LEVELS_DOWN } from '../ui/order.ts';
import { pathTo } from '../ui/paths.ts';
import css from './duty.module.css';
import type { DutyRow } from './rows.ts';

interface Common {
  readonly index: number;
  readonly tabbable: boolean;
}

interface AlertRowProps extends Common {
  readonly onFocus: (alert: Alert) => void;
  readonly onLookAt: (alert: Alert) => void;
  readonly shown: ShownAlert;
  readonly inGroup: boolean;
  readonly names: Names;
  /** In three lines instead of two, for words that are long. */
  readonly tall: boolean;
  readonly selected: boolean;
  readonly onSelect: (ids: readonly string[], on: boolean) => void;
  readonly onAct: (action: Action, alerts: readonly Alert[]) => void;
}

export const AlertRow = memo(function AlertRow(props: AlertRowProps) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const mayAct = useMay('operator');
  const { alert, pending } = props.shown;
  const point = nameText(props.names.point(alert.point));
  const area = nameText(props.names.area(alert.area));
  const what = whatText(alert, nameText(props.names.metric(alert.point, alert.metric ?? '')), t);
  const calm = alert.acknowledged || alert.shelvedUntil !== null || alert.suppressed;
  const over = alert.state !== 'active';
  const label = alert.label === null ? null : nameText(alert.label);
  const pointLink = (
    <Link
      to={pathTo('alert', { id: alert.id })}
      className={`${css.alertPoint} cut`}
      data-testid="alert-point"
      tabIndex={-1}
      title={`${point}\n${alert.point} / ${alert.rule}`}
    >
      {point}
    </Link>
  );
  const areaWords = (
    <span className={`${css.alertArea} cut soft`} data-testid="alert-area" title={area}>
      {area}
    </span>
  );
  const metricWords = (
    <span className={`${css.alertMetric} cut`} data-testid="alert-metric" title={what}>
      {what}
    </span>
  );
  const marks = <AlertMarks alert={alert} withLabel={false} />;
  const measured = <Measured alert={alert} />;
  return (
    <GridRow
      index={props.index}
      aria-selected={props.selected}
      data-key={alert.id}
      tabIndex={props.tabbable ? 0 : -1}
      onFocus={() => props.onFocus(alert)}
      onClick={() => props.onLookAt(alert)}
      data-testid="alert-row"
      className={classes(
        css.alertRow,
        `level-${alert.level}`,
        calm && css.calm,
        over && css.over,
        props.selected && css.selected,
        props.inGroup && css.inGroup,
      )}
    >
      <GridCell>
        <Checkbox
          checked={props.selected}
          tabIndex={-1}
          aria-label={t('alert.select', { name: point })}
          onChange={(event) => props.onSelect([alert.id], event.target.checked)}
        />
      </GridCell>
      <GridCell className={css.alertLevel} data-testid="alert-level">
        <LevelTag level={alert.level} hollow={calm} />
        {label !== null && (
          <small className="cut" title={label}>
            {label}
          </small>
        )}
      </GridCell>
      <GridCell className={css.alertWhat}>
        {props.tall ? (
          <>
            <span className={css.alertLine}>{pointLink}</span>
            <span className={css.alertLine}>
              {areaWords}
              {metricWords}
            </span>
            <span className={css.alertLine}>
              {measured}
              {marks}
            </span>
          </>
        ) : (
          <>
            <span className={css.alertLine}>
              {pointLink}
              {areaWords}
              {marks}
            </span>
            <span className={css.alertLine}>
              {metricWords}
              {measured}
            </span>
          </>
        )}
      </GridCell>
      <GridCell className={css.alertWhen}>
        <Elapsed alert={alert} />
      </GridCell>
      <GridCell className={css.alertDo} data-testid="alert-do">
        {refusal('reset', alert) === null && alert.acknowledged ? (
          <Button size="small" tabIndex={-1} disabled={!mayAct} onClick={() => props.onAct('reset', [alert])}>
            {t('action.reset')}
          </Button>
        ) : refusal('ack', alert) === null ? (
          <Button
            size="small"
            type="primary"
            tabIndex={-1}
            disabled={!mayAct}
            title={mayAct ? undefined : t('user.needs', { role: t('user.role.operator') })}
            onClick={() => props.onAct('ack', [alert])}
          >
            {t('action.ackShort')}
          </Button>
        ) : (
          <span className="soft">{t(pending ? 'action.acking' : 'alert.acknowledgedShort')}</span>
        )}
      </GridCell>
    </GridRow>
  );
});

/** What the point measures now, which may be worse or better than what raised the alert, beside limit and peak. */
function Measured({ alert }: { alert: Alert }) {
  const { t } = useTranslation();
  const value = useValueNow(alert);
  const shown = useAlertInWords()(alert);
  if (alert.kind !== 'levels' && alert.kind !== 'range') return null;
  const bounds = boundTexts(shown, t, true, value).join(' · ');
  return (
    <>
      <strong>{withUnit(value, alert.unit, alert.metric ?? '', t)}</strong>
      {bounds !== '' && (
        <span
          className={`${css.alertBounds} cut soft`}
          data-testid="alert-bounds"
          title={boundTexts(shown, t, false, value).join(' · ')}
        >
          {bounds}
        </span>
      )}
    </>
  );
}

function Elapsed({ alert }: { alert: Alert }) {
  const { t } = useTranslation();
  const nowMs = useServerNow();
  const endMs = alert.clearedAt ?? nowMs;
  return (
    <>
      <time title={t('alert.raisedAt')}>{nearTime(alert.raisedAt, nowMs)}</time>
      <span className="soft" title={t('alert.since')}>
        {formatElapsed(endMs - alert.raisedAt)}
      </span>
    </>
  );
}

function FoldButton({ expanded, onToggle }: { expanded: boolean; onToggle: () => void }) {
  const { t } = useTranslation();
  return (
    <button
      type="button"
      tabIndex={-1}
      onClick={onToggle}
      aria-expanded={expanded}
      aria-label={t(expanded ? 'alert.collapse' : 'alert.expand')}
    >
      {expanded ? '▾' : '▸'}
    </button>
  );
}

interface AreaRowProps extends Common {
  readonly onFocus: () => void;
  readonly row: Extract<DutyRow, { kind: 'area' }>;
  readonly onToggle: () => void;
  readonly onAct: (action: Action, alerts: readonly Alert[]) => void;
}

/** All alerts of an area but the red ones, folded into one row during a flood. */
export function AreaRow({ row, index, tabbable, onFocus, onToggle, onAct }: AreaRowProps) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const names = useNames();
  const mayAct = useMay('operator');
  const alerts = row.members.map(({ alert }) => alert);
  const counts = countLevels(alerts);
  const unacknowledged = alerts.filter((alert) => !alert.acknowledged);
  return (
    <GridRow
      index={index}
      data-key={row.key}
      tabIndex={tabbable ? 0 : -1}
      onFocus={onFocus}
      className={`${css.alertRow} ${css.areaRow}`}
      data-testid="alert-row"
    >
      <GridCell className={css.alertFold}>
        <FoldButton expanded={row.expanded} onToggle={onToggle} />
      </GridCell>
      <GridCell className={css.alertWhat}>
        <span className={css.alertLine}>
          <strong className="cut" title={nameText(names.area(row.area))}>
            {nameText(names.area(row.area))}
          </strong>
          <span className="soft">{t('alert.groupMore', { count: alerts.length })}</span>
        </span>
        <span className={css.alertLine}>
          {LEVELS_DOWN.filter((level) => counts[level].open > 0).map((level) => (
            <span key={level} className={css.areaCount}>
              <LevelShape level={level} size={14} hollow={counts[level].unacknowledged === 0} />
              {t(`level.${level}`)} {counts[level].open}
            </span>
          ))}
        </span>
      </GridCell>
      <GridCell className={css.alertDo} data-testid="alert-do">
        {unacknowledged.length > 0 && (
          <Button size="small" tabIndex={-1} disabled={!mayAct} onClick={() => onAct('ack', unacknowledged)}>
            {t('action.ackShort')} {unacknowledged.length}
          </Button>
        )}
      </GridCell>
    </GridRow>
  );
}

interface QuietRowProps extends Common {
  readonly onFocus: () => void;
  readonly row: Extract<DutyRow, { kind: 'quiet' }>;
  readonly onToggle: () => void;
}

export function QuietRow({ row, index, tabbable, onFocus, onToggle }: QuietRowProps) {
  const { t } = useTranslation();
  return (
    <GridRow
      index={index}
      data-key={row.key}
      tabIndex={tabbable ? 0 : -1}
      onFocus={onFocus}
      className={`${css.alertRow} ${css.areaRow}`}
      data-testid="alert-row"
    >
      <GridCell className={css.alertFold}>
        <FoldButton expanded={row.expanded} onToggle={onToggle} />
      </GridCell>
      <GridCell className="soft">{t('alert.quiet', { count: row.count })}</GridCell>
    </GridRow>
  );
}
