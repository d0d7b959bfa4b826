import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { ActionOutcome } from '../../alerts/actions.ts';
import type { AlertFollower } from '../../alerts/follower.ts';
import type { AlertStore } from '../../alerts/store.ts';
import type { Accounts } from '../../api/accounts.ts';
import type { ActOutcome, MaintenanceDeps, SiteChanges, SiteDifference, Thresholds } from '../../api/deps.ts';
import type { Principal } from '../../broker/principal.ts';
import type { CommittedBatch, Journal } from '../../journal/journal.ts';
import type { AreaParents, Control, JournalEntry, OperatorAction } from '../../model/entry.ts';
import type { Maintenance } from '../../model/maintenance.ts';
import type { SiteDevice } from '../../model/site.ts';
import type { ThresholdDocument } from '../../model/threshold.ts';
import { weakenings } from '../../model/weakening.ts';
import type { RegistryChange } from '../../registry/core.ts';
import type { Registry } from '../../registry/registry.ts';

export interface ControlsOptions {
  readonly journal: Journal;
  readonly alerts: AlertFollower;
  readonly store: Pick<AlertStore, 'listMaintenance' | 'getMaintenance'>;
  readonly registry: Registry;
  readonly stampMs: () => number;
  /** Ends a device's connections. */
  readonly disconnect: (device: string) => void;
  /** Ends them, and forgets what they have left behind. */
  readonly forget: (device: string) => void;
  /** What a device was refused before is of the past: it is registered, or has another secret. */
  readonly forgetRefused: (device: string) => void;
}

/** Definitions in one journal entry; a first start with 100,000 points makes a few of them. */
const DEFINITIONS_PER_ENTRY = 10_000;

const NO_DOCUMENT: ThresholdDocument = { rules: {} };

