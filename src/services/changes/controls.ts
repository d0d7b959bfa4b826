import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { ActionOutcome } from '../../alerts/actions.ts';
import type { AlertFollower } from '../../alerts/follower.ts';
import type { AlertStore } from '../../alerts/store.ts';
import type { Accounts } from '../../api/accounts.ts';
import type { MaintenanceDeps } from '../../api/deps.ts';
import type { MqttPrincipal } from '../../broker/principal.ts';
import { type CommittedBatch, type Journal, REFUSED } from '../../journal/journal.ts';
import type { AreaParents, Control, JournalEntry, OperatorAction } from '../../model/entry.ts';
import type { Maintenance } from '../../model/maintenance.ts';
import type { ActOutcome } from '../../model/refusal-of.ts';
import type { RegistryChange } from '../../registry/core.ts';
import type { Registry } from '../../registry/registry.ts';
import { createSiteChanges, type DeviceConnections } from './site-changes.ts';
import { createThresholdChanges } from './threshold-changes.ts';

export interface ControlsOptions {
  readonly journal: Journal;
  readonly alerts: AlertFollower;
  readonly store: Pick<AlertStore, 'listMaintenance' | 'getMaintenance'>;
  readonly registry: Registry;
  readonly stampMs: () => number;
  readonly connections: DeviceConnections;
  /** See SiteChangesOptions. */
  readonly onAdded: (devices: readonly string[]) => void;
}

/** Definitions in one journal entry; a first start with 100,000 points makes a few of them. */
const DEFINITIONS_PER_ENTRY = 10_000;

/** Everything that people and time put into the journal, and what comes back once it has been evaluated. */
export function createControls(options: ControlsOptions) {
  const { journal, alerts, store, registry, stampMs, connections } = options;
  /** The tree of areas in the last entry that said it; undefined before the first. */
  let areasSent: AreaParents | undefined;
  /** Who waits for an entry to be evaluated, by the number that the journal gave it. */
  const waiting = new Map<number, (outcome: ActionOutcome | undefined) => void>();

  function entryOf(control: Control): JournalEntry {
    return { kind: 'control', receivedAtMs: stampMs(), control };
  }

  /** Journals without waiting; a failing journal keeps it and says so elsewhere. */
  function send(control: Control): void {
    journal.append(entryOf(control), () => {});
  }

  /** Resolves once the entry has been evaluated. */
  function submit(control: Control): Promise<ActionOutcome | undefined> {
    return new Promise((resolve, reject) => {
      let own = REFUSED;
      own = journal.append(entryOf(control), (error) => {
        if (error === null) return;
        waiting.delete(own);
        reject(error);
      });
      if (own !== REFUSED) waiting.set(own, resolve);
    });
  }

  /**
   * Resolves once the change is in force. All its entries are appended before this returns: two changes must stand in
   * the journal in the order in which the registry made them, and no reading of a new point before its definition.
   */
  async function change({ definitions, retired }: RegistryChange): Promise<void> {
    const entries: Control[] = [];
    const sayAreas = (parents: AreaParents) => {
      if (!isDeepStrictEqual(parents, areasSent ?? alerts.areasInForce())) entries.push({ type: 'areas', parents });
      areasSent = parents;
    };
    const parents = Object.fromEntries(registry.areas().map(({ id, parent }) => [id, parent]));
    // An area that is gone stays until its points are elsewhere: what covers them must cover them at every instant.
    sayAreas({ ...(areasSent ?? alerts.areasInForce()), ...parents });
    if (retired.length > 0) entries.push({ type: 'retire', points: retired });
    for (let i = 0; i < definitions.length; i += DEFINITIONS_PER_ENTRY) {
      entries.push({ type: 'define', definitions: definitions.slice(i, i + DEFINITIONS_PER_ENTRY) });
    }
    sayAreas(parents);
    await Promise.all(entries.map(submit));
  }

  const thresholds = createThresholdChanges({ registry, stampMs, change });
  const site = createSiteChanges({ registry, thresholds, stampMs, change, connections, onAdded: options.onAdded });

  const maintenance: MaintenanceDeps = {
    list: store.listMaintenance,
    get: store.getMaintenance,
    async plan(wanted) {
      const id = randomUUID();
      await submit({ type: 'maintenance', do: 'plan', plan: { ...wanted, id } });
      return recorded(id);
    },
    async end(id, by) {
      await submit({ type: 'maintenance', do: 'end', id, by });
      return recorded(id);
    },
  };

  function recorded(id: string): Maintenance {
    const found = alerts.maintenance().find((plan) => plan.id === id) ?? store.getMaintenance(id);
    if (found === undefined) throw new Error(`maintenance ${id} was evaluated and is not there`);
    return found;
  }

  /** What a gateway may speak for. One that is not registered yet is quarantined, and offered for commissioning. */
  /** Whether others may speak for a device: one with a secret connects by itself. */
  const mayBeFed = (id: string): boolean => registry.device(id)?.hasSecret !== true;

  return {
    send,
    submit,
    mayBeFed,
    change,
    site,
    thresholds,
    maintenance,

    /** Tells those who wait for entries of this batch what became of them. */
    answer(batch: CommittedBatch): void {
      const { first, count, own } = batch;
      if (waiting.size === 0 || own === null) return;
      for (let index = 0; index < count; index++) {
        const resolve = waiting.get(own + index);
        if (resolve === undefined) continue;
        waiting.delete(own + index);
        resolve(alerts.outcome(first + index));
      }
    },

    async act(action: OperatorAction): Promise<ActOutcome> {
      const outcome = await submit({ type: 'operator', action });
      if (outcome === undefined) throw new Error('an operator’s action was evaluated without an outcome');
      return outcome;
    },

    /** Journals what the registry says and the journal does not: the seed, or a change that a crash cut off. */
    async reconcile(): Promise<void> {
      const current = new Set<string>();
      const definitions: number[] = [];
      for (const { point, id } of registry.currentDefinitions()) {
        current.add(point);
        if (alerts.definitionInForce(point) !== id) definitions.push(id);
      }
      const retired = [...alerts.pointsInForce()].filter((point) => !current.has(point));
      await change({ definitions, retired });
    },

    /** Who an MQTT connection is; undefined refuses it. */
    principal(
      auth: 'password' | 'none',
      accounts: Accounts,
      given: string | undefined,
      password: Uint8Array | undefined,
    ): MqttPrincipal | undefined {
      const username = given?.trim();
      const device = username === undefined ? undefined : registry.device(username);
      if (auth === 'none') return { kind: 'anonymous', device: device?.id ?? null };
      if (username !== undefined && password !== undefined) {
        if (device !== undefined && registry.verifySecret(username, password)) {
          const speaksFor = device.grantedFeed === true ? mayBeFed : undefined;
          return { kind: 'device', id: device.id, grantedAlerts: device.grantedAlerts, speaksFor };
        }
        const token = username === TOKEN_USERNAME ? accounts.token(Buffer.from(password).toString()) : undefined;
        if (token !== undefined) {
          const isEngineer = token.role === 'engineer' || token.role === 'admin';
          return {
            kind: 'user',
            name: token.name,
            token: token.id,
            whileHeld: (end) => accounts.whileHolds(token, end),
            mayCommand: isEngineer || token.role === 'operator',
            mayFeed: isEngineer,
          };
        }
      }
      return undefined;
    },
  };
}

/** The MQTT user name that goes with an API token as its password. */
const TOKEN_USERNAME = 'token';
