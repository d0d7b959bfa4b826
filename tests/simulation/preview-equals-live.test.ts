import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createEvaluator } from '../../src/evaluate/evaluator.ts';
import { openEngine } from '../../src/history/embedded/engine.ts';
import type { Columns } from '../../src/model/columns.ts';
import type { PointDefinition } from '../../src/model/definition.ts';
import { type Level, rankOf } from '../../src/model/level.ts';
import type { Incident, ThresholdPreview } from '../../src/model/preview.ts';
import { siteSchema } from '../../src/model/site.ts';
import { type ThresholdDocument, thresholdDocumentSchema } from '../../src/model/threshold.ts';
import { previewThresholds } from '../../src/preview/preview.ts';
import { type Core, openCore } from '../support/core.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import { rounds } from '../support/long.ts';
import { temporaryFolder } from '../support/temporary.ts';

/**
 * A preview over a period finds the alerts that the server raised with the same values: the real intake, journal,
 * evaluation and alert log on one side, the real history on disk and the preview on the other.
 */

const START = Date.UTC(2026, 5, 1);
const DAY = 86_400_000;

const duration = fc.constantFrom('5s', '15s', '30s', '2m');
const levelWith = (least: number) =>
  fc
    .tuple(
      fc.oneof(
        fc.record({ above: fc.integer({ min: least, max: least + 12 }) }),
        fc.record({ above: fc.integer({ min: least, max: least + 12 }), below: fc.integer({ min: 0, max: 4 }) }),
        fc.record({ rise: fc.integer({ min: 5, max: 15 }), within: duration }),
        fc.record({ average: fc.constantFrom('30s', '1m'), above: fc.integer({ min: least, max: 25 }) }),
      ),
      fc.option(duration, { nil: undefined }),
    )
    .map(([criterion, delay]) => ({ ...criterion, ...(delay === undefined ? {} : { for: delay }) }));
const documents = fc
  .record(
    {
      depth: fc.record(
        {
          metric: fc.constant('depth'),
          levels: fc.record({ yellow: levelWith(10), red: levelWith(20) }, { requiredKeys: ['yellow'] }),
          deadband: fc.integer({ min: 0, max: 4 }),
          recoverFor: duration,
          latch: fc.boolean(),
        },
        { requiredKeys: ['metric', 'levels'] },
      ),
      wet: fc.constant({ metric: 'wet', levels: { orange: { equals: true } } }),
      silent: fc.record({ noData: fc.record({ after: fc.constantFrom('13s', '45s', '3m') }) }),
      stuck: fc.constant({ metric: 'depth', stuck: { after: '40s' } }),
      range: fc.constant({ metric: 'depth', range: { limits: [1, 38], sentinels: [13] } }),
    },
    { requiredKeys: ['depth'] },
  )
  .map((rules) => thresholdDocumentSchema.parse({ rules }));

/** What a point sends: mostly calm; excursions, gaps, values no sensor reads, late ones beside fresh ones, a clock gone wrong. */
const steps = fc.array(
  fc.record({
    gapMs: fc.oneof({ arbitrary: fc.constant(10_037), weight: 12 }, fc.constantFrom(1_013, 30_011, 45_007, 300_017)),
    depth: fc.oneof(
      { arbitrary: fc.integer({ min: 8, max: 12 }), weight: 8 },
      { arbitrary: fc.integer({ min: 0, max: 45 }), weight: 5 },
    ),
    wet: fc.option(fc.boolean(), { nil: undefined, freq: 3 }),
    lateMs: fc.option(fc.integer({ min: 1, max: 60_000 }), { nil: undefined, freq: 8 }),
    isAhead: fc.integer({ min: 0, max: 11 }).map((n) => n === 0),
    isRepeated: fc.integer({ min: 0, max: 11 }).map((n) => n === 0),
    plans: fc.integer({ min: 0, max: 30 }).map((n) => n === 0),
  }),
  { minLength: 5, maxLength: 60 },
);
type Step = typeof steps extends fc.Arbitrary<readonly (infer One)[]> ? One : never;

interface Run {
  readonly core: Core;
  readonly clock: FakeClock;
  readonly dir: string;
  advance(ms: number): Promise<void>;
  send(readings: readonly { readonly ts: number; readonly values: Record<string, unknown> }[]): Promise<void>;
}