/** Everything that people and time put into the journal, and what comes back once it has been evaluated. */
export function createControls(options: ControlsOptions) {
  const { journal, alerts, store, registry, stampMs, disconnect, forget, forgetRefused } = options;
  /** The tree of areas in the last entry that said it; undefined before the first. */
  let areasSent: AreaParents | undefined;
  const waiting = new Map<JournalEntry, { resolve: (outcome: ActionOutcome | undefined) => void }>();

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
      const entry = entryOf(control);
      waiting.set(entry, { resolve });
      journal.append(entry, (error) => {
        if (error === null) return;
        waiting.delete(entry);
        reject(error);
      });
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

  /** What a device may do is settled when it connects, so that changing it ends its connections. */
  function disconnectChanged(differences: readonly SiteDifference[]): void {
    for (const { kind, change: what, id, details } of differences) {
      if (kind !== 'device') continue;
      if (what === 'added') forgetRefused(id);
      else if (what === 'removed') forget(id);
      else if (details.some((detail) => /^(secret|grants)\b/.test(detail))) {
        disconnect(id);
        forgetRefused(id);
      }
    }
  }

  /** Called before devices are written; what it gives, called afterwards, ends the connections that may not go on. */
  function whatConnectionsNotice(devices: readonly SiteDevice[]): () => void {
    const noticed = devices.map(({ id, secret }) => ({
      id,
      before: registry.device(id),
      isSecretNew: secret !== undefined && !registry.verifySecret(id, Buffer.from(secret)),
    }));
    return () => {
      for (const { id, before, isSecretNew } of noticed) {
        const isGrantNew = before?.grantedAlerts !== registry.device(id)?.grantedAlerts;
        if (before !== undefined && (isSecretNew || isGrantNew)) disconnect(id);
        if (before === undefined || isSecretNew) forgetRefused(id);
      }
    };
  }

  const site: SiteChanges = {
    contents: () => registry.contents(),
    origin: () => registry.origin(),
    difference: (input) => registry.difference(input),
    weakenings({ thresholds: wanted }) {
      const documents = new Map(wanted.map(({ point, ...document }) => [point, document]));
      return registry.contents().thresholds.flatMap(({ point, ...present }) => {
        const document = documents.get(point) ?? NO_DOCUMENT;
        const weakens = isDeepStrictEqual(present, document) ? [] : thresholds.weakenings(point, document);
        return weakens.length === 0 ? [] : [{ point, weakens }];
      });
    },
    async apply(input, author) {
      const applied = registry.apply(input, author, stampMs());
      disconnectChanged(applied.differences);
      await change(applied);
      return applied.differences;
    },
    device: (id) => registry.siteDevice(id),
    async putDevice(device, author) {
      const isNew = registry.device(device.id) === undefined;
      const settle = whatConnectionsNotice([device]);
      const made = registry.putDevice(device, author, stampMs());
      settle();
      await change(made);
      return isNew ? 'added' : 'changed';
    },
    async putArea(area, author) {
      const isNew = registry.areas().every(({ id }) => id !== area.id);
      await change(registry.putArea(area, author, stampMs()));
      return isNew ? 'added' : 'changed';
    },
    async removeArea(id, into, author) {
      const removed = registry.removeArea(id, into, author, stampMs());
      if (removed.ok) await change(removed.change);
      return removed;
    },
    point: (id) => registry.sitePoint(id),
    async putPoint(device, point, author) {
      const isNew = registry.point(point.id) === undefined;
      await change(registry.putPoint(device, point, author, stampMs()));
      return isNew ? 'added' : 'changed';
    },
    async removePoint(id, author) {
      const removed = registry.removePoint(id, author, stampMs());
      if (removed === undefined) return false;
      await change(removed);
      return true;
    },
    async putProfileNames(id, names, author) {
      await change(registry.putProfileNames(id, names, author, stampMs()));
    },
    async rearrange(wanted) {
      const settle = whatConnectionsNotice(wanted.devices);
      const made = registry.rearrange({ ...wanted, atMs: stampMs(), isTrial: false });
      for (const id of wanted.removed) forget(id);
      settle();
      await change(made);
    },
    counting: registry.counting,
    tryRearrange(wanted) {
      registry.rearrange({ ...wanted, atMs: stampMs(), isTrial: true });
    },
    async putTogether({ devices, thresholds: wanted, author, reason }) {
      const atMs = stampMs();
      const documents = wanted.map((one) => ({ ...one, atMs }));
      const settle = whatConnectionsNotice(devices);
      const outcome = registry.putTogether({ devices, thresholds: documents, author, atMs, reason, isTrial: false });
      if (outcome.ok) {
        settle();
        await change(outcome.change);
      }
      return outcome;
    },
    tryTogether({ devices, thresholds: wanted, author, reason }) {
      const atMs = stampMs();
      const documents = wanted.map((one) => ({ ...one, atMs }));
      return registry.putTogether({ devices, thresholds: documents, author, atMs, reason, isTrial: true });
    },
    async removeDevice(id, author) {
      const removed = registry.removeDevice(id, author, stampMs());
      if (removed === undefined) return false;
      forget(id);
      await change(removed);
      return true;
    },
  };

  const thresholds: Thresholds = {
    get: (point) => registry.thresholds(point),
    revisions: (point, limit, beforeRevision) => registry.revisions(point, limit, beforeRevision),
    revision: (point, revision) => registry.revision(point, revision),
    problems: (point, document) => registry.thresholdProblems(point, document),
    schedule: (wanted) => registry.schedule({ ...wanted, atMs: stampMs() }),
    scheduled: (point) => registry.scheduled(point),
    unschedule: (point, by) => registry.removeScheduled(point, by, stampMs()),
    async put(request) {
      const outcome = registry.putThresholds({ ...request, atMs: stampMs() });
      if (!outcome.ok) return outcome;
      await change(outcome.change);
      return { ok: true, revision: outcome.revision };
    },
    async putAll(requests) {
      const atMs = stampMs();
      const outcome = registry.putThresholdsAll(requests.map((request) => ({ ...request, atMs })));
      if (!outcome.ok) return { ...outcome, error: 'failures' };
      await change(outcome.change);
      return { ok: true, revisions: outcome.revisions };
    },
    weakenings(point, document) {
      const definition = registry.definitionOf(point);
      return definition === undefined ? [] : weakenings(definition.document, document, definition);
    },
  };

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

  return {
    send,
    submit,
    change,
    site,
    thresholds,
    maintenance,

    /** Tells those who wait for entries of this batch what became of them. */
    settle(batch: CommittedBatch): void {
      if (waiting.size === 0) return;
      batch.entries.forEach((entry, index) => {
        const waiter = waiting.get(entry);
        if (waiter === undefined) return;
        waiting.delete(entry);
        waiter.resolve(alerts.outcome(batch.first + index));
      });
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
    ): Principal | undefined {
      const username = given?.trim();
      const device = username === undefined ? undefined : registry.device(username);
      if (auth === 'none') return { kind: 'anonymous', device: device?.id ?? null };
      if (username !== undefined && password !== undefined) {
        if (device !== undefined && registry.verifySecret(username, password)) {
          return { kind: 'device', id: device.id, grantedAlerts: device.grantedAlerts };
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
