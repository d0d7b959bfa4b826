import { DatabaseSync } from 'node:sqlite';
import type { PointDefinition } from '../model/definition.ts';
import { definitionStore } from './definitions.ts';

/** The definitions ever made, read from a registry's file that a server may be writing. */
export function openDefinitions(path: string): {
  /** Throws RangeError for an unknown id. */
  get(ids: readonly number[]): PointDefinition[];
  close(): void;
} {
  const database = new DatabaseSync(path, { readOnly: true });
  database.exec('PRAGMA busy_timeout = 5000');
  const store = definitionStore(database);
  return { get: store.get, close: () => database.close() };
}