async function begin(document: ThresholdDocument): Promise<Run> {
  const dir = temporaryFolder();
  const clock = createFakeClock(START);
  const core = openCore({ dir, clock, onInstant: () => {} });
  core.replay();
  const profile = {
    id: 'gauge',
    family: 'waterlogging' as const,
    metrics: {
      depth: { type: 'number' as const, unit: 'cm', range: [0, 100] as [number, number] },
      wet: { type: 'boolean' as const },
    },
    reportEvery: '10s',
  };
  const site = siteSchema.parse({
    areas: [{ id: 'town' }],
    devices: [{ id: 'd', profile: 'gauge', points: [{ id: 'p', area: 'town' }] }],
  });
  core.registry.apply({ profiles: [profile], site, thresholds: [{ point: 'p', ...document }] }, 'files', START);
  void core.controls.reconcile();
  core.controls.send({ type: 'start' });
  await core.settled();

  /** A latched alert is let go of the moment it can be, as a preview has it. */
  async function settle(): Promise<void> {
    await core.settled();
    for (const { id, latched, recoveredAt } of core.alerts.open()) {
      if (!latched || recoveredAt === null) continue;
      core.controls.send({ type: 'operator', action: { alert: id, by: 'li', note: null, do: 'reset' } });
      await core.settled();
    }
  }

  return {
    core,
    clock,
    dir,
    async advance(ms) {
      const untilMs = clock.nowMs() + ms;
      for (let due = core.alerts.nextDeadlineMs(); due !== undefined && due < untilMs; ) {
        clock.advance(Math.max(0, due - clock.nowMs()));
        core.controls.send({ type: 'tick' });
        await settle();
        const next = core.alerts.nextDeadlineMs();
        if (next === due) throw new Error(`the deadline ${due} does not pass`);
        due = next;
      }
      clock.advance(untilMs - clock.nowMs());
    },
    async send(readings) {
      core.publish({ device: 'd', topic: 'telemetry/d', payload: Buffer.from(JSON.stringify(readings)) });
      await settle();
    },
  };
}

/** Plays a day into a server. Gives when it ended. */
async function play({ core, clock, advance, send }: Run, day: readonly Step[]): Promise<number> {
  let newestMs = 0;
  let isFirst = true;
  for (const { gapMs, depth, wet, lateMs, isAhead, isRepeated, plans } of day) {
    // What comes before the first reading is not judged by a preview.
    if (!isFirst) await advance(gapMs);
    isFirst = false;
    const nowMs = clock.nowMs();
    if (plans) {
      // What is kept quiet is raised all the same (decision 10), and so a preview counts it.
      const plan = {
        id: `plan-${nowMs}`,
        kind: 'maintenance' as const,
        scope: { point: 'p' },
        from: nowMs,
        to: nowMs + 60_000,
      };
      core.controls.send({
        type: 'maintenance',
        do: 'plan',
        plan: { ...plan, recurring: null, reason: 'test', by: 'li' },
      });
      await core.settled();
    }
    const fresh = {
      ts: isAhead ? nowMs + 3_600_000 : nowMs,
      values: { depth, ...(wet === undefined ? {} : { wet }) },
    };
    const isLate = lateMs !== undefined && newestMs > 0 && !isAhead;
    await send([...(isLate ? [{ ts: newestMs - lateMs, values: { depth: 44 - depth } }] : []), fresh]);
    if (isRepeated && !isAhead) await send([fresh]);
    newestMs = nowMs;
  }
  await advance(600_003);
  return clock.nowMs();
}

/** What the alert log says of each alert, in the words of a preview. */
function incidentsOf({ store }: Core): Pick<Incident, 'rule' | 'level' | 'raisedAt' | 'clearedAt'>[] {
  const alerts = store.list({ state: 'all', point: 'p', limit: 10_000 }).filter(({ retrospective }) => !retrospective);
  const worst = (id: string) =>
    store
      .log(id)
      .map(({ alert }) => alert.level)
      .reduce((a: Level, b) => (rankOf(b) > rankOf(a) ? b : a));
  return alerts
    .map(({ id, rule, raisedAt, clearedAt, latched, recoveredAt }) => {
      return { rule, level: worst(id), raisedAt, clearedAt: latched ? recoveredAt : clearedAt };
    })
    .sort((a, b) => a.raisedAt - b.raisedAt || (a.rule < b.rule ? -1 : 1));
}

