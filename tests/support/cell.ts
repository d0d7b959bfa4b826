import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Publish as Sent } from '../../simulator/actions.ts';
import type { SiteFiles } from '../../simulator/site-files.ts';
import { type AlertStore, openAlertStore } from '../../src/alerts/store.ts';
import type { JournalCopy } from '../../src/journal/copy.ts';
import { createJournal } from '../../src/journal/gathered-journal.ts';
import { openReplica } from '../../src/journal/replica.ts';
import type { Registry } from '../../src/registry/registry.ts';
import { createDigests } from '../../src/services/start/cluster-digests.ts';
import { createPeople } from './bad-day.ts';
import { createChance, pick } from './chance.ts';
import { type Instant, type WiredCore, wireCore } from './core.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';
import { createMemoryCopy } from './memory-copy.ts';
import { type Connection, createSimulatedLog, type SimulatedLog } from './simulated-log.ts';

/** What of a server outlives its end. */
interface Disk {
  readonly name: string;
  readonly copy: JournalCopy;
  readonly store: AlertStore;
  readonly clock: FakeClock;
}

export interface CellNode extends Disk {
  run: string;
  /** Undefined while it is down, or has not caught up since its start. */
  core: WiredCore | undefined;
  connection: Connection | undefined;
  /** Where its next end comes: at an instant of the next commit. */
  planned: Instant | undefined;
  /** What devices have sent it that it has not acknowledged; they send it again elsewhere. */
  readonly waiting: Set<Sent>;
}

/** What was acknowledged to a device: the number that the server's journal gave it in that run. */
export interface Acknowledged {
  readonly node: string;
  readonly run: string;
  readonly own: number;
}

export interface CellDay {
  readonly log: SimulatedLog;
  readonly nodes: readonly CellNode[];
  readonly acknowledged: readonly Acknowledged[];
  /** How often a server ended, by where it was. */
  readonly ends: Readonly<Record<Instant | 'between' | 'starting', number>>;
  readonly starts: number;
}

export interface CellOptions {
  readonly files: SiteFiles;
  readonly registry: Registry;
  readonly sent: readonly Sent[];
  readonly startMs: number;
  readonly seed: number;
  readonly nodes: number;
}

/** Publishes between two looks at who lives, at most. */
const GROUP_MAX = 12;
const DEED_EVERY = 20;
const END_CHANCE = 0.04;
const START_CHANCE = 0.15;
/** How far the clocks of two servers are apart, at most. */
const CLOCK_APART_MS = 900;
/** Messages between two digests: often enough that servers compare theirs many times a day. */
const DIGEST_EVERY = 16;
/** Steps in which a cell that nothing happens to any more comes to rest; beyond that it never does. */
const STEPS_MAX = 100_000;

/**
 * A bad day of several servers that share a log: devices go from one to another, people act wherever they sit, and servers
 * end and start again between any two writes, while the log is as bad as logs are. All of it follows from the seed.
 */
