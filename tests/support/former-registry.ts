import type { DatabaseSync } from 'node:sqlite';

/** What each version of registry.db added beyond tables of before, taken away again. A new version adds its line. */
const UNDONE: Readonly<Record<number, string>> = {
  6: 'UPDATE definition SET hash = substr(hash, 2); ALTER TABLE definition DROP COLUMN implied_rules;',
  7: '',
  8: 'DROP TABLE handover;',
  9: 'ALTER TABLE device DROP COLUMN protocol; DROP TABLE device_command;',
  10: 'DROP TABLE notify_setup; DROP TABLE notify_secret;',
  11: 'DROP TABLE notify_silence;',
  12: 'DROP TABLE source_revision; DROP TABLE source_secret;',
  13: 'DROP TRIGGER sparkplug_name_gone; DROP TABLE sparkplug_name;',
  14: 'DROP TABLE response_plans;',
};

/** Makes a registry of a former version of one of today's, whose definitions are those of today alone. */
export function makeFormerRegistry(database: DatabaseSync, version: number): void {
  const present = Number(database.prepare('PRAGMA user_version').get()?.user_version);
  for (let undone = present; undone > version; undone--) {
    const sql = UNDONE[undone];
    if (sql === undefined) throw new Error(`how version ${undone} of registry.db is undone stands nowhere`);
    database.exec(sql);
  }
  database.exec(`PRAGMA user_version = ${version}`);
}
