import { z } from 'zod';
import { levelSchema } from './level.ts';
import { RULE_KINDS } from './threshold.ts';
import { timeMs } from './time-schema.ts';
import { weakeningSchema } from './weakening.ts';

/** What a period of history would have done under threshold values; times in ms since 1970, durations in ms. */

const scalarSchema = z.union([z.number(), z.boolean(), z.string()]).nullable();
const count = (description: string) => z.number().int().meta({ description });
const durationMs = (description: string) => z.number().meta({ description: `${description}, ms` });

/** One alert that would have been: from its raise to its end. */
export const incidentSchema = z
  .object({
    rule: z.string(),
    kind: z.enum(RULE_KINDS),
    level: levelSchema.meta({ description: 'The most severe level it reached' }),
    raisedAt: timeMs('When the alert is raised'),
    clearedAt: z.number().nullable().meta({
      description:
        'When it ends; null: still open at the end of the period. A latched alert counts as reset the moment it could be',
    }),
    breachAt: z.number().nullable().meta({
      description: 'First reading of the breach that led to it; null for rules that judge silence or the sensor',
    }),
    metric: z.string().nullable(),
    unit: z.string().nullable(),
    limit: scalarSchema.meta({ description: 'The limit of the level it was raised with' }),
    peak: z.object({ value: scalarSchema, at: z.number() }),
    unverified: z.boolean().meta({ description: 'The point fell silent or went bad while it was open' }),
    latched: z.boolean(),
  })
  .meta({ id: 'PreviewIncident' });
export type Incident = z.infer<typeof incidentSchema>;

const byLevel = z.object({ blue: z.number(), yellow: z.number(), orange: z.number(), red: z.number() });

const statisticsFields = {
  alerts: count('Alerts raised within the period'),
  byLevel: byLevel.meta({ description: 'The same by the most severe level they reached' }),
  alertsPerDay: z.number(),
  timeInAlarm: durationMs('Time with an alert open'),
  timeInAlarmShare: z.number().meta({ description: 'The same as a share of the period, 0 to 1' }),
  longest: durationMs('The longest alert, as far as it lies in the period'),
  fleeting: count('Alerts shorter than 10 s (ISA-18.2)'),
  chatteringEpisodes: count('Times a rule raised three or more alerts within a minute (ISA-18.2)'),
  delay: z
    .object({ median: z.number(), longest: z.number() })
    .nullable()
    .meta({ description: 'From first breach to alert, ms; null when no alert has a breach' }),
};

export const statisticsSchema = z.object(statisticsFields).meta({ id: 'PreviewStatistics' });
export type Statistics = z.infer<typeof statisticsSchema>;

export const previewSideSchema = z
  .object({
    ...statisticsFields,
    rules: z.record(z.string(), statisticsSchema).meta({ description: 'The same for each rule that raised an alert' }),
    incidents: z
      .array(incidentSchema)
      .meta({ description: 'In time order; the newest of them when there are too many' }),
    incidentsLeftOut: count('Incidents that are not listed'),
  })
  .meta({ id: 'PreviewSide' });
export type PreviewSide = z.infer<typeof previewSideSchema>;

export const changedIncidentSchema = z
  .object({ rule: z.string(), raisedAt: z.number(), present: levelSchema, proposed: levelSchema })
  .meta({ id: 'PreviewLevelChange' });

/** A rule test that was kept from the point's history, run under the proposed values. */
export const lessonSchema = z
  .object({
    name: z.string().meta({ description: 'Under which it is kept' }),
    title: z.string(),
    failures: z
      .array(z.object({ at: z.string().nullable(), expected: z.string(), found: z.string() }))
      .meta({ description: 'What came out otherwise, at which time after its start; empty when it passes' }),
  })
  .meta({ id: 'PreviewLesson' });
export type Lesson = z.infer<typeof lessonSchema>;

