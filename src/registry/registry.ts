import type { DeviceCommandLog } from './device-commands.ts';
import type { DeviceSecrets } from './device-secrets.ts';
import type { DeviceChanges } from './devices.ts';
import type { NotifySetups } from './notify-setups.ts';
import type { Plans } from './plans.ts';
import type { Proposals } from './proposals.ts';
import type { Revisions } from './revisions.ts';
import type { RuleTests } from './rule-tests.ts';
import type { ScheduledChanges } from './scheduled.ts';
import type { Silences } from './silences.ts';
import type { SiteChanges } from './site.ts';
import type { SiteReads } from './site-reads.ts';
import type { Sources } from './sources.ts';
import type { SparkplugNames } from './sparkplug-names.ts';

/**
 * The registry: profiles, areas, devices, points, series numbers, threshold revisions and the immutable point
 * definitions made of them. It keeps everything in one SQLite file and an in-memory copy for reads; all calls are
 * synchronous and a change is on disk (fsync) when its call returns.
 *
 * A change never touches evaluation by itself: it returns the ids of the definitions it made, and the caller puts them
 * into the journal, so that replay sees the change at the same place as live evaluation did.
 *
 * It is the sum of its parts, each an interface in a file of its own; whoever needs one part takes that part's interface.
 */
export interface Registry
  extends SiteReads,
    DeviceSecrets,
    SiteChanges,
    DeviceChanges,
    Revisions,
    ScheduledChanges,
    Proposals,
    RuleTests,
    Silences,
    DeviceCommandLog,
    NotifySetups,
    Sources,
    SparkplugNames,
    Plans {
  /** See Core. */
  fix(): void;
  close(): void;
}
