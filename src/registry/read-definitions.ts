import { readSqlite } from '../lib/sqlite.ts';
import type { PointDefinition } from '../model/definition.ts';
import { openDefinitionStore } from './definitions.ts';

/** The definitions ever made, read from a registry's file that a server may be writing. */
export function openDefinitions(path: string): {
  /** Throws RangeError for an unknown id. */
  get(ids: readonly number[]): PointDefinition[];
  close(): void;
} {
  const database = readSqlite(path);
  const store = openDefinitionStore(database);
  return { get: store.get, close: () => database.close() };
}
