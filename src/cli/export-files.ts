import type { Profile, Site } from '../model/site.ts';
import type { SiteContents } from '../model/site-change.ts';
import type { ThresholdFileEntry } from '../model/threshold.ts';
import { revisionComment } from './known-revision.ts';
import { toYaml } from './yaml-text.ts';

/**
 * The registry's contents as files: their paths below the root and their texts. The same contents always give the same
 * bytes, and reading these files and applying them gives the same contents again. With the `revision` they were taken from,
 * so that `apply` can see whether they know what is there.
 */
export function exportFiles(contents: SiteContents, revision?: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const profile of contents.profiles) {
    files.set(`devices/${profile.id}/profile.yaml`, toYaml(writtenProfile(profile)));
    const { codec } = profile;
    if (codec !== undefined) files.set(`devices/${profile.id}/${codec.file}`, codec.source);
  }
  const mark = revision === undefined ? '' : revisionComment(revision);
  files.set('devices/site.yaml', mark + toYaml(writtenSite(contents.site), SITE_COMMENT));
  for (const [family, entries] of byFamily(contents)) files.set(`thresholds/${family}.yaml`, toYaml(entries));
  // The folder is there also while no point has limits, for `apply` wants one.
  if (contents.thresholds.length === 0) files.set('thresholds/none.yaml', toYaml([]));
  return files;
}

const SITE_COMMENT = ' Secrets are kept hashed and cannot be exported: a device without one here keeps the one it has.';

/** Without what the schemas fill in anyway. */
function writtenProfile({ id: _id, metrics, codec, ...profile }: Profile): unknown {
  const written = Object.entries(metrics).map(([name, { type, ...metric }]) => {
    return [name, type === 'number' ? metric : { type, ...metric }];
  });
  const { file, freshContext } = codec ?? {};
  const script = codec === undefined ? {} : { codec: freshContext ? { file, freshContext } : file };
  return { ...profile, ...script, metrics: Object.fromEntries(written) };
}

function writtenSite({ areas, devices }: Site): unknown {
  return {
    areas,
    devices: devices.map(({ points, ...device }) => (points.length === 0 ? device : { ...device, points })),
  };
}

/** Threshold documents by the family of their point, families and documents in a fixed order. */
function byFamily({ profiles, site, thresholds }: SiteContents): [string, ThresholdFileEntry[]][] {
  const families = familyOfPoints(profiles, site);
  const groups = new Map<string, ThresholdFileEntry[]>();
  for (const entry of thresholds) {
    const family = families.get(entry.point) ?? 'other';
    const group = groups.get(family);
    const { point, ...document } = entry;
    const written = { point, ...document };
    if (group === undefined) groups.set(family, [written]);
    else group.push(written);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
}

function familyOfPoints(profiles: readonly Profile[], site: Site): Map<string, string> {
  const familyOf = new Map(profiles.map((profile) => [profile.id, profile.family]));
  return new Map(
    site.devices.flatMap((device) =>
      device.points.map((point) => [point.id, familyOf.get(device.profile) ?? 'other'] as const),
    ),
  );
}
