import type { Incident, Statistics } from '../model/preview.ts';
import { DAY_MS } from '../model/time.ts';

export interface Period {
  readonly fromMs: number;
  readonly toMs: number;
}

/** ISA-18.2-2016: an alarm shorter than this is fleeting; three or more in a minute are chattering. */
const FLEETING_MS = 10_000;
const CHATTER_CYCLES = 3;
const CHATTER_MS = 60_000;

/**
 * Figures over incidents, which are in the order of raising and may have begun before the period: those count for the
 * time in alarm, not for the number of alerts.
 */
export function statisticsOf(incidents: readonly Incident[], period: Period): Statistics {
  const raised = incidents.filter(({ raisedAt }) => raisedAt >= period.fromMs);
  const byLevel = { blue: 0, yellow: 0, orange: 0, red: 0 };
  for (const { level } of raised) byLevel[level]++;
  const lengthMs = period.toMs - period.fromMs;
  const timeInAlarm = timeCovered(incidents, period);
  return {
    alerts: raised.length,
    byLevel,
    alertsPerDay: rounded((raised.length * DAY_MS) / lengthMs),
    timeInAlarm,
    timeInAlarmShare: rounded(timeInAlarm / lengthMs),
    longest: incidents.reduce((longest, incident) => Math.max(longest, durationWithin(incident, period)), 0),
    fleeting: raised.filter(({ raisedAt, clearedAt }) => clearedAt !== null && clearedAt - raisedAt < FLEETING_MS)
      .length,
    chatteringEpisodes: chatteringEpisodes(raised),
    delay: delayOf(raised),
  };
}

/** The time in which at least one incident was open, ms. */
function timeCovered(incidents: readonly Incident[], { fromMs, toMs }: Period): number {
  let covered = 0;
  let untilMs = fromMs;
  for (const { raisedAt, clearedAt } of incidents) {
    const startMs = Math.max(raisedAt, untilMs);
    const endMs = Math.min(clearedAt ?? toMs, toMs);
    if (endMs <= startMs) continue;
    covered += endMs - startMs;
    untilMs = endMs;
  }
  return covered;
}

function durationWithin({ raisedAt, clearedAt }: Incident, { fromMs, toMs }: Period): number {
  return Math.max(0, Math.min(clearedAt ?? toMs, toMs) - Math.max(raisedAt, fromMs));
}

/** Stretches in which each raise of a rule has two others of that rule within the minute before or around it. */
function chatteringEpisodes(raised: readonly Incident[]): number {
  const timesOf = new Map<string, number[]>();
  for (const { rule, raisedAt } of raised) {
    const times = timesOf.get(rule);
    if (times === undefined) timesOf.set(rule, [raisedAt]);
    else times.push(raisedAt);
  }
  let episodes = 0;
  for (const times of timesOf.values()) {
    let untilMs = Number.NEGATIVE_INFINITY;
    for (let last = CHATTER_CYCLES - 1; last < times.length; last++) {
      const first = times[last - CHATTER_CYCLES + 1] ?? Number.NEGATIVE_INFINITY;
      const at = times[last] ?? 0;
      if (at - first > CHATTER_MS) continue;
      if (first > untilMs) episodes++;
      untilMs = at;
    }
  }
  return episodes;
}

function delayOf(raised: readonly Incident[]): Statistics['delay'] {
  const delays = raised.flatMap(({ breachAt, raisedAt }) => (breachAt === null ? [] : [raisedAt - breachAt]));
  if (delays.length === 0) return null;
  delays.sort((a, b) => a - b);
  const middle = delays.length >> 1;
  const upper = delays[middle] ?? 0;
  const median = delays.length % 2 === 1 ? upper : ((delays[middle - 1] ?? 0) + upper) / 2;
  return { median, longest: delays.at(-1) ?? 0 };
}

function rounded(value: number): number {
  return Number(value.toPrecision(6));
}
