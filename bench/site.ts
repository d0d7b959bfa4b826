import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Profile, Site } from '../src/model/site.ts';
import type { ThresholdFileEntry } from '../src/model/threshold.ts';

/** The one metric of every bench device. */
export const METRIC = 'value';

/** From here on a value breaches; the load generator stays below it. */
export const BLUE_LIMIT = 50;
export const RED_LIMIT = 80;

export const deviceId = (index: number) => `bench-${String(index).padStart(6, '0')}`;
export const pointId = (index: number) => `point-${String(index).padStart(6, '0')}`;

const profile: Omit<Profile, 'id'> = {
  family: 'other',
  metrics: { [METRIC]: { type: 'number', unit: 'cm', range: [-100, 1_000] } },
  // Silence is not what is measured, so nobody falls silent.
  reportEvery: '12h',
};

/** What differs between benches. */
export interface BenchSite {
  readonly secretOf?: (device: string) => string;
  /** Kinds of device beside the one of all devices, whose messages come by topics of their own: a route for each. */
  readonly routes?: number;
}

/**
 * Writes `devices/` and `thresholds/` below a folder: as many points as asked for, each of a device of its own, each with
 * four limits and a deadband, and with a secret if one is asked for.
 */
export async function writeBenchSite(
  folder: string,
  pointCount: number,
  { secretOf, routes = 0 }: BenchSite = {},
): Promise<{ devices: string; thresholds: string }> {
  const devices = join(folder, 'devices');
  const thresholds = join(folder, 'thresholds');
  await mkdir(join(devices, 'bench'), { recursive: true });
  await mkdir(thresholds, { recursive: true });
  const indices = Array.from({ length: pointCount }, (_, i) => i);
  const site: Site = {
    areas: [{ id: 'bench' }],
    devices: indices.map((i) => ({
      id: deviceId(i),
      profile: 'bench',
      ...(secretOf === undefined ? {} : { secret: secretOf(deviceId(i)) }),
      points: [{ id: pointId(i), area: 'bench' }],
    })),
  };
  const documents = indices.map(
    (i): ThresholdFileEntry => ({
      point: pointId(i),
      rules: {
        level: {
          metric: METRIC,
          levels: {
            blue: { above: BLUE_LIMIT },
            yellow: { above: 60 },
            orange: { above: 70 },
            red: { above: RED_LIMIT },
          },
          deadband: 2,
        },
      },
    }),
  );
  await writeFile(join(devices, 'bench', 'profile.json'), JSON.stringify(profile));
  for (let i = 0; i < routes; i++) {
    const id = `maker-${i}`;
    await mkdir(join(devices, id));
    await writeFile(join(devices, id, 'profile.json'), JSON.stringify({ ...profile, messages: messagesOf(id) }));
  }
  await writeFile(join(devices, 'site.json'), JSON.stringify(site));
  await writeFile(join(thresholds, 'bench.json'), JSON.stringify(documents));
  return { devices, thresholds };
}

/** JSON in a form of its maker's. */
function messagesOf(maker: string) {
  return [{ topic: `${maker}/{device}/data`, time: 'time', metrics: { [METRIC]: 'data.level' } }];
}
