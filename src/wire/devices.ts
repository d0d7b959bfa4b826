import { z } from 'zod';
import { COMMAND_KINDS, commandStateSchema, deviceCommandSchema, readableSchema } from '../model/device-command.ts';
import { dialectSchema } from '../model/dialect.ts';
import { idSchema } from '../model/names.ts';
import { deviceSchema as siteDeviceSchema } from '../model/site.ts';
import { timeMs } from '../model/time-schema.ts';
import { readReadingSchema } from './read-reading.ts';
import { rejectionSchema } from './rejection.ts';
import { familySchema, nameSchema, valueSchema } from './shapes.ts';
import { applyFields } from './templates.ts';

export const refusedNameSchema = z
  .object({
    name: z.string().meta({ description: 'The user name, at most 128 characters of it; empty when none was given' }),
    registrable: z.boolean().meta({ description: 'Whether a device can be registered under this name' }),
    why: z.enum(['no-name', 'unknown-device', 'no-secret', 'wrong-secret', 'bad-token']).meta({
      description:
        '`no-secret`: the device is registered without one, so that it cannot log in; `bad-token`: the user name of ' +
        'API tokens, with a token that is unknown, has ended or was revoked',
    }),
    clientId: z
      .string()
      .meta({ description: 'The MQTT client id it gave last, or the beginning of it; empty when it gave none' }),
    address: z.string(),
    count: z.number().int(),
    firstAt: timeMs('The first refusal since the start'),
    lastAt: timeMs('The last one'),
  })
  .meta({ id: 'RefusedName' });
export type RefusedName = z.infer<typeof refusedNameSchema>;

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
    lastRefusal: rejectionSchema
      .extend({ at: timeMs('Arrival') })
      .nullable()
      .meta({ description: 'What could not be read last, since the start; the payload is in the quarantine' }),
  })
  .meta({ id: 'Device' });
export type Device = z.infer<typeof deviceSchema>;

export const quarantineSchema = z
  .object({
    id: z.number(),
    receivedAt: timeMs('Arrival'),
    device: z.string(),
    topic: z.string(),
    ...rejectionSchema.shape,
    payload: z.string().meta({ description: 'The first bytes as text; what is not UTF-8 is replaced' }),
    payloadBase64: z.string().nullable().meta({
      description: 'The same bytes in base64 when they are no text (not UTF-8, or control characters), otherwise null',
    }),
    payloadBytes: z.number(),
  })
  .meta({ id: 'QuarantinedMessage' });
export type Quarantined = z.infer<typeof quarantineSchema>;

export const watchedMessageSchema = z
  .object({
    number: z.number().int().meta({ description: 'Counts the messages since the device is watched, from 1' }),
    receivedAt: timeMs('Arrival'),
    topic: z.string(),
    format: z.string().meta({ description: 'The payload format that its topic is read in' }),
    payload: z.string().meta({ description: 'The first 4 KB as text; what is not UTF-8 is replaced' }),
    payloadBase64: z.string().nullable().meta({
      description: 'The same bytes in base64 when they are no text (not UTF-8, or control characters), otherwise null',
    }),
    payloadBytes: z.number().int().meta({ description: 'The size of the whole' }),
    readings: z.array(readReadingSchema),
    readingCount: z.number().int().meta({ description: '`readings` has at most the first 100' }),
    waiting: z.boolean().meta({ description: "The profile's codec has not read it yet" }),
    rejection: rejectionSchema.nullable().meta({ description: 'What could not be read' }),
  })
  .meta({ id: 'WatchedMessage' });
export type WatchedMessage = z.infer<typeof watchedMessageSchema>;

export const watchedSchema = z
  .object({
    messages: z.array(watchedMessageSchema).meta({ description: 'The newest first, at most 20' }),
    since: timeMs('From when on they are kept: the first time somebody asked'),
    until: timeMs('Until when they are kept, unless somebody asks again'),
  })
  .meta({ id: 'WatchedMessages' });
export type WatchedMessages = z.infer<typeof watchedSchema>;

export const deviceDefinitionSchema = siteDeviceSchema
  .omit({ id: true })
  .meta({ id: 'DeviceDefinition', description: 'A device with its points, as in devices/site.yaml without `id`' });

/** What commissioning a device takes beside its definition: limits that its points begin with. */
export const deviceCommissionSchema = deviceDefinitionSchema
  .extend({
    limits: z
      .object({ template: idSchema, parameters: applyFields.parameters, metrics: applyFields.metrics })
      .strict()
      .optional()
      .meta({
        description:
          'Only of a device that is not there yet: its points begin with the limits of this template, all of it in one ' +
          'transaction. What the device had sent before it was registered is judged by them in retrospect.',
      }),
  })
  .meta({ id: 'DeviceCommission' });
export type DeviceLimits = NonNullable<z.infer<typeof deviceCommissionSchema>['limits']>;

export const deviceWithDefinitionSchema = deviceSchema
  .extend({
    definition: deviceDefinitionSchema.omit({ secret: true }).meta({ id: 'DeviceDefinitionShown' }),
    protocol: dialectSchema.nullable().meta({
      description:
        'In which dialects it speaks protocols beside MQTT: as its profile says, and it alone; null: none is said',
    }),
    commands: z.array(z.enum(COMMAND_KINDS)).readonly().meta({
      description: 'What it can be told now, over the protocol that it is connected by',
    }),
    readable: z
      .array(readableSchema)
      .readonly()
      .meta({ description: 'What can be read of it by `POST /devices/{id}/read`' }),
  })
  .meta({ id: 'DeviceWithDefinition' });
export type DeviceWithDefinition = z.infer<typeof deviceWithDefinitionSchema>;

export const devicePutSchema = deviceWithDefinitionSchema
  .extend({ secret: z.string().optional().meta({ description: 'The secret that was drawn, this once' }) })
  .meta({ id: 'DevicePut' });
export type DevicePut = z.infer<typeof devicePutSchema>;

export const commandRecordSchema = z
  .object({
    number: z.number().int().meta({ description: 'Rises with each, of whatever device' }),
    device: z.string(),
    command: deviceCommandSchema,
    author: z.string(),
    at: timeMs('When it was given'),
    state: commandStateSchema.meta({
      description:
        '`sent`: repeated until the device says that it has it; `confirmed`: it has it; `answered`; `unanswered`: nobody ' +
        'answered a guard check in time; `denied`: it will not; `no-reply`: it never said that it has it; ' +
        '`interrupted`: the server was stopped meanwhile',
    }),
    confirmedAt: timeMs('When the device said that it has it').nullable(),
    endedAt: timeMs('When nothing more was to come').nullable(),
    answers: z
      .array(
        z.object({
          place: z.string().nullable().meta({ description: 'The system or component below it; null: itself' }),
          at: timeMs('As the device says').nullable(),
          values: z.record(z.string(), valueSchema),
        }),
      )
      .meta({ description: 'Of a guard check: who has answered, and when, by the clock of the device' }),
  })
  .meta({ id: 'DeviceCommandRecord' });
export type CommandRecord = z.infer<typeof commandRecordSchema>;

export const drawnSecretSchema = z.object({ id: z.string(), secret: z.string() });
export type DrawnSecret = z.infer<typeof drawnSecretSchema>;
