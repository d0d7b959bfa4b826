import { memo, useCallback, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Incident, ThresholdPreview } from '../../../model/preview.ts';
import type { PlotArea } from '../../chart/plot-area.ts';
import { classes } from '../../ui/classes.ts';
import { dateTime } from '../../ui/format.ts';
import css from './editor.module.css';
import { type IncidentSet, incidentsOf, type Scope, type TimeWindow } from './incidents.ts';

const LANE_PX = 14;
const GAP_PX = 4;
const WIDTH_MIN_PX = 2;
/** Below the axis of time, whose labels have two lines. */
const TOP_PX = 44;
const LANES = ['present', 'proposed'] as const satisfies readonly IncidentSet[];
const HEIGHT_PX = LANES.length * (LANE_PX + GAP_PX);

interface Props {
  readonly area: PlotArea;
  readonly window: TimeWindow;
  readonly endMs: number;
  readonly preview: ThresholdPreview;
  readonly scope: Scope;
  readonly onIncident: (incident: Incident) => void;
}

/**
 * What was and what would be, one below the other under the chart, each incident a band that leads to it. The list of
 * incidents beside the chart holds the same for the keyboard.
 */
export function IncidentLanes({ area, window, endMs, preview, scope, onIncident }: Props) {
  const { t } = useTranslation();
  // The bands stay as they are while a limit is dragged, however many they are; whom to tell may change.
  const latest = useRef(onIncident);
  latest.current = onIncident;
  const tell = useCallback((incident: Incident) => latest.current(incident), []);
  return (
    <div className={css.lanes} style={{ top: area.top + area.height + TOP_PX, height: HEIGHT_PX }}>
      {LANES.map((set, lane) => (
        <span
          key={set}
          className={`${css.laneName} faint`}
          style={{ top: lane * (LANE_PX + GAP_PX), width: area.left - 6 }}
        >
          {t(`editor.${set}`)}
        </span>
      ))}
      <Bands
        left={area.left}
        width={area.width}
        fromMs={window.fromMs}
        toMs={window.toMs}
        endMs={endMs}
        preview={preview}
        scope={scope}
        onIncident={tell}
      />
    </div>
  );
}

interface BandsProps extends TimeWindow {
  readonly left: number;
  readonly width: number;
  readonly endMs: number;
  readonly preview: ThresholdPreview;
  readonly scope: Scope;
  readonly onIncident: (incident: Incident) => void;
}

const Bands = memo(function Bands({ left, width, fromMs, toMs, endMs, preview, scope, onIncident }: BandsProps) {
  const { t } = useTranslation();
  const xOf = (ms: number) => ((ms - fromMs) / (toMs - fromMs)) * width;
  return (
    <svg aria-hidden="true" width={width} height={HEIGHT_PX} style={{ left }} viewBox={`0 0 ${width} ${HEIGHT_PX}`}>
      {LANES.map((set, lane) => {
        const y = lane * (LANE_PX + GAP_PX);
        return (
          <g key={set} className={css.lane} data-set={set}>
            <rect className={css.laneGround} x={0} y={y} width={width} height={LANE_PX} />
            {incidentsOf(preview, set, scope).map((incident) => {
              const from = Math.max(0, xOf(incident.raisedAt));
              const to = Math.min(width, xOf(incident.clearedAt ?? endMs));
              if (to < 0 || from > width) return null;
              // As wide as can be hit, and all of it within the lane also when it has only just begun.
              const band = Math.max(WIDTH_MIN_PX, to - from);
              return (
                // biome-ignore lint/a11y/noStaticElementInteractions: the list of incidents is the way by keyboard
                <rect
                  key={`${incident.rule} ${incident.raisedAt}`}
                  className={classes(css.incident, `level-${incident.level}`)}
                  data-testid="incident"
                  x={Math.min(from, width - band)}
                  y={y}
                  width={band}
                  height={LANE_PX}
                  fill={`var(--${incident.level})`}
                  onClick={() => onIncident(incident)}
                >
                  <title>{`${t(`level.long.${incident.level}`)} ${incident.rule} ${dateTime(incident.raisedAt)}`}</title>
                </rect>
              );
            })}
          </g>
        );
      })}
    </svg>
  );
});
