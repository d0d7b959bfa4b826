import { createLifecycle, type Lifecycle, type LifecycleState } from '../../src/alerts/lifecycle.ts';
import { createPlaces, type Places } from '../../src/alerts/places.ts';
import type { Alert } from '../../src/model/alert.ts';
import type { PointDefinition } from '../../src/model/definition.ts';
import type { ThresholdDocument } from '../../src/model/threshold.ts';
import type { Transition } from '../../src/model/transition.ts';

export interface PointSketch {
  readonly point: string;
  readonly device?: string;
  readonly area?: string;
  readonly reportEveryMs?: number;
  readonly document?: ThresholdDocument;
}

export function definitionOf(sketch: PointSketch): PointDefinition {
  const { point, device = 'd', area = 'market', reportEveryMs = 60_000, document = { rules: {} } } = sketch;
  return { id: 1, point, area, device, reportEveryMs, document, family: 'gas', metrics: {}, revision: 1 };
}

export function placesOf(sketches: readonly PointSketch[]): Places {
  const places = createPlaces();
  for (const sketch of sketches) places.put(definitionOf(sketch));
  return places;
}

export function startLifecycle(places: Places, from: Partial<LifecycleState> = {}): Lifecycle {
  return createLifecycle({ open: [], responding: [], headSeq: 0, maintenance: [], memory: {}, ...from, places });
}

/** Stands in for the store and a restart: what a lifecycle left behind, as the next one finds it. */
export function createShelf() {
  const memory: Record<string, string> = {};
  const plans = new Map<string, ReturnType<Lifecycle['maintenance']>[number]>();
  return {
    /** Takes what has changed, gives the new log entries. */
    store(lifecycle: Lifecycle) {
      const changes = lifecycle.takeChanges();
      for (const [key, body] of changes.memory) memory[key] = body;
      for (const plan of changes.maintenance) plans.set(plan.id, plan);
      return changes.events;
    },
    restart(lifecycle: Lifecycle, places: Places): Lifecycle {
      const sorted = (alerts: readonly Alert[]) =>
        structuredClone([...alerts]).sort((a, b) => a.raisedAt - b.raisedAt || (a.id < b.id ? -1 : 1));
      const [open, responding] = [sorted(lifecycle.open()), sorted(lifecycle.responding())];
      const maintenance = [...plans.values()].filter(({ state }) => state !== 'ended');
      return startLifecycle(places, {
        open,
        responding,
        headSeq: lifecycle.headSeq(),
        maintenance,
        memory: { ...memory },
      });
    },
  };
}

/** What evaluation told: a level of a gas rule was reached, unless `more` says otherwise. */
export function transitionOf(more: Partial<Transition> = {}): Transition {
  return {
    point: 'p',
    rule: 'r',
    kind: 'levels',
    type: 'raised',
    level: 'yellow',
    label: null,
    atMs: 1_000,
    receivedAtMs: 1_001,
    metric: 'ch4',
    value: 25,
    limit: 25,
    comparison: { side: 'above', of: 'value', windowMs: null },
    unit: '%LEL',
    peak: { value: 25, at: 1_000, level: 'yellow' },
    revision: 3,
    latched: false,
    chattering: false,
    reason: null,
    ...more,
  };
}