export const previewSchema = z
  .object({
    point: z.string(),
    from: timeMs('Start of the period'),
    to: timeMs('End of the period, not included'),
    revision: count('The revision the proposed values are compared with'),
    data: z
      .object({
        readings: count('Readings of the period that were evaluated'),
        bad: count('Of these, how many are bad and were not compared'),
        late: count('Readings that came too late to change a live alert; left out, as live evaluation does'),
        first: z.number().nullable().meta({ description: 'Time of the first reading; before it nothing is judged' }),
        last: z.number().nullable(),
        reportEvery: durationMs('The interval that the profile says'),
        interval: z
          .number()
          .nullable()
          .meta({ description: 'The interval that the readings of the period have, ms: the median; null below two' }),
        slower: z.array(z.object({ from: z.number(), to: z.number(), interval: z.number() })).meta({
          description:
            'Where readings come more seldom than the profile says, as history that was imported. There silence is three of these intervals, and nothing shorter is told',
        }),
        covered: z.number().meta({ description: 'The share of the period that readings tell of, 0 to 1' }),
        judges: z.enum(['all', 'part', 'nothing']).meta({
          description:
            'part: readings tell of less than half of the period. nothing: these are fewer than 20, so neither alerts nor their absence mean anything',
        }),
        coarse: z.array(z.string()).meta({
          description:
            'Rules of either side with a delay, window or silence shorter than the interval of the slower readings, which are judged no finer than that',
        }),
      })
      .meta({ description: 'What the judgement rests on' }),
    present: previewSideSchema,
    proposed: previewSideSchema,
    gained: z.array(incidentSchema).meta({ description: 'Incidents that only the proposed values find' }),
    gainedTotal: count('How many there are'),
    lost: z.array(incidentSchema).meta({ description: 'Incidents that only the present values find' }),
    lostTotal: count('How many there are'),
    levelChanged: z.array(changedIncidentSchema).meta({ description: 'Incidents that both find, at another level' }),
    levelChangedTotal: count('How many there are'),
    weakens: z
      .array(weakeningSchema)
      .meta({ description: 'The orange and red levels that the proposed values make harder to reach' }),
    lessons: z
      .array(lessonSchema)
      .meta({ description: 'The rule tests that are kept of the point, under the proposed values' }),
  })
  .meta({ id: 'ThresholdPreview' });
export type ThresholdPreview = z.infer<typeof previewSchema>;

/** What a preview of many points says of one of them; its incidents are for a preview of that point alone. */
export const previewedPointSchema = z
  .object({
    point: z.string(),
    revision: count('The revision the proposed values are compared with'),
    present: statisticsSchema,
    proposed: statisticsSchema,
    data: previewSchema.shape.data,
    gained: count('Incidents that only the proposed values find'),
    lost: count('Incidents that only the present values find'),
    levelChanged: count('Incidents that both find, at another level'),
    weakens: z.array(weakeningSchema),
  })
  .meta({ id: 'PreviewedPoint' });
export type PreviewedPoint = z.infer<typeof previewedPointSchema>;

/** Both sides over all points. */
const totalsOfSide = z.object({
  alerts: statisticsFields.alerts,
  byLevel,
  alertsPerDay: statisticsFields.alertsPerDay,
  timeInAlarm: durationMs('Time with an alert open, added up over the points'),
  longest: statisticsFields.longest,
  fleeting: statisticsFields.fleeting,
  chatteringEpisodes: statisticsFields.chatteringEpisodes,
});

export const previewTotalsSchema = z
  .object({
    points: count('Points that have been judged'),
    quieter: count('Points with fewer alerts under the proposed values'),
    louder: count('Points with more'),
    present: totalsOfSide,
    proposed: totalsOfSide,
    gained: count('Incidents that only the proposed values find'),
    lost: count('Incidents that only the present values find'),
    levelChanged: count('Incidents that both find, at another level'),
    slower: count(
      'Points judged by a longer interval than their profile says, because that is what their readings have',
    ),
    unjudged: count('Points with too few readings to judge anything'),
  })
  .meta({ id: 'PreviewTotals' });
export type PreviewTotals = z.infer<typeof previewTotalsSchema>;
