import type { DatabaseSync } from 'node:sqlite';
import { transact } from '../lib/sqlite.ts';
import type { PointDefinition } from '../model/definition.ts';
import type { FieldProblem } from '../model/problem.ts';
import { type DefinitionParts, type DefinitionStore, openDefinitionStore } from './definitions.ts';
import { type Handovers, openHandovers } from './handovers.ts';
import type { Memory, PointEntry } from './memory.ts';
import { openSiteRows, type SiteRows } from './site-rows.ts';
import { openTrail, type Trail } from './trail.ts';

/**
 * What all parts of the registry stand on: one database with one transaction at a time, the site as it stands in memory,
 * definitions, and the trail.
 */
export interface Core {
  readonly database: DatabaseSync;
  readonly memory: Memory;
  readonly rows: SiteRows;
  readonly definitions: DefinitionStore;
  readonly trail: Trail;
  readonly handovers: Handovers;
  /** What evaluation could not run of a definition, such as an impossible unit; empty when all is well. */
  readonly validate: (definition: PointDefinition) => readonly FieldProblem[];
  /** One transaction, or a part of the one that is open. When it throws nothing is on disk; memory is the caller's to mend. */
  change<T>(work: () => T): T;
  /** From here on nothing is changed any more; who tries gets a FixedRegistryError. */
  fix(): void;
  /** Does it and takes it back, to find out what it would throw. */
  attempt(work: () => void): void;
  /** What the definition in force of a point is made of. */
  partsOf(entry: PointEntry): DefinitionParts;
  /** After a change of many things, memory is read anew. */
  reload(): void;
  /** Rises whenever a device may be another than before. */
  devicesVersion(): number;
  devicesChanged(): void;
}

/** What a change of the registry made, which the caller puts into the journal. */
export interface RegistryChange {
  /** Definitions made, to be journalled. */
  readonly definitions: readonly number[];
  /** Points that are gone, to be journalled. */
  readonly retired: readonly string[];
}

export const NO_CHANGE: RegistryChange = { definitions: [], retired: [] };

/** In a cluster what the registry holds stays as it was when its servers were first started. */
export class FixedRegistryError extends Error {
  readonly code = 'REGISTRY_FIXED';
  constructor() {
    super('the registry of a server in a cluster cannot be changed yet');
  }
}

/** Thrown to end a transaction that was only to find out what would happen. */
const TAKEN_BACK = new Error('taken back');

export function createCore(database: DatabaseSync, validate: Core['validate']): Core {
  const definitions = openDefinitionStore(database);
  const rows = openSiteRows(database);
  const trail = openTrail(database);
  const memory = rows.load();
  const handovers = openHandovers(database, memory);
  let devicesVersion = 1;
  let isFixed = false;

  function change<T>(work: () => T): T {
    if (database.isTransaction) return work();
    if (isFixed) throw new FixedRegistryError();
    return inTransaction(work);
  }

  function inTransaction<T>(work: () => T): T {
    try {
      return transact(database, work);
    } catch (error) {
      definitions.forget();
      throw error;
    }
  }

  return {
    database,
    memory,
    rows,
    definitions,
    trail,
    handovers,
    validate,
    change,
    fix() {
      isFixed = true;
    },
    attempt(work) {
      try {
        if (database.isTransaction) throw new Error('an attempt is a transaction of its own');
        inTransaction(() => {
          work();
          throw TAKEN_BACK;
        });
      } catch (error) {
        if (error !== TAKEN_BACK) throw error;
      }
    },
    partsOf(entry) {
      const { point, area, family, device, reportEveryMs } = definitions.one(entry.definition);
      const series = JSON.parse(entry.seriesJson) as number[];
      const { metricsBody: metrics, documentBody: document, revision } = entry;
      return { point, area, family, device, reportEveryMs, metrics, series, revision, document };
    },
    reload() {
      Object.assign(memory, rows.load());
      devicesVersion++;
    },
    devicesVersion: () => devicesVersion,
    devicesChanged() {
      devicesVersion++;
    },
  };
}
