import { createHmac, timingSafeEqual } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { ConfigError } from '../lib/errors.ts';
import type { PointDefinition } from '../model/definition.ts';
import type { FieldProblem } from '../model/problem.ts';
import { createCore } from './core.ts';
import { openDatabase } from './database.ts';
import { createDeviceCommandLog } from './device-commands.ts';
import { createDeviceSecrets } from './device-secrets.ts';
import { createDeviceWriter } from './device-writer.ts';
import { createDeviceChanges } from './devices.ts';
import { createNotifySetups } from './notify-setups.ts';
import { createPlans } from './plans.ts';
import { createProposals } from './proposals.ts';
import type { Registry } from './registry.ts';
import { createRevisions } from './revisions.ts';
import { createRuleTests } from './rule-tests.ts';
import { createScheduledChanges } from './scheduled.ts';
import { createSilences } from './silences.ts';
import { createSiteChanges } from './site.ts';
import { createSiteReads } from './site-reads.ts';
import { createSources } from './sources.ts';
import { createSparkplugNames } from './sparkplug-names.ts';
import { createVotes } from './votes.ts';

export interface RegistryOptions {
  /** The SQLite file; made when it is not there. */
  readonly path: string;
  /** The key of the installation, under which secrets are hashed. Another key than last time is an error. */
  readonly hashKey: Uint8Array;
  /** What evaluation could not run of a definition, such as an impossible unit; empty when all is well. */
  readonly validate: (definition: PointDefinition) => readonly FieldProblem[];
  /** Others than this machine can reach the server: a secret that everybody can read is no secret then. */
  readonly refusesPublicSecrets?: () => boolean;
}

/** Opens the registry. Throws when the file is of a newer version or of another installation key. */
export function openRegistry(options: RegistryOptions): Registry {
  const database = openDatabase(options.path);
  try {
    checkKey(database, options);
    return registryOver(database, options);
  } catch (error) {
    database.close();
    throw error;
  }
}

/** With another key no secret would match any more, and every device would be locked out without a word. */
function checkKey(database: DatabaseSync, { path, hashKey }: RegistryOptions): void {
  const mark = createHmac('sha256', hashKey).update('brink registry').digest();
  const kept = database.prepare(`SELECT value FROM setting WHERE key = 'hash-key-mark'`).get()?.value;
  if (kept === undefined) {
    database.prepare(`INSERT INTO setting (key, value) VALUES ('hash-key-mark', ?)`).run(mark);
  } else if (!(kept instanceof Uint8Array) || kept.length !== mark.length || !timingSafeEqual(kept, mark)) {
    throw new ConfigError([
      {
        file: path,
        path: '',
        found: 'secrets hashed under another installation key',
        expected: 'the key they were made with',
      },
    ]);
  }
}

/** The parts over one database; each knows of the others only what it is given here. */
function registryOver(database: DatabaseSync, options: RegistryOptions): Registry {
  const core = createCore(database, options.validate);
  const { secrets, keeper } = createDeviceSecrets(core, options);
  const { revisions, writer: revisionWriter } = createRevisions(core);
  const votes = createVotes(core);
  const deviceWriter = createDeviceWriter(core, keeper, votes, revisionWriter);
  return {
    ...createSiteReads(core),
    ...secrets,
    ...createSiteChanges(core, keeper, deviceWriter),
    ...createDeviceChanges(core, keeper, votes, deviceWriter, revisions),
    ...revisions,
    ...createScheduledChanges(core, revisionWriter),
    ...createProposals(core, revisionWriter),
    ...createRuleTests(core),
    ...createSilences(core),
    ...createDeviceCommandLog(core),
    ...createNotifySetups(core),
    ...createSources(core),
    ...createSparkplugNames(core),
    ...createPlans(core),
    fix: core.fix,
    close: () => database.close(),
  };
}
