import type { DatabaseSync } from 'node:sqlite';
import { openSqlite } from '../lib/sqlite.ts';

const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE setting (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;

  -- What the files said. Lists keep their order by position; names, labels and the like are JSON as given.
  CREATE TABLE profile (id TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE area (position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, body TEXT NOT NULL);
  CREATE TABLE device (
    position INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    profile TEXT NOT NULL,
    name TEXT,
    grants TEXT,
    salt BLOB,
    secret_hash BLOB
  );
  CREATE TABLE point (
    position INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    device TEXT NOT NULL,
    area TEXT NOT NULL,
    name TEXT,
    location TEXT,
    metrics TEXT,
    labels TEXT,
    revision INTEGER NOT NULL,
    definition INTEGER NOT NULL
  );
  CREATE INDEX point_by_device ON point (device);

  -- A series number belongs to its point and metric for ever, also when the point is gone: history is kept by it.
  CREATE TABLE series (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    point TEXT NOT NULL,
    metric TEXT NOT NULL,
    UNIQUE (point, metric)
  );

  -- Texts that many rows share: the same metrics and the same threshold document stand here once.
  CREATE TABLE body (id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, text TEXT NOT NULL);

  CREATE TABLE revision (
    point TEXT NOT NULL,
    revision INTEGER NOT NULL,
    document INTEGER NOT NULL REFERENCES body (id),
    author TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    reason TEXT,
    PRIMARY KEY (point, revision)
  ) WITHOUT ROWID;

  -- Immutable. series: the series numbers in the order of the metrics in the body, as a JSON list.
  CREATE TABLE definition (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    hash BLOB NOT NULL UNIQUE,
    point TEXT NOT NULL,
    area TEXT NOT NULL,
    family TEXT NOT NULL,
    device TEXT NOT NULL,
    report_every_ms INTEGER NOT NULL,
    metrics INTEGER NOT NULL REFERENCES body (id),
    series TEXT NOT NULL,
    revision INTEGER NOT NULL,
    document INTEGER NOT NULL REFERENCES body (id)
  );

  CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms INTEGER NOT NULL,
    author TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT,
    detail TEXT NOT NULL
  );
  `,
  `
  -- Temporary values: until when they are in force, and the revision that comes back then.
  ALTER TABLE revision ADD COLUMN until_ms INTEGER;
  ALTER TABLE revision ADD COLUMN reverts_to INTEGER;
  CREATE INDEX revision_until ON revision (until_ms) WHERE until_ms IS NOT NULL;
  `,
  `
  -- Changes that wait for a second person, and what became of them. weakens: a JSON list, as it was when proposed.
  CREATE TABLE proposal (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    author TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    reason TEXT NOT NULL,
    expires_ms INTEGER NOT NULL,
    decision TEXT,
    decided_by TEXT,
    decided_ms INTEGER,
    note TEXT
  );
  CREATE TABLE proposal_item (
    proposal INTEGER NOT NULL REFERENCES proposal (number),
    position INTEGER NOT NULL,
    point TEXT NOT NULL,
    revision INTEGER NOT NULL,
    document INTEGER NOT NULL REFERENCES body (id),
    until_ms INTEGER,
    weakens TEXT NOT NULL,
    made INTEGER,
    PRIMARY KEY (proposal, position)
  ) WITHOUT ROWID;
  ALTER TABLE revision ADD COLUMN approved_by TEXT;
  ALTER TABLE revision ADD COLUMN proposal TEXT;
  `,
  `
  -- Lessons kept from real history, as the text of a rule test file.
  CREATE TABLE rule_test (
    name TEXT PRIMARY KEY,
    point TEXT NOT NULL,
    text TEXT NOT NULL,
    author TEXT NOT NULL,
    at_ms INTEGER NOT NULL
  ) WITHOUT ROWID;
  `,
  `
  -- Changes that come into force at a time ahead. failure: why one could not, null while it waits.
  CREATE TABLE scheduled (
    point TEXT PRIMARY KEY,
    revision INTEGER NOT NULL,
    document INTEGER NOT NULL REFERENCES body (id),
    author TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    reason TEXT,
    from_ms INTEGER NOT NULL,
    until_ms INTEGER,
    failure TEXT
  ) WITHOUT ROWID;
  `,
  `
  -- Which rules a point has by itself. Definitions that are in the journal keep theirs; those in force are made anew.
  ALTER TABLE definition ADD COLUMN implied_rules INTEGER NOT NULL DEFAULT 1;
  INSERT INTO definition
    (hash, point, area, family, device, report_every_ms, metrics, series, revision, document, implied_rules)
    SELECT unhex('02' || hex(hash)), point, area, family, device, report_every_ms, metrics, series, revision, document, 2
    FROM definition WHERE id IN (SELECT definition FROM point);
  UPDATE point SET definition = (
    SELECT new.id FROM definition AS new, definition AS old
    WHERE old.id = point.definition AND new.hash = unhex('02' || hex(old.hash))
  );
  `,
  `
  -- A metric that stops is missed, and one of a no-data rule counts. Again those in force are made anew.
  INSERT INTO definition
    (hash, point, area, family, device, report_every_ms, metrics, series, revision, document, implied_rules)
    SELECT unhex('03' || hex(substr(hash, 2))), point, area, family, device, report_every_ms, metrics, series, revision,
      document, 3
    FROM definition WHERE id IN (SELECT definition FROM point);
  UPDATE point SET definition = (
    SELECT new.id FROM definition AS new, definition AS old
    WHERE old.id = point.definition AND new.hash = unhex('03' || hex(substr(old.hash, 2)))
  );
  `,
  `
  -- Devices that took over a point from another. number: in the order in which they did.
  CREATE TABLE handover (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    point TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    author TEXT NOT NULL,
    former TEXT NOT NULL,
    device TEXT NOT NULL
  );
  CREATE INDEX handover_by_point ON handover (point, number);
  -- Devices that were replaced before, which the trail tells of.
  INSERT INTO handover (point, at_ms, author, former, device)
    SELECT points.value, gone.at_ms, gone.author, gone.subject, come.subject
    FROM audit AS gone
    JOIN audit AS come ON come.at_ms = gone.at_ms AND come.author = gone.author
    JOIN json_each(gone.detail, '$.points') AS points
    WHERE gone.action = 'device-removed' AND gone.detail ->> '$.act' = 'replaced'
      AND come.action IN ('device-added', 'device-changed') AND come.detail ->> '$.act' = 'replaced'
    ORDER BY gone.id;
  `,
  `
  -- Where a device speaks a protocol otherwise than its profile says, as JSON.
  ALTER TABLE device ADD COLUMN protocol TEXT;

  -- What devices were told and asked over their protocols, and what has come of it. command, answers: JSON.
  CREATE TABLE device_command (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    device TEXT NOT NULL,
    command TEXT NOT NULL,
    author TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    state TEXT NOT NULL,
    confirmed_ms INTEGER,
    ended_ms INTEGER,
    answers TEXT NOT NULL
  );
  CREATE INDEX device_command_by_device ON device_command (device, number);
  `,
  `
  -- Who is told of what: each change a revision that stays. setup: JSON without the secrets of channels.
  CREATE TABLE notify_setup (
    revision INTEGER PRIMARY KEY,
    setup TEXT NOT NULL,
    author TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    reason TEXT
  );
  -- The secrets of channels, sealed with the key of the installation.
  CREATE TABLE notify_secret (
    channel TEXT NOT NULL,
    name TEXT NOT NULL,
    sealed TEXT NOT NULL,
    PRIMARY KEY (channel, name)
  ) WITHOUT ROWID;
  `,
  `
  -- What nobody is told of for a while. silence: as JSON.
  CREATE TABLE notify_silence (
    id TEXT PRIMARY KEY,
    silence TEXT NOT NULL,
    until_ms INTEGER NOT NULL,
    ended_ms INTEGER,
    ended_by TEXT
  ) WITHOUT ROWID;
  `,
  `
  -- Sources that people set up: each change a revision that stays. settings: JSON without the secret; null: taken out.
  CREATE TABLE source_revision (
    name TEXT NOT NULL,
    revision INTEGER NOT NULL,
    settings TEXT,
    author TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    reason TEXT,
    PRIMARY KEY (name, revision)
  ) WITHOUT ROWID;
  -- Their secrets, sealed with the key of the installation.
  CREATE TABLE source_secret (name TEXT PRIMARY KEY, sealed TEXT NOT NULL) WITHOUT ROWID;
  `,
  `
  -- Of an id with hyphens, who of Sparkplug goes by it, as GROUP:NODE:DEVICE. It goes with the device.
  CREATE TABLE sparkplug_name (device TEXT PRIMARY KEY, own TEXT NOT NULL) WITHOUT ROWID;
  CREATE TRIGGER sparkplug_name_gone AFTER DELETE ON device
    BEGIN DELETE FROM sparkplug_name WHERE device = old.id; END;
  `,
  `
  -- What is done about alerts: all plans as JSON, each change a revision that stays.
  CREATE TABLE response_plans (
    revision INTEGER PRIMARY KEY,
    plans TEXT NOT NULL,
    author TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    reason TEXT
  );
  `,
];

/** Opens or makes the registry's file; a commit is on disk when it returns. */
export function openDatabase(path: string): DatabaseSync {
  return openSqlite(path, { synchronous: 'full', busyTimeoutMs: 5_000, migrations: MIGRATIONS });
}
