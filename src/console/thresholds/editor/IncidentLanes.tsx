import { useTranslation } from 'react-i18next';
import type { Incident, ThresholdPreview } from '../../../model/preview.ts';
import type { PlotArea } from '../../chart/plot-area.ts';
import { dateTime } from '../../ui/format.ts';
import { type IncidentSet, incidentsOf, type Scope, type TimeWindow } from './incidents.ts';

const LANE_PX = 14;
const GAP_PX = 4;
/** Below the axis of time, whose labels have two lines. */
const TOP_PX = 44;
const LANES = ['present', 'proposed'] as const satisfies readonly IncidentSet[];

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
  const { fromMs, toMs } = window;
  const xOf = (ms: number) => ((ms - fromMs) / (toMs - fromMs)) * area.width;
  const height = LANES.length * (LANE_PX + GAP_PX);
  return (
    <div className="lanes" style={{ top: area.top + area.height + TOP_PX, height }}>
      {LANES.map((set, lane) => (
        <span key={set} className="lane-name faint" style={{ top: lane * (LANE_PX + GAP_PX), width: area.left - 6 }}>
          {t(`editor.${set}`)}
        </span>
      ))}
      <svg
        aria-hidden="true"
        width={area.width}
        height={height}
        style={{ left: area.left }}
        viewBox={`0 0 ${area.width} ${height}`}
      >
        {LANES.map((set, lane) => {
          const y = lane * (LANE_PX + GAP_PX);
          return (
            <g key={set} className={`lane lane-${set}`}>
              <rect className="lane-ground" x={0} y={y} width={area.width} height={LANE_PX} />
              {incidentsOf(preview, set, scope).map((incident) => {
                const from = Math.max(0, xOf(incident.raisedAt));
                const to = Math.min(area.width, xOf(incident.clearedAt ?? endMs));
                if (to < 0 || from > area.width) return null;
                return (
                  // biome-ignore lint/a11y/noStaticElementInteractions: the list of incidents is the way by keyboard
                  <rect
                    key={`${incident.rule} ${incident.raisedAt}`}
                    className={`incident level-${incident.level}`}
                    x={from}
                    y={y}
                    width={Math.max(2, to - from)}
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
    </div>
  );
}
