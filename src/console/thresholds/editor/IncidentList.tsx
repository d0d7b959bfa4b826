import Segmented from 'antd/es/segmented';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Incident, ThresholdPreview } from '../../../model/preview.ts';
import { withUnit } from '../../alerts/describe.ts';
import { useNameText } from '../../i18n/i18n.tsx';
import { dateTime, formatElapsed } from '../../ui/format.ts';
import { LevelTag } from '../../ui/LevelMark.tsx';
import { metricNaming } from './change-words.ts';
import { useEditor } from './context.tsx';
import css from './editor.module.css';
import { INCIDENT_SETS, type IncidentSet, incidentsOf, type Scope } from './incidents.ts';

/** So many are listed; the bands on the chart show all. */
const LISTED_MAX = 60;

interface Props {
  readonly preview: ThresholdPreview;
  readonly scope: Scope;
  readonly onIncident: (incident: Incident) => void;
}

/** The incidents of a preview, newest first; pressing one shows it on the chart. */
export function IncidentList({ preview, scope, onIncident }: Props) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const { point } = useEditor();
  const nameOf = metricNaming(point.metrics, nameText);
  const [set, setSet] = useState<IncidentSet>('proposed');
  const counts: Record<IncidentSet, number> = {
    proposed: count(preview, 'proposed', scope),
    present: count(preview, 'present', scope),
    gained: scope === null ? preview.gainedTotal : incidentsOf(preview, 'gained', scope).length,
    lost: scope === null ? preview.lostTotal : incidentsOf(preview, 'lost', scope).length,
  };
  const shown = incidentsOf(preview, set, scope).toReversed().slice(0, LISTED_MAX);
  const levelChanges = preview.levelChanged.filter(({ rule }) => scope === null || rule === scope);
  return (
    <section className={css.incidentList} data-testid="incident-list">
      <Segmented<IncidentSet>
        size="small"
        block
        aria-label={t('editor.incidents')}
        value={set}
        options={INCIDENT_SETS.map((value) => ({ value, label: `${t(`editor.${value}`)} ${counts[value]}` }))}
        onChange={setSet}
      />
      {shown.length === 0 ? (
        <p className={`faint ${css.previewNote}`}>{t(`editor.none.${set}`)}</p>
      ) : (
        <ol>
          {shown.map((incident) => (
            <li key={`${incident.rule} ${incident.raisedAt}`}>
              <button type="button" onClick={() => onIncident(incident)} aria-label={incidentWords(incident)}>
                <LevelTag level={incident.level} />
                <time>{dateTime(incident.raisedAt).slice(5)}</time>
                <span className="soft">
                  {incident.clearedAt === null
                    ? t('editor.lasts')
                    : formatElapsed(incident.clearedAt - incident.raisedAt)}
                </span>
                <span className={css.incidentWords} title={incidentWords(incident)}>
                  {scope === null && <span className="faint">{what(incident)}</span>}
                  {incident.kind === 'levels' &&
                    t('alert.peakIs', {
                      peak: withUnit(incident.peak.value, incident.unit, incident.metric ?? '', t),
                    })}
                  {incident.unverified && <span className="badge">{t('alert.unverified')}</span>}
                </span>
              </button>
            </li>
          ))}
        </ol>
      )}
      {counts[set] > shown.length && (
        <p className={`faint ${css.previewNote}`}>{t('editor.moreIncidents', { count: counts[set] - shown.length })}</p>
      )}
      {levelChanges.length > 0 && (
        <p className={`soft ${css.previewNote}`}>{t('editor.levelChanged', { count: levelChanges.length })}</p>
      )}
    </section>
  );

  /** A metric falls silent under its own name; silence of the whole point has none. */
  function what({ kind, metric, rule }: Incident): string {
    return kind === 'noData' && metric === null ? t('alert.kind.noData') : nameOf(metric ?? rule).name;
  }

  function incidentWords({ level, rule, raisedAt }: Incident): string {
    return t('editor.showIncident', { level: t(`level.long.${level}`), rule, time: dateTime(raisedAt) });
  }
}

function count(preview: ThresholdPreview, set: 'proposed' | 'present', scope: Scope): number {
  return scope === null ? preview[set].alerts : (preview[set].rules[scope]?.alerts ?? 0);
}
