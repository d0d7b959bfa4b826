import { isDeepStrictEqual } from 'node:util';
import type { SiteChanges, Thresholds } from '../../api/deps.ts';
import type { SiteDevice } from '../../model/site.ts';
import type { SiteDifference } from '../../model/site-change.ts';
import type { ThresholdDocument } from '../../model/threshold.ts';
import type { RegistryChange } from '../../registry/core.ts';
import type { Registry } from '../../registry/registry.ts';

/** The connections of devices, which may not outlive what they were let in by. */
export interface DeviceConnections {
  /** Ends a device's connections. */
  readonly disconnect: (device: string) => void;
  /** Ends them, and forgets what they have left behind. */
  readonly forget: (device: string) => void;
  /** What a device was refused before is of the past: it is registered, or has another secret. */
  readonly forgetRefused: (device: string) => void;
}

export interface SiteChangesOptions {
  readonly registry: Registry;
  readonly thresholds: Pick<Thresholds, 'weakenings'>;
  readonly stampMs: () => number;
  /** Resolves once a change of the registry is in force. */
  readonly change: (change: RegistryChange) => Promise<void>;
  readonly connections: DeviceConnections;
  /** Told of devices that were not there before, once they are in force. */
  readonly onAdded: (devices: readonly string[]) => void;
}

const NO_DOCUMENT: ThresholdDocument = { rules: {} };

/** Changes of the site as people ask for them: the registry first, then the journal, and connections that may not go on. */
export function createSiteChanges(options: SiteChangesOptions): SiteChanges {
  const { registry, thresholds, stampMs, change, connections, onAdded } = options;

  /** What a device may do is settled when it connects, so that changing it ends its connections. */
  function disconnectChanged(differences: readonly SiteDifference[]): void {
    for (const { kind, change: what, id, details } of differences) {
      if (kind !== 'device') continue;
      if (what === 'added') connections.forgetRefused(id);
      else if (what === 'removed') connections.forget(id);
      else if (details.some((detail) => /^(secret|grants)\b/.test(detail))) {
        connections.disconnect(id);
        connections.forgetRefused(id);
      }
    }
  }

  /**
   * Called before devices are written; what it gives, called afterwards, ends the connections that may not go on, and gives
   * the devices that were not there.
   */
  function whatConnectionsNotice(devices: readonly SiteDevice[]): () => string[] {
    const noticed = devices.map(({ id, secret }) => ({
      id,
      before: registry.device(id),
      isSecretNew: secret !== undefined && !registry.verifySecret(id, Buffer.from(secret)),
    }));
    return () => {
      for (const { id, before, isSecretNew } of noticed) {
        const isGrantNew =
          before?.grantedAlerts !== registry.device(id)?.grantedAlerts ||
          before?.grantedFeed !== registry.device(id)?.grantedFeed;
        if (before !== undefined && (isSecretNew || isGrantNew)) connections.disconnect(id);
        if (before === undefined || isSecretNew) connections.forgetRefused(id);
      }
      return noticed.filter(({ before }) => before === undefined).map(({ id }) => id);
    };
  }

  return {
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
      onAdded(applied.differences.flatMap((one) => (one.kind === 'device' && one.change === 'added' ? [one.id] : [])));
      return applied.differences;
    },
    device: (id) => registry.siteDevice(id),
    async putDevice(device, author) {
      const isNew = registry.device(device.id) === undefined;
      const tellConnections = whatConnectionsNotice([device]);
      const made = registry.putDevice(device, author, stampMs());
      const added = tellConnections();
      await change(made);
      onAdded(added);
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
      const tellConnections = whatConnectionsNotice(wanted.devices);
      const made = registry.rearrange({ ...wanted, atMs: stampMs(), isTrial: false });
      for (const id of wanted.removed) connections.forget(id);
      const added = tellConnections();
      await change(made);
      onAdded(added);
    },
    counting: registry.counting,
    tryRearrange(wanted) {
      registry.rearrange({ ...wanted, atMs: stampMs(), isTrial: true });
    },
    async putTogether({ devices, thresholds: wanted, author, reason }) {
      const atMs = stampMs();
      const documents = wanted.map((one) => ({ ...one, atMs }));
      const tellConnections = whatConnectionsNotice(devices);
      const outcome = registry.putTogether({ devices, thresholds: documents, author, atMs, reason, isTrial: false });
      if (outcome.ok) {
        const added = tellConnections();
        await change(outcome.change);
        onAdded(added);
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
      connections.forget(id);
      await change(removed);
      return true;
    },
  };
}
