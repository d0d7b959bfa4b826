import { z } from 'zod';
import { idSchema } from '../model/names.ts';
import { profileSchema, siteSchema } from '../model/site.ts';
import { LINE_NAMES } from '../model/source-setup.ts';
import { thresholdFileEntrySchema } from '../model/threshold.ts';
import { weakeningSchema } from '../model/weakening.ts';
import { familySchema, metricSchema, nameSchema } from './shapes.ts';

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
export type Area = z.infer<typeof areaSchema>;

export const profileViewSchema = z
  .object({
    id: z.string(),
    family: familySchema,
    name: nameSchema,
    reportEvery: z.string(),
    metrics: z.record(z.string(), metricSchema),
    logsIn: z.boolean().meta({
      description:
        'Whether its devices log in with a secret; false: a line protocol, a network server or an edge node speaks for them',
    }),
    speaks: z.array(z.enum(LINE_NAMES)).readonly().meta({ description: 'Line protocols in which its devices speak' }),
    codec: z
      .object({
        file: z.string(),
        bytes: z.number(),
        freshContext: z.boolean(),
        off: z
          .object({ fault: z.string(), detail: z.string(), at: z.number() })
          .nullable()
          .meta({ description: 'Why it is switched off; null while it is not' }),
      })
      .nullable()
      .meta({ description: 'The payload codec that decodes frames of its devices' }),
  })
  .meta({ id: 'Profile', description: 'A kind of device' });
export type Profile = z.infer<typeof profileViewSchema>;

export const siteContentsSchema = z
  .object({
    profiles: z.array(profileSchema.safeExtend({ id: idSchema })),
    site: siteSchema,
    thresholds: z.array(thresholdFileEntrySchema),
  })
  .strict()
  .meta({ id: 'Site', description: 'Everything that the files in devices/ and thresholds/ say' });

export const siteDifferenceSchema = z
  .object({
    kind: z.enum(['profile', 'area', 'device', 'point', 'thresholds']),
    change: z.enum(['added', 'changed', 'removed']),
    id: z.string(),
    details: z
      .array(z.string())
      .readonly()
      .meta({ description: 'For people: `rules.depth.levels.red.above: 27 -> 30`; empty for added and removed' }),
  })
  .meta({ id: 'SiteDifference' });

export const siteOriginSchema = z
  .object({
    by: z.enum(['seed', 'files', 'people']),
    last: z.object({ author: z.string(), at: z.number() }).nullable(),
  })
  .meta({
    id: 'SiteOrigin',
    description:
      'How the site came to be as it was before: `seed`, as the first start filled it; `files`, by nothing but sites that were ' +
      'applied as a whole; `people`, changed one thing at a time as well, and whose the newest of those changes is',
  });

const WEAKENED = 'Points that need a second person’s approval first; empty where no approval is wanted';

export const weakenedPointSchema = z
  .object({ point: z.string(), weakens: z.array(weakeningSchema).readonly() })
  .meta({ id: 'WeakenedPoint' });

export const siteAnswerSchema = z.object({
  applied: z.boolean(),
  differences: z.array(siteDifferenceSchema).readonly(),
  weakened: z.array(weakenedPointSchema).readonly().meta({ description: WEAKENED }),
  origin: siteOriginSchema,
});
export type SiteAnswer = z.infer<typeof siteAnswerSchema>;
