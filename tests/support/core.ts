import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { type AlertFollower, openAlertFollower } from '../../src/alerts/follower.ts';
import { type AlertStore, openAlertStore } from '../../src/alerts/store.ts';
import { startTicker } from '../../src/alerts/ticker.ts';
import { createIntake } from '../../src/decode/intake.ts';
import { createEvaluator, type Evaluator } from '../../src/evaluate/evaluator.ts';
import type { CommittedBatch, Journal } from '../../src/journal/journal.ts';
import { openSqliteJournal } from '../../src/journal/sqlite-journal.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { decodeEntries, type JournalEntry } from '../../src/model/entry.ts';
import type { DeviceMessage } from '../../src/model/source.ts';
import { openRegistry } from '../../src/registry/open-registry.ts';
import type { Registry } from '../../src/registry/registry.ts';
import { createControls } from '../../src/services/changes/controls.ts';
import { NATIVE } from './native-route.ts';

export const HASH_KEY = new Uint8Array(32);

/** Where a process may be killed between one disk write and the next. */
export type Instant = 'committed' | 'evaluated';

export interface CoreOptions {
  readonly dir: string;
  readonly clock: Clock;
  /** Called in the middle of a commit, at each of the instants. */
  readonly onInstant: (instant: Instant) => void;
}

/** What a core is made of, where it has no folder of its own. */
export interface CoreParts extends Omit<CoreOptions, 'dir'> {
  readonly registry: Registry;
  readonly store: AlertStore;
  readonly journal: Journal;
  /** What else follows, behind alerts. */
  readonly onTaken?: (batch: CommittedBatch, core: Pick<WiredCore, 'controls' | 'alerts'>) => void;
}

/** The server without network, history and people: what decides. Wired as src/app.ts wires it. */
export interface WiredCore {
  readonly journal: Journal;
  readonly alerts: AlertFollower;
  readonly store: AlertStore;
  readonly registry: Registry;
  readonly controls: ReturnType<typeof createControls>;
  /** `onAcknowledged`: as a device is told, when all of it is on disk; with the number that the last entry of it was given. */
  publish(publish: Omit<DeviceMessage, 'route'>, onAcknowledged?: (own: number) => void): void;
  /** Puts entries in again that a crash has cut off. */
  append(entries: readonly JournalEntry[]): void;
  /** Entries that are not on disk yet. */
  pending(): readonly JournalEntry[];
  /** Resolves when everything appended is on disk and has been evaluated. */
  settled(): Promise<void>;
  /** Brings the followers up to the end of the journal and lets them follow it, as a start does. */
  replay(): void;
  startTicker(): void;
  /** It ends as a process does: nothing it was about to do is done. */
  kill(): void;
}

/** A core with a folder of its own. */
export interface Core extends WiredCore {
  /** A copy of the files as they are on disk now: what a power cut would leave. */
  copyTo(dir: string): void;
  close(): Promise<void>;
}

export function openTestRegistry(dir: string): Registry {
  return openRegistry({ path: join(dir, 'registry.db'), hashKey: HASH_KEY, validate: () => [] });
}

export function openTestFollower(
  store: AlertStore,
  registry: Registry,
  evaluation: Evaluator = createEvaluator(),
): AlertFollower {
  return openAlertFollower({
    evaluation,
    store,
    definitions: (ids) => registry.definitions(ids),
    onEvents: () => {},
    onBug(error) {
      throw error;
    },
  });
}

export function openCore({ dir, clock, onInstant }: CoreOptions): Core {
  const registry = openTestRegistry(dir);
  const store = openAlertStore(join(dir, 'alerts.db'));
  const journal = openSqliteJournal({ path: join(dir, 'journal.db'), clock });
  const core = wireCore({ clock, onInstant, registry, store, journal });
  return {
    ...core,
    copyTo: (target) => cpSync(dir, target, { recursive: true }),
    async close() {
      core.kill();
      await journal.close();
      store.close();
      registry.close();
    },
  };
}

export function wireCore({ clock, onInstant, onTaken, registry, store, journal }: CoreParts): WiredCore {
  const evaluation = createEvaluator();
  const alerts = openTestFollower(store, registry, evaluation);
  const intake = createIntake({
    clock,
    device: registry.device,
    devicesVersion: registry.devicesVersion,
    futureMaxMs: 60_000,
    newestMs: evaluation.newestMs,
    newestInstant: evaluation.newestInstant,
  });
  let pending: JournalEntry[] = [];
  let ticker: ReturnType<typeof startTicker> | undefined;
  let problem: unknown;
  let isClosed = false;

  function committed(batch: CommittedBatch): void {
    if (batch.own !== null) pending = pending.slice(batch.entries.length);
    if (isClosed) return;
    onInstant('committed');
    if (isClosed) return;
    try {
      alerts.take(batch.first, batch.entries, batch.node);
    } catch (error) {
      problem = error;
    }
    onInstant('evaluated');
    if (isClosed) return;
    controls.answer(batch);
    onTaken?.(batch, { controls, alerts });
    ticker?.check();
  }
  const append: Journal['append'] = (entry, done, qos2) => {
    pending.push(entry);
    return journal.append(entry, done, qos2);
  };
  const controls = createControls({
    journal: { ...journal, append },
    alerts,
    store,
    registry,
    stampMs: intake.stampMs,
    onAdded: () => {},
    connections: { disconnect: () => {}, forget: () => {}, forgetRefused: () => {} },
  });

  return {
    journal,
    alerts,
    store,
    registry,
    controls,
    publish(publish, onAcknowledged = () => {}) {
      const entries = intake.entries({ ...publish, route: NATIVE });
      let own = 0;
      entries.forEach((entry, index) => {
        own = append(entry, (error) => {
          if (error === null && index === entries.length - 1) onAcknowledged(own);
        });
      });
    },
    append(entries) {
      for (const entry of entries) append(entry, () => {});
    },
    pending: () => pending,
    async settled() {
      while (pending.length > 0) await new Promise<unknown>((resolve) => journal.whenDurable(resolve));
      if (problem !== undefined) throw problem;
    },
    replay() {
      refold(journal, alerts, alerts.replayFrom());
      journal.follow(committed);
    },
    startTicker() {
      ticker = startTicker({
        clock,
        nextDeadlineMs: alerts.nextDeadlineMs,
        deadlineNotBeforeMs: alerts.deadlineNotBeforeMs,
        tick: () => controls.send({ type: 'tick' }),
        restart: () => controls.send({ type: 'start' }),
      });
      ticker.check();
    },
    kill() {
      isClosed = true;
      ticker?.stop();
    },
  };
}

/** Hands a follower everything from a position on. */
export function refold(journal: Pick<Journal, 'read' | 'nextPosition'>, alerts: AlertFollower, from: number): void {
  for (let position = from; position < journal.nextPosition(); ) {
    for (const { first, count, data, node } of journal.read(position, 1 << 20)) {
      alerts.take(first, decodeEntries(data), node);
      position = first + count;
    }
  }
}
