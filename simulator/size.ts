import type { SiteDevice } from '../src/model/site.ts';
import type { ThresholdFileEntry } from '../src/model/threshold.ts';
import { createNoise } from './noise.ts';
import type { SiteFiles } from './site-files.ts';

/** How far a copied point may stand from its original, degrees (about 500 m). */
const SPREAD_DEGREES = 0.005;

/**
 * The site with `deviceCount` devices: the first ones of the site when it has enough, otherwise all of them and then
 * copies of the whole site, again and again. The second copy of device `gas-01` is `gas-01-2`, of point `canteen-gas`
 * `canteen-gas-2`, with the same profile, area, metrics and thresholds, somewhere near, and the secret
 * `sim-<device id>`. So a server learns of them from `writeSiteFiles`, and any two programs agree on their names.
 */
export function resizeSite(files: SiteFiles, deviceCount: number): SiteFiles {
  const originals = files.site.devices;
  if (originals.length === 0) throw new Error('the site has no device to copy');
  const devices: SiteDevice[] = [];
  const thresholds: ThresholdFileEntry[] = [];
  const documents = Map.groupBy(files.thresholds, ({ point }) => point);
  for (let i = 0; i < deviceCount; i++) {
    const original = originals[i % originals.length];
    if (original === undefined) break;
    const copy = Math.floor(i / originals.length) + 1;
    const device = copy === 1 ? original : copyDevice(original, copy);
    devices.push(device);
    for (const [at, { id }] of original.points.entries()) {
      const point = device.points[at]?.id ?? id;
      for (const document of documents.get(id) ?? []) thresholds.push({ ...document, point });
    }
  }
  const ids = new Set(devices.map(({ id }) => id));
  if (ids.size !== devices.length) throw new Error('the site already has devices named like copies');
  return { profiles: files.profiles, site: { areas: files.site.areas, devices }, thresholds };
}

function copyDevice(original: SiteDevice, copy: number): SiteDevice {
  const id = `${original.id}-${copy}`;
  const noise = createNoise(id);
  return {
    ...original,
    id,
    secret: `sim-${id}`,
    name: undefined,
    points: original.points.map((point, i) => ({
      ...point,
      id: `${point.id}-${copy}`,
      name: undefined,
      location: point.location && [
        point.location[0] + (noise.uniform('longitude', i) - 0.5) * 2 * SPREAD_DEGREES,
        point.location[1] + (noise.uniform('latitude', i) - 0.5) * 2 * SPREAD_DEGREES,
      ],
    })),
  };
}
