import { createEvaluator } from '../src/evaluate/evaluator.ts';
import type { PointDefinition } from '../src/model/definition.ts';
import type { ThresholdDocument } from '../src/model/threshold.ts';

/** Measures evaluation alone, in a process of its own so that its memory is nobody else's (see evaluate.ts). */

const START_MS = Date.parse('2026-07-01T00:00:00Z');
const EVERY_MS = 10_000;
const FEW = 1_000;
const MANY = 100_000;
const ROUNDS = 400;

const FOUR_LIMITS = {
  blue: { above: 50 },
  yellow: { above: 60, for: '30s' },
  orange: { above: 70 },
  red: { above: 80 },
};

const DOCUMENTS = {
  limits: { rules: { level: { metric: 'value', levels: FOUR_LIMITS, deadband: 2 } } },
  windows: {
    rules: {
      level: { metric: 'value', levels: FOUR_LIMITS, deadband: 2 },
      mean: { metric: 'value', levels: { yellow: { average: '8h', above: 55 } } },
      rise: { metric: 'value', levels: { orange: { rise: 40, within: '10m' } } },
    },
  },
} satisfies Record<string, ThresholdDocument>;

function definition(id: number, document: ThresholdDocument): PointDefinition {
  return {
    id,
    point: `point-${id}`,
    area: 'bench',
    family: 'other',
    device: `device-${id}`,
    reportEveryMs: EVERY_MS,
    metrics: { value: { type: 'number', unit: 'cm', range: [-100, 1_000], series: id } },
    revision: 1,
    document,
  };
}

function evaluatorOf(pointCount: number, document: ThresholdDocument) {
  const evaluator = createEvaluator();
  for (let id = 1; id <= pointCount; id++) evaluator.define(definition(id, document), 1, START_MS);
  evaluator.start(START_MS, 2);
  return evaluator;
}

/** A value for each round and point: calm below the limits, beyond all four of them, or wandering over them. */
const calm = (round: number, id: number) => 20 + ((round * 7 + id * 13) % 20);
const breaching = (round: number, id: number) => 80 + calm(round, id);
const wandering = (round: number, id: number) => 45 + 45 * Math.sin((round + id * 17) / 9);

/** CPU time in ns for one reading of one point, in the second half of the rounds, when everything is compiled. */
function cost(document: ThresholdDocument, value: (round: number, id: number) => number, everyMs = EVERY_MS): number {
  const evaluator = evaluatorOf(FEW, document);
  let transitions = 0;
  let half = process.cpuUsage();
  for (let round = 0; round < ROUNDS; round++) {
    if (round === ROUNDS / 2) half = process.cpuUsage();
    for (let id = 1; id <= FEW; id++) {
      const tsMs = START_MS + round * everyMs + id;
      const readings = [{ series: id, tsMs, value: value(round, id), marks: 0 }];
      transitions += evaluator.message(readings, tsMs, 3 + round * FEW + id).length;
    }
  }
  const { user, system } = process.cpuUsage(half);
  if (transitions > 0 !== (value !== calm)) throw new Error(`${transitions} transitions`);
  return ((user + system) * 1_000) / ((ROUNDS / 2) * FEW);
}

function heapBytes(): number {
  if (globalThis.gc === undefined) throw new Error('needs --expose-gc');
  // Twice: what the first run leaves to finalisers goes with the second.
  globalThis.gc();
  globalThis.gc();
  return process.memoryUsage().heapUsed;
}

/** When a point has reported so that its windows are full: the mean at the spacing of its cells, the rise at its own. */
const FULL_MEAN = { rounds: 132, everyMs: 225_000 };
const FULL_RISE = { rounds: 64, everyMs: EVERY_MS };

/** Bytes a point when all have reported so often. */
function memory(pointCount: number, document: ThresholdDocument, stretches: readonly (typeof FULL_RISE)[]): number {
  const before = heapBytes();
  const evaluator = evaluatorOf(pointCount, document);
  let [nowMs, position] = [START_MS, 3];
  for (const { rounds, everyMs } of stretches) {
    for (let round = 0; round < rounds; round++) {
      nowMs += everyMs;
      for (let id = 1; id <= pointCount; id++) {
        const readings = [{ series: id, tsMs: nowMs + (id % EVERY_MS), value: calm(round, id), marks: 0 }];
        evaluator.message(readings, nowMs + (id % EVERY_MS), position++);
      }
    }
  }
  while (evaluator.takeDirty(1_000).length > 0);
  const bytes = heapBytes() - before;
  // Without a use after the measurement the evaluator could be collected before it.
  if (evaluator.lastArrivalMs('point-1') === undefined) throw new Error('nothing arrived');
  return bytes / pointCount;
}

/** CPU time in ms of putting a hundred thousand definitions in force. */
function definingMs(): number {
  const before = process.cpuUsage();
  evaluatorOf(MANY, DOCUMENTS.limits);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

const result = {
  calmNs: cost(DOCUMENTS.limits, calm),
  breachingNs: cost(DOCUMENTS.limits, breaching),
  wanderingNs: cost(DOCUMENTS.limits, wandering),
  windowsNs: cost(DOCUMENTS.windows, calm),
  denseWindowsNs: cost(DOCUMENTS.windows, calm, EVERY_MS / 20),
  definingMs: definingMs(),
  limitsBytes: memory(MANY, DOCUMENTS.limits, [{ rounds: 10, everyMs: EVERY_MS }]),
  windowsBytes: memory(MANY / 10, DOCUMENTS.windows, [FULL_MEAN, FULL_RISE]),
};
export type EvaluateResult = typeof result;
process.stdout.write(`${JSON.stringify(result)}\n`);
