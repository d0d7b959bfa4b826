import Button from 'antd/es/button';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { pointerOf, stepsOf } from '../../../model/pointer.ts';
import type { ThresholdPreview } from '../../../model/preview.ts';
import type { ThresholdDocument } from '../../../model/threshold.ts';
import { unconvert } from '../../../model/units.ts';
import { Chart } from '../../chart/Chart.tsx';
import chartCss from '../../chart/chart.module.css';
import { type LimitHandle, LimitHandles } from '../../chart/LimitHandles.tsx';
import type { AlertSpan, LimitLine } from '../../chart/lines.ts';
import { TimeMarks } from '../../chart/TimeMarks.tsx';
import { useReadings } from '../../chart/useReadings.ts';
import { useHandoverMarks, useHandovers } from '../../devices/useHandovers.ts';
import { useNameText } from '../../i18n/i18n.tsx';
import pointPageCss from '../../points/point-page.module.css';
import { RuleTestButton } from '../../review/RuleTestButton.tsx';
import { Empty } from '../../ui/Empty.tsx';
import { QueryError } from '../../ui/QueryError.tsx';
import { useLow } from '../../ui/useNarrow.ts';
import { limitLineText, limitPlaces } from '../limits.ts';
import { useEditor } from './context.tsx';
import { filledIn } from './draft.ts';
import editorCss from './editor.module.css';
import { IncidentLanes } from './IncidentLanes.tsx';
import { incidentAt, incidentsOf, type Scope, type TimeWindow } from './incidents.ts';

const CHART_HEIGHT = 270;
/** On a screen as low as offices have them, what the limits would have done must be in sight below the chart, px. */
const LOW_CHART_HEIGHT = 170;
/** Every limit one edits should be in sight, as long as the readings can still be told apart. */
const LIMIT_REACH = 6;
/** How near to a band one must press, as a share of the width. */
const PICK_SHARE = 0.01;

interface Props {
  readonly metric: string;
  /** The document in force, drawn behind the draft. */
  readonly present: ThresholdDocument;
  readonly preview: ThresholdPreview | undefined;
  readonly scope: Scope;
  /** The whole period of the preview. */
  readonly period: TimeWindow;
  readonly zoomed: TimeWindow | null;
  readonly onZoom: (window: TimeWindow | null) => void;
  readonly onIncident: (incident: ThresholdPreview['gained'][number]) => void;
}

/** Readings of the period with the draft's limits to take hold of, those in force behind them, and every incident. */
export function EditorChart({ metric, present, preview, scope, period, zoomed, onZoom, onIncident }: Props) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const { point, draft, set, readOnly } = useEditor();
  const [frozen, setFrozen] = useState<readonly [number, number]>();
  const isLow = useLow();
  const { fromMs, toMs } = zoomed ?? period;
  const info = point.metrics[metric];
  const unit = info?.unit ?? '';
  const { columns, error, refetch } = useReadings({ point, metric, fromMs, toMs, live: false });
  const proposed = useMemo(() => limitPlaces(filledIn(draft), metric, unit), [draft, metric, unit]);
  const inForce = useMemo(() => limitPlaces(present, metric, unit), [present, metric, unit]);
  const limits = useMemo<readonly LimitLine[]>(() => {
    const moved = inForce.filter(
      (old) => !proposed.some((now) => pointerOf(now.path) === pointerOf(old.path) && now.shown === old.shown),
    );
    return [
      ...moved.map(({ level, shown }) => ({ level, value: shown, text: '', isFormer: true })),
      ...proposed.map((place) => ({
        level: place.level,
        value: place.shown,
        text: limitLineText(place, unit, t),
        releaseAt: place.releaseAt,
      })),
    ];
  }, [proposed, inForce, unit, t]);
  const incidents = useMemo(
    () =>
      (preview === undefined ? [] : incidentsOf(preview, 'proposed', scope)).filter(
        (incident) => incident.metric === metric || incident.metric === null,
      ),
    [preview, scope, metric],
  );
  const spans = useMemo<readonly AlertSpan[]>(
    () =>
      incidents.map(({ level, raisedAt, clearedAt }) => ({ level, fromMs: raisedAt, toMs: clearedAt ?? period.toMs })),
    [incidents, period.toMs],
  );
  const handles = proposed.map(
    (place): LimitHandle => ({
      id: pointerOf(place.path),
      value: place.shown,
      label: t('editor.limitHandle', { level: t(`level.long.${place.level}`), rule: place.rule }),
      text: limitLineText(place, unit, t),
      written: (value) => unconvert(value, place.conversion),
    }),
  );
  const marks = useHandoverMarks(useHandovers(point.id));
  const title = info?.name === undefined ? metric : nameText(info.name);
  if (info?.type === 'string') return <Empty title={t('chart.text')} />;
  if (error !== null) return <QueryError error={error} onRetry={() => void refetch()} />;
  return (
    <section className={`panel block ${chartCss.chartBlock} ${editorCss.editorChart}`}>
      <div className="page-head">
        <h2>
          {title} {unit !== '' && <small className="faint">{unit}</small>}
        </h2>
        <span className="push" />
        {zoomed !== null && (
          <RuleTestButton size="small" subject={{ point: point.id, ...zoomed, document: filledIn(draft) }} />
        )}
        {zoomed !== null && (
          <Button size="small" onClick={() => onZoom(null)}>
            {t('editor.wholePeriod')}
          </Button>
        )}
      </div>
      <Chart
        columns={columns}
        fromMs={fromMs}
        toMs={toMs}
        unit={unit}
        label={`${nameText(point.name)} ${title}`}
        limits={limits}
        spans={spans}
        stepped={info?.type === 'boolean'}
        height={isLow ? LOW_CHART_HEIGHT : CHART_HEIGHT}
        limitReach={LIMIT_REACH}
        frozen={frozen}
        onZoom={(from, to) => onZoom({ fromMs: from, toMs: to })}
        onPick={(ms) => {
          const found = incidentAt(incidents, ms, (toMs - fromMs) * PICK_SHARE, period.toMs);
          if (found !== undefined) onIncident(found);
        }}
        overlay={(area) => (
          <>
            <TimeMarks area={area} fromMs={fromMs} toMs={toMs} marks={marks} />
            {!readOnly && (
              <LimitHandles
                area={area}
                handles={handles}
                onMove={(id, value) => set(stepsOf(id), value)}
                onHold={setFrozen}
              />
            )}
            {preview !== undefined && (
              <IncidentLanes
                area={area}
                window={{ fromMs, toMs }}
                endMs={period.toMs}
                preview={preview}
                scope={scope}
                onIncident={onIncident}
              />
            )}
          </>
        )}
      />
      <p className={`faint ${pointPageCss.chartHint}`}>
        {t(readOnly ? 'editor.chartHintReadOnly' : 'editor.chartHint')}
      </p>
    </section>
  );
}
