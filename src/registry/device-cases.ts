import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Problem } from '../lib/errors.ts';
import { checkShape, problemAt, readStructuredFile } from '../lib/structured-file.ts';
import type { Profile } from '../model/site.ts';

/** `devices/<profile>/cases/*.json`: a payload as the device sends it, and the readings it must give. */
export const deviceCaseSchema = z
  .object({
    /** Left out: the native topic, `telemetry/<device>`. */
    topic: z.string().optional(),
    payload: z.unknown().optional(),
    /** In its place, of protocols that are no text. */
    payloadHex: z
      .string()
      .regex(/^(?:[0-9a-f]{2})*$/i)
      .optional(),
    /** When it arrived, ms since 1970; the time of readings that bring none. */
    receivedAt: z.number(),
    expect: z.array(
      z
        .object({
          metric: z.string(),
          value: z.union([z.number(), z.boolean(), z.string(), z.null()]),
          /** Left out: the arrival time. */
          ts: z.number().optional(),
          /** Left out: good. */
          quality: z.enum(['good', 'bad', 'clock-skew', 'late']).optional(),
        })
        .strict(),
    ),
  })
  .strict()
  .refine(({ payload, payloadHex }) => (payload === undefined) !== (payloadHex === undefined), {
    error: 'a payload',
    path: ['payload'],
  });
export type DeviceCase = z.infer<typeof deviceCaseSchema>;

/** The payload of a case as it comes in: a text is what a device sends as bare text. */
export function bytesOfCase({ payload, payloadHex }: DeviceCase): Uint8Array {
  if (payloadHex !== undefined) return Buffer.from(payloadHex, 'hex');
  return Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload));
}

export interface DeviceCaseFile {
  readonly profile: Profile;
  readonly file: string;
  readonly case: DeviceCase;
}

/** Reads the cases of all profiles and checks their shape; running them is a test's work. */
export function readDeviceCases(
  devicesDir: string,
  profiles: readonly Profile[],
): { readonly cases: readonly DeviceCaseFile[]; readonly problems: readonly Problem[] } {
  const cases: DeviceCaseFile[] = [];
  const problems: Problem[] = [];
  for (const profile of profiles) {
    const dir = join(devicesDir, profile.id, 'cases');
    if (!existsSync(dir)) continue;
    for (const name of readdirSync(dir).sort()) {
      if (!/\.json$/i.test(name)) continue;
      const read = readStructuredFile(join(dir, name));
      if ('problems' in read) {
        problems.push(...read.problems);
        continue;
      }
      const checked = checkShape(read.parsed, [], read.parsed.value, deviceCaseSchema);
      if ('problems' in checked) {
        problems.push(...checked.problems);
        continue;
      }
      checked.value.expect.forEach(({ metric }, e) => {
        if (Object.hasOwn(profile.metrics, metric)) return;
        const expected = `a metric of the profile: ${Object.keys(profile.metrics).join(', ')}`;
        problems.push(problemAt(read.parsed, ['expect', e, 'metric'], { found: `"${metric}"`, expected }));
      });
      cases.push({ profile, file: join(dir, name), case: checked.value });
    }
  }
  return { cases, problems };
}
