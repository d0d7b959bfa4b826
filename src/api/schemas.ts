import { z } from 'zod';
import { alertEventSchema, alertSchema } from '../model/alert.ts';
import { FAMILIES } from '../model/site.ts';
import { criterionSchema, thresholdDocumentSchema } from '../model/threshold.ts';
import { weakeningSchema } from '../model/weakening.ts';

/** Schemas of what the API answers, beside those of the model. The names go into the OpenAPI document. */

// A criterion may hold criteria, so the OpenAPI document needs a name to refer to.
z.globalRegistry.add(criterionSchema, { id: 'Criterion' });
z.globalRegistry.add(thresholdDocumentSchema, {
  id: 'ThresholdDocument',
  description: 'The threshold document of a point, the same as in thresholds/*.yaml without `point`',
});

const timeMs = (description: string) => z.number().meta({ description: `${description}, ms since 1970` });

export const fieldErrorSchema = z
  .object({
    path: z.string(),
    message: z.string().meta({ description: 'In Chinese or English, by Accept-Language' }),
    code: z.string().optional().meta({ description: 'What is wrong; stable, programs branch on it' }),
    values: z.record(z.string(), z.unknown()).optional().meta({ description: 'What the message names: by the code' }),
  })
  .meta({ id: 'FieldError', description: 'One thing wrong with one field' });