export async function runCell({ files, registry, sent, startMs, seed, nodes: count }: CellOptions): Promise<CellDay> {
  const story = createChance(seed);
  const fate = createChance(seed + 1);
  const log = createSimulatedLog(createChance(seed + 2));
  const people = createPeople(files, story);
  const acknowledged: Acknowledged[] = [];
  const ends = { committed: 0, evaluated: 0, between: 0, starting: 0 };
  let starts = 0;
  let virtualMs = 0;
  const nodes = Array.from({ length: count }, (_, i): CellNode => {
    const clock = createFakeClock(startMs + Math.round((fate() - 0.5) * CLOCK_APART_MS));
    const disk = { name: `n${i + 1}`, copy: createMemoryCopy(), store: openAlertStore(':memory:'), clock };
    return { ...disk, run: '', core: undefined, connection: undefined, planned: undefined, waiting: new Set() };
  });

  function start(node: CellNode): void {
    const { name, copy, store, clock } = node;
    const run = `${++starts}`;
    const connection = log.connect();
    node.run = run;
    node.connection = connection;
    const opening = openReplica({
      log: connection,
      copy,
      after: clock.after,
      digestEvery: DIGEST_EVERY,
      onFault(error) {
        throw error;
      },
    });
    void opening.then((replica) => {
      // It may have ended while it caught up.
      if (node.connection !== connection) return;
      let digests: ReturnType<typeof createDigests> | undefined;
      const journal = createJournal(replica, { clock, node: name, run, commitIntervalMs: 0 });
      const core = wireCore({
        ...{ clock, registry, store, journal },
        onTaken(batch, { controls, alerts }) {
          digests ??= createDigests({
            ...{ node: name, digests: replica.digests, events: store.events, headSeq: alerts.headSeq },
            send: controls.send,
            onMinority(detail) {
              throw new Error(detail);
            },
          });
          digests.take(batch);
        },
        onInstant(instant) {
          if (node.planned === instant) end(node, instant);
        },
      });
      core.replay();
      node.core = core;
      // What a start does; nobody waits for it here, and an end may take the answer with it.
      void core.controls.reconcile();
      // Somebody else may have listened all the while, or nobody.
      core.controls.send(fate() < 0.7 ? { type: 'start', node: name } : { type: 'start' });
      core.startTicker();
    });
  }

  function end(node: CellNode, at: keyof typeof ends): void {
    ends[at]++;
    node.core?.kill();
    node.connection?.cut();
    node.core = node.connection = node.planned = undefined;
    const again = [...node.waiting];
    node.waiting.clear();
    for (const one of again) if (one.qos !== 0) send(one);
  }

  function send(one: Sent): void {
    const node = pick(
      story,
      nodes.filter(({ core }) => core !== undefined),
    );
    if (node?.core === undefined) {
      homeless.push(one);
      return;
    }
    node.waiting.add(one);
    const { topic, payload } = one;
    const { name, run } = node;
    node.core.publish({ device: topic.slice('telemetry/'.length), topic, payload: Buffer.from(payload) }, (own) => {
      node.waiting.delete(one);
      acknowledged.push({ node: name, run, own });
    });
  }
  /** What was sent while nobody was there. */
  const homeless: Sent[] = [];

  async function steps(many: number): Promise<void> {
    for (let i = 0; i < many; i++) log.step();
    // Commits, and what comes of what was handed over.
    await nextTurn();
  }

  function advance(ms: number): void {
    virtualMs += ms;
    for (const { clock } of nodes) clock.advance(ms);
  }

  function decide(): void {
    for (const node of nodes) {
      if (node.connection === undefined) {
        if (fate() < START_CHANCE) start(node);
      } else if (fate() < END_CHANCE) {
        const at = pick(fate, ['committed', 'evaluated', 'between'] as const);
        if (node.core === undefined) end(node, 'starting');
        else if (at === 'between' || at === undefined) end(node, 'between');
        else node.planned = at;
      }
    }
  }

  for (const node of nodes) start(node);
  await steps(1);
  for (let next = 0; next < sent.length; ) {
    const size = 1 + Math.floor(story() * GROUP_MAX);
    for (const one of [...homeless.splice(0), ...sent.slice(next, next + size)]) {
      advance(Math.max(1, one.atMs - startMs - virtualMs));
      send(one);
      const living = pick(
        story,
        nodes.flatMap(({ core }) => core ?? []),
      );
      if (living !== undefined && story() * DEED_EVERY < 1) people(living, startMs + virtualMs);
    }
    next += size;
    await steps(Math.floor(fate() * 20));
    decide();
    for (const { core } of nodes)
      if (core !== undefined && fate() < 0.1) core.alerts.checkpoint(Math.ceil(fate() * 40));
  }

  log.calm();
  for (const node of nodes) node.planned = undefined;
  for (let step = 0; ; step++) {
    for (const node of nodes) if (node.connection === undefined) start(node);
    for (const one of homeless.splice(0)) send(one);
    advance(50);
    await steps(20);
    const isOver = nodes.every(
      ({ core, connection }) => core?.pending().length === 0 && connection?.isLevel() === true,
    );
    if (isOver) break;
    if (step > STEPS_MAX) throw new Error('the cell does not come to rest');
  }
  for (const { core } of nodes) core?.kill();
  return { log, nodes, acknowledged, ends, starts };
}
