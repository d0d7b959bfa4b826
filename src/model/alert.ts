import { z } from 'zod';
import { levelSchema } from './level.ts';
import { wordsSchema } from './names.ts';
import { RESPONSE_EVENTS, responseSchema } from './response.ts';
import { timeMs } from './time-schema.ts';

const scalarSchema = z.union([z.number(), z.boolean(), z.string()]).nullable();

/** What an operator said of an alert: the hazard was real, it was not, or somebody tested. */
export const verdictSchema = z.enum(['true', 'false', 'test']).meta({
  description: 'What an operator said of it: the hazard was real, it was not, or it was a test; absent until then',
});
export type Verdict = z.infer<typeof verdictSchema>;

export const comparisonSchema = z
  .object({
    side: z.enum(['above', 'below']).meta({ description: 'A breach is at the limit or on this side of it' }),
    of: z.enum(['value', 'average', 'maximum', 'minimum', 'sum', 'rise', 'fall']),
    windowMs: z.number().nullable().meta({ description: 'Over how long; null when the value itself was compared' }),
  })
  .meta({ id: 'Comparison', description: 'How the value was compared with the limit' });
export type Comparison = z.infer<typeof comparisonSchema>;

/** An alert as every surface shows it: HTTP, WebSocket, MQTT. The contract fixes the first group; the rest are ours. */
export const alertSchema = z
  .object({
    id: z.string(),
    point: z.string(),
    area: z.string(),
    metric: z.string().nullable(),
    rule: z.string(),
    level: levelSchema,
    state: z.enum(['active', 'cleared', 'closed']),
    acknowledged: z.boolean(),
    unverified: z.boolean().meta({ description: 'The point fell silent or went bad while in alarm' }),
    latched: z.boolean().meta({ description: 'Stays active until an operator resets it' }),
    shelvedUntil: z.number().nullable(),
    value: scalarSchema.meta({ description: 'The value that reached the present level' }),
    limit: scalarSchema.meta({ description: 'The limit of the present level, in the unit given' }),
    unit: z.string().nullable(),
    raisedAt: timeMs('Event time of the raise'),
    receivedAt: timeMs('Arrival of the reading that raised it'),
    clearedAt: z.number().nullable(),
    peak: z.object({ value: scalarSchema, at: z.number(), level: levelSchema }),
    thresholdRevision: z.number().int(),
    seq: z.number().int().meta({ description: 'Sequence number of the last event of this alert' }),

    kind: z.enum(['levels', 'noData', 'stuck', 'range', 'vote', 'system']),
    device: z.string().nullable(),
    family: z.string(),
    recoveredAt: z.number().nullable().meta({
      description: 'When the condition of a latched alert has passed: since then it may be reset without a reason',
    }),
    retrospective: z.boolean().meta({ description: 'Late data showed a breach that is over; never live' }),
    suppressed: z
      .boolean()
      .meta({ description: 'Recorded, not announced: whoever sounds or shows alerts keeps quiet' }),
    suppressedBy: z.string().nullable().meta({
      description: '`maintenance:ID`, `out-of-service:ID`, or `caused-by:ID` of the alert that speaks for this one',
    }),
    announcedAt: z.number().nullable().meta({
      description: 'When it was first put before people, ms (arrival); null while it never was: shelved or suppressed',
    }),
    chattering: z.boolean().meta({ description: 'One of three raises of its rule within a minute (ISA-18.2)' }),
    repeats: z.number().int().meta({ description: 'Earlier alerts of the rule this one took over unacknowledged' }),
    label: wordsSchema(64).nullable().meta({
      description: 'Local name of the level, such as 一级报警, as its document has it: in one language or both',
    }),
    comparison: comparisonSchema.nullable().optional(),
    verdict: verdictSchema.optional(),
    response: responseSchema.optional(),
  })
  .meta({ id: 'Alert' });
export type Alert = z.infer<typeof alertSchema>;

export const EVENT_TYPES = [
  'raised',
  'escalated',
  'deescalated',
  'cleared',
  'acknowledged',
  'reset',
  'shelved',
  'unshelved',
  'unverified',
  'verified',
  'retrospective',
  'note',
  ...RESPONSE_EVENTS,
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** Why the server wrote an entry of its own accord, or what an entry of a person stands for beside its words. */
export const causeSchema = z
  .object({
    code: z.string().meta({
      description:
        '`threshold-changed`, `schedule-changed`, `point-removed`, `condition-passed`, `condition-returned`, ' +
        '`maintenance`, `out-of-service`, `caused-by`, `suppression-ended`, `chattering-ended`, `superseded-by`, ' +
        '`alarms-announced`, `verdict`, `answered`, `dispatch`, `step`; there may be more',
    }),
    ref: z.string().optional().meta({
      description: 'The plan, the other alert, the number, the verdict, the channel, the dispatch or the step it names',
    }),
  })
  .meta({ id: 'Cause' });
export type Cause = z.infer<typeof causeSchema>;

/** One entry of the alert log, and one WebSocket frame. `seq` rises by exactly one. */
export const alertEventSchema = z
  .object({
    type: z.literal('event'),
    seq: z.number().int(),
    event: z.enum(EVENT_TYPES),
    at: timeMs('When it happened (event time for what readings did)'),
    receivedAt: timeMs(
      'When it came to the server: of what people do in a response, who may have had no network',
    ).optional(),
    by: z.string().nullable(),
    note: z.string().nullable().meta({ description: 'What the person wrote, or the cause as text' }),
    cause: causeSchema.nullable().meta({ description: 'Null when the note, if any, is all there is to say' }),
    alert: alertSchema,
  })
  .meta({ id: 'AlertEvent' });
export type AlertEvent = z.infer<typeof alertEventSchema>;