/** What the store on disk holds when it was given the journal. */
function historyOf({ core, dir }: Run, definition: PointDefinition): { series: number; columns: Columns }[] {
  const folder = join(dir, 'history');
  mkdirSync(folder);
  const retention = { rawMs: 1e14, minuteMs: 1e14, hourMs: 1e14 };
  const journal = { first: core.journal.firstPosition(), next: core.journal.nextPosition() };
  const engine = openEngine({ dir: folder, nowMs: START, retention, journal });
  for (let position = core.journal.firstPosition(); position < core.journal.nextPosition(); ) {
    for (const { first, count, data } of core.journal.read(position, 1 << 20)) {
      engine.ingest(first, count, data);
      position = first + count;
    }
  }
  const found = Object.values(definition.metrics).map(({ series }) => {
    const read = engine.samples({ series, fromMs: 0, toMs: START + DAY, limit: 1e9 });
    for (let step = read.next(); ; step = read.next()) if (step.done === true) return { series, columns: step.value };
  });
  engine.close();
  return found;
}

function previewOf(
  definition: PointDefinition,
  proposed: ThresholdDocument,
  readings: { series: number; columns: Columns }[],
  period: { fromMs: number; toMs: number },
): Omit<ThresholdPreview, 'lessons'> {
  const work = previewThresholds(createEvaluator, { definition, proposed, period, readings });
  for (let step = work.next(); ; step = work.next()) if (step.done === true) return step.value;
}

const shown = (incidents: readonly Incident[]) =>
  incidents
    .map(({ rule, level, raisedAt, clearedAt }) => ({ rule, level, raisedAt, clearedAt }))
    .sort((a, b) => a.raisedAt - b.raisedAt || (a.rule < b.rule ? -1 : 1));

function definitionOf({ core }: Run): PointDefinition {
  const definition = core.registry.definitionOf('p');
  if (definition === undefined) throw new Error('the point is gone');
  return definition;
}

test('a preview finds what live evaluation raised under the same values, as the present ones and as proposed ones', async () => {
  let [incidents, late] = [0, 0];
  await fc.assert(
    fc.asyncProperty(documents, documents, steps, async (document, other, day) => {
      const run = await begin(document);
      try {
        const toMs = await play(run, day);
        const expected = incidentsOf(run.core);
        const definition = definitionOf(run);
        const readings = historyOf(run, definition);
        const period = { fromMs: START - 1, toMs };
        const asPresent = previewOf(definition, other, readings, period);
        expect(shown(asPresent.present.incidents)).toEqual(expected);
        const asProposed = previewOf({ ...definition, document: other }, document, readings, period);
        expect(shown(asProposed.proposed.incidents)).toEqual(expected);
        expect(asProposed.proposed.alerts).toBe(expected.length);
        incidents += expected.length;
        late += asPresent.data.late;
      } finally {
        await run.core.close();
      }
    }),
    { numRuns: rounds(12, 300) },
  );
  expect(incidents).toBeGreaterThan(10);
  expect(late).toBeGreaterThan(1);
});

test('where values were edited within the period, it is as if they had been in force all the time', async () => {
  const rules = (above: number) =>
    thresholdDocumentSchema.parse({ rules: { depth: { metric: 'depth', levels: { red: { above } } } } });
  const run = await begin(rules(30));
  try {
    const hour = async (peak: number) => {
      for (let i = 0; i < 60; i++) {
        await run.send([{ ts: run.clock.nowMs(), values: { depth: i % 20 === 10 ? peak : 5 } }]);
        await run.advance(10_037);
      }
    };
    await hour(25);
    const editedMs = run.clock.nowMs();
    const change = { point: 'p', expectedRevision: 1, document: rules(20), author: 'li', reason: null };
    expect(run.core.registry.putThresholds({ ...change, atMs: editedMs }).ok).toBe(true);
    await run.core.controls.reconcile();
    await hour(25);
    const toMs = run.clock.nowMs();
    const definition = definitionOf(run);
    const readings = historyOf(run, definition);
    const depthOf = (incidents: readonly { rule: string; raisedAt: number }[]) =>
      incidents.filter(({ rule }) => rule === 'depth').map(({ raisedAt }) => raisedAt);
    const live = depthOf(incidentsOf(run.core));
    expect(live).toHaveLength(3);
    // From the edit on the two agree; before it the preview has what the present values would have raised.
    const since = previewOf(definition, rules(20), readings, { fromMs: editedMs, toMs });
    expect(depthOf(since.present.incidents)).toEqual(live);
    const whole = previewOf(definition, rules(30), readings, { fromMs: START, toMs });
    expect(depthOf(whole.present.incidents)).toHaveLength(6);
    expect(depthOf(whole.proposed.incidents)).toEqual([]);
  } finally {
    await run.core.close();
  }
});
