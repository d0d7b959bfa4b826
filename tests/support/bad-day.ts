import type { Publish as Sent } from '../../simulator/actions.ts';
import { createFleet } from '../../simulator/fleet.ts';
import { SCENARIOS } from '../../simulator/scenarios.ts';
import type { SiteFiles } from '../../simulator/site-files.ts';
import type { OperatorAction } from '../../src/model/entry.ts';
import type { Maintenance, Scope } from '../../src/model/maintenance.ts';
import type { ResponseAct } from '../../src/model/response-act.ts';
import type { SiteDevice } from '../../src/model/site.ts';
import type { ThresholdDocument } from '../../src/model/threshold.ts';
import { pick } from './chance.ts';
import type { WiredCore as Core } from './core.ts';

const MINUTE = 60_000;

const RESPONSE_ACTS: readonly ResponseAct[] = [
  { act: 'dispatch', to: { name: '王磊' } },
  { act: 'accept', dispatch: null },
  { act: 'decline', dispatch: 2 },
  { act: 'arrive', dispatch: null },
  { act: 'handle', dispatch: null },
  { act: 'feedback', verdict: 'true', cause: '堵塞', measures: null, moved: 2 },
  { act: 'step', plan: { id: 'water', revision: 1 }, step: 'close', do: { zh: '封闭' } },
  { act: 'close' },
  { act: 'reopen' },
];

/** Everything the fleet of a bad day sends, in the order of time. */
export function publishesOf(files: SiteFiles, seed: number, startMs: number, durationMs: number): Sent[] {
  const scenario = SCENARIOS['bad-day'];
  if (scenario === undefined) throw new Error('the scenario is gone');
  const sent: Sent[] = [];
  for (const device of createFleet({ ...files, seed, scenario, startMs })) {
    for (const action of device.actions()) {
      if (action.atMs >= startMs + durationMs) break;
      if (action.type === 'publish') sent.push(action);
    }
  }
  return sent.sort((a, b) => a.atMs - b.atMs || (a.topic < b.topic ? -1 : 1));
}

