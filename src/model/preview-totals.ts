import type { PreviewedPoint, PreviewTotals, Statistics, ThresholdPreview } from './preview.ts';

/** A preview of one point as a preview of many keeps it. */
export function previewedPoint(preview: ThresholdPreview): PreviewedPoint {
  const { point, revision, data, gainedTotal, lostTotal, levelChangedTotal, weakens } = preview;
  return {
    point,
    revision,
    present: figuresOf(preview.present),
    proposed: figuresOf(preview.proposed),
    data,
    gained: gainedTotal,
    lost: lostTotal,
    levelChanged: levelChangedTotal,
    weakens,
  };
}

function figuresOf({ incidents: _, incidentsLeftOut: _left, rules: _rules, ...figures }: ThresholdPreview['present']) {
  return figures;
}

/** The same over all points. */
export function totalsOf(points: readonly PreviewedPoint[]): PreviewTotals {
  const sum = (of: (point: PreviewedPoint) => number) => points.reduce((total, point) => total + of(point), 0);
  const side = (of: (point: PreviewedPoint) => Statistics): PreviewTotals['present'] => ({
    alerts: sum((point) => of(point).alerts),
    byLevel: {
      blue: sum((point) => of(point).byLevel.blue),
      yellow: sum((point) => of(point).byLevel.yellow),
      orange: sum((point) => of(point).byLevel.orange),
      red: sum((point) => of(point).byLevel.red),
    },
    alertsPerDay: Number(sum((point) => of(point).alertsPerDay).toPrecision(6)),
    timeInAlarm: sum((point) => of(point).timeInAlarm),
    longest: points.reduce((longest, point) => Math.max(longest, of(point).longest), 0),
    fleeting: sum((point) => of(point).fleeting),
    chatteringEpisodes: sum((point) => of(point).chatteringEpisodes),
  });
  return {
    points: points.length,
    quieter: points.filter(({ present, proposed }) => proposed.alerts < present.alerts).length,
    louder: points.filter(({ present, proposed }) => proposed.alerts > present.alerts).length,
    present: side(({ present }) => present),
    proposed: side(({ proposed }) => proposed),
    gained: sum(({ gained }) => gained),
    lost: sum(({ lost }) => lost),
    levelChanged: sum(({ levelChanged }) => levelChanged),
    slower: points.filter(({ data }) => data.slower.length > 0).length,
    unjudged: points.filter(({ data }) => data.judges === 'nothing').length,
  };
}