export const problemSchema = z
  .looseObject({
    type: z.string(),
    title: z.string().meta({ description: 'In Chinese or English, by Accept-Language' }),
    status: z.number().int(),
    detail: z.string().optional(),
    code: z.string().meta({ description: 'Stable; programs branch on it' }),
    errors: z
      .array(fieldErrorSchema)
      .optional()
      .meta({ description: 'Every field that is wrong: a JSON pointer into the body, or a parameter' }),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem document' });

export const nameSchema = z.object({ zh: z.string(), en: z.string() });
export const valueSchema = z.union([z.number(), z.boolean(), z.string()]).nullable();
export const qualitySchema = z.enum(['good', 'bad', 'clock-skew', 'late']);
export const familySchema = z.enum(FAMILIES);

export const metricSchema = z.object({
  type: z.enum(['number', 'boolean', 'string']),
  unit: z.string().optional(),
  range: z.tuple([z.number(), z.number()]).optional(),
  values: z.array(z.string()).optional().meta({ description: 'What a text metric can say, where that is known' }),
  name: nameSchema,
});

/** What a point's state is shown as: the level of its most severe active alert, else offline, else normal. */
export const POINT_STATES = ['red', 'orange', 'yellow', 'blue', 'offline', 'normal'] as const;
export type PointState = (typeof POINT_STATES)[number];

export const pointSchema = z
  .object({
    id: z.string(),
    name: nameSchema,
    area: z.string(),
    family: familySchema,
    device: z.string(),
    location: z
      .tuple([z.number(), z.number()])
      .nullable()
      .meta({ description: 'Longitude, latitude, degrees, WGS 84' }),
    labels: z.record(z.string(), z.string()),
    reportEveryMs: z.number(),
    online: z.boolean(),
    state: z.enum(POINT_STATES).meta({
      description: 'Level of the most severe active alert; else offline; else normal',
    }),
    hasLimits: z.boolean().meta({
      description: 'Whether any limit is set: without one the point is never in alarm, whatever it measures',
    }),
    metrics: z.record(z.string(), metricSchema),
    values: z
      .record(
        z.string(),
        z.object({ value: valueSchema, unit: z.string().nullable(), ts: timeMs('Event time'), quality: qualitySchema }),
      )
      .meta({ description: 'Newest value of each metric; a metric that never reported is left out' }),
    alerts: z.array(alertSchema).meta({ description: 'Every alert of the point that is not closed' }),
  })
  .meta({ id: 'Point' });

export const sampleSchema = z
  .object({ ts: timeMs('Event time'), value: valueSchema, quality: qualitySchema })
  .meta({ id: 'Sample' });
export const bucketSchema = z
  .object({ ts: timeMs('Start of the bucket'), min: z.number(), mean: z.number(), max: z.number(), count: z.number() })
  .meta({ id: 'Bucket', description: 'Summary of the good readings from `ts` (included) to the next (excluded)' });

export const revisionSchema = z
  .object({
    point: z.string(),
    revision: z.number().int(),
    document: thresholdDocumentSchema,
    author: z.string(),
    at: timeMs('When it was made'),
    reason: z.string().nullable(),
    until: z.number().nullable().meta({
      description: 'Temporary values: until when, ms since 1970, unless they are changed before; null for good',
    }),
    revertsTo: z.number().int().nullable().meta({ description: 'The revision whose document comes back then' }),
    approvedBy: z.string().nullable().meta({ description: 'The second person, when there had to be one' }),
    proposal: z.string().nullable().meta({ description: 'The proposal it was made from' }),
  })
  .meta({ id: 'ThresholdRevision' });

export const scheduledSchema = z
  .object({
    point: z.string(),
    revision: z.number().int().meta({ description: 'What the change was made from' }),
    document: thresholdDocumentSchema,
    author: z.string(),
    at: timeMs('When it was asked for'),
    reason: z.string().nullable(),
    from: timeMs('When it comes into force'),
    until: z.number().nullable().meta({ description: 'Temporary values: until when; null for good' }),
    failure: z.enum(['unknown-point', 'lost-race', 'invalid']).nullable().meta({
      description:
        'Why it could not come into force, such as that the thresholds had been changed; null while it waits',
    }),
  })
  .meta({ id: 'ScheduledChange', description: 'A change of thresholds that waits for its time' });

export const valueChangeSchema = z
  .object({
    path: z
      .string()
      .meta({ description: 'JSON pointer into the document', examples: ['/rules/depth/levels/red/above'] }),
    change: z.enum(['added', 'removed', 'changed']),
    before: z.unknown().optional(),
    after: z.unknown().optional(),
  })
  .meta({ id: 'ValueChange', description: 'One place in which two documents differ' });

export const changedPointSchema = z
  .object({
    point: z.string(),
    revision: z.number().int().meta({ description: 'In force: after a change the new one' }),
    changes: z.array(valueChangeSchema).meta({ description: 'Empty when the point stays as it is' }),
    problems: z
      .array(fieldErrorSchema)
      .meta({ description: 'Why the point cannot have the document: JSON pointers into it' }),
    weakens: z
      .array(weakeningSchema)
      .meta({ description: 'The orange and red levels that it makes harder to reach; empty for most changes' }),
    warnings: z
      .array(fieldErrorSchema)
      .optional()
      .meta({ description: 'What is hardly meant: a level that is easier to reach than a less severe one' }),
  })
  .meta({ id: 'ChangedPoint', description: 'What a change of many points does to one of them' });

const proposalItemFields = {
  point: z.string(),
  revision: z.number().int().meta({ description: 'What the change was made from' }),
  until: z.number().nullable().meta({ description: 'Temporary values: until when, ms since 1970; null for good' }),
  changes: z.array(valueChangeSchema),
  weakens: z.array(weakeningSchema),
  outdated: z
    .boolean()
    .meta({ description: 'The point has been changed since, so that this cannot be approved any more' }),
  made: z.number().int().nullable().meta({ description: 'The revision it became; null until it is approved' }),
};

const proposalFields = {
  id: z.string(),
  state: z.enum(['pending', 'approved', 'rejected', 'withdrawn', 'expired']),
  author: z.string(),
  at: timeMs('When it was proposed'),
  reason: z.string(),
  expiresAt: timeMs('When it can no longer be approved: seven days later, or when its temporary values would end'),
  decidedBy: z.string().nullable(),
  decidedAt: z.number().nullable(),
  note: z.string().nullable().meta({ description: 'What the person who decided wrote' }),
  outdated: z.boolean().meta({ description: 'Some of its points have been changed since: it must be made again' }),
};

/** What a list says of a proposal; a bulk change of 2,000 documents is for the single proposal to show. */
export const proposalSummarySchema = z
  .object({ ...proposalFields, points: z.array(z.string()).meta({ description: 'Every point it changes' }) })
  .meta({ id: 'ThresholdProposalSummary' });

export const proposalSchema = z
  .object({
    ...proposalFields,
    items: z.array(
      z.object({
        ...proposalItemFields,
        before: thresholdDocumentSchema.meta({ description: 'The document of the revision it was made from' }),
        document: thresholdDocumentSchema.meta({ description: 'The document that is proposed' }),
      }),
    ),
  })
  .meta({
    id: 'ThresholdProposal',
    description: 'Changes that make an orange or red level harder to reach, and wait for a second person',
  });

/** The answer to a change of thresholds that is not in force yet. */
export const proposedSchema = z
  .object({ proposal: proposalSchema })
  .meta({ id: 'Proposed', description: 'Nothing has changed: the change waits for a second person' });

/** The answer to a change of many points. */
export const changesAnswerSchema = z
  .object({
    applied: z.boolean().meta({ description: 'Whether it is in force' }),
    needsApproval: z.boolean().meta({ description: 'Whether a second person must approve it' }),
    items: z.array(changedPointSchema),
  })
  .meta({ id: 'ThresholdChangesAnswer' });
export const proposedChangesSchema = changesAnswerSchema
  .extend({ proposal: proposalSchema })
  .meta({ id: 'ProposedChanges', description: 'Nothing has changed: the changes wait for a second person' });

export const listedAlertSchema = alertSchema
  .extend({
    acknowledgedBy: z.string().nullable().optional().meta({ description: 'Who; only with `details`' }),
    acknowledgedAt: z.number().nullable().optional().meta({ description: 'When, ms; only with `details`' }),
    notes: z
      .array(z.object({ at: z.number(), by: z.string(), note: z.string() }))
      .optional()
      .meta({ description: 'What people wrote about it, oldest first; only with `details`' }),
  })
  .meta({ id: 'ListedAlert' });

export const alertWithLogSchema = alertSchema
  .extend({
    log: z.array(alertEventSchema).meta({ description: 'Everything that happened to it, oldest first' }),
    seenBy: z.array(z.object({ user: z.string(), at: timeMs('Since when, to the second') })).meta({
      description: 'On whose screen it has been while it was open, as the consoles confirmed it, earliest first',
    }),
  })
  .meta({ id: 'AlertWithLog' });

export const areaSchema = z
  .object({
    id: z.string(),
    parent: z.string().nullable(),
    name: nameSchema,
    outline: z
      .array(z.array(z.tuple([z.number(), z.number()]).readonly()).readonly())
      .readonly()
      .nullable()
      .meta({ description: 'GeoJSON Polygon coordinates, WGS 84' }),
    location: z
      .tuple([z.number(), z.number()])
      .readonly()
      .nullable()
      .meta({ description: 'Longitude, latitude, WGS 84: where it is without an outline' }),
  })
  .meta({ id: 'Area' });

export const refusedNameSchema = z
  .object({
    name: z.string().meta({ description: 'The user name, at most 128 characters of it; empty when none was given' }),
    registrable: z.boolean().meta({ description: 'Whether a device can be registered under this name' }),
    why: z.enum(['no-name', 'unknown-device', 'no-secret', 'wrong-secret', 'bad-token']).meta({
      description:
        '`no-secret`: the device is registered without one, so that it cannot log in; `bad-token`: the user name of ' +
        'API tokens, with a token that is unknown, has ended or was revoked',
    }),
    clientId: z.string().meta({ description: 'The MQTT client id it gave last, or the beginning of it' }),
    address: z.string(),
    count: z.number().int(),
    firstAt: timeMs('The first refusal since the start'),
    lastAt: timeMs('The last one'),
  })
  .meta({ id: 'RefusedName' });

export const deviceSchema = z
  .object({
    id: z.string(),
    name: nameSchema,
    profile: z.string(),
    family: familySchema,
    points: z.array(z.string()).readonly(),
    reportEveryMs: z.number(),
    hasSecret: z.boolean(),
    grantedAlerts: z.boolean(),
    online: z.boolean().meta({ description: 'Connected, or heard from within three report intervals' }),
    connected: z.boolean(),
    lastSeen: z.number().nullable(),
    clockSkewed: z.boolean().meta({
      description:
        'Its clock is wrong: its last message bore a time that cannot be, it was set back, or it stands still',
    }),
    clockOffsetMs: z
      .number()
      .nullable()
      .meta({
        description:
          'The newest time in its last message, as the device wrote it, minus the arrival, ms: above 0 its clock is ' +
          'ahead, below 0 its data is old or its clock behind; null when nothing came since the start',
      }),
    refused: z.number().meta({ description: 'Messages of which something could not be read, since the start' }),
    repaired: z.number().meta({
      description:
        'Messages that were almost JSON (a bare nan or inf, a NUL at the end) and were read as what was meant, since ' +
        'the start',
    }),
    lastRefusal: z
      .object({
        at: timeMs('Arrival'),
        reason: z.string().meta({ description: 'The same codes as in the quarantine' }),
        detail: z.string(),
      })
      .nullable()
      .meta({ description: 'What could not be read last, since the start; the payload is in the quarantine' }),
  })
  .meta({ id: 'Device' });

export const quarantineSchema = z
  .object({
    id: z.number(),
    receivedAt: timeMs('Arrival'),
    device: z.string(),
    topic: z.string(),
    reason: z.string().meta({ description: 'Stable code: unknown-device, not-json, …' }),
    detail: z.string(),
    payload: z.string().meta({ description: 'The first bytes as text; what is not UTF-8 is replaced' }),
    payloadBase64: z
      .string()
      .nullable()
      .meta({ description: 'The same bytes in base64 when they are not UTF-8, otherwise null' }),
    payloadBytes: z.number(),
  })
  .meta({ id: 'QuarantinedMessage' });

export const systemSchema = z
  .object({
    startedAt: timeMs('When this server was started'),
    rates: z.object({
      overMs: z.number().meta({ description: 'What the rates are taken over, ms' }),
      messagesPerSecond: z.number(),
      readingsPerSecond: z.number(),
      refusedPerSecond: z.number().meta({ description: 'Payloads that could not be read' }),
      alertsLastHour: z.number().meta({ description: 'Put before people within the last hour; ISA-18.2: about 6 do' }),
    }),
    connections: z.object({ mqtt: z.number(), live: z.number() }),
    devices: z.object({ total: z.number(), online: z.number(), clockSkewed: z.number() }),
    points: z.object({
      total: z.number(),
      withoutLimits: z.number().meta({ description: 'Points that nothing is compared with' }),
    }),
    sinceStart: z.object({
      messages: z.number(),
      readings: z.number(),
      refused: z.number(),
      repaired: z.number().meta({ description: 'Messages that were almost JSON, and were read as what was meant' }),
      connectionsRefused: z.number(),
    }),
  })
  .meta({ id: 'System' });

const healthStatus = z.enum(['ok', 'degraded', 'failing']);
export const healthSchema = z
  .object({
    status: healthStatus,
    checks: z.record(z.string(), z.looseObject({ status: healthStatus, detail: z.string().optional() })),
  })
  .meta({ id: 'Health' });
