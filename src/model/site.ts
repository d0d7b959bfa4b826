import { z } from 'zod';
import { codecSchema } from './codec.ts';
import { dialectSchema, ownDialectSchema } from './dialect.ts';
import { durationSchema } from './duration.ts';
import { refusal } from './issue.ts';
import { messageSchema } from './messages.ts';
import { idSchema, metricNameSchema, nameSchema } from './names.ts';
import { placeSchema } from './place.ts';
import { knownOf } from './problem.ts';

/** The hazard families of the field; a profile belongs to one. */
export const FAMILIES = ['gas', 'vibration', 'waterlogging', 'fire', 'geohazard', 'weather', 'other'] as const;
export const familySchema = z.enum(FAMILIES);
export type Family = (typeof FAMILIES)[number];

/** The longest text value of a string metric that is kept. */
export const TEXT_VALUE_LENGTH_MAX = 1_024;

export const metricSchema = z
  .object({
    type: z.enum(['number', 'boolean', 'string']).default('number'),
    unit: z.string().max(32).optional(),
    /** What the sensor can physically read, ends included; outside it the reading is bad and is not compared. */
    range: z.tuple([z.number(), z.number()]).optional(),
    /** Numbers that mean "no value", such as -200 or 65535 (DOMAIN trap 5); they make the reading bad. */
    sentinels: z.array(z.number()).max(32).optional(),
    values: z.array(z.string().max(TEXT_VALUE_LENGTH_MAX)).max(256).optional(),
    /** What these are called for people; one that is left out is shown as it is. */
    valueNames: z.record(z.string().max(TEXT_VALUE_LENGTH_MAX), nameSchema).optional(),
    name: nameSchema.optional(),
  })
  .strict()
  .refine((metric) => metric.range === undefined || metric.range[0] < metric.range[1], {
    ...refusal('range-reversed', {}),
    path: ['range'],
  })
  .refine(
    (metric) => metric.type === 'number' || (metric.range === undefined && metric.sentinels === undefined),
    refusal('range-not-for-type', {}),
  )
  .refine((metric) => metric.type === 'string' || metric.values === undefined, {
    ...refusal('values-not-for-type', {}),
    path: ['values'],
  })
  .superRefine(({ values = [], valueNames = {} }, context) => {
    for (const value of Object.keys(valueNames)) {
      if (values.includes(value)) continue;
      context.addIssue({
        code: 'custom',
        path: ['valueNames', value],
        ...refusal('unknown-value', { value, ...knownOf(values) }),
      });
    }
  });
export type Metric = z.infer<typeof metricSchema>;

export const profileSchema = z
  .object({
    family: familySchema,
    name: nameSchema.optional(),
    metrics: z.record(metricNameSchema, metricSchema),
    /** How often a healthy device reports; silence is judged by it (noData, default 3 × this). */
    reportEvery: durationSchema.default('60s'),
    /** How messages are read that are not in the native form. */
    messages: z.array(messageSchema).min(1).max(64).optional(),
    /** In which dialects it speaks protocols beside MQTT. */
    protocol: dialectSchema.optional(),
    /** What makes values of frames that nobody else has decoded. In files the name of a script beside the profile's. */
    codec: codecSchema.optional(),
  })
  .strict()
  .superRefine(({ metrics, messages = [], protocol }, context) => {
    for (const [u, unit] of (protocol?.modbus?.units ?? []).entries()) {
      for (const name of Object.keys(unit.metrics)) {
        if (Object.hasOwn(metrics, name)) continue;
        const values = { metric: name, ...knownOf(Object.keys(metrics)) };
        const path = ['protocol', 'modbus', 'units', u, 'metrics', name];
        context.addIssue({ code: 'custom', path, ...refusal('unknown-profile-metric', values) });
      }
    }
    for (const [m, message] of messages.entries()) {
      for (const name of Object.keys(message.metrics ?? {})) {
        if (Object.hasOwn(metrics, name)) continue;
        const values = { metric: name, ...knownOf(Object.keys(metrics)) };
        const path = ['messages', m, 'metrics', name];
        context.addIssue({ code: 'custom', path, ...refusal('unknown-profile-metric', values) });
      }
    }
  });
/** A kind of device. `id` is the name of its folder below devices/. */
export type Profile = z.infer<typeof profileSchema> & { readonly id: string };

/** What a kind of device and its metrics are called; what it leaves out goes by its id. */
export const profileNamesSchema = z
  .object({ name: nameSchema.optional(), metrics: z.record(metricNameSchema, nameSchema).default({}) })
  .strict();
export type ProfileNames = z.infer<typeof profileNamesSchema>;

export const areaSchema = z
  .object({
    id: idSchema,
    parent: idSchema.optional(),
    name: nameSchema.optional(),
    /** GeoJSON Polygon coordinates of the outline, WGS 84, for the map. */
    outline: z.array(z.array(placeSchema)).optional(),
    /** Where it is, as long as nobody has drawn its outline. */
    location: placeSchema.optional(),
  })
  .strict();
export type Area = z.infer<typeof areaSchema>;

export const pointSchema = z
  .object({
    id: idSchema,
    area: idSchema,
    name: nameSchema.optional(),
    /** Longitude, latitude in degrees, WGS 84. */
    location: placeSchema.optional(),
    /** The point's metric <- the device's field; left out: all of the profile's, under their own names. */
    metrics: z.record(metricNameSchema, metricNameSchema).optional(),
    labels: z.record(z.string().max(64), z.string().max(256)).optional(),
  })
  .strict();
export type SitePoint = z.infer<typeof pointSchema>;

export const deviceSchema = z
  .object({
    id: idSchema,
    profile: idSchema,
    /** Without a secret the device can connect only when `auth` is `none`. */
    secret: z.string().min(1).max(256).optional(),
    name: nameSchema.optional(),
    points: z.array(pointSchema).default([]),
    /**
     * What it may beyond its own: sirens and signs are granted `alerts`, to subscribe to; gateways and network servers
     * `feed`, to publish what devices say that have no secret of their own.
     */
    grants: z.array(z.enum(['alerts', 'feed'])).optional(),
    /** Where it speaks a protocol otherwise than its profile says. */
    protocol: ownDialectSchema.optional(),
  })
  .strict();
export type SiteDevice = z.infer<typeof deviceSchema>;

export const siteSchema = z
  .object({
    areas: z.array(areaSchema).default([]),
    devices: z.array(deviceSchema).default([]),
  })
  .strict();
export type Site = z.infer<typeof siteSchema>;