/** What people do on such a day, by chance: each call is one deed. They see what the core shows and err now and then. */
export function createPeople(files: SiteFiles, chance: () => number) {
  const removed: SiteDevice[] = [];
  let count = 0;
  const points = files.site.devices.flatMap((device) => device.points.map(({ id }) => id));
  const original = new Map(files.thresholds.map(({ point, ...document }) => [point, document]));

  function act(core: Core, does: object): void {
    const open = core.alerts.open().map(({ id }) => id);
    // Somebody's screen is behind: they act on an alert that is over, whose rule may have another one by now.
    const past = core.store.list({ state: 'all', limit: 40 }).map(({ id }) => id);
    const alert = pick(chance, chance() < 0.2 ? ['nothing', ...past] : open.sort());
    if (alert === undefined) return;
    const note = chance() < 0.3 ? 'seen' : null;
    core.controls.send({ type: 'operator', action: { alert, by: 'li', note, ...does } as OperatorAction });
  }

  /** As the API does it: of an alert that is over, with how it was last. */
  function respond(core: Core): void {
    const act = pick(chance, RESPONSE_ACTS);
    const underWay = core.store.list({ state: 'responding', limit: 40 });
    const alert = pick(chance, chance() < 0.7 ? underWay : core.store.list({ state: 'all', limit: 40 }));
    if (act === undefined || alert === undefined) return;
    const closed = alert.state === 'closed' ? alert : null;
    const occurredAtMs = chance() < 0.3 ? alert.raisedAt + MINUTE : null;
    const action = { alert: alert.id, by: 'li', note: null, do: 'respond', act, occurredAtMs, closed } as const;
    core.controls.send({ type: 'operator', action });
  }

  function edit(core: Core): void {
    const point = pick(chance, points) ?? '';
    const present = core.registry.thresholds(point);
    if (present === undefined) return;
    const isBack = chance() < 0.3;
    const document = isBack ? (original.get(point) ?? { rules: {} }) : changed(present.document, chance);
    const request = { point, document, author: 'wang', reason: null, expectedRevision: present.revision };
    // A crash may take the answer with it; the change itself is on disk.
    void core.controls.thresholds.put(request).catch(() => {});
  }

  function plan(core: Core, nowMs: number): void {
    const device = pick(chance, files.site.devices);
    const scopes: Scope[] = [
      { point: pick(chance, points) ?? '' },
      { device: device?.id ?? '' },
      { area: pick(chance, files.site.areas)?.id ?? '' },
    ];
    const isOut = chance() < 0.15;
    const isRecurring = !isOut && chance() < 0.3;
    const from = nowMs + Math.floor((chance() - 0.3) * 20 * MINUTE);
    const clock = (ms: number) => new Date(ms + 8 * 60 * MINUTE).toISOString().slice(11, 16);
    const recurring = { hours: [clock(from), clock(from + 30 * MINUTE)] as [string, string] };
    const plan: Omit<Maintenance, 'createdAt' | 'state' | 'nextAt' | 'endedAt' | 'endedBy'> = {
      id: `plan-${++count}`,
      kind: isOut ? 'out-of-service' : 'maintenance',
      scope: (isOut ? scopes[0] : pick(chance, scopes)) ?? { area: '' },
      from,
      to: isOut || isRecurring ? null : from + Math.ceil((0.3 + chance()) * 25 * MINUTE),
      recurring: isRecurring ? recurring : null,
      reason: 'test',
      by: 'wang',
    };
    core.controls.send({ type: 'maintenance', do: 'plan', plan });
  }

  function end(core: Core): void {
    const live = core.alerts.maintenance().map(({ id }) => id);
    const id = chance() < 0.1 ? 'nothing' : pick(chance, live.sort());
    if (id !== undefined) core.controls.send({ type: 'maintenance', do: 'end', id, by: 'zhao' });
  }

  function moveDevice(core: Core): void {
    const back = chance() < 0.6 ? removed.shift() : undefined;
    if (back !== undefined) {
      void core.controls.site.putDevice(back, 'wang').catch(() => {});
      return;
    }
    const device = pick(chance, core.registry.contents().site.devices);
    if (device === undefined) return;
    removed.push(device);
    void core.controls.site.removeDevice(device.id, 'wang').catch(() => {});
  }

  function moveArea(core: Core): void {
    const contents = core.registry.contents();
    const [root, ...areas] = contents.site.areas;
    const moved = pick(chance, areas);
    if (root === undefined || moved === undefined) return;
    const { parent: _, ...alone } = moved;
    const parent = chance() < 0.5 ? {} : { parent: root.id };
    const site = {
      ...contents.site,
      areas: [root, ...areas.map((area) => (area === moved ? { ...alone, ...parent } : area))],
    };
    try {
      void core.controls.site.apply({ ...contents, site }, 'wang').catch(() => {});
    } catch {
      // Areas that hang on the moved one may not allow it.
    }
  }

  const deeds: readonly (readonly [weight: number, deed: (core: Core, nowMs: number) => void])[] = [
    [30, (core) => act(core, { do: 'ack' })],
    [8, (core) => act(core, { do: 'reset' })],
    [4, (core) => act(core, { do: 'note' })],
    [8, (core, nowMs) => act(core, { do: 'shelve', untilMs: nowMs + Math.ceil(chance() * 40 * MINUTE) })],
    [3, (core) => act(core, { do: 'unshelve' })],
    [20, respond],
    [12, edit],
    [10, plan],
    [4, end],
    [4, moveDevice],
    [2, moveArea],
    [
      2,
      (core) =>
        core.controls.send({
          type: 'system',
          condition: 'trial',
          level: 'orange',
          active: chance() < 0.5,
          detail: 'x',
        }),
    ],
  ];
  const total = deeds.reduce((sum, [weight]) => sum + weight, 0);

  return (core: Core, nowMs: number): void => {
    let at = chance() * total;
    for (const [weight, deed] of deeds) {
      at -= weight;
      if (at < 0) return deed(core, nowMs);
    }
  };
}

/** The document with its limits moved, or without one of its rules. */
function changed(document: ThresholdDocument, chance: () => number): ThresholdDocument {
  const rules = Object.entries(document.rules);
  const factor = 0.7 + 0.6 * chance();
  const dropped = chance() < 0.2 ? pick(chance, rules)?.[0] : undefined;
  const kept = rules.filter(([id]) => id !== dropped);
  return {
    ...document,
    rules: Object.fromEntries(kept.map(([id, rule]) => [id, scaled(rule, factor) as typeof rule])),
  };
}

function scaled(value: unknown, factor: number): unknown {
  if (Array.isArray(value)) return value.map((item) => scaled(item, factor));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const isLimit = (key === 'above' || key === 'below') && typeof inner === 'number';
      return [key, isLimit ? Math.round(inner * factor * 1_000) / 1_000 : scaled(inner, factor)];
    }),
  );
}
