import type { DeadbandTrade, DelayTrade, ThresholdAdvice, Trade } from '../../model/advice.ts';
import { formatDuration } from '../../model/duration.ts';

export interface Suggestions {
  readonly noise: number | null;
  readonly unit: string | null;
  readonly present: Trade;
  readonly deadband: DeadbandTrade | null;
  readonly offDelay: DelayTrade | null;
  readonly onDelay: DelayTrade | null;
  readonly advisable: boolean;
}

/** The suggestions in words, in the order in which they build on one another. */
export function reasonsFor(suggestions: Suggestions): ThresholdAdvice['reasons'] {
  const { noise, unit, present, deadband, offDelay, onDelay, advisable } = suggestions;
  const of = unit === null ? '' : ` ${unit}`;
  const reasons: ThresholdAdvice['reasons'] = [];
  let { alerts } = present;
  if (deadband !== null && noise !== null) {
    const sigma = Number(noise.toPrecision(2));
    reasons.push({
      zh: `噪声约为 ${sigma}${of}；回差取 ${deadband.deadband}${of} 时，报警由 ${alerts} 次降为 ${deadband.alerts} 次，再加大收效甚微。`,
      en: `The noise is about ${sigma}${of}; a deadband of ${deadband.deadband}${of} takes ${alerts} alerts to ${deadband.alerts}, and a wider one gains little more.`,
    });
    alerts = deadband.alerts;
  }
  if (offDelay !== null) {
    reasons.push({
      zh: `恢复延时 ${offDelay.for} 将报警由 ${alerts} 次降为 ${offDelay.alerts} 次，且不推迟任何一次报警。`,
      en: `An off-delay of ${offDelay.for} takes ${alerts} alerts to ${offDelay.alerts} and raises none of them later.`,
    });
    alerts = offDelay.alerts;
  }
  if (onDelay !== null) {
    const delay = formatDuration(onDelay.delay ?? 0);
    reasons.push({
      zh: `报警延时 ${onDelay.for} 将报警由 ${alerts} 次降为 ${onDelay.alerts} 次，每次约晚 ${delay} 报出；${onDelay.lost} 次短时越限不再报警。`,
      en: `An on-delay of ${onDelay.for} takes ${alerts} alerts to ${onDelay.alerts}, each about ${delay} later; ${onDelay.lost} short excursions raise none any more.`,
    });
  }
  if (!advisable) {
    reasons.push({
      zh: '火灾报警和气体高限报警不宜设置报警延时。',
      en: 'Fire, and the upper level of gas, must never wait for an on-delay.',
    });
  }
  if (deadband === null && offDelay === null && onDelay === null) {
    reasons.push({
      zh: '未发现更好的回差或延时。',
      en: 'No deadband or delay was found that would do better.',
    });
  }
  return reasons;
}
