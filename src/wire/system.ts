import { z } from 'zod';
import { mapViewSchema } from '../model/map.ts';
import { SOURCE_KINDS } from '../model/source-state.ts';
import { timeMs } from '../model/time-schema.ts';

export const sourceStandingSchema = z
  .object({
    kind: z.enum(SOURCE_KINDS),
    name: z.string(),
    isUp: z.boolean().meta({ description: 'A feed has its connection, a listener its port; a push waits' }),
    connections: z.number().meta({ description: 'Open now; of a feed 1 while it has its connection' }),
    connectedAt: timeMs('Since when a feed has its connection').nullable(),
    messages: z.number().meta({ description: 'Since the start' }),
    lastMessageAt: timeMs('When the last one came').nullable(),
    unread: z.number().meta({ description: 'Of a feed, those whose topic is nobody’s here' }),
    trouble: z
      .object({ words: z.string(), at: timeMs('When it happened') })
      .nullable()
      .meta({ description: 'What went wrong last; of a feed that is connected null' }),
  })
  .meta({ id: 'SourceStanding' });
export type SourceStanding = z.infer<typeof sourceStandingSchema>;

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
    sources: z.array(sourceStandingSchema).meta({
      description: 'Feeds of other brokers, platforms that push, listeners of line protocols that are in use',
    }),
  })
  .meta({ id: 'System' });
export type System = z.infer<typeof systemSchema>;

const healthStatus = z.enum(['ok', 'degraded', 'failing']);

export const healthSchema = z
  .object({
    status: healthStatus,
    checks: z.record(z.string(), z.looseObject({ status: healthStatus, detail: z.string().optional() })),
  })
  .meta({ id: 'Health' });
export type Health = z.infer<typeof healthSchema>;

export const versionSchema = z.object({
  version: z.string(),
  node: z.string(),
  now: z.number(),
  mqtt: z
    .object({ plain: z.number().int(), tls: z.number().int().nullable() })
    .meta({ description: 'The ports of MQTT, without and with TLS; null when it is off' }),
  map: mapViewSchema,
});
export type Version = z.infer<typeof versionSchema>;

export const backupSchema = z.object({ folder: z.string(), bytes: z.number(), tookMs: z.number() });
export type Backup = z.infer<typeof backupSchema>;
